"""Loads the catalog: the compiled one of an installed llmadvise, or the YAML files of a checkout, under a user's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from llmadvise.catalog.opened import open_compiled
from llmadvise.errors import InvalidFileError

if TYPE_CHECKING:
    from mmap import mmap
    from pathlib import Path

    from llmadvise.domain.catalog import Catalog

COMPILED_NAME: Final = "compiled.jsonl"
_PACKAGE: Final = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs the advice 5 ms


def load_catalog(directory: Path | None = None) -> Catalog:
    """Load the built-in catalog, with the entries of `directory` laid over it by id.

    A file in place of a directory is a compiled catalog, and stands alone (`llmadvise catalog build`).
    Such a directory is laid out as the built-in one and may hold any part of it; `Catalog.origins` names what came
    from there. Raises InvalidFileError with file and line on anything in it that is wrong.
    """
    if directory is not None and directory.is_file():
        return open_compiled(_mapped(directory), directory.name)
    if directory is None:
        return open_compiled(_shipped() or built_in(), COMPILED_NAME)
    from llmadvise.catalog.overlay import lay_over  # noqa: PLC0415 - reads YAML, which the usual start does without

    return lay_over(built_in(), directory)


def _mapped(file: str | Path) -> bytes | mmap:
    """A compiled file of any size: only the parts that are looked at are read."""
    from mmap import ACCESS_READ, mmap  # noqa: PLC0415 - a library user may never load a catalog

    with open(file, "rb") as stream:  # noqa: PTH123 - see _PACKAGE
        # An empty file cannot be mapped, and is no catalog either.
        return mmap(stream.fileno(), 0, access=ACCESS_READ) if stream.seek(0, 2) else b""


def _shipped() -> bytes | mmap | None:
    """The compiled catalog of the wheel; None in a checkout, or where files cannot be mapped."""
    try:
        return _mapped(os.path.join(_PACKAGE, COMPILED_NAME))  # noqa: PTH118 - see _PACKAGE
    except (OSError, ValueError):
        return None


def built_in() -> bytes:
    """Return the built-in catalog, compiled: as the wheel carries it, or from the YAML files of a checkout."""
    try:
        with open(os.path.join(_PACKAGE, COMPILED_NAME), "rb") as stream:  # noqa: PTH118, PTH123 - see _PACKAGE
            return stream.read()
    except FileNotFoundError:
        pass
    from llmadvise.catalog.compile import complete, encode, write_compiled  # noqa: PLC0415 - reads YAML
    from llmadvise.catalog.tree import read_tree  # noqa: PLC0415 - reads YAML

    # No cross checks here: they run when the wheel is built and in `llmadvise catalog check`.
    tree = read_tree(checkout_directory(), "catalog")
    return write_compiled(complete(tree), encode(tree))


def checkout_directory() -> Path:
    """Return the catalog directory of the checkout that this package is imported from; raises InvalidFileError."""
    from pathlib import Path  # noqa: PLC0415 - only a checkout comes here

    directory = Path(_PACKAGE).parents[2] / "catalog"
    if not (directory / "catalog.yaml").is_file():
        raise InvalidFileError(
            "this installation of llmadvise holds no catalog files",
            "Install it from a wheel, or run it from a checkout.",
        )
    return directory
