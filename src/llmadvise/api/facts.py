"""What is known: the machine, the models, the devices, the rules and the schemas."""

from __future__ import annotations

from pathlib import Path

from llmadvise.api.machine import find_hardware
from llmadvise.api.request import Request
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.model import Model
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
    return find_hardware(request, load_facts(request.catalog))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFilter:
    """Which models to list; None and empty mean all."""

    family: str | None = None
    role: str | None = None
    license: str | None = None
    format: str | None = None
    largest: int | None = None
    """Most total parameters."""
    words: tuple[str, ...] = ()
    """Each must occur in the id, the family or the name."""


def models(catalog: Catalog, wanted: ModelFilter) -> tuple[Model, ...]:
    """The models that pass the filter, in ascending order of id."""
    return tuple(model for model in catalog.models.values() if _passes(model, wanted))


def _passes(model: Model, wanted: ModelFilter) -> bool:
    text = f"{model.id} {model.family} {model.name}".lower()
    return (
        (wanted.family is None or model.family.lower() == wanted.family.lower())
        and (wanted.role is None or model.role == wanted.role.lower())
        and (wanted.license is None or (model.license.declared or "").lower() == wanted.license.lower())
        and (wanted.format is None or any(item.format == wanted.format.lower() for item in model.variants))
        and (wanted.largest is None or model.parameters.total <= wanted.largest)
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
    for item in rules():
        if item.id == id_.strip().lower():
            return item
    raise UsageError(f"unknown rule {id_[:60]!r}", "`llmadvise rules` lists them all.")
