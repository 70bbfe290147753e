"""The commands that the documentation shows, as data: for the tests that run them and for the site that shows what they print.

Fences of `sh` hold commands to type. Fences of `console` hold them after `$`, and the site puts below each what it prints.
A command that needs what no test has is parsed only, and its reason is shown: from the table here, or from a comment
`# needs …` on its line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
NEEDS = {
    "pull": "the network",
    "run": "a runtime and a downloaded model",
    "serve": "a runtime and a downloaded model",
    "bench": "a runtime and a downloaded model",
    "catalog import": "the network",
    "catalog refresh": "the network",
}
"""Commands that cannot be run everywhere, and what they need."""
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>sh|bash|console)\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
_COMMENT = re.compile(r"\s#\s(?P<text>.*)$")
_INNER = re.compile(r"\$\(([^()]*)\)")
"""A command in the place of a value."""


class Documented(NamedTuple):
    """One command of llmadvise in a page."""

    file: Path
    line: int
    arguments: tuple[str, ...]
    needs: str | None
    """What running it takes that a test has not; None: it is run."""
    feeds: str | None
    """The file that it reads on standard input, if any."""
    writes: str | None
    """The file that its output goes to, if any."""
    code: int | None
    """The exit code that a comment `# exit code N` promises."""

    def __str__(self) -> str:
        """The command as the report of a test names it."""
        return f"{self.file.name}:{self.line} llmadvise {shlex.join(self.arguments)}"


class Other(NamedTuple):
    """A command of another program."""

    file: Path
    line: int
    program: str


def pages() -> list[Path]:
    """Every page that people write: those of the catalog and the gallery hold no commands to type."""
    generated = {ROOT / "docs" / "catalog", ROOT / "docs" / "gallery"}
    found = [path for path in sorted((ROOT / "docs").rglob("*.md")) if not generated & set(path.parents)]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *found]


def documented(page: Path, text: str | None = None) -> list[Documented | Other]:
    """The commands of a page, in order."""
    content = page.read_text(encoding="utf-8") if text is None else text
    found: list[Documented | Other] = []
    for fence in _FENCE.finditer(content):
        first = content.count("\n", 0, fence.start("text")) + 1
        for offset, line in _lines(fence["text"], console=fence["kind"] == "console"):
            found += _commands(page, first + offset, line)
    return found


def _lines(text: str, *, console: bool) -> Iterator[tuple[int, str]]:
    """Whole lines: continued ones joined, output of console blocks left out."""
    held, begun = "", 0
    for offset, raw in enumerate(text.splitlines()):
        line = raw.strip()
        if console and not held:
            if not line.startswith("$ "):
                continue
            line = line[2:]
        begun = begun if held else offset
        if line.endswith("\\"):
            held += line[:-1]
            continue
        if held + line:
            yield begun, held + line
        held = ""


def _commands(page: Path, line: int, text: str) -> Iterator[Documented | Other]:
    comment = _COMMENT.search(text)
    marked = re.search(r"needs (.*)", comment["text"]) if comment else None
    for inner in _INNER.findall(text):
        yield from _commands(page, line, f"{inner} # {comment['text']}" if comment else inner)
    words = list(_words(_INNER.sub("X", text)))
    told = re.match(r"exit code (\d+)", comment["text"]) if comment else None
    for piece in _pieces(words):
        program = Path(piece[0]).name
        if program != "llmadvise":
            yield Other(page, line, piece[0])
            continue
        arguments, feeds, writes = _redirected(piece[1:])
        needs = marked[1] if marked else needed(arguments)
        yield Documented(page, line, arguments, needs, feeds, writes, int(told[1]) if told else None)


def _words(text: str) -> Iterator[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    yield from lexer


def _pieces(words: list[str]) -> Iterator[list[str]]:
    """The words of each command of a line; a variable that is set for it is left out."""
    piece: list[str] = []
    for word in [*words, ";"]:
        if word in {"|", "&&", ";", "||", "&"}:
            if piece:
                yield piece
            piece = []
        elif piece or not re.fullmatch(r"[A-Za-z_]+=.*", word):
            piece.append(word)


def _redirected(words: list[str]) -> tuple[tuple[str, ...], str | None, str | None]:
    arguments: list[str] = []
    feeds = writes = None
    rest = iter(words)
    for word in rest:
        if word == "<":
            feeds = next(rest, None)
        elif word in {">", ">>"}:
            writes = next(rest, None)
        else:
            arguments.append(word)
    return tuple(arguments), feeds, writes


def needed(arguments: tuple[str, ...]) -> str | None:
    """What running this command takes, if a test has it not."""
    for command, need in NEEDS.items():
        if arguments[: len(command.split())] == tuple(command.split()):
            return need
    return "the network" if any(word.startswith("hf:") for word in arguments) else None
