"""An allowed model of like size and quality, for one that is not allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from llmadvise.domain.catalog import Catalog, ModelSummary, QualityBound, quality_bounds, summaries
from llmadvise.domain.model import Model
from llmadvise.render.documents.check import CheckAlternative
from llmadvise.render.figures import parameters as billions

_SHOWN: Final = 2
_JUDGED: Final = 60
"""Candidates that are judged before the search ends; judging decodes the whole entry."""
_FACTOR: Final = 2.0
"""Like size: half to twice the parameters, which is what the next smaller and larger of a family usually are."""


def alternatives(model: Model, catalog: Catalog, allowed: Callable[[Model], bool]) -> tuple[CheckAlternative, ...]:
    """Up to two allowed models of the same role and at least its capabilities, the best first.

    Quality is the catalog's bound for the unquantized model; nothing about the machine at hand counts.
    """
    rows = list(summaries(catalog.models))
    own = next((row for row in rows if row.id == model.id), None)
    if own is None:
        return ()
    uses = [quality_bounds(catalog.models, id_) for id_ in catalog.profiles]
    quality = {row.id: _quality(row.id, uses) for row in rows if _is_like(row, own) or row is own}
    like = sorted((row for row in rows if _is_like(row, own)), key=lambda row: (-quality[row.id], row.id))
    found: list[CheckAlternative] = []
    for row in like[:_JUDGED]:
        candidate = catalog.models[row.id]
        if not allowed(candidate):
            continue
        found.append(_alternative(candidate, own, row, quality))
        if len(found) == _SHOWN:
            break
    return tuple(found)


def _is_like(row: ModelSummary, own: ModelSummary) -> bool:
    return (
        row.id != own.id
        and row.role is own.role
        and set(own.capabilities) <= set(row.capabilities)
        and own.total_parameters / _FACTOR <= row.total_parameters <= own.total_parameters * _FACTOR
        and row.license is not None
        and row.variants > 0
    )


def _quality(id_: str, uses: Sequence[Mapping[str, QualityBound]]) -> float:
    """The mean of the bounds over the uses that a model serves; 0 where none is known."""
    bounds = [use[id_].quality for use in uses if id_ in use]
    return sum(bounds) / len(bounds) if bounds else 0.0


def _alternative(
    candidate: Model, own: ModelSummary, row: ModelSummary, bounds: Mapping[str, float]
) -> CheckAlternative:
    sizes = f"{billions(row.total_parameters)} instead of {billions(own.total_parameters)} parameters"
    before, after = bounds[own.id], bounds[row.id]
    quality = f", quality at most {after:.0f} instead of {before:.0f} of 100" if before and after else ""
    return CheckAlternative(
        model=candidate.repo,
        name=candidate.name,
        license=candidate.license.declared or "",
        parameters=row.total_parameters,
        why=sizes + quality,
    )
