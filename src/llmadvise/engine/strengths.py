"""What a case is better at than others: quality, speed, size, context, license."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from llmadvise.domain.license import License
from llmadvise.engine.case import Case
from llmadvise.engine.criteria import license_grade

Measure = Callable[[Case, Mapping[str, License]], float]

MEASURES: dict[str, Measure] = {
    "quality": lambda case, _: case.quality.value,
    "speed": lambda case, _: rate.value if (rate := case.plan.decode or case.plan.prefill) else 0.0,
    "size": lambda case, _: -float(case.variant.bytes or 0),
    "context": lambda case, _: float(case.candidate.model.context_length.native),
    "license": lambda case, licenses: license_grade(case.candidate, licenses),
}
"""The larger the better."""


def best_of(name: str, cases: Sequence[Case], licenses: Mapping[str, License]) -> Case | None:
    """The case that is best at this; None where several are, or there is nothing to compare."""
    values = [MEASURES[name](case, licenses) for case in cases]
    if len(set(values)) <= 1 or values.count(max(values)) > 1:
        return None
    return cases[values.index(max(values))]


def best_at(cases: Sequence[Case], licenses: Mapping[str, License]) -> dict[str, tuple[str, ...]]:
    """By model id, what each of the cases alone is best at."""
    winners = {name: best_of(name, cases, licenses) for name in MEASURES}
    return {case.candidate.model.id: tuple(name for name in MEASURES if winners[name] is case) for case in cases}
