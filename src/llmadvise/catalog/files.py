"""Lists the files of a catalog directory, and refuses what has no place in one: a misspelt folder must not pass silently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from llmadvise.catalog.layout import CALIBRATION, SECTIONS, EntryFiles, RowFile, RowFiles, Section
from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import show_path

_FOLDERS: Final = frozenset(
    {PurePosixPath(section.place.folder).parts[0] for section in SECTIONS if not isinstance(section.place, RowFile)}
    | {CALIBRATION.folder}
)
_LAID_OUT: Final = (
    "A catalog directory is laid out as models/<org>/<model>.yaml, licenses/<id>.yaml, quantizations.yaml …"
)
_DEEPEST: Final = 3
_MOST_FILES: Final = 100_000


def catalog_files(directory: Path, label: str) -> list[PurePosixPath]:
    """Every YAML file, relative to the directory, in ascending order.

    Hidden files and files that are no YAML are passed over. Raises InvalidFileError if the directory cannot be read,
    holds a folder that is no part of a catalog, or holds no catalog file at all.
    """
    files = sorted(_walk(directory, PurePosixPath(), label))
    if not files:
        raise InvalidFileError(f"{label} holds no catalog files", _LAID_OUT)
    return files


def section_of(file: PurePosixPath) -> Section | None:
    """Return the section whose entries stand in this file."""
    for section in SECTIONS:
        match section.place:
            case EntryFiles(folder, depth):
                found = file.is_relative_to(folder) and len(file.relative_to(folder).parts) == depth
            case RowFile(name):
                found = str(file) == name
            case RowFiles(folder):
                found = str(file.parent) == folder
        if found:
            return section
    return None


def calibration_of(file: PurePosixPath) -> tuple[str, type] | None:
    """Return name and type of the calibration in this file."""
    kinds = dict(CALIBRATION.kinds)
    return (file.stem, kinds[file.stem]) if str(file.parent) == CALIBRATION.folder and file.stem in kinds else None


def stray(file: PurePosixPath, label: str) -> InvalidFileError:
    """Return the error for a YAML file in a place that means nothing."""
    return InvalidFileError(f"{label}/{show_path(file)} is not a part of a catalog", _LAID_OUT)


def _walk(directory: Path, inside: PurePosixPath, label: str) -> Iterator[PurePosixPath]:
    here = f"{label}/{show_path(inside)}" if inside.parts else label
    try:
        children = sorted((directory / inside).iterdir())
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise InvalidFileError(f"{here}: {reason}", "Give a directory that you may read.") from error
    if len(children) > _MOST_FILES:
        raise InvalidFileError(f"{here} holds more than {_MOST_FILES} files", _LAID_OUT)
    for child in children:
        file = inside / child.name
        if child.name.startswith("."):
            continue
        if child.is_dir():
            _check_folder(file, label)
            yield from _walk(directory, file, label)
        elif child.suffix == ".yaml":
            yield file
        elif child.suffix in {".yml", ".YAML", ".YML"}:
            raise InvalidFileError(f"{label}/{show_path(file)} would not be read", "Let its name end in .yaml.")


def _check_folder(folder: PurePosixPath, label: str) -> None:
    if folder.parts[0] not in _FOLDERS:
        raise InvalidFileError(f"{label}/{show_path(folder)} is not a part of a catalog", _LAID_OUT)
    if len(folder.parts) >= _DEEPEST:
        raise InvalidFileError(f"{label}/{show_path(folder)} is nested too deep", _LAID_OUT)
