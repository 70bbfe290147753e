"""Frozen dataclasses that cost a twentieth to define.

The standard decorator compiles six methods for every class: 0.4 ms each, 50 ms for the classes of one answer, a fifth
of its time. Here equality, hash, text and the refusal to be changed are shared functions, and `__init__` is made
when a class is first called, which for most classes is never. Everything else is the standard decorator's: fields,
slots, `replace`, `asdict`, pattern matching. Type checkers see the standard one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_compared_by: dict[type, Callable[[Any], Any]] = {}

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool) -> Any:  # noqa: ANN401 - a decorator of any class
        """Make the class a frozen dataclass with slots whose fields are given by keyword."""
        if not (frozen and slots and kw_only):
            raise TypeError("these records are frozen, have slots and take keywords only")
        return _decorate


def _decorate(cls: type) -> type:
    shared = {
        "__init__": _first_init,
        "__repr__": _repr,
        "__eq__": _eq,
        "__hash__": _hash,
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }
    for name, function in shared.items():
        if name not in cls.__dict__:
            setattr(cls, name, function)
    return dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)


def _first_init(self: Any, **values: Any) -> None:  # noqa: ANN401 - any record
    """Make the real `__init__` of this class, put it in place, and call it."""
    cls = type(self)
    init = _init_of(cls)
    cls.__init__ = init
    init(self, **values)


def _init_of(cls: type) -> Any:  # noqa: ANN401 - a method of any record
    """`__init__` with one keyword for each field, which writes the slots: as quick as one that is compiled."""
    required, optional, made = [], [], []
    for field in dataclasses.fields(cls):
        write = getattr(cls, field.name).__set__
        if field.default is not dataclasses.MISSING:
            optional.append((field.name, write, field.default))
        elif field.default_factory is not dataclasses.MISSING:
            made.append((field.name, write, field.default_factory))
        else:
            required.append((field.name, write))

    def __init__(self: Any, **values: Any) -> None:  # noqa: ANN401, N807 - any record
        take = values.pop
        try:
            for name, write in required:
                write(self, take(name))
        except KeyError as missing:
            raise TypeError(f"{cls.__qualname__}() lacks the field {missing}") from None
        for name, write, default in optional:
            write(self, take(name, default))
        for name, write, make in made:
            write(self, take(name) if name in values else make())
        if values:
            raise TypeError(f"{cls.__qualname__}() has no field {', '.join(map(repr, values))}")

    return __init__


def _names(record: Any) -> tuple[str, ...]:  # noqa: ANN401 - any record
    return tuple(record.__dataclass_fields__)


def _repr(self: Any) -> str:  # noqa: ANN401 - any record
    shown = (field.name for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _compared(record: Any) -> Any:  # noqa: ANN401 - any record
    """Return what two records of this class are compared by."""
    cls = type(record)
    take = _compared_by.get(cls)
    if take is None:
        names = [field.name for field in dataclasses.fields(cls) if field.compare]
        take = _compared_by[cls] = attrgetter(*names) if names else lambda _: ()
    return take(record)


def _eq(self: Any, other: object) -> Any:  # noqa: ANN401 - any record; NotImplemented for another class
    if type(self) is not type(other):
        return NotImplemented
    return self is other or _compared(self) == _compared(other)


def _hash(self: Any) -> int:  # noqa: ANN401 - any record
    return hash(_compared(self))


def _refuse_to_set(self: Any, name: str, _value: object) -> None:  # noqa: ANN401 - any record
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r} of {type(self).__name__}")


def _refuse_to_delete(self: Any, name: str) -> None:  # noqa: ANN401 - any record
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r} of {type(self).__name__}")


def _getstate(self: Any) -> list[Any]:  # noqa: ANN401 - any record
    return [getattr(self, name) for name in _names(self)]


def _setstate(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - any record
    for name, value in zip(_names(self), state, strict=True):
        object.__setattr__(self, name, value)
