"""Prices and amounts in words, the same in every format."""

from __future__ import annotations

from llmadvise.domain.cost import BreakEven, CostEstimate, Worth
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.render.figures import amount, tokens

_MILLION = 1_000_000


def cost_words(cost: CostEstimate) -> str:
    """What a million tokens cost, in a sentence, and whether to run it here at all."""
    unit = f" {cost.currency}" if cost.currency else ""
    parts = [
        f"{money(item.total)}{unit} for a million tokens {verb}"
        for verb, item in (("read", cost.reading), ("written", cost.writing))
        if item.total is not None
    ]
    if not parts:
        return cost.findings[0].message if cost.findings else "unknown"
    verdict = "" if cost.break_even is None else f". {verdict_words(cost.break_even)}"
    return ", ".join(parts) + verdict


def money(price: Estimate) -> str:
    """A price with its interval: `~0.46 (0.31-0.66)`."""
    mark = "" if price.basis in {Basis.MEASURED, Basis.DECLARED} else "~"
    if price.low == price.high:
        return f"{mark}{amount(price.value)}"
    return f"{mark}{amount(price.value)} ({amount(price.low)}-{amount(price.high)})"


def millions(count: float) -> str:
    """Tokens in millions: `3.1 million`."""
    return f"{amount(count / _MILLION)} million"


def break_even_words(found: BreakEven, currency: str) -> str:
    """Whether to run it here at all, in a sentence or two."""
    unit = f" {currency}" if currency else ""
    each = (
        f"A request of {tokens(found.prompt_tokens)} tokens and an answer of {tokens(found.answer_tokens)} cost "
        f"{amount(found.electricity_per_request.value * 1000)}{unit} of electricity a thousand here, "
        f"{amount(found.hosted_per_request * 1000)}{unit} hosted."
    )
    return f"{each} {verdict_words(found)}"


def verdict_words(found: BreakEven) -> str:
    """From how many tokens a month on the own machine is cheaper."""
    match found.worth:
        case Worth.NEVER:
            return "Here, electricity alone costs more: hosted is cheaper at any amount."
        case Worth.UNCERTAIN:
            return "Electricity may cost more or less than the service: the intervals do not tell which is cheaper."
        case Worth.ABOVE | Worth.BEYOND if found.tokens_per_month == 0:
            return "Here is cheaper from the first token on, where the hardware counts for nothing."
        case _:
            high = "no end" if found.tokens_high is None else millions(found.tokens_high)
            start = (
                f"The hardware ({amount(found.hardware_per_month)} a month) pays from {millions(found.tokens_per_month or 0)} "
                f"tokens a month on ({millions(found.tokens_low or 0)} to {high})"
            )
            if found.capacity_per_month is None:
                return f"{start}."
            able = millions(found.capacity_per_month.value)
            if found.worth is Worth.BEYOND:
                return f"{start}, more than the {able} that it gets through in its hours: hosted is cheaper."
            return f"{start}, of {able} that it gets through in its hours."
