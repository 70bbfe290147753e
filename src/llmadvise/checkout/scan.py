"""A checkout read for the models it refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmadvise.checkout.decoded import decoded
from llmadvise.checkout.inline_ignore import Ignore, ignores
from llmadvise.checkout.mentions import mention_at, once
from llmadvise.checkout.modules import Modules
from llmadvise.checkout.places import Candidate
from llmadvise.checkout.readers.registry import reader_of
from llmadvise.checkout.readers.source import PartlyReadError, Reader, Source
from llmadvise.checkout.settings import Settings
from llmadvise.checkout.side_by_side import WORTH, read_in_processes
from llmadvise.checkout.walk import shown, walk
from llmadvise.domain.compliance import Mention, Scan, Skipped
from llmadvise.errors import UsageError
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from llmadvise.checkout.weights import ReadHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """What is read, and how much of it."""

    markdown: bool = False
    """Code blocks of Markdown, reStructuredText and AsciiDoc too; front matter is always read."""
    hub_cache: Path | None = None
    ollama_cache: Path | None = None
    read_header: ReadHeader | None = None
    """Reads GGUF headers; without it, such files count by their names."""
    largest_file: int = 8_000_000
    """Bytes; a larger text is skipped, and said to be."""
    most_mentions: int = 50_000
    """Of the whole checkout; beyond them reading stops, and that is said."""
    most_in_file: int = 20_000
    only: Callable[[str], bool] | None = None
    """Which paths inside the checkout are read; None: all."""
    processes: int = 1
    """That read side by side where there are many files."""


def scan(paths: Iterable[Path], options: ScanOptions | None = None) -> Scan:
    """Every mention of a model in these folders and files, ascending by file, line and column."""
    chosen = options or ScanOptions()
    work = _Work(chosen)
    for path in paths:
        work.path(path)
        if work.full:
            break
    if chosen.hub_cache is not None or chosen.ollama_cache is not None:
        from llmadvise.checkout.caches import hub_cache, ollama_cache  # noqa: PLC0415 - only where asked for

        work.mentions += hub_cache(chosen.hub_cache) if chosen.hub_cache is not None else ()
        work.mentions += ollama_cache(chosen.ollama_cache) if chosen.ollama_cache is not None else ()
    mentions = sorted(work.mentions, key=lambda item: (item.file, item.line, item.column, item.kind, item.model or ""))
    skipped = sorted(set(work.skipped), key=lambda item: (item.file, item.reason))
    return Scan(mentions=tuple(once(mentions)), files_read=work.files_read, skipped=tuple(skipped))


class _Work:
    """What has been found so far."""

    def __init__(self, options: ScanOptions) -> None:
        self.options = options
        self.mentions: list[Mention] = []
        self.skipped: list[Skipped] = []
        self.files_read = 0
        self.full = False
        self.enter(Path())

    def enter(self, root: Path) -> None:
        """Go on with files below this folder, which may take names from each other."""
        self.modules = Modules(root)
        self.settings = Settings(root)

    def path(self, path: Path) -> None:
        self.enter(path if path.is_dir() else path.parent)
        if path.is_dir():
            wanted = (
                (inside, file)
                for inside, file in walk(path, self.skipped)
                if self.options.only is None or self.options.only(inside)
            )
            self.files(path, wanted)
        elif path.is_file():
            self.file(path.name, path)
        else:
            raise UsageError(f"{shown(str(path))} does not exist", "Give a folder or a file of the checkout.")

    def files(self, root: Path, wanted: Iterator[tuple[str, Path]]) -> None:
        """Every file; side by side where that is allowed and worth it."""
        if self.options.processes > 1:
            first = list(islice(wanted, WORTH))
            rest = list(wanted) if len(first) == WORTH else []
            if rest and self.side_by_side(root, [*first, *rest]):
                return
            wanted = iter([*first, *rest])
        for inside, file in wanted:
            self.file(inside, file)
            if self.full:
                return

    def side_by_side(self, root: Path, wanted: Sequence[tuple[str, Path]]) -> bool:
        """Read in several processes; False, and nothing taken, where there is too much to take."""
        plain = replace(self.options, only=None, processes=1)
        parts: list[Part] = []
        try:
            for part in read_in_processes(partial(read_part, root, plain), wanted, self.options.processes):
                parts.append(part)
                if sum(len(item.mentions) for item in parts) + len(self.mentions) >= self.options.most_mentions:
                    return False
        except (OSError, ImportError, RuntimeError):
            # No room for processes, or none of the means by which they speak: then one reads all.
            return False
        for part in parts:
            self.mentions += part.mentions
            self.skipped += part.skipped
            self.files_read += part.files_read
        return True

    def file(self, inside: str, path: Path) -> None:
        lower = inside.lower()
        if lower.endswith((".gguf", ".safetensors")):
            self.weights(inside, path)
            return
        reader = reader_of(path.name, markdown=self.options.markdown)
        if reader is None:
            return
        text = self.text(inside, path)
        if text is None:
            return
        self.files_read += 1
        self.read(inside, text, reader, ollama="ollama" in lower or "ollama" in text.lower() or "11434" in text)
        if lower.endswith(("readme.md", "model_card.md", "modelcard.md")):
            from llmadvise.checkout.model_card import card_of  # noqa: PLC0415 - only for such a file

            card = card_of(shown(inside), text)
            if card is not None:
                self.mentions.append(card)

    def text(self, inside: str, path: Path) -> str | None:
        try:
            size = path.stat().st_size
            if size > self.options.largest_file:
                self.skip(inside, f"larger than {self.options.largest_file:,} bytes")
                return None
            with path.open("rb") as file:
                data = file.read(self.options.largest_file + 1)
        except OSError as error:
            self.skip(inside, f"cannot be read ({error.strerror})")
            return None
        text, reason = decoded(data)
        if reason is not None:
            self.skip(inside, reason)
        return text

    def skip(self, inside: str, reason: str, *, cut: bool = False) -> None:
        self.skipped.append(Skipped(file=shown(inside), reason=reason, cut=cut))

    def weights(self, inside: str, path: Path) -> None:
        from llmadvise.checkout.weights import WeightsHeader, mention_of, read_safetensors  # noqa: PLC0415 - only for such a file

        if inside.lower().endswith(".safetensors"):
            header, kind = read_safetensors(path), "safetensors-file"
        else:
            read = self.options.read_header
            header, kind = (read(path) if read is not None else WeightsHeader(has_weights=True)), "gguf-file"
        if header is None:
            self.skip(inside, "its header cannot be read")
            return
        self.files_read += 1
        self.mentions.append(mention_of(shown(inside), header, kind))

    def read(self, inside: str, text: str, reader: Reader, *, ollama: bool) -> None:
        source = Source(
            name=inside,
            text=text,
            ollama=ollama,
            documents=self.options.markdown,
            imported=self.modules.value,
            settings=self.settings.of,
        )
        rows = text.split("\n")
        comments = ignores(text)
        try:
            self.take(inside, reader(source), rows, comments, ollama=ollama)
        except (PartlyReadError, RecursionError, MemoryError) as error:
            self.skip(inside, str(error) or type(error).__name__)
            from llmadvise.checkout.readers.lexed import read_hashed  # noqa: PLC0415 - only where a parser gave up

            self.take(inside, read_hashed(source), rows, comments, ollama=ollama)

    def take(
        self, inside: str, found: Iterator[Candidate], rows: list[str], comments: dict[int, Ignore], *, ollama: bool
    ) -> None:
        count = 0
        for item in found:
            mention = mention_at(shown(inside), item, rows, comments, ollama=ollama)
            if mention is None:
                continue
            count += 1
            self.mentions.append(mention)
            if count >= self.options.most_in_file:
                self.skip(
                    inside, f"more than {self.options.most_in_file:,} references; the rest was not read", cut=True
                )
                return
            if len(self.mentions) >= self.options.most_mentions:
                self.full = True
                self.skip(
                    inside,
                    f"more than {self.options.most_mentions:,} references; the rest of the checkout was not read",
                    cut=True,
                )
                return


class Part(NamedTuple):
    """What was found in some files of a checkout."""

    mentions: list[Mention]
    skipped: list[Skipped]
    files_read: int


def read_part(root: Path, options: ScanOptions, files: Sequence[tuple[str, Path]]) -> Part:
    """Read these files of the checkout at `root`."""
    work = _Work(options)
    work.enter(root)
    work.files(root, iter(files))
    return Part(work.mentions, work.skipped, work.files_read)
