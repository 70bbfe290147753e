"""Reads JSON from outside field by field: wrong types, unknown keys and control characters are refused by name."""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn, TypeVar

from llmadvise.errors import InvalidFileError

_LARGEST_FILE = 8 << 20
_LARGEST_NUMBER = 1 << 60
_LONGEST_TEXT = 1000
_MOST_ITEMS = 1000
_MOST_DIGITS = 40

Closed = TypeVar("Closed", bound=StrEnum)


def read_json(path: str, hint: str) -> object:
    """The JSON value in a file of at most 8 MiB without repeated keys; raises InvalidFileError for anything else."""
    import json  # noqa: PLC0415 - only for hardware files

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            raw = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise InvalidFileError(f"{path}: cannot be read: {error.strerror}", hint) from error
    if len(raw) > _LARGEST_FILE:
        raise InvalidFileError(f"{path}: is larger than 8 MiB; this is no hardware file", hint)
    try:
        return parse_json(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InvalidFileError(f"{path}:{error.lineno}: is not JSON: {error.msg}", hint) from error
    except UnicodeDecodeError as error:
        raise InvalidFileError(f"{path}: is not UTF-8 at byte {error.start}", hint) from error
    except (ValueError, RecursionError) as error:
        problem = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidFileError(f"{path}: {problem}", hint) from error


def parse_json(text: str) -> object:
    """A JSON value without repeated keys, constants that JSON has not, and numbers that are no size.

    Raises ValueError in our words for these, JSONDecodeError for other text, RecursionError for what is nested too deeply.
    """
    import json  # noqa: PLC0415 - only for hardware files

    value: object = json.loads(
        text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_whole_number
    )  # fmt: skip
    return value


def _whole_number(digits: str) -> int:
    """An integer of JSON. Raises ValueError, in our words, where it has more digits than any size or count."""
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits is no size and no count")
    return int(digits)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        from collections import Counter  # noqa: PLC0415 - only for an error

        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {twice[:60]!r} is there twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


class Fields:
    """One JSON object on its way to being read; `end` refuses what nobody asked for."""

    def __init__(self, values: dict[str, object], *, file: str, path: str, hint: str) -> None:
        self._values = values
        self._file, self._path, self._hint = file, path, hint
        self._asked: set[str] = set()

    @classmethod
    def of(cls, value: object, *, file: str, path: str = "", hint: str = "") -> Fields:
        """The fields of a JSON object; none of `null`."""
        if value is None and path:
            value = {}
        if not isinstance(value, dict):
            where = f" {path}:" if path else ""
            raise InvalidFileError(f"{file}:{where} must be an object in braces", hint)
        return cls({str(key): item for key, item in value.items()}, file=file, path=path, hint=hint)

    def fail(self, name: str, problem: str) -> NoReturn:
        raise InvalidFileError(f"{self._file}: {self._at(name)}: {problem}", self._hint)

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def holds_object(self, name: str) -> bool:
        return isinstance(self._values.get(name), dict)

    def text(self, name: str) -> str | None:
        value = self._take(name)
        return None if value is None else self._checked_text(name, value)

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            self.fail(name, "is missing")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self._checked_text(name, value) for value in self._list(name))

    def whole(self, name: str) -> int | None:
        """A number of bytes, cores and the like; other programs may write it with a fraction of zero."""
        value = self._take(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_NUMBER:
            self.fail(name, "must be a whole number, not negative and at most 2**60")
        return value

    def flag(self, name: str) -> bool | None:
        value = self._take(name)
        if value is not None and not isinstance(value, bool):
            self.fail(name, "must be true or false")
        return value

    def choice(self, name: str, kind: type[Closed]) -> Closed | None:
        value = self._take(name)
        return None if value is None else self._checked_choice(name, value, kind)

    def choices(self, name: str, kind: type[Closed]) -> tuple[Closed, ...]:
        return tuple(self._checked_choice(name, value, kind) for value in self._list(name))

    def fields(self, name: str) -> Fields:
        return Fields.of(self._take(name), file=self._file, path=self._at(name), hint=self._hint)

    def items(self, name: str, *, most: int = _MOST_ITEMS) -> list[Fields]:
        values = self._list(name)
        if len(values) > most:
            self.fail(name, f"has more than {most} entries")
        places = ((f"{self._at(name)}[{place}]", value) for place, value in enumerate(values))
        return [Fields.of(value, file=self._file, path=path, hint=self._hint) for path, value in places]

    def end(self) -> None:
        """Refuse the keys that are left."""
        for name in self._values:
            if name not in self._asked:
                self.fail(repr(name[:60])[1:-1], "is not a field of this file")

    def _take(self, name: str) -> object:
        self._asked.add(name)
        return self._values.get(name)

    def _list(self, name: str) -> list[object]:
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(name, "must be a list")
        return value

    def _checked_text(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            self.fail(name, "must be text")
        if len(value) > _LONGEST_TEXT or not value.isprintable():
            self.fail(name, f"must be printable text of at most {_LONGEST_TEXT} characters")
        return value

    def _checked_choice(self, name: str, value: object, kind: type[Closed]) -> Closed:
        known = {member.value: member for member in kind}
        if not isinstance(value, str) or value not in known:
            self.fail(name, f"must be one of {', '.join(known)}")
        return known[value]

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
