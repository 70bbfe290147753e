"""Reads a catalog directory of YAML files into domain objects, each with the place it was written at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, NoReturn

from llmadvise.catalog.files import calibration_of, catalog_files, section_of, stray
from llmadvise.catalog.layout import IDENTITY_FILE, EntryFiles, RowFile, RowFiles, Section
from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import Document, Location, Value, read_document, show_path
from llmadvise.strict_yaml.validate import read_as

Report = Callable[[InvalidFileError], None]
_ID_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._+-/")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry was read."""

    document: Document
    location: Location = ()

    def where(self, *inner: str | int) -> str:
        """`file:line` of a value inside the entry."""
        return self.document.where((*self.location, *inner))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which facts these are: version and date."""

    version: str
    """Year, month and day of the release."""
    as_of: str
    """ISO date of the newest fact."""


@dataclass(slots=True)
class Tree:
    """Everything a catalog directory says; a user's own directory may say only little."""

    label: str
    sections: dict[str, dict[str, object]] = field(default_factory=dict)
    """By name of the section, then by id."""
    calibration: dict[str, object] = field(default_factory=dict)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    """By section and id; `calibration` and its names too."""
    identity: Identity | None = None


def read_tree(directory: Path, label: str | None = None, report: Report | None = None) -> Tree:
    """Read all files below the directory. `label` is how it is called in messages.

    Raises InvalidFileError on the first file that is wrong, or hands each error to `report` and goes on.
    """
    tree = Tree(label or show_path(directory))
    for file in catalog_files(directory, tree.label):
        try:
            _read_file(tree, directory, file)
        except InvalidFileError as error:
            (report or _raise)(error)
    return tree


def _raise(error: InvalidFileError) -> NoReturn:
    raise error


def _read_file(tree: Tree, directory: Path, file: PurePosixPath) -> None:
    section, calibration = section_of(file), calibration_of(file)
    if section is None and calibration is None and str(file) != IDENTITY_FILE:
        raise stray(file, tree.label)
    document = read_document(directory / file, f"{tree.label}/{show_path(file)}")
    if section is not None:
        for id_, values, location in _entries(section, file, document):
            _add(tree, section, id_, values, Place(document, location))
    elif calibration is not None:
        name, kind = calibration
        tree.calibration[name] = read_as(kind, document.values, document)
        tree.places["calibration", name] = Place(document)
    else:
        tree.identity = read_as(Identity, document.values, document)


def _entries(section: Section, file: PurePosixPath, document: Document) -> Iterator[tuple[str, Value, Location]]:
    """Yield id, values and location of each entry in a file."""
    match section.place:
        case EntryFiles(folder):
            yield str(file.relative_to(folder).with_name(file.stem)), document.values, ()
        case RowFile(key=key) | RowFiles(key=key):
            yield from _rows(key, document)


def _rows(key: str, document: Document) -> Iterator[tuple[str, Value, Location]]:
    """Yield id, values and location of each row below the one key of a file of rows."""
    if list(document.values) != [key]:
        odd = next((name for name in document.values if name != key), key)
        raise InvalidFileError(
            f"{document.where((odd,))}: the file must hold the single key `{key}`", f"Write all rows below `{key}:`."
        )
    rows = document.values[key]
    if not isinstance(rows, dict):
        raise InvalidFileError(
            f"{document.where((key,))}: `{key}` must map ids to rows", "Write `id:` before each row."
        )
    for id_, values in rows.items():
        yield id_, values, (key, id_)


def _add(tree: Tree, section: Section, id_: str, values: Value, place: Place) -> None:
    entries = tree.sections.setdefault(section.name, {})
    if id_ in entries:
        first = tree.places[section.name, id_].where()
        raise InvalidFileError(f"{place.where()}: `{id_}` is already defined at {first}", "Remove one of the two.")
    _check_id(section, id_, place)
    if isinstance(values, dict):
        values = _stamped(section, id_, values, place)
    entries[id_] = read_as(section.kind, values, place.document, place.location)
    tree.places[section.name, id_] = place


def _check_id(section: Section, id_: str, place: Place) -> None:
    # Quantizations and devices are named as their makers name them; the others are named by us, after files.
    strict = isinstance(section.place, EntryFiles)
    if not id_ or len(id_) > 200 or (strict and not _ID_CHARACTERS.issuperset(id_)):  # noqa: PLR2004 - file names
        raise InvalidFileError(
            f"{place.where()}: {id_[:60]!r} is no id", "Use lower case letters, digits, dots, hyphens and underscores."
        )


def _stamped(section: Section, id_: str, values: dict[str, Value], place: Place) -> dict[str, Value]:
    """Return the values with the ids that follow from where they stand."""
    if values.get("id", id_) != id_:
        raise InvalidFileError(f"{place.where('id')}: the id must be `{id_}`, as the file or key says", "Remove `id`.")
    stamped = {**values, "id": id_}
    variants = values.get("variants")
    if section.name == "models" and isinstance(variants, list):
        stamped["variants"] = [
            _stamped_variant(variant, place.where("variants", i)) for i, variant in enumerate(variants)
        ]
    return stamped


def _stamped_variant(variant: Value, where: str) -> Value:
    if not isinstance(variant, dict):
        return variant
    repo, quantization = variant.get("repo"), variant.get("quantization")
    if not isinstance(repo, str) or not isinstance(quantization, str):
        return {**variant, "id": ""}
    id_ = f"{repo}:{quantization}"
    if variant.get("id", id_) != id_:
        raise InvalidFileError(f"{where}: the id of this variant must be `{id_}`", "Remove `id`.")
    return {**variant, "id": id_}
