"""A judgement as the check's document tells it."""

from __future__ import annotations

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Verdict
from llmadvise.domain.license import License
from llmadvise.engine.licensing.judgement import Decision, Judgement, TermFinding
from llmadvise.render.documents.check import LEAST_READ, CheckAncestor, CheckFinding, CheckObligation

_VERDICTS = {Decision.DENIED: Verdict.BLOCK, Decision.UNKNOWN: Verdict.WARN, Decision.WAIVED: Verdict.WARN}


def finding_of(told: TermFinding, catalog: Catalog) -> CheckFinding:
    """One clause or gap."""
    service = catalog.services.get(told.license) if told.license and told.rule == "service-terms" else None
    path = f" (through {' < '.join(told.path)})" if len(told.path) > 1 else ""
    return CheckFinding(
        rule=told.rule,
        verdict=Verdict.NOTE if told.verdict is None else _VERDICTS.get(told.verdict, Verdict.NOTE),
        message=told.message + path,
        clause=service.clause if service else told.clause,
        source=service.url if service else told.source,
        license=told.license,
        fix=f"state `use.{told.missing_fact}` in the policy" if told.missing_fact else None,
        waived=told.verdict is Decision.WAIVED,
    )


def lineage_of(told: Judgement) -> tuple[CheckAncestor, ...]:
    """Every ancestor, each once by the nearest path."""
    steps = {step.model: step for step in reversed(told.lineage)}
    return tuple(
        CheckAncestor(model=step.model, relation=step.relation, license=step.license)
        for step in told.lineage
        if steps[step.model] is step
    )


def duties_of(told: Judgement, catalog: Catalog) -> tuple[CheckObligation, ...]:
    """What is due, or may be."""
    return tuple(
        CheckObligation(
            id=duty.id,
            text=duty.text,
            clause=duty.clause,
            source=duty.source,
            license=duty.license,
            quote=_quote(catalog.licenses.get(duty.license), duty.id, duty.text),
            literal=duty.literal,
            turns_on=duty.turns_on,
        )
        for duty in told.obligations
    )


def _quote(license_: License | None, id_: str, text: str) -> str | None:
    """The license's own words for this duty."""
    items = (*license_.obligations, *license_.conditions) if license_ else ()
    return next((item.quote for item in items if item.id == id_ and item.text == text), None)


def least_read(ids: tuple[str, ...], catalog: Catalog) -> str | None:
    """How far the least read of these texts was read; None where one is not in the catalog."""
    read = [catalog.licenses[id_].verified or "unverified" if id_ in catalog.licenses else "unverified" for id_ in ids]
    order = {word: number for number, word in enumerate(LEAST_READ)}
    return min(read, key=lambda word: order.get(word, 0), default=None)
