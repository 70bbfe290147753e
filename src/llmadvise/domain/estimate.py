"""A number that says how sure it is and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from llmadvise.record import dataclass

NORMAL_DECILE: Final = 1.2816
"""Standard deviations from the mean to the 90 % quantile of a normal distribution: either side of it, eight draws in ten."""


class Basis(StrEnum):
    """How a number came to be, the surest first."""

    MEASURED = "measured"
    DECLARED = "declared"
    COMPUTED = "computed"
    ASSUMED = "assumed"


_STRENGTH = {basis: rank for rank, basis in enumerate(Basis)}


def weakest(bases: Iterable[Basis]) -> Basis:
    """The basis of a number derived from others: the weakest of theirs."""
    return max(bases, key=_STRENGTH.__getitem__)


class Range(NamedTuple):
    """A bare number with the interval that should hold the truth eight times in ten; what the inner loops compute with."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number as it is shown: with its interval, its basis and its sources."""

    value: int | float
    """The best single guess, in the unit that the field's name or the contract gives."""
    low: int | float
    """`[low, high]` is meant to hold the truth eight times in ten."""
    high: int | float
    basis: Basis
    sources: tuple[str, ...] = ()
    """Where the number, or the numbers it is computed from, were read."""


def exact(value: int, basis: Basis, *sources: str) -> Estimate:
    """An estimate without an interval."""
    return Estimate(value=value, low=value, high=value, basis=basis, sources=sources)
