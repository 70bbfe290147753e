"""Typed access to a config that anyone may have written: what is not of the right kind reads as absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LARGEST = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKeys:
    """The keys of one config, and under them the defaults of its class. A key that is null counts as said."""

    own: Mapping[str, object]
    defaults: Mapping[str, object]

    def value(self, *names: str) -> object:
        """The first of these keys that the config has, else the first that the class has."""
        said = [self.own[name] for name in names if name in self.own]
        if said:
            return next((value for value in said if value is not None), None)
        return next((value for name in names if (value := self.defaults.get(name)) is not None), None)

    def number(self, *names: str) -> int | None:
        """A count; the largest where the config lists one a layer."""
        value = self.value(*names)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return max((count for item in value if (count := as_count(item)) is not None), default=None)
        return as_count(value)

    def positive(self, *names: str) -> int | None:
        """A count that is not zero."""
        return self.number(*names) or None

    def each(self, name: str, layers: int) -> tuple[int | None, ...] | None:
        """One count a layer, where the config lists them."""
        value = self.own.get(name)
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != layers:
            return None
        return tuple(as_count(item) for item in value)

    def flag(self, name: str) -> bool | None:
        """A truth value."""
        value = self.value(name)
        return value if isinstance(value, bool) else None

    def text(self, name: str) -> str:
        """A word, empty where there is none."""
        value = self.value(name)
        return value if isinstance(value, str) else ""

    def words(self, name: str) -> tuple[str, ...] | None:
        """A list of words."""
        value = self.own.get(name)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            return None
        return tuple(item if isinstance(item, str) else "" for item in value)

    def counts(self, name: str) -> tuple[int, ...] | None:
        """A list of counts, such as layer indices; None where it is none or empty."""
        value = self.own.get(name)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            return None
        found = [as_count(item) for item in value]
        return None if None in found else tuple(item for item in found if item is not None)

    def inner(self, name: str) -> ConfigKeys:
        """The keys of a config inside this one; none where it has none of that name."""
        value = self.own.get(name)
        return ConfigKeys(own=as_mapping(value), defaults={})

    def has(self, *names: str) -> bool:
        """Whether any of these keys has a value other than null, zero and false."""
        return any(self.own.get(name) for name in names)


def as_count(value: object) -> int | None:
    """A count that a config may state: no truth value, not negative, not absurd."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST else None


def as_mapping(value: object) -> Mapping[str, object]:
    """A JSON object; empty for anything else."""
    return {key: item for key, item in value.items() if isinstance(key, str)} if isinstance(value, Mapping) else {}
