"""Frozen dataclasses that cost a fiftieth to define.

The standard decorator compiles six methods for every class, and its module brings a parser of Python along: a quarter
of the time of an answer. Here a class is made over with slots and that is all: equality, hash, text and the refusal
to be changed are shared functions, `__init__` is made when a class is first called, which for most classes is never,
and the standard fields (for `dataclasses.fields`, `replace`, `asdict`) when somebody first asks for them. Type
checkers see the standard decorator; `field` and `replace` stand here for modules that a quick answer needs.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["dataclass", "field", "field_default", "field_names", "is_record", "replace"]

_compared_by: dict[type, Callable[[Any], Any]] = {}
_MISSING: Final = object()


class _Spec:
    """What a class says about a field besides its type."""

    __slots__ = ("compare", "default", "default_factory", "repr")

    def __init__(
        self,
        default: object = _MISSING,
        *,
        default_factory: Any = _MISSING,  # noqa: ANN401 - makes a default of any type
        compare: bool = True,
        repr: bool = True,  # noqa: A002 - the standard's name
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = repr


_REQUIRED: Final = _Spec()

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool) -> Any:  # noqa: ANN401 - a decorator of any class
        """Make the class a frozen dataclass with slots whose fields are given by keyword."""
        if not (frozen and slots and kw_only):
            raise TypeError("these records are frozen, have slots and take keywords only")
        return _decorate

    def field(**said: Any) -> Any:  # noqa: ANN401 - of any type
        """Say of a field: `default` or `default_factory`, `compare`, `repr`."""
        return _Spec(**said)

    def replace(record: Any, /, **changes: Any) -> Any:  # noqa: ANN401 - any record
        """The record with some fields changed."""
        for name in field_names(type(record)):
            if name not in changes:
                changes[name] = getattr(record, name)
        return type(record)(**changes)


def field_names(kind: type) -> tuple[str, ...]:
    """The names of a record's fields, in order; AttributeError for another class."""
    return tuple(_specs(kind))


def field_default(kind: type, name: str, *, none: object) -> object:
    """The default of a field, made anew where it is made; `none` for one that must be given."""
    spec = _specs(kind)[name]
    if spec.default_factory is not _MISSING:
        made: object = spec.default_factory()
        return made
    return none if spec.default is _MISSING else spec.default


def is_record(kind: type) -> bool:
    """Whether the class is one of these records."""
    return hasattr(kind, "__record_specs__")


def _specs(kind: Any) -> dict[str, _Spec]:  # noqa: ANN401 - the class of any record
    specs: dict[str, _Spec] = kind.__record_specs__
    return specs


class _StandardFields:
    """`__dataclass_fields__` of a record, made by the standard library when it is first read."""

    __slots__ = ()

    def __get__(self, _record: object, kind: Any) -> dict[str, Field[Any]]:  # noqa: ANN401 - the class of any record
        from dataclasses import MISSING, make_dataclass  # noqa: PLC0415 - see the module's docstring
        from dataclasses import field as standard_field  # noqa: PLC0415
        from inspect import get_annotations  # noqa: PLC0415

        types: dict[str, Any] = {}
        for base in reversed(kind.__mro__):
            types |= get_annotations(base)
        rows: list[Any] = []
        for name, spec in _specs(kind).items():
            default = MISSING if spec.default is _MISSING else spec.default
            factory: Any = MISSING if spec.default_factory is _MISSING else spec.default_factory
            said = standard_field(
                default=default, default_factory=factory, compare=spec.compare, repr=spec.repr, kw_only=True
            )
            rows.append((name, types[name], said))
        made = make_dataclass(kind.__name__, rows, init=False, repr=False, eq=False)
        kind.__dataclass_fields__ = standard = made.__dict__["__dataclass_fields__"]
        return standard  # type: ignore[no-any-return]  # a class's dictionary holds anything


def _decorate(cls: type) -> type:
    """The class once more, with slots instead of a dictionary, and the shared methods that it does not define."""
    space = {**_SHARED, **cls.__dict__}
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    specs: dict[str, _Spec] = {}
    for base in cls.__mro__[-2:0:-1]:
        specs |= base.__dict__.get("__record_specs__", {})
    annotations = space["__annotations__"] = cls.__annotations__
    own = [name for name, kind in annotations.items() if not kind.startswith("ClassVar")]
    space["__slots__"] = tuple([name for name in own if name not in specs])
    for name in own:
        specs[name] = _spec(space.pop(name)) if name in space else _REQUIRED
    space["__record_specs__"] = specs
    made = type(cls)(cls.__name__, cls.__bases__, space)
    made.__qualname__ = cls.__qualname__
    return made


def _spec(default: Any) -> _Spec:  # noqa: ANN401 - of any type
    """What stands behind the equals sign of a field: a default, or what `field` of here or of the standard made."""
    if type(default) is _Spec:
        return default
    if type(default).__hash__ is None:
        raise ValueError(f"a default that can change, {default!r}: use a default_factory")
    if type(default).__name__ == "Field" and type(default).__module__ == "dataclasses":
        given = {"default": default.default, "default_factory": default.default_factory}
        known = {name: value for name, value in given.items() if type(value).__name__ != "_MISSING_TYPE"}
        return _Spec(**known, compare=default.compare, repr=default.repr)
    return _Spec(default)


def _first_init(self: Any, **values: Any) -> None:  # noqa: ANN401 - any record
    """Make the real `__init__` of this class, put it in place, and call it."""
    cls = type(self)
    init = _init_of(cls)
    cls.__init__ = init
    init(self, **values)


def _init_of(cls: type) -> Any:  # noqa: ANN401 - a method of any record
    """`__init__` with one keyword for each field, which writes the slots: as quick as one that is compiled."""
    writers = [(name, getattr(cls, name).__set__) for name in _specs(cls)]
    defaults = {name: spec.default for name, spec in _specs(cls).items() if spec.default is not _MISSING}
    made = [(name, spec.default_factory) for name, spec in _specs(cls).items() if spec.default_factory is not _MISSING]
    count = len(writers)

    def __init__(self: Any, **values: Any) -> None:  # noqa: ANN401, N807 - any record
        if len(values) != count:
            values = defaults | values
            for name, make in made:
                if name not in values:
                    values[name] = make()
        try:
            for name, write in writers:
                write(self, values[name])
        except KeyError as missing:
            raise TypeError(f"{cls.__qualname__}() lacks the field {missing}") from None
        if len(values) != count:
            unknown = ", ".join(repr(name) for name in values if name not in _specs(cls))
            raise TypeError(f"{cls.__qualname__}() has no field {unknown}")

    return __init__


def _repr(self: Any) -> str:  # noqa: ANN401 - any record
    shown = (name for name, spec in _specs(type(self)).items() if spec.repr)
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _compared(record: Any) -> Any:  # noqa: ANN401 - any record
    """Return what two records of this class are compared by."""
    cls = type(record)
    take = _compared_by.get(cls)
    if take is None:
        names = [name for name, spec in _specs(cls).items() if spec.compare]
        take = _compared_by[cls] = attrgetter(*names) if names else lambda _: ()
    return take(record)


def _eq(self: Any, other: object) -> Any:  # noqa: ANN401 - any record; NotImplemented for another class
    if type(self) is not type(other):
        return NotImplemented
    return self is other or _compared(self) == _compared(other)


def _hash(self: Any) -> int:  # noqa: ANN401 - any record
    return hash(_compared(self))


def _refuse_to_set(self: Any, name: str, _value: object) -> None:  # noqa: ANN401 - any record
    raise _refusal(f"cannot assign to field {name!r} of {type(self).__name__}")


def _refuse_to_delete(self: Any, name: str) -> None:  # noqa: ANN401 - any record
    raise _refusal(f"cannot delete field {name!r} of {type(self).__name__}")


def _refusal(message: str) -> AttributeError:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - see the module's docstring

    return FrozenInstanceError(message)


def _getstate(self: Any) -> list[Any]:  # noqa: ANN401 - any record
    return [getattr(self, name) for name in field_names(type(self))]


def _setstate(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - any record
    for name, value in zip(field_names(type(self)), state, strict=True):
        object.__setattr__(self, name, value)


_SHARED: Final[dict[str, object]] = {
    "__init__": _first_init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
    "__match_args__": (),
    "__dataclass_fields__": _StandardFields(),
}
