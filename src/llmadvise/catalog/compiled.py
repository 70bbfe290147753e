"""The compiled catalog: one file that is read without decoding what nobody asks for.

Line 1 is the header: format, version, date, digest, where each section's line stands, and for every model where its
line stands and a few columns to judge it by. Then one line a section, then one line a model, all in ascending order.
Standard library only: this is what an installed llmadvise reads at every start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from llmadvise.catalog.codec import decoder
from llmadvise.domain.catalog import CatalogIdentity, ModelIndex, ModelSummary
from llmadvise.domain.model import Model, Role
from llmadvise.errors import InvalidFileError

if TYPE_CHECKING:
    from mmap import mmap

Entry = TypeVar("Entry")
Rows: TypeAlias = dict[str, Any]
"""Encoded entries by id."""

FORMAT: Final = 1
_WRONG: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What a decoder raises for rows of another shape."""
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
            self._sections: dict[str, list[int]] = facts["sections"]
            self._models: dict[str, list[Any]] = facts["models"]
        except _WRONG as error:
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
            return {id_: self._line(*place[:2]) for id_, place in self._models.items()}
        place = self._sections.get(name)
        try:
            rows: Rows = self._line(*place)[name] if place else {}
        except _WRONG as error:
            raise self.damaged() from error
        return rows

    def _line(self, offset: int, length: int) -> Any:  # noqa: ANN401 - JSON of any shape
        start = self._start + offset
        try:
            return json.loads(self._content[start : start + length])
        except ValueError as error:
            raise self.damaged() from error

    def damaged(self) -> InvalidFileError:
        """The error for a file that holds less or other than it should."""
        return InvalidFileError(f"{self._label}: damaged", _REINSTALL)


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
            except _WRONG as error:
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

    __slots__ = ("_damaged", "_decoded", "_index", "_line", "_summaries")

    def __init__(
        self,
        index: dict[str, list[Any]],
        line: Callable[[int, int], Any],
        damaged: Callable[[], InvalidFileError],
    ) -> None:
        self._damaged = damaged
        self._index = index
        self._line = line
        self._decoded: dict[str, Model] = {}
        self._summaries: list[ModelSummary] | None = None

    def __getitem__(self, key: str) -> Model:
        if key not in self._decoded:
            self._decoded[key] = self._decode(self._index[key])
        return self._decoded[key]

    def _decode(self, place: list[Any]) -> Model:
        try:
            offset, length, *_ = place
            model: Model = decoder(Model)(self._line(offset, length))
        except _WRONG as error:
            raise self._damaged() from error
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def each(self) -> Iterator[Model]:
        """Every model, decoded for the one who asks and let go."""
        return (self._decoded.get(id_) or self._decode(place) for id_, place in self._index.items())

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def summaries(self) -> Iterator[ModelSummary]:
        """One summary a model, in ascending id order, without decoding any."""
        if self._summaries is None:
            # By hand and once: a large catalog has tens of thousands, and an answer looks them over twice.
            roles = {role.value: role for role in Role}
            try:
                self._summaries = [
                    ModelSummary(id_, repo, roles[role], tuple(capabilities), *rest)
                    for id_, (_, _, repo, role, capabilities, *rest) in self._index.items()
                ]
            except _WRONG as error:
                raise self._damaged() from error
        return iter(self._summaries)
