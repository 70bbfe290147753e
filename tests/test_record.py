"""Records behave as the standard frozen dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from llmadvise import record


@record.dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point."""

    x: int
    y: int = 2
    names: dict[str, int] = dataclasses.field(default_factory=dict)
    seen: list[int] = dataclasses.field(default_factory=list, compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The same, by the standard decorator."""

    x: int
    y: int = 2
    names: dict[str, int] = dataclasses.field(default_factory=dict)
    seen: list[int] = dataclasses.field(default_factory=list, compare=False, repr=False)


@record.dataclass(frozen=True, slots=True, kw_only=True)
class Solid(Point):
    """A point with one more field."""

    z: int = 3


def test_it_shows_and_compares_as_the_standard_one() -> None:
    assert repr(Point(x=1)) == repr(Standard(x=1)).replace("Standard", "Point")
    assert Point(x=1) == Point(x=1, seen=[1])
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != Standard(x=1)
    assert Point(x=1) != Solid(x=1)
    assert dataclasses.asdict(Point(x=1)) == dataclasses.asdict(Standard(x=1))


def test_equal_records_have_equal_hashes() -> None:
    first = dataclasses.replace(Solid(x=1, z=4), names=())  # type: ignore[arg-type]  # a dict has no hash
    assert hash(first) == hash(dataclasses.replace(first, seen=[3]))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Point(x=1))


def test_defaults_are_made_anew() -> None:
    assert Point(x=1).names is not Point(x=1).names
    assert Solid(x=1).z == 3
    assert Solid(x=1).y == 2


@pytest.mark.parametrize(
    "wrong", [Point, lambda: Point(x=1, q=2), lambda: Point(1)], ids=["missing", "unknown", "positional"]
)
def test_wrong_calls_are_refused(wrong: Callable[[], Any]) -> None:
    with pytest.raises(TypeError):
        wrong()


def test_it_cannot_be_changed() -> None:
    point = Point(x=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]  # that is the point
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    with pytest.raises((AttributeError, TypeError)):
        point.other = 2  # type: ignore[attr-defined]  # that is the point


def test_it_is_copied_pickled_and_matched() -> None:
    point = Solid(x=1, names={"a": 1})
    assert copy.copy(point) == point
    assert copy.deepcopy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point  # noqa: S301 - made on the line
    match point:
        case Solid(x=1, z=z):
            assert z == 3
        case _:
            pytest.fail("no match")


def test_other_kinds_of_dataclasses_are_refused() -> None:
    with pytest.raises(TypeError, match="keywords only"):
        record.dataclass(frozen=False, slots=True, kw_only=True)
