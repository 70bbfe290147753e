"""Prices in words: every verdict, and amounts that people can read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.domain.cost import BreakEven, CostEstimate, TokenCost, Worth
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.figures import amount
from llmadvise.render.page import Page
from llmadvise.render.prices import break_even_words, cost_words, money
from llmadvise.render.text.cost import write_cost


def about(value: float) -> Estimate:
    """A computed number within a quarter."""
    return Estimate(value=value, low=value * 0.8, high=value * 1.25, basis=Basis.COMPUTED, sources=("a formula",))


EVEN = BreakEven(
    worth=Worth.ABOVE,
    prompt_tokens=1024,
    answer_tokens=512,
    hardware_per_month=50.0,
    electricity_per_request=about(0.000315),
    hosted_per_request=0.0005,
    tokens_per_month=405_000_000,
    tokens_low=300_000_000,
    tokens_high=None,
    capacity_per_month=about(900_000_000.0),
)
TOKENS = TokenCost(
    energy_kwh=about(2.0), electricity=about(0.6), hardware=about(2.28), total=about(2.88), hosted=0.6
)  # fmt: skip
COST = CostEstimate(
    currency="EUR", power_watts=about(300.0), reading=TOKENS, writing=TOKENS, break_even=EVEN, findings=()
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (0.000315, "0.00032"), (0.6, "0.60"), (2.88, "2.9"), (31.4, "31"), (1234.5, "1,234")],
)
def test_amounts(value: float, shown: str) -> None:
    assert amount(value) == shown


def test_money_says_how_sure_it_is() -> None:
    assert money(about(2.0)) == "~2.0 (1.6-2.5)"
    assert money(Estimate(value=2.0, low=2.0, high=2.0, basis=Basis.DECLARED)) == "2.0"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "pays from 405 million tokens a month on (300 million to no end), of 900 million that it gets through"),
        ({"worth": Worth.BEYOND}, "more than the 900 million that it gets through in its hours: hosted is cheaper."),
        ({"capacity_per_month": None, "tokens_high": 500_000_000}, "(300 million to 500 million)."),
        ({"worth": Worth.NEVER, "tokens_per_month": None}, "hosted is cheaper at any amount"),
        ({"worth": Worth.UNCERTAIN, "tokens_per_month": None}, "the intervals do not tell"),
        ({"tokens_per_month": 0, "hardware_per_month": 0.0}, "from the first token on"),
    ],
)
def test_every_verdict(changes: dict[str, object], words: str) -> None:
    said = break_even_words(replace(EVEN, **changes), "EUR")  # type: ignore[arg-type]
    assert said.startswith("A request of 1k tokens and an answer of 512 cost 0.32 EUR of electricity a thousand here")
    assert words in said


def test_a_sentence_for_the_advice() -> None:
    assert cost_words(COST).startswith(
        "~2.9 (2.3-3.6) EUR for a million tokens read, ~2.9 (2.3-3.6) EUR for a million tokens written. The hardware"
    )
    asked = Finding(rule="power-unknown", verdict=Verdict.WARN, message="Say what it draws.")
    nothing = TokenCost(energy_kwh=None, electricity=None, hardware=None, total=None, hosted=None)
    unknown = replace(COST, reading=nothing, writing=nothing, break_even=None, findings=(asked,))
    assert cost_words(unknown) == "Say what it draws."


@pytest.mark.parametrize("width", [40, 100])
def test_the_section(width: int) -> None:
    page = Page(width=width, colour=False, unicode=False)
    write_cost(page, replace(COST, currency=""))
    text = page.text()
    assert "Cost of a million tokens" in text
    assert "HOSTED" in text
    assert all(len(line) <= width for line in text.splitlines())
    empty = Page(width=width, colour=False, unicode=False)
    write_cost(empty, None)
    assert empty.text().strip() == ""
