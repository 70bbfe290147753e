"""Options about money: what the user says of prices, for commands that tell what running a model costs."""

from __future__ import annotations

from typing import Final

from llmadvise.cli.option import Kind, Option
from llmadvise.domain.cost import CostTerms
from llmadvise.errors import UsageError
from llmadvise.units import parse_tokens

_COST: Final = "Cost"
_LONGEST_CURRENCY: Final = 5
_DEAREST: Final = 1e9

COST: Final = (
    Option(
        "electricity_price", ("--electricity-price",), Kind.NUMBER, "For a kilowatt hour.", _COST, least=0, most=_DEAREST
    ),
    Option("currency", ("--currency",), Kind.TEXT, "Of all prices, such as EUR.", _COST),
    Option(
        "power", ("--power",), Kind.NUMBER, "Watts that the machine draws at the wall while it works.", _COST, least=1,
        most=1e7,
    ),
    Option("hardware_price", ("--hardware-price",), Kind.NUMBER, "What the machine cost.", _COST, least=0, most=_DEAREST),
    Option("years", ("--years",), Kind.NUMBER, "Over which that is written off.", _COST, least=0.01, most=100),
    Option(
        "hours_per_day", ("--hours-per-day",), Kind.NUMBER, "For which the machine works.", _COST, least=0.01, most=24
    ),
    Option(
        "hosted_price", ("--hosted-price",), Kind.TEXT, "Of a service, for a million tokens: 0.20, or in,out: 0.20,0.60.",
        _COST,
    ),
    Option("answer", ("--answer",), Kind.TEXT, "Tokens of an answer (by default as many as of a prompt).", _COST),
)  # fmt: skip


def terms_of(
    *,
    electricity_price: float | None,
    currency: str | None,
    power: float | None,
    hardware_price: float | None,
    years: float | None,
    hours_per_day: float | None,
    hosted_price: str | None,
    answer: str | None,
) -> CostTerms | None:
    """The terms that these options make; None where there are none. Raises UsageError for half of them."""
    given = (electricity_price, hardware_price, hosted_price)
    if all(item is None for item in (*given, currency, power, years, hours_per_day, answer)):
        return None
    if all(item is None for item in given):
        raise UsageError("there is no price", "Give --electricity-price, --hardware-price or --hosted-price.")
    if hardware_price is not None and (years is None or hours_per_day is None):
        raise UsageError("--hardware-price alone says little", "Give --years and --hours-per-day too.")
    if hosted_price is not None and electricity_price is None:
        raise UsageError("--hosted-price is compared with electricity", "Give --electricity-price too.")
    hosted = _hosted(hosted_price)
    return CostTerms(
        currency=_currency(currency),
        electricity_price=electricity_price,
        power_watts=power,
        hardware_price=hardware_price,
        years=years,
        hours_per_day=hours_per_day,
        hosted_input=hosted[0] if hosted else None,
        hosted_output=hosted[1] if hosted else None,
        answer_tokens=None if answer is None else parse_tokens(answer),
    )


def _currency(text: str | None) -> str | None:
    if text is None:
        return None
    if not text.isprintable() or " " in text or not 0 < len(text) <= _LONGEST_CURRENCY:
        raise UsageError(f"--currency {text[:20]!r} is no currency", "Give a code such as EUR, or a sign.")
    return text


def _hosted(text: str | None) -> tuple[float, float] | None:
    """Prices of prompts and of answers; one alone counts for both."""
    if text is None:
        return None
    try:
        prices = [float(part) for part in text.split(",")]
    except ValueError:
        prices = []
    if len(prices) not in {1, 2} or not all(0 <= price <= _DEAREST for price in prices):
        raise UsageError(f"--hosted-price {text[:40]!r} is no price", "Give one such as 0.20, or 0.20,0.60.")
    return prices[0], prices[-1]
