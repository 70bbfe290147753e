"""Where files come to lie: the Hub's own cache, which most engines read, or a folder of the user's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from llmadvise.domain.pull import Wanted, WantedFile
from llmadvise.errors import LLMAdviseError
from llmadvise.replace_file import replace_file

_PARTIAL: Final = ".llmadvise.incomplete"
"""Ours alone: other programs write files of other names in another order."""
_OWN: Final = ".llmadvise"


class Place(Protocol):
    """What fetching needs to know of where a file goes."""

    root: Path
    """The folder whose file system has to have room."""

    def path(self, file: WantedFile) -> Path:
        """The name that the file will have."""

    def content(self, file: WantedFile) -> Path:
        """Where its bytes lie or will lie."""

    def partial(self, file: WantedFile) -> Path:
        """Where its bytes are gathered until they are all there and proved."""

    def lock(self, file: WantedFile) -> Path:
        """What a process holds while it writes that."""

    def publish(self, file: WantedFile) -> None:
        """Give the gathered and proved bytes their name."""

    def point(self, file: WantedFile) -> None:
        """Give bytes that were there before the name under which they are looked for."""


class HubCache:
    """`models--org--name/{blobs,refs,snapshots/<commit>}`, as huggingface_hub and llama.cpp read and write it."""

    def __init__(self, folder: Path, wanted: Wanted) -> None:
        name = f"models--{wanted.repo.replace('/', '--')}"
        self.root, self.folder = folder, folder / name
        self.snapshot = self.folder / "snapshots" / wanted.revision
        self._locks = folder / ".locks" / name

    def path(self, file: WantedFile) -> Path:
        """The name below the commit: a link to the blob, or the file itself where links cannot be made."""
        return self.snapshot / file.name

    def content(self, file: WantedFile) -> Path:
        """The blob, or the file below the commit where there are no blobs."""
        blob, path = self._blob(file), self.path(file)
        return path if not blob.exists() and path.is_file() else blob

    def partial(self, file: WantedFile) -> Path:
        """Beside the blob."""
        return self.folder / "blobs" / f"{file.key}{_PARTIAL}"

    def lock(self, file: WantedFile) -> Path:
        """The lock that `hf download` takes for the same blob."""
        return self._locks / f"{file.key}.lock"

    def publish(self, file: WantedFile) -> None:
        """First the blob, then the name: a name never leads nowhere."""
        move_to_new(self.partial(file), self._blob(file))
        self.point(file)

    def point(self, file: WantedFile) -> None:
        """The name below the commit, in one step."""
        blob, path = self._blob(file), self.path(file)
        if not blob.exists() or (path.exists() and path.samefile(blob)):
            return
        if path.is_file():
            return  # a copy that was proved by whoever asks
        path.parent.mkdir(parents=True, exist_ok=True)
        target = os.path.relpath(blob, path.parent)
        try:
            if path.is_symlink():
                path.unlink()  # it leads nowhere
            path.symlink_to(target)
        except FileExistsError:
            return  # another process was here first
        except (OSError, NotImplementedError):
            move_to_new(blob, path)

    def remember_main(self, wanted: Wanted) -> None:
        """That the main branch is at this commit: what engines go by when they are offline."""
        refs = self.folder / "refs"
        with suppress(OSError):
            refs.mkdir(parents=True, exist_ok=True)
            replace_file(refs / "main", wanted.revision.encode())

    def _blob(self, file: WantedFile) -> Path:
        return self.folder / "blobs" / (file.key or "unknown")


class Folder:
    """A folder of the user's, with the files under the names that the repository gives them."""

    def __init__(self, folder: Path, *, flat: bool = False) -> None:
        self.root, self._flat = folder, flat

    def path(self, file: WantedFile) -> Path:
        """The name itself; without folders where the reader of the folder expects none."""
        return self.root / (file.name.rpartition("/")[2] if self._flat else file.name)

    def content(self, file: WantedFile) -> Path:
        """The file itself."""
        return self.path(file)

    def partial(self, file: WantedFile) -> Path:
        """In a folder of our own, on the same file system."""
        return self.root / _OWN / f"{file.key}{_PARTIAL}"

    def lock(self, file: WantedFile) -> Path:
        """Beside that."""
        return self.root / _OWN / f"{file.key}.lock"

    def publish(self, file: WantedFile) -> None:
        """Move it to its name."""
        target = self.path(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        move_to_new(self.partial(file), target)

    def point(self, file: WantedFile) -> None:
        """It has its name."""


def move_to_new(source: Path, target: Path) -> None:
    """Rename a file, unless the name is taken. Raises LLMAdviseError where it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError as error:
        raise LLMAdviseError(
            f"{target} appeared while its bytes were fetched; it was left as it is", "Run the same command again."
        ) from error
    except (OSError, NotImplementedError, AttributeError):
        # A file system without hard links; under the lock nobody else of ours writes that name.
        if target.exists():
            raise LLMAdviseError(f"{target} is there already; it was left as it is", "Move it away.") from None
        source.rename(target)
        _sync_folder(target.parent)
        return
    _sync_folder(target.parent)
    source.unlink()


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows does so by itself."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The folder of the Hub's cache, as huggingface_hub finds it."""
    direct = environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE")
    if direct:
        return _expanded(direct)
    home = environment.get("HF_HOME")
    if home:
        return _expanded(home) / "hub"
    return _expanded(environment.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def _expanded(text: str) -> Path:
    return Path(os.path.expandvars(text)).expanduser().absolute()
