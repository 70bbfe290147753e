"""Models side by side: what is compared, in words that every format shares, and which of a row is best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from llmadvise.domain.finding import Verdict
from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.figures import (
    UNKNOWN,
    counted,
    felt,
    felt_unit,
    gb,
    gib,
    parameters,
    percent,
    speed_with_range,
    tokens,
)
from llmadvise.render.placing import where
from llmadvise.render.prices import money


class Row(NamedTuple):
    """One thing that is compared."""

    name: str
    cells: list[str]
    """A cell a model."""
    ranks: list[float] | None = None
    """Where one can be better: the higher, the better."""


def best_of(row: Row) -> set[int]:
    """The places of the best cells; none where nothing is better than anything else."""
    if row.ranks is None or len(set(row.ranks)) == 1:
        return set()
    best = max(row.ranks)
    return {index for index, rank in enumerate(row.ranks) if rank == best}


def rows_of(models: Sequence[Recommendation]) -> list[Row]:
    """Every row, what matters most first."""
    rates = [felt(model.speed) for model in models]
    return [
        Row("advised", [f"blocked: {rule}" if (rule := blocked_by(model)) else "yes" for model in models]),
        Row("score", [f"{model.score:.0f}" for model in models], [model.score for model in models]),
        Row("quality", [_quality(model) for model in models], [model.quality.value for model in models]),
        Row(
            "speed",
            [speed_with_range(rate, felt_unit(model.speed, "t/s")) for rate, model in zip(rates, models, strict=True)],
            [0.0 if rate is None else rate.value for rate in rates],
        ),
        Row(
            "memory",
            [gib(model.memory.total.value) for model in models],
            [-model.memory.total.value for model in models],
        ),
        Row("where", [where(model.placement, model.memory) for model in models]),
        Row("download", [gb(model.variant.bytes) for model in models]),
        Row("parameters", [_parameters(model) for model in models]),
        Row(
            "context",
            [f"{tokens(model.context_length.native)} tokens" for model in models],
            [model.context_length.native for model in models],
        ),
        Row("license", [_license(model) for model in models]),
        Row("runtime", [model.runtime for model in models]),
        Row("role", [model.role.value for model in models]),
        Row("descends from", [", ".join(model.lineage) or "nothing known" for model in models]),
        *_costs(models),
        Row("evidence", [_evidence(model) for model in models]),
    ]


def blocked_by(model: Recommendation) -> str | None:
    """The first rule that forbids it; None: it may be advised."""
    return next((found.rule for found in model.findings if found.verdict is Verdict.BLOCK), None)


def _costs(models: Sequence[Recommendation]) -> list[Row]:
    """What a million written tokens cost, where a price was given."""
    costs = [model.cost.writing.total if model.cost is not None else None for model in models]
    if all(cost is None for cost in costs):
        return []
    unit = next((model.cost.currency for model in models if model.cost is not None), "")
    cells = [UNKNOWN if cost is None else f"{money(cost)} {unit}".rstrip() for cost in costs]
    return [Row("a million tokens", cells, [-float("inf") if cost is None else -cost.value for cost in costs])]


def _quality(model: Recommendation) -> str:
    quality = model.quality
    return f"{quality.value:.0f} ({quality.low:.0f}-{quality.high:.0f}), keeps {percent(quality.retention.value)}"


def _parameters(model: Recommendation) -> str:
    total = parameters(model.parameters.total)
    if model.parameters.active == model.parameters.total:
        return total
    return f"{total}, {parameters(model.parameters.active)} active"


def _license(model: Recommendation) -> str:
    license_ = model.license
    return f"{license_.verdict}: {' + '.join(license_.effective) or license_.declared or 'none found'}"


def _evidence(model: Recommendation) -> str:
    count = len(model.quality.evidence)
    independent = sum(item.independent for item in model.quality.evidence)
    return f"{counted(count, 'result')}, {independent} independent"
