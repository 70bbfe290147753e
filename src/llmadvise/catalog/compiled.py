"""The compiled catalog: one file that is read without decoding what nobody asks for.

Line 1 is the header: format, version, date, digest, where each section stands, and of all models a few columns to
judge them by. A section is one line, or, where its entries are long, one line an entry. Then comes one line a model,
in ascending order, and for each use case a line of the quality that each model could have in it. Standard library
only: this is what an installed llmadvise reads at every start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from llmadvise.catalog.codec import decoder
from llmadvise.domain.catalog import CatalogIdentity, ModelIndex, ModelSummary, QualityBound
from llmadvise.domain.model import Model, Role
from llmadvise.errors import InvalidFileError

if TYPE_CHECKING:
    from mmap import mmap

Entry = TypeVar("Entry")
Rows: TypeAlias = Mapping[str, Any]
"""Encoded entries by id."""
Place: TypeAlias = list[int]
"""Offset behind the header and length of a line."""

FORMAT: Final = 2
WRONG: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)
"""What reading raises for rows of another shape."""
_REINSTALL: Final = "Install llmadvise again; if that does not help, report it."


class CompiledCatalog:
    """A compiled file, in memory or mapped into it; lines are parsed when they are asked for."""

    __slots__ = ("_content", "_label", "_models", "_sections", "_start", "identity")

    def __init__(self, content: bytes | mmap, label: str) -> None:
        self._label = label
        self._content = content
        self._start = content.find(b"\n") + 1
        try:
            facts = json.loads(content[: self._start])
            if facts["format"] != FORMAT:
                raise InvalidFileError(f"{label}:1: compiled for another version of llmadvise", _REINSTALL)
            self.identity = CatalogIdentity(version=facts["version"], as_of=facts["as_of"], digest=facts["digest"])
            self._sections: dict[str, Place | dict[str, Place]] = facts["sections"]
            self._models = ModelColumns(facts["models"])
        except WRONG as error:
            raise InvalidFileError(f"{label}:1: not a compiled catalog", _REINSTALL) from error

    def section(self, name: str, kind: type[Entry]) -> LazyRows[Entry]:
        """Entries of one section, parsed at the first access and decoded one by one."""
        return LazyRows(lambda: self.rows(name), kind, self.damaged)

    def models(self) -> LazyModels:
        """All models, parsed and decoded one by one."""
        return LazyModels(self._models, self._line, self.damaged)

    def rows(self, name: str) -> Rows:
        """Return the encoded entries of one section; none if the file lacks it."""
        if name == "models":
            return SpreadRows(self._models.places, self._line, self.damaged)
        place = self._sections.get(name)
        if isinstance(place, dict):
            return SpreadRows(place, self._line, self.damaged)
        try:
            rows: Rows = self._line(*place)[name] if place else {}
        except WRONG as error:
            raise self.damaged() from error
        return rows

    def _line(self, offset: int, length: int) -> Any:  # noqa: ANN401 - JSON of any shape
        start = self._start + offset
        try:
            return json.loads(self._content[start : start + length])
        except WRONG as error:
            raise self.damaged() from error

    def damaged(self) -> InvalidFileError:
        """The error for a file that holds less or other than it should."""
        return InvalidFileError(f"{self._label}: damaged", _REINSTALL)


class ModelColumns:
    """What the header says of all models, a column each, and where their lines stand."""

    __slots__ = ("bounds", "columns", "places")

    def __init__(self, header: dict[str, Any]) -> None:
        self.columns: dict[str, list[Any]] = header["columns"]
        self.bounds: dict[str, Place] = header["bounds"]
        """By use case, where its line of qualities stands."""
        offset: int = header["start"]
        self.places: dict[str, Place] = {}
        for id_, length in zip(self.columns["id"], header["lengths"], strict=True):
            self.places[id_] = [offset, length]
            offset += length + 1

    def summaries(self) -> Iterator[ModelSummary]:
        """Put the columns together; raises what a damaged file leads to."""
        columns = dict(self.columns)
        roles = {role.value: role for role in Role}
        columns["role"] = [roles[role] for role in columns["role"]]
        columns["capabilities"] = [tuple(names) for names in columns["capabilities"]]
        return map(ModelSummary._make, zip(*(columns[name] for name in ModelSummary._fields), strict=True))


class SpreadRows(Mapping[str, Any]):
    """Encoded entries that have a line each, parsed when they are read."""

    __slots__ = ("_damaged", "_line", "_places")

    def __init__(
        self, places: dict[str, Place], line: Callable[[int, int], Any], damaged: Callable[[], InvalidFileError]
    ) -> None:
        self._places = places
        self._line = line
        self._damaged = damaged

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - JSON of any shape
        place = self._places[key]
        try:
            return self._line(*place)
        except WRONG as error:
            raise self._damaged() from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: object) -> bool:
        return key in self._places


class LazyRows(Mapping[str, Entry], Generic[Entry]):
    """An immutable mapping that decodes an entry when it is first read, and remembers it."""

    __slots__ = ("_damaged", "_decoded", "_kind", "_read", "_rows")

    def __init__(self, read: Callable[[], Rows], kind: type[Entry], damaged: Callable[[], InvalidFileError]) -> None:
        self._read = read
        self._damaged = damaged
        self._kind = kind
        self._rows: Rows | None = None
        self._decoded: dict[str, Entry] = {}

    def _all(self) -> Rows:
        if self._rows is None:
            self._rows = self._read()
        return self._rows

    def __getitem__(self, key: str) -> Entry:
        if key not in self._decoded:
            row = self._all()[key]
            try:
                self._decoded[key] = decoder(self._kind)(row)
            except WRONG as error:
                raise self._damaged() from error
        return self._decoded[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __contains__(self, key: object) -> bool:
        return key in self._all()


class LazyModels(ModelIndex):
    """All models: iteration, length and summaries come from the header, an entry is decoded when it is first read."""

    __slots__ = ("_bounds", "_columns", "_damaged", "_decoded", "_line", "_rows", "_summaries")

    def __init__(
        self, columns: ModelColumns, line: Callable[[int, int], Any], damaged: Callable[[], InvalidFileError]
    ) -> None:
        self._columns = columns
        self._line = line
        self._rows = SpreadRows(columns.places, line, damaged)
        self._damaged = damaged
        self._decoded: dict[str, Model] = {}
        self._summaries: list[ModelSummary] | None = None
        self._bounds: dict[str, dict[str, QualityBound]] = {}

    def __getitem__(self, key: str) -> Model:
        if key not in self._decoded:
            self._decoded[key] = self._decode(self._rows[key])
        return self._decoded[key]

    def _decode(self, row: Any) -> Model:  # noqa: ANN401 - JSON of any shape
        try:
            model: Model = decoder(Model)(row)
        except WRONG as error:
            raise self._damaged() from error
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def each(self) -> Iterator[Model]:
        """Every model, decoded for the one who asks and let go."""
        return (self._decoded.get(id_) or self._decode(self._rows[id_]) for id_ in self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def summaries(self) -> Iterator[ModelSummary]:
        """One summary a model, in ascending id order, without decoding any."""
        if self._summaries is None:
            try:
                self._summaries = list(self._columns.summaries())
            except WRONG as error:
                raise self._damaged() from error
        return iter(self._summaries)

    def quality_bounds(self, profile: str) -> Mapping[str, QualityBound]:
        """The most that models could reach in a built-in use case, by id; those missing were not computed."""
        if profile not in self._bounds:
            place = self._columns.bounds.get(profile)
            try:
                self._bounds[profile] = self._bounds_at(place) if place else {}
            except WRONG as error:
                raise self._damaged() from error
        return self._bounds[profile]

    def _bounds_at(self, place: Place) -> dict[str, QualityBound]:
        line = self._line(*place)
        rows = zip(self._rows, line["quality"], line["grade"], strict=True)
        return {id_: QualityBound(quality, grade) for id_, quality, grade in rows if quality is not None}
