"""What a million tokens cost: energy, the hardware's price spread over its hours, and a hosted price beside it.

    kWh for a million tokens = watts / (3.6 x tokens a second)
    hardware for them        = price / (years x 365.25 x hours a day) / (3600 x tokens a second) x 10^6

docs/cost.md has an example worked out by hand.
"""

from __future__ import annotations

from math import exp, hypot, log
from typing import Final

from llmadvise.domain.cost import BreakEven, CostEstimate, CostTerms, TokenCost, Worth
from llmadvise.domain.estimate import Basis, Estimate, Range, weakest
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.machine import Machine
from llmadvise.record import dataclass

_MILLION: Final = 1_000_000
_DAYS_A_YEAR: Final = 365.25
_MONTHS_A_YEAR: Final = 12
_LIMIT_PARTS: Final = Range(0.75, 0.5, 1.0)
"""Of a card's power limit, while it decodes or reads: an RTX 4090 drew 246 of 450 W with a 4B model, an RTX 3090 its
whole limit with a 27B one (club-3090 issues 697 and 104 on GitHub, 2026); the middle of the range is assumed."""
_PART_SOURCE: Final = "half to all of the GPUs' power limit (docs/cost.md)"
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How fast, and with what behind it."""

    prefill: Estimate | None
    decode: Estimate | None
    """Tokens a second of all users together."""
    devices: tuple[str, ...]
    """Those that work: `gpu0`, `cpu` …"""
    prompt_tokens: int


def cost_of(terms: CostTerms, rates: Rates, machine: Machine) -> CostEstimate:
    """The cost by these terms; what cannot be known is None, and a finding says what would help."""
    power, findings = _power(terms, rates, machine)
    reading = _tokens(terms, rates.prefill, power, terms.hosted_input)
    writing = _tokens(terms, rates.decode, power, terms.hosted_output)
    return CostEstimate(
        currency=terms.currency or "",
        power_watts=power,
        reading=reading,
        writing=writing,
        break_even=_break_even(terms, rates, reading, writing),
        findings=findings,
    )


def _power(terms: CostTerms, rates: Rates, machine: Machine) -> tuple[Estimate | None, tuple[Finding, ...]]:
    """Watts while it works: what the user measured, or a part of the limits of the GPUs that work."""
    if terms.power_watts is not None:
        watts = terms.power_watts
        return Estimate(value=watts, low=watts, high=watts, basis=Basis.DECLARED, sources=("--power",)), ()
    limits: list[int] = []
    sources: list[str] = []
    unknown: list[str] = []
    for position, gpu in enumerate(machine.gpus):
        if f"gpu{gpu.index}" not in rates.devices:
            continue
        facts = machine.facts[position]
        limit = gpu.power_limit_watts or (facts.power_watts if facts else None)
        # What a slice of a card draws, no data sheet says.
        if limit is None or gpu.partition_of is not None:
            unknown.append(gpu.name)
            continue
        limits.append(limit)
        sources.append(f"{gpu.name}: {limit} W, {'set in the driver' if gpu.power_limit_watts else 'data sheet'}")
    if "cpu" in rates.devices or not limits:
        unknown.append("the processor")
    if unknown:
        return None, (_unknown_power(unknown),)
    whole = sum(limits)
    value, low, high = (round(whole * part, 1) for part in _LIMIT_PARTS)
    estimate = Estimate(
        value=value, low=low, high=high, basis=Basis.ASSUMED, sources=(*dict.fromkeys(sources), _PART_SOURCE)
    )
    return estimate, (_only_gpus(),)


def _unknown_power(names: list[str]) -> Finding:
    return Finding(
        rule="power-unknown",
        verdict=Verdict.WARN,
        message=f"What {', '.join(dict.fromkeys(names))} draws is not known: `--power WATTS` says it, at the wall.",
    )


def _only_gpus() -> Finding:
    return Finding(
        rule="power-of-gpus-only",
        verdict=Verdict.NOTE,
        message="Only what the GPUs draw is counted; `--power WATTS` counts the whole machine, measured at the wall.",
    )


def _tokens(terms: CostTerms, rate: Estimate | None, power: Estimate | None, hosted: float | None) -> TokenCost:
    energy = electricity = hardware = None
    if rate is not None and power is not None:
        energy = _estimate(_scaled(_over(_range(power), _range(rate)), 1 / 3.6), (power, rate))
        if terms.electricity_price is not None:
            electricity = _estimate(_scaled(_range(energy), terms.electricity_price), (energy,))
    hourly = _hourly(terms)
    if rate is not None and hourly is not None:
        hardware = _estimate(_scaled(_inverse(_range(rate)), hourly * _MILLION / 3600), (rate,))
    return TokenCost(
        energy_kwh=energy,
        electricity=electricity,
        hardware=hardware,
        total=_total(terms, electricity, hardware),
        hosted=hosted,
    )


def _total(terms: CostTerms, electricity: Estimate | None, hardware: Estimate | None) -> Estimate | None:
    """Both where both were asked for; they rest on one speed, so their ends add up."""
    if terms.electricity_price is None:
        return hardware
    if electricity is None or terms.hardware_price is None:
        return electricity
    if hardware is None:
        return None
    return _estimate(
        Range(*(a + b for a, b in zip(_range(electricity), _range(hardware), strict=True))), (electricity, hardware)
    )


def _hourly(terms: CostTerms) -> float | None:
    """The hardware's price for an hour in which it works."""
    if terms.hardware_price is None or not terms.years or not terms.hours_per_day:
        return None
    return terms.hardware_price / (terms.years * _DAYS_A_YEAR * terms.hours_per_day)


def _break_even(terms: CostTerms, rates: Rates, reading: TokenCost, writing: TokenCost) -> BreakEven | None:
    """Against the hosted price, where all that takes is known."""
    if terms.hosted_input is None or terms.hosted_output is None:
        return None
    if reading.electricity is None or writing.electricity is None or rates.prefill is None or rates.decode is None:
        return None
    prompt, answer = rates.prompt_tokens, terms.answer_tokens or rates.prompt_tokens
    hosted = (prompt * terms.hosted_input + answer * terms.hosted_output) / _MILLION
    own = _mixed(reading.electricity, writing.electricity, prompt, answer)
    fixed = 0.0
    if terms.hardware_price is not None and terms.years:
        fixed = terms.hardware_price / (terms.years * _MONTHS_A_YEAR)
    capacity = _capacity(terms, rates, prompt, answer)
    tokens = _from(fixed, hosted, own, prompt + answer)
    return BreakEven(
        worth=_worth(hosted, own, tokens, capacity),
        prompt_tokens=prompt,
        answer_tokens=answer,
        hardware_per_month=round(fixed, _DIGITS),
        electricity_per_request=own,
        hosted_per_request=round(hosted, 9),
        tokens_per_month=tokens[0],
        tokens_low=tokens[1],
        tokens_high=tokens[2],
        capacity_per_month=capacity,
    )


def _mixed(reading: Estimate, writing: Estimate, prompt: int, answer: int) -> Estimate:
    """Of a request: so many tokens of each kind."""
    parts = zip(_range(reading), _range(writing), strict=True)
    value = Range(*((prompt * one + answer * other) / _MILLION for one, other in parts))
    return _estimate(value, (reading, writing), digits=9)


def _from(fixed: float, hosted: float, own: Estimate, tokens: int) -> tuple[float | None, float | None, float | None]:
    """Tokens a month from which the saved price pays for the hardware: best guess, low and high; None: never."""

    def paid_back(price: float) -> float | None:
        return round(fixed / (hosted - price) * tokens) if hosted > price else None

    return paid_back(own.value), paid_back(own.low), paid_back(own.high)


def _worth(
    hosted: float, own: Estimate, tokens: tuple[float | None, float | None, float | None], capacity: Estimate | None
) -> Worth:
    if hosted <= own.low:
        return Worth.NEVER
    best = tokens[0]
    if best is None:
        return Worth.UNCERTAIN
    if capacity is not None and best > capacity.value:
        return Worth.BEYOND
    return Worth.ABOVE


def _capacity(terms: CostTerms, rates: Rates, prompt: int, answer: int) -> Estimate | None:
    """Tokens that pass in the hours of a month, one request after the other."""
    if not terms.hours_per_day or rates.prefill is None or rates.decode is None:
        return None
    seconds = terms.hours_per_day * 3600 * _DAYS_A_YEAR / _MONTHS_A_YEAR
    ends = zip(_range(rates.prefill), _range(rates.decode), strict=True)
    value = Range(*(seconds / (prompt / read + answer / write) * (prompt + answer) for read, write in ends))
    return _estimate(value, (rates.prefill, rates.decode), digits=0)


def _range(estimate: Estimate) -> Range:
    return Range(float(estimate.value), float(estimate.low), float(estimate.high))


def _inverse(size: Range) -> Range:
    return Range(1 / size.value, 1 / size.high, 1 / size.low)


def _scaled(size: Range, factor: float) -> Range:
    return Range(size.value * factor, size.low * factor, size.high * factor)


def _over(one: Range, other: Range) -> Range:
    """The quotient of two that are off independently: the widths of their logarithms add as squares."""
    below = hypot(log(one.value / one.low), log(other.high / other.value))
    above = hypot(log(one.high / one.value), log(other.value / other.low))
    value = one.value / other.value
    return Range(value, value * exp(-below), value * exp(above))


def _estimate(size: Range, parts: tuple[Estimate, ...], digits: int = _DIGITS) -> Estimate:
    return Estimate(
        value=round(size.value, digits),
        low=round(size.low, digits),
        high=round(size.high, digits),
        basis=weakest(part.basis for part in parts),
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
    )
