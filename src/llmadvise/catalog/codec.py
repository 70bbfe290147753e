"""Domain dataclasses as compact JSON arrays and back, driven by their fields alone.

A dataclass is the array of its fields in order, with the trailing ones that have their default left off. Standard
library only and nothing prepared at import: coders are built when a type is first asked for, because the advice itself
waits for them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

Coder: TypeAlias = Callable[[Any], Any]
"""One direction for one type: JSON on one side, any domain type on the other, hence `Any` here and nowhere else."""

_AS_IS = (str, int, float, bool, types.NoneType)
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
    if is_dataclass(kind):
        return _decode_record(kind) if decode else _encode_record(kind)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        coders = [_coder(hint, decode=decode) for hint in get_type_hints(kind).values()]
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
    def code(values: Any) -> Any:  # noqa: ANN401 - see Coder
        pairs = zip(coders, values, strict=True)
        return collect([value if coder is None else coder(value) for coder, value in pairs])

    return code


def _table(key: Coder | None, value: Coder | None, *, decode: bool) -> Coder:
    def code(table: Any) -> Any:  # noqa: ANN401 - see Coder
        items = table.items() if decode else sorted(table.items())
        return {(key(name) if key else name): (value(row) if value else row) for name, row in items}

    return code


def _decode_record(kind: type[Any]) -> Coder:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    coders = [(position, coder) for position, name in enumerate(names) if (coder := _coder(hints[name], decode=True))]
    defaults = [_default(field) for field in fields(kind)]
    required = 1 + max((place for place, default in enumerate(defaults) if default is MISSING), default=-1)
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


def _creator(kind: type[Any], names: list[str]) -> Coder:
    """Return a function that makes an instance from the values of all its fields.

    Writing the slots of a frozen dataclass takes a third of the time of its `__init__`, which would do nothing else.
    """
    if hasattr(kind, "__post_init__") or not hasattr(kind, "__slots__"):
        return lambda values: kind(**dict(zip(names, values, strict=True)))
    setters = [getattr(kind, name).__set__ for name in names]
    new = object.__new__

    def create(values: Any) -> Any:  # noqa: ANN401 - see Coder
        instance = new(kind)
        for write, value in zip(setters, values, strict=True):
            write(instance, value)
        return instance

    return create


def _encode_record(kind: type[Any]) -> Coder:
    hints = get_type_hints(kind)
    plan = [(field.name, _coder(hints[field.name], decode=False), _default(field)) for field in fields(kind)]

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


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default
