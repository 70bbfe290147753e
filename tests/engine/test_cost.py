"""Costs worked out by hand, and what must hold whatever the prices are."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.cost import CostTerms, Worth
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.hardware import Backend, Gpu, GpuFacts, Platform
from llmadvise.engine.cost import Rates, cost_of
from llmadvise.engine.device import Device
from llmadvise.engine.machine import Machine

CARD = Gpu(index=0, vendor="nvidia", name="A card", id="a-card", backends=(Backend.CUDA,), budget_bytes=1)
FACTS = GpuFacts(id="a-card", vendor="nvidia", name="A card", power_watts=400)
HOST = Device(id="cpu", backend=Backend.CPU, budget_bytes=0, memory_bandwidth=None)
MACHINE = Machine(platform=Platform.LINUX, gpus=(CARD,), facts=(FACTS,), cpu=HOST, pool_bytes=None)
TERMS = CostTerms(
    currency="EUR", electricity_price=0.30, power_watts=360.0, hardware_price=1800.0, years=3.0, hours_per_day=4.0,
    hosted_input=0.20, hosted_output=0.60, answer_tokens=500,
)  # fmt: skip


def exact(value: float) -> Estimate:
    """A number without an interval."""
    return Estimate(value=value, low=value, high=value, basis=Basis.MEASURED)


def between(value: float, factor: float) -> Estimate:
    """A number that may be so many times as much or as little."""
    return Estimate(value=value, low=value / factor, high=value * factor, basis=Basis.COMPUTED)


RATES = Rates(prefill=exact(2000.0), decode=exact(50.0), devices=("gpu0",), prompt_tokens=1000)


def test_a_million_tokens_by_hand() -> None:
    """360 W at 50 t/s: 20,000 s, so 2 kWh; 1800 over 3 years of 4 hours a day: 4383 hours, 0.41068 an hour."""
    found = cost_of(TERMS, RATES, MACHINE)
    writing, reading = found.writing, found.reading
    assert writing.energy_kwh is not None
    assert writing.electricity is not None
    assert writing.hardware is not None
    assert writing.total is not None
    assert writing.energy_kwh.value == pytest.approx(2.0)
    assert writing.electricity.value == pytest.approx(0.60)
    assert writing.hardware.value == pytest.approx(1800 / 4383 * 20_000 / 3600, rel=1e-6)
    assert writing.total.value == pytest.approx(0.60 + 2.281542, rel=1e-6)
    assert reading.energy_kwh is not None
    assert reading.energy_kwh.value == pytest.approx(0.05)
    assert (reading.hosted, writing.hosted, found.currency) == (0.20, 0.60, "EUR")
    assert found.findings == ()


def test_break_even_by_hand() -> None:
    """Hosted: 1000 x 0.20 + 500 x 0.60 = 500 millionths; own: 1000 x 0.015 + 500 x 0.60 = 315 millionths of electricity.

    Saved: 185 millionths a request of 1500 tokens; 50 a month pay from 270,270 requests on, 405.4 million tokens. In
    4 hours of 30.4375 days, at 0.5 + 10 seconds a request, it gets through 41,743 requests, 62.6 million tokens.
    """
    found = cost_of(TERMS, RATES, MACHINE).break_even
    assert found is not None
    assert found.hosted_per_request == pytest.approx(500e-6)
    assert found.electricity_per_request.value == pytest.approx(315e-6)
    assert found.hardware_per_month == pytest.approx(50.0)
    assert found.tokens_per_month == pytest.approx(405_405_405, rel=1e-6)
    assert found.capacity_per_month is not None
    assert found.capacity_per_month.value == pytest.approx(62_614_286, rel=1e-6)
    assert found.worth is Worth.BEYOND
    cheap = cost_of(replace(TERMS, hardware_price=180.0), RATES, MACHINE).break_even
    assert cheap is not None
    assert cheap.worth is Worth.ABOVE
    dear = cost_of(replace(TERMS, electricity_price=0.60), RATES, MACHINE).break_even
    assert dear is not None
    assert (dear.worth, dear.tokens_per_month) == (Worth.NEVER, None)


def test_intervals_of_independent_errors_add_as_squares() -> None:
    """Power within 1.5, speed within 1.2: together within exp(sqrt(ln 1.5^2 + ln 1.2^2)), not 1.8."""
    card = replace(MACHINE, facts=(replace(FACTS, power_watts=400),))
    found = cost_of(
        replace(TERMS, power_watts=None), replace(RATES, decode=between(50.0, 1.2)), card
    ).writing.energy_kwh
    assert found is not None
    assert found.value == pytest.approx(300 / (3.6 * 50))
    assert found.high / found.value == pytest.approx(exp(sqrt(log(4 / 3) ** 2 + log(1.2) ** 2)), rel=1e-5)
    assert found.value / found.low == pytest.approx(exp(sqrt(log(1.5) ** 2 + log(1.2) ** 2)), rel=1e-5)
    assert found.basis is Basis.ASSUMED


def test_power_comes_from_the_cards_that_work() -> None:
    two = replace(MACHINE, gpus=(CARD, replace(CARD, index=1, power_limit_watts=200)), facts=(FACTS, FACTS))
    terms = replace(TERMS, power_watts=None)
    one = cost_of(terms, RATES, two).power_watts
    both = cost_of(terms, replace(RATES, devices=("gpu0", "gpu1")), two).power_watts
    assert one is not None
    assert both is not None
    assert (one.low, one.value, one.high) == (200, 300, 400)
    assert (both.low, both.value, both.high) == (300, 450, 600)
    assert any("200 W, set in the driver" in source for source in both.sources)


def test_a_slice_of_a_card_has_no_power_of_its_own() -> None:
    slice_ = replace(MACHINE, gpus=(replace(CARD, partition_of="A card"),))
    assert cost_of(replace(TERMS, power_watts=None), RATES, slice_).power_watts is None


@pytest.mark.parametrize("devices", [("cpu",), ("gpu0", "cpu")])
def test_a_processor_of_unknown_power_is_asked_for(devices: tuple[str, ...]) -> None:
    found = cost_of(replace(TERMS, power_watts=None), replace(RATES, devices=devices), MACHINE)
    assert found.power_watts is None
    assert found.writing.electricity is None
    assert found.writing.hardware is not None
    assert found.writing.total is None, "half of it would look like all of it"
    assert [item.rule for item in found.findings] == ["power-unknown"]
    told = cost_of(TERMS, replace(RATES, devices=devices), MACHINE)
    assert told.writing.total is not None


def test_only_what_was_asked_for() -> None:
    found = cost_of(CostTerms(electricity_price=0.3, power_watts=100.0), RATES, MACHINE)
    assert found.break_even is None
    assert found.writing.hardware is None
    assert found.writing.total == found.writing.electricity
    unknown = cost_of(TERMS, replace(RATES, decode=None), MACHINE)
    assert (unknown.writing.total, unknown.break_even) == (None, None)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.floats(1, 1e5), st.floats(0.1, 1e4), st.floats(1.0, 3.0)),
    st.tuples(st.floats(0.01, 2), st.floats(0, 1e5), st.floats(0.01, 50)),
)
def test_numbers_stand_in_order(speeds: tuple[float, float, float], prices: tuple[float, float, float]) -> None:
    (read, write, factor), (price, hardware, hosted) = speeds, prices
    terms = replace(TERMS, electricity_price=price, hardware_price=hardware, hosted_input=hosted, hosted_output=hosted)
    rates = replace(RATES, prefill=between(read, factor), decode=between(write, factor))
    found = cost_of(replace(terms, power_watts=None), rates, MACHINE)
    for item in (found.writing.energy_kwh, found.writing.electricity, found.writing.hardware, found.writing.total):
        assert item is not None
        assert 0 <= item.low <= item.value <= item.high
    even = found.break_even
    assert even is not None
    known = [item for item in (even.tokens_low, even.tokens_per_month, even.tokens_high) if item is not None]
    assert known == sorted(known)
    assert (even.tokens_per_month is None) == (even.worth in {Worth.NEVER, Worth.UNCERTAIN})
    twice = cost_of(replace(terms, power_watts=None, electricity_price=2 * price), rates, MACHINE).writing.electricity
    assert twice is not None
    assert found.writing.electricity is not None
    assert twice.value == pytest.approx(2 * found.writing.electricity.value, rel=1e-3, abs=1e-5)
