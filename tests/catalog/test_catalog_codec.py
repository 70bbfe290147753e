"""Dataclasses to JSON arrays and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.catalog.codec import decoder, encoder
from llmadvise.catalog.layout import CALIBRATION, SECTIONS
from llmadvise.domain.catalog import ModelSummary
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.license import License
from llmadvise.domain.model import File, Model, Variant
from llmadvise.domain.runtime import Runtime
from llmadvise.record import dataclass, field

KINDS = [*(section.kind for section in SECTIONS), *(kind for _, kind in CALIBRATION.kinds), ModelSummary, Range]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    name: str
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    early: int = 1
    needed: str
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    three: tuple[int, float, str] = (1, 2.0, "3")
    table: Mapping[str, tuple[float, Inner]] = field(default_factory=dict)
    bases: dict[Basis, int] = field(default_factory=dict)
    number: int | float = 0
    maybe: int | float | None = None
    kind: Literal["a", "b"] = "a"


def through_json(kind: type, value: object) -> Any:  # noqa: ANN401 - as the coders
    return decoder(kind)(json.loads(json.dumps(encoder(kind)(value), allow_nan=False)))


def values_of(kind: object) -> st.SearchStrategy[Any]:
    """Draw values of a type, small ones, with every field given."""
    if kind is float:
        # JSON has no NaN, and the facts have no use for a negative zero.
        return st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
    if not isinstance(kind, type) or get_origin(kind):
        return values_of_generic(get_origin(kind), get_args(kind))
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        return st.builds(kind, **{name: values_of(hint) for name, hint in get_type_hints(kind).items()})
    return st.from_type(kind)


def values_of_generic(origin: object, arguments: tuple[object, ...]) -> st.SearchStrategy[Any]:
    if origin in (Union, UnionType):
        return st.one_of([values_of(argument) for argument in arguments])
    if origin in (dict, Mapping):
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    assert origin is tuple
    if Ellipsis in arguments:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    return st.tuples(*map(values_of, arguments))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_round_trip_of_every_kind_of_fact(kind: type, data: st.DataObject) -> None:
    value = data.draw(values_of(kind))
    assert through_json(kind, value) == value


@given(
    st.builds(
        Outer,
        needed=st.text(),
        number=st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        maybe=st.none() | st.integers(),
        many=st.lists(st.builds(Inner, name=st.text()), max_size=2).map(tuple),
        bases=st.dictionaries(st.sampled_from(Basis), st.integers(), max_size=2),
        table=st.dictionaries(st.text(), st.tuples(st.just(0.5), st.builds(Inner, name=st.text())), max_size=2),
    )
)
def test_round_trip_of_every_kind_of_field(value: Outer) -> None:
    back = through_json(Outer, value)
    assert back == value
    assert type(back.number) is type(value.number)


def test_leaves_off_trailing_defaults_only() -> None:
    assert encoder(Outer)(Outer(needed="x")) == [1, "x"]
    assert encoder(Outer)(Outer(needed="x", inner=Inner(name="y"))) == [1, "x", ["y"]]
    assert encoder(File)(File(name="a.gguf", sha256="0")) == ["a.gguf", None, "0"]


def test_tells_true_from_one() -> None:
    assert encoder(Inner)(Inner(name="x", count=False)) == ["x", False]


def test_dictionaries_are_written_in_one_order() -> None:
    one, other = {"b": 1, "a": 2}, {"a": 2, "b": 1}
    assert json.dumps(encoder(dict[str, int])(one)) == json.dumps(encoder(dict[str, int])(other))


def test_decodes_enumerations_and_tuples() -> None:
    row = ["r:Q", "gguf", "Q", "r", None, [["f", 3]], 3, "declared"]
    expected = Variant(
        id="r:Q",
        format="gguf",
        quantization="Q",
        repo="r",
        files=(File(name="f", bytes=3),),
        bytes=3,
        bytes_basis=Basis.DECLARED,
    )
    assert decoder(Variant)(row) == expected


@pytest.mark.parametrize("row", [[], ["x"], [1, "x"] + [None] * 20])
def test_refuses_rows_of_the_wrong_length(row: list[object]) -> None:
    with pytest.raises(ValueError, match="values for the"):
        decoder(Outer)(row)


def test_refuses_types_that_json_cannot_tell_apart() -> None:
    for kind in (Inner | File, File | Inner | None, set[int], bytes, object):
        with pytest.raises(TypeError, match="no code"):
            decoder(kind)


def test_values_are_as_good_as_constructed() -> None:
    model = decoder(Model)(["a/b", "A/B", "B", "A", "f", "instruct", [1, 1], [1], [None]])
    assert hash(model) == hash(through_json(Model, model))
    assert repr(model).startswith("Model(id='a/b'")
    assert decoder(License)(["x", "X", "permissive", "yes"]).obligations == ()
    assert decoder(Runtime)(["x", "X", [], [], "llama.cpp"]).detection.binaries == ()
