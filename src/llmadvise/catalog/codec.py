"""Domain dataclasses as compact JSON arrays and back, driven by their fields alone.

A dataclass is the array of its fields in order, with the trailing ones that have their default left off. Standard
library only and nothing prepared at import: coders are built when a type is first asked for, because the advice itself
waits for them.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from llmadvise.record import field_default, field_names, is_record

Coder: TypeAlias = Callable[[Any], Any]
"""One direction for one type: JSON on one side, any domain type on the other, hence `Any` here and nowhere else."""

_PLAIN: Final = frozenset(name + more for name in ("str", "int", "float", "bool") for more in ("", " | None"))
"""Annotations of values that are the same on both sides: most, and not worth evaluating."""
_AS_IS: Final = (str, int, float, bool, types.NoneType)
_NONE: Final = object()
"""Instead of a default."""
_hints: dict[str, object] = {}
_decoders: dict[object, Coder | None] = {}
_encoders: dict[object, Coder | None] = {}


def decoder(kind: object) -> Coder:
    """Return a function from JSON to a value of this type."""
    return _coder(kind, decode=True) or (lambda value: value)


def encoder(kind: object) -> Coder:
    """Return a function from a value of this type to JSON."""
    return _coder(kind, decode=False) or (lambda value: value)


def _coder(kind: object, *, decode: bool) -> Coder | None:
    """Return the coder of a type; None where values are the same on both sides."""
    known = _decoders if decode else _encoders
    if kind not in known:
        known[kind] = _build(kind, decode=decode)
    return known[kind]


def _build(kind: object, *, decode: bool) -> Coder | None:
    if kind in _AS_IS or get_origin(kind) is Literal:
        return None
    if isinstance(kind, type) and get_origin(kind) is None:
        return _build_class(kind, decode=decode)
    return _build_generic(kind, get_origin(kind), get_args(kind), decode=decode)


def _build_generic(kind: object, origin: object, arguments: tuple[object, ...], *, decode: bool) -> Coder | None:
    if origin in (Union, types.UnionType):
        return _build_union(arguments, decode=decode)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        return _many(_coder(arguments[0], decode=decode), tuple if decode else list)
    if origin is tuple:
        return _each([_coder(argument, decode=decode) for argument in arguments], tuple if decode else list)
    if origin in (dict, Mapping):
        return _table(*(_coder(argument, decode=decode) for argument in arguments), decode=decode)
    raise TypeError(f"no code for values of type {kind!r}")


def _build_class(kind: type, *, decode: bool) -> Coder:
    if issubclass(kind, Enum):
        return {member.value: member for member in kind}.__getitem__ if decode else (lambda member: member.value)
    if is_record(kind):
        return _decode_record(kind) if decode else _encode_record(kind)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        coders = list(_coders(kind, decode=decode).values())
        return _each(coders, (lambda values: kind(*values)) if decode else list)
    raise TypeError(f"no code for values of type {kind.__name__}")


def _build_union(arguments: tuple[object, ...], *, decode: bool) -> Coder | None:
    coders = [coder for argument in arguments if (coder := _coder(argument, decode=decode)) is not None]
    if not coders:
        return None
    coder = coders[0]
    if len(arguments) > 2 or types.NoneType not in arguments:  # noqa: PLR2004 - X | None
        raise TypeError(f"no code for the union {arguments!r}: JSON does not say which member it is")
    return lambda value: None if value is None else coder(value)


def _many(coder: Coder | None, collect: Coder) -> Coder:
    if coder is None:
        return collect
    return lambda values: collect(map(coder, values))


def _each(coders: list[Coder | None], collect: Coder) -> Coder:
    if not any(coders):
        return _so_many(len(coders), collect)

    def code(values: Any) -> Any:  # noqa: ANN401 - see Coder
        pairs = zip(coders, values, strict=True)
        return collect([value if coder is None else coder(value) for coder, value in pairs])

    return code


def _so_many(count: int, collect: Coder) -> Coder:
    """Of tables of numbers there are thousands of rows: each is taken as it is, once counted."""

    def code(values: Any) -> Any:  # noqa: ANN401 - see Coder
        if len(values) != count:
            raise ValueError(f"{len(values)} values instead of {count}")
        return collect(values)

    return code


def _table(key: Coder | None, value: Coder | None, *, decode: bool) -> Coder:
    def code(table: Any) -> Any:  # noqa: ANN401 - see Coder
        items = table.items() if decode else sorted(table.items())
        return {(key(name) if key else name): (value(row) if value else row) for name, row in items}

    return code


def _hint(text: str, names: dict[str, Any]) -> object:
    """The type that an annotation means; of built-in ones alone (`tuple[str, ...]`) it means the same in every module."""
    if not text.islower():
        return eval(text, names)  # noqa: S307 - see `_coders`
    if text not in _hints:
        _hints[text] = eval(text, names)  # noqa: S307 - see `_coders`
    return _hints[text]


def _coders(kind: type, *, decode: bool) -> dict[str, Coder | None]:
    """The coder of each annotated name of a class, in the order of its fields.

    The annotations are the text of our own modules, evaluated where they stand, as `typing.get_type_hints` does.
    """
    coders: dict[str, Coder | None] = {}
    for base in reversed(kind.__mro__):
        names = vars(sys.modules[base.__module__])
        for name, said in getattr(base, "__annotations__", {}).items():
            text: str = getattr(said, "__forward_arg__", said)  # a named tuple wraps it
            coders[name] = None if text in _PLAIN else _coder(_hint(text, names), decode=decode)
    return coders


def _decode_record(kind: type[Any]) -> Coder:
    found = _coders(kind, decode=True)
    names = field_names(kind)
    coders = [(position, coder) for position, name in enumerate(names) if (coder := found[name])]
    defaults = [field_default(kind, name, none=_NONE) for name in names]
    required = 1 + max((place for place, default in enumerate(defaults) if default is _NONE), default=-1)
    create = _creator(kind, names)

    def decode(row: Any) -> Any:  # noqa: ANN401 - see Coder
        count = len(row)
        if not required <= count <= len(names):
            raise ValueError(f"{count} values for the {len(names)} fields of {kind.__name__}")
        values = [*row, *defaults[count:]]
        for position, coder in coders:
            if position >= count:
                break
            values[position] = coder(values[position])
        return create(values)

    return decode


def _creator(kind: type[Any], names: Sequence[str]) -> Coder:
    """Return a function that makes an instance from the values of all its fields.

    Writing the slots of a frozen dataclass takes a third of the time of its `__init__`, which would do nothing else.
    """
    setters = [getattr(kind, name).__set__ for name in names]
    new = object.__new__

    def create(values: Any) -> Any:  # noqa: ANN401 - see Coder
        instance = new(kind)
        for write, value in zip(setters, values, strict=True):
            write(instance, value)
        return instance

    return create


def _encode_record(kind: type[Any]) -> Coder:
    found = _coders(kind, decode=False)
    plan = [(name, found[name], field_default(kind, name, none=_NONE)) for name in field_names(kind)]

    def encode(record: Any) -> list[Any]:  # noqa: ANN401 - see Coder
        row: list[Any] = []
        length = 0
        for name, coder, default in plan:
            value = getattr(record, name)
            row.append(value if coder is None else coder(value))
            # `1 == True == 1.0`, but JSON tells them apart: a default of another type is written out.
            if value != default or type(value) is not type(default):
                length = len(row)
        return row[:length]

    return encode
