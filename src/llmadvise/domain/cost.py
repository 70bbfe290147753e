"""What running a model costs: what the user said of prices, and what follows for a million tokens."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.estimate import Estimate
from llmadvise.domain.finding import Finding
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTerms:
    """Prices and habits, in one currency; None: not said."""

    currency: str | None = None
    electricity_price: float | None = None
    """For a kilowatt hour."""
    power_watts: float | None = None
    """What the machine draws at the wall while it works; None: from the data sheets of the GPUs."""
    hardware_price: float | None = None
    years: float | None = None
    """Over which that is written off."""
    hours_per_day: float | None = None
    """For which the machine works."""
    hosted_input: float | None = None
    """What a hosted service asks for a million tokens of prompts."""
    hosted_output: float | None = None
    """The same for tokens it writes."""
    answer_tokens: int | None = None
    """Written for each prompt; None: as many as it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCost:
    """A million tokens of one kind, read or written. None: not asked for, or not known."""

    energy_kwh: Estimate | None
    electricity: Estimate | None
    hardware: Estimate | None
    """The part of the hardware's price that falls on the time they take."""
    total: Estimate | None
    hosted: float | None


class Worth(StrEnum):
    """Whether the own machine is cheaper than the hosted service."""

    ABOVE = "above"
    """From a number of tokens a month on."""
    BEYOND = "beyond-capacity"
    """From a number on that it cannot reach in its hours."""
    NEVER = "never"
    """Its electricity alone costs more."""
    UNCERTAIN = "uncertain"
    """The electricity may cost more or less than the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """From how many tokens a month on the own machine is cheaper; prompts and answers together."""

    worth: Worth
    prompt_tokens: int
    """Of a request."""
    answer_tokens: int
    hardware_per_month: float
    """Fixed: it is paid whether the machine works or not."""
    electricity_per_request: Estimate
    hosted_per_request: float
    tokens_per_month: float | None
    """null: never."""
    tokens_low: float | None
    tokens_high: float | None
    """The ends of the interval; null: there is none."""
    capacity_per_month: Estimate | None
    """Tokens that the machine gets through in its hours; null: the hours are not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What the model costs here."""

    currency: str
    power_watts: Estimate | None
    reading: TokenCost
    """A million tokens of prompts."""
    writing: TokenCost
    """A million tokens of answers, one user or all at once."""
    break_even: BreakEven | None
    findings: tuple[Finding, ...]
