"""What is known: the machine, the models, the devices, the rules and the schemas."""

from __future__ import annotations

from pathlib import Path

from llmadvise.api.machine import find_hardware
from llmadvise.api.measured import kept_here, with_bandwidth
from llmadvise.api.names import check_known, unknown
from llmadvise.api.request import Request
from llmadvise.domain.catalog import Catalog, each, summaries
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.model import Model, Role
from llmadvise.engine.criteria import CRITERIA, Criterion
from llmadvise.engine.rules import RULES
from llmadvise.errors import UsageError
from llmadvise.record import dataclass


def load_facts(directory: Path | None = None) -> Catalog:
    """The built-in catalog, under a user's directory where one is given."""
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - not needed to print help

    return load_catalog(directory)


def hardware(request: Request) -> Hardware:
    """The machine that the request means."""
    found = find_hardware(request, load_facts(request.catalog), thorough=True)
    return with_bandwidth(found, kept_here(request, found)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFilter:
    """Which models to list; None and empty mean all."""

    families: tuple[str, ...] = ()
    role: str | None = None
    license: str | None = None
    formats: tuple[str, ...] = ()
    """In one of which it has a file."""
    largest: int | None = None
    """Most total parameters."""
    smallest: int | None = None
    """Least total parameters."""
    among: frozenset[str] | None = None
    """Ids that the others are asked of, such as those that fit a machine."""
    words: tuple[str, ...] = ()
    """Each must occur in the id, the family or the name."""


def models(catalog: Catalog, wanted: ModelFilter) -> tuple[Model, ...]:
    """The models that pass the filter, in ascending order of id.

    Raises UsageError for a family, role, license or format that there is none of: a misspelt one would pass nothing.
    """
    _check(catalog, wanted)
    return tuple(model for model in each(catalog.models) if _passes(model, wanted))


def _check(catalog: Catalog, wanted: ModelFilter) -> None:
    every = tuple(summaries(catalog.models))
    for name in wanted.families:
        check_known("family", name, {model.family.lower() for model in every})
    if wanted.role is not None:
        check_known("role", wanted.role, tuple(Role))
    if wanted.license is not None:
        declared = {model.license.lower() for model in every if model.license}
        check_known("license", wanted.license, declared | set(catalog.licenses))
    for name in wanted.formats:
        check_known("model format", name, {format_ for item in catalog.runtimes.values() for format_ in item.formats})


def fitting(request: Request) -> frozenset[str]:
    """Ids of the models that could be run on the machine of the request, whatever their role."""
    from dataclasses import replace  # noqa: PLC0415 - beside the engine, for this question alone

    from llmadvise.api.setting import prepare  # noqa: PLC0415 - see above
    from llmadvise.engine.recommend import rank  # noqa: PLC0415 - see above

    question = prepare(request).question
    every = replace(question, profile=replace(question.profile, roles=tuple(Role)))
    return frozenset(case.candidate.model.id for case in rank(every).cases)


def _passes(model: Model, wanted: ModelFilter) -> bool:
    text = f"{model.id} {model.family} {model.name}".lower()
    return (
        (not wanted.families or model.family.lower() in map(str.lower, wanted.families))
        and (wanted.role is None or model.role == wanted.role.lower())
        and (wanted.license is None or (model.license.declared or "").lower() == wanted.license.lower())
        and (not wanted.formats or any(item.format in map(str.lower, wanted.formats) for item in model.variants))
        and (wanted.largest is None or model.parameters.total <= wanted.largest)
        and (wanted.smallest is None or model.parameters.total >= wanted.smallest)
        and (wanted.among is None or model.id in wanted.among)
        and all(word.lower() in text for word in wanted.words)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """One rule or criterion in words."""

    id: str
    kind: str
    """`rule` or `criterion`."""
    summary: str
    why: str | None


def rules() -> tuple[RuleFacts, ...]:
    """Every rule in the order in which it is asked, then every criterion."""
    hard = tuple(RuleFacts(id=rule.id, kind="rule", summary=rule.summary, why=rule.why) for rule in RULES)
    return (*hard, *(_criterion(item) for item in CRITERIA))


def _criterion(item: Criterion) -> RuleFacts:
    return RuleFacts(id=item.id, kind="criterion", summary=item.summary, why=None)


def rule(id_: str) -> RuleFacts:
    """One rule or criterion by id. Raises UsageError for an unknown one."""
    by_id = {item.id: item for item in rules()}
    found = by_id.get(id_.strip().lower())
    if found is None:
        error = unknown("rule", id_, by_id)
        raise UsageError(error.message, f"{error.hint} `llmadvise rules` lists them all.")
    return found
