"""Reads one YAML file into plain values that remember their lines, and refuses everything that is not plain.

A catalog comes from outside: no anchors or aliases (a few lines could stand for gigabytes), no tags, no duplicate keys
(PyYAML keeps the last without a word), no keys but strings, no control characters, no deep nesting, no giant files.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, TypeAlias

import yaml

from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.scalars import Scalar, plain_scalar

Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"
Location: TypeAlias = tuple[str | int, ...]

LARGEST_FILE: Final = 8 << 20
DEEPEST: Final = 24
_QUOTE_IT: Final = "Put it in quotes if it is text; write true or false for a boolean and plain decimals for a number."
# C0, C1, line separators, marks that reorder or hide what stands on the screen, halves of surrogate pairs.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_Loader: type[yaml.CSafeLoader | yaml.SafeLoader] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one file, and the line of each."""

    label: str
    """How the file is called in messages."""
    values: dict[str, Value]
    lines: dict[int, dict[str | int, int]]
    """By identity of the container, then by key or index: line numbers from 1."""

    def where(self, location: Location = ()) -> str:
        """`file:line` of the value at this location, or of the nearest container that exists."""
        line = 1
        here: Value = self.values
        for step in location:
            line = self.lines.get(id(here), {}).get(step, line)
            match here, step:
                case dict(), str() if step in here:
                    here = here[step]
                case list(), int() if step < len(here):
                    here = here[step]
                case _:
                    break
        return f"{self.label}:{line}"


def show_path(path: PurePath) -> str:
    """Return a path as it may be printed: escaped when it holds anything that is not plainly visible."""
    text = str(path)
    return text if text.isprintable() else ascii(text)


def read_document(path: Path, label: str | None = None) -> Document:
    """Read one file. Raises InvalidFileError with `file:line` and a hint on anything that is not strict, plain YAML."""
    label = label or show_path(path)
    return parse_document(_read_text(path, label), label)


def parse_document(text: str, label: str) -> Document:
    """Read YAML text; `label` is how its file is called in messages."""
    if found := _FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _invalid(label, line, f"the character {found.group()!a} is not allowed", "Remove it.")
    builder = _Builder(label)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _invalid(
            label, line, f"not valid YAML: {error.problem}", "Check indentation, quotes and brackets."
        ) from error
    except yaml.YAMLError as error:
        raise _invalid(label, 1, "not valid YAML", "Check that the file is text.") from error
    return builder.document()


def _read_text(path: Path, label: str) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InvalidFileError(f"{label} is not a regular file", "Catalog files are plain YAML files.")
        if status.st_size > LARGEST_FILE:
            raise InvalidFileError(f"{label} has {status.st_size} bytes, more than {LARGEST_FILE}", "Split the file.")
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise InvalidFileError(f"{label}: {reason}", "Check the path and its permissions.") from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _invalid(label, line, "not UTF-8 text", "Save the file as UTF-8.") from error


def _invalid(label: str, line: int, what: str, hint: str) -> InvalidFileError:
    return InvalidFileError(f"{label}:{line}: {what}", hint)


class _Builder:
    """Builds values from parse events with a stack of its own, so that nesting cannot exhaust Python's."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._open: list[dict[str, Value] | list[Value]] = []
        self._keys: list[str | None] = []
        self._lines: dict[int, dict[str | int, int]] = {}
        self._documents: list[Value] = []

    def take(self, event: yaml.Event) -> None:
        """Add what one event says."""
        match event:
            case yaml.AliasEvent():
                raise self._refuse(event, "aliases are not allowed", "Write the value out.")
            case yaml.ScalarEvent():
                self._plain_node(event)
                self._add(event, self._scalar(event))
            case yaml.MappingStartEvent():
                self._plain_node(event)
                self._begin(event, {})
            case yaml.SequenceStartEvent():
                self._plain_node(event)
                self._begin(event, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
                self._keys.pop()
            case yaml.DocumentStartEvent() if self._documents:
                raise self._refuse(event, "a second document in one file", "Keep one document a file.")
            case _:
                pass

    def document(self) -> Document:
        """Everything that was built."""
        values = self._documents[0] if self._documents else None
        if not isinstance(values, dict):
            raise _invalid(
                self._label, 1, "the file does not hold a mapping of keys to values", "Write `key: value` lines."
            )
        return Document(self._label, values, self._lines)

    def _plain_node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            raise self._refuse(event, "anchors are not allowed", "Write the value out where it is needed.")
        if event.tag is not None:
            raise self._refuse(event, "tags (`!…`) are not allowed", "Remove the tag.")

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text = event.value
        if found := _FORBIDDEN.search(text):
            raise self._refuse(event, f"the character {found.group()!a} is not allowed", "Remove it.")
        if not event.implicit[0]:
            return text
        try:
            return plain_scalar(text)
        except ValueError as error:
            raise self._refuse(event, str(error), _QUOTE_IT) from error

    def _begin(self, event: yaml.Event, container: dict[str, Value] | list[Value]) -> None:
        if len(self._open) >= DEEPEST:
            raise self._refuse(event, f"nested more than {DEEPEST} deep", "Flatten it.")
        self._add(event, container)
        self._lines[id(container)] = {}
        self._open.append(container)
        self._keys.append(None)

    def _add(self, event: yaml.Event, value: Value) -> None:
        if not self._open:
            self._documents.append(value)
            return
        container = self._open[-1]
        line = _line(event)
        if isinstance(container, list):
            self._lines[id(container)][len(container)] = line
            container.append(value)
            return
        key = self._keys[-1]
        if key is None:
            key = self._keys[-1] = self._key(event, container, value)
            self._lines[id(container)][key] = line
            return
        container[key] = value
        self._keys[-1] = None

    def _key(self, event: yaml.Event, container: dict[str, Value], value: Value) -> str:
        if not isinstance(value, str):
            raise self._refuse(event, "a key must be a string", "Put the key in quotes.")
        if value in container:
            raise self._refuse(event, f"the key {value[:60]!r} is given twice", "Remove one of them.")
        return value

    def _refuse(self, event: yaml.Event, what: str, hint: str) -> InvalidFileError:
        return _invalid(self._label, _line(event), what, hint)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def strings(values: Value) -> Iterator[tuple[Location, str]]:
    """Every string value with its location."""
    pending: list[tuple[Location, Value]] = [((), values)]
    while pending:
        location, value = pending.pop()
        if isinstance(value, str):
            yield location, value
        elif isinstance(value, dict):
            pending.extend(((*location, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            pending.extend(((*location, index), inner) for index, inner in enumerate(value))
