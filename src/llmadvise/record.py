"""Frozen dataclasses that cost a twentieth to define.

The standard decorator compiles six methods for every class: 0.4 ms each, 50 ms for the classes of one answer, a fifth
of its time. Here equality, hash, text and the refusal to be changed are shared functions, and `__init__` is compiled
when a class is first called, which for most classes is never. Everything else is the standard decorator's: fields,
slots, `replace`, `asdict`, pattern matching. Type checkers see the standard one.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

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
    """Compile the real `__init__` of this class, put it in place, and call it."""
    cls = type(self)
    init = _compile_init(cls)
    cls.__init__ = init
    init(self, **values)


def _compile_init(cls: type) -> Any:  # noqa: ANN401 - a method of any record
    """`__init__` with one keyword for each field, as the standard decorator would write it."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_missing": dataclasses.MISSING}
    parameters, body = [], []
    for field in dataclasses.fields(cls):
        default = ""
        if field.default is not dataclasses.MISSING:
            names[f"_default_{field.name}"] = field.default
            default = f"=_default_{field.name}"
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_make_{field.name}"] = field.default_factory
            default = "=_missing"
            body.append(f" if {field.name} is _missing: {field.name} = _make_{field.name}()")
        parameters.append(f"{field.name}{default}")
        body.append(f" _set(self, {field.name!r}, {field.name})")
    keywords = f", *, {', '.join(parameters)}" if parameters else ""
    source = f"def __init__(self{keywords}):\n" + ("\n".join(body) or " pass")
    exec(source, names)  # noqa: S102 - made of field names, which are identifiers; the standard decorator does the same
    init = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _names(record: Any) -> tuple[str, ...]:  # noqa: ANN401 - any record
    return tuple(record.__dataclass_fields__)


def _repr(self: Any) -> str:  # noqa: ANN401 - any record
    shown = (field.name for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


_COMPARED: dict[type, Any] = {}
"""How to get the values that count for equality, by class, made when the first record of it is compared."""


def _compared(record: Any) -> Any:  # noqa: ANN401 - any record; the values of its fields
    get = _COMPARED.get(type(record))
    if get is None:
        names = [field.name for field in record.__dataclass_fields__.values() if field.compare]
        get = _COMPARED[type(record)] = attrgetter(*names) if names else _nothing
    return get(record)


def _nothing(_record: object) -> tuple[()]:
    return ()


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
