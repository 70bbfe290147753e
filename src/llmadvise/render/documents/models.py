"""`llmadvise.models/1`, `llmadvise.model/1` and `llmadvise.lineage/1`: the catalog, listed and one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from llmadvise.domain.abilities import EmbeddingFacts, FillInMiddle, PictureEncoder, Projector
from llmadvise.domain.draft import DraftArchitecture, DraftContext, DraftModel, DraftParameters
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import (
    BaseModel,
    DeclaredLicense,
    Evidence,
    Model,
    Parameters,
    Role,
    Variant,
)
from llmadvise.engine.entry_draft.shape_of_file import draft_architecture, draft_context, draft_parameters
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """One model in a line."""

    id: str
    repo: str
    name: str
    org: str
    family: str
    role: Role
    parameters: Parameters
    context_length: int
    """Tokens, as trained."""
    license: str | None
    """Id of the declared license; null if nothing is declared."""
    release_date: str | None
    formats: tuple[str, ...]
    variant_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsDocument:
    """The models of the catalog that pass the filters, in ascending order of id."""

    schema: Literal["llmadvise.models/1"]
    version: str
    """Of the program."""
    models: tuple[ModelSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDocument:
    """One entry, whole: of the catalog, or as it would be written; null is unknown."""

    schema: Literal["llmadvise.model/1"]
    version: str
    """Of the program."""
    id: str
    repo: str
    revision: str | None
    name: str
    org: str
    family: str | None
    role: Role | None
    parameters: DraftParameters
    context_length: DraftContext
    license: DeclaredLicense
    base_models: tuple[BaseModel, ...]
    gated: bool | None
    capabilities: tuple[str, ...]
    languages: tuple[str, ...]
    release_date: str | None
    architecture: DraftArchitecture | None
    template: str | None
    evidence: tuple[Evidence, ...]
    variants: tuple[Variant, ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    instead: tuple[str, ...]
    """What to use in its place, where the runtimes that people have do not load it."""
    origin: str | None
    """`file:line` of an entry that a user's own catalog added or replaced; null for a built-in one."""
    findings: tuple[Finding, ...]
    pictures: PictureEncoder | None = None
    """How it sees; null: it does not, or the encoder is not known."""
    projectors: tuple[Projector, ...] = ()
    """Files with the encoder of pictures, one a repository of GGUF files."""
    embedding: EmbeddingFacts | None = None
    """How it makes vectors of texts; null: it does not, or how is not known."""
    fill_in_middle: FillInMiddle | None = None
    """The marks that it was trained to complete code between; null: nobody says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """One node of the line of descent."""

    model: str
    relation: str | None
    """How the child came from it; null for the model asked about."""
    depth: int
    """0 for the model asked about."""
    license: str | None
    """Declared license; null if none is known."""
    known: bool
    """Whether the catalog has an entry for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageDocument:
    """The line of descent of one model, depth first, each child's parents in the order of its entry."""

    schema: Literal["llmadvise.lineage/1"]
    version: str
    """Of the program."""
    model: str
    effective: tuple[str, ...]
    """Licenses that bind together."""
    ancestors: tuple[Ancestor, ...]
    findings: tuple[Finding, ...]


def models_document(models: Iterable[Model], *, version: str) -> ModelsDocument:
    """Build the document of a list of models."""
    return ModelsDocument(
        schema="llmadvise.models/1", version=version, models=tuple(_summary(model) for model in models)
    )


def _summary(model: Model) -> ModelSummary:
    return ModelSummary(
        id=model.id,
        repo=model.repo,
        name=model.name,
        org=model.org,
        family=model.family,
        role=model.role,
        parameters=model.parameters,
        context_length=model.context_length.native,
        license=model.license.declared,
        release_date=model.release_date,
        formats=tuple(sorted({variant.format for variant in model.variants})),
        variant_count=len(model.variants),
    )


def model_document(
    model: Model, *, version: str, findings: tuple[Finding, ...] = (), origin: str | None = None
) -> ModelDocument:
    """Build the document of one entry."""
    return ModelDocument(
        schema="llmadvise.model/1",
        version=version,
        id=model.id,
        repo=model.repo,
        revision=model.revision,
        name=model.name,
        org=model.org,
        family=model.family,
        role=model.role,
        parameters=draft_parameters(model),
        context_length=draft_context(model),
        license=model.license,
        base_models=model.base_models,
        gated=model.gated,
        capabilities=model.capabilities,
        languages=model.languages,
        release_date=model.release_date,
        architecture=draft_architecture(model.architecture) if model.architecture else None,
        template=model.template,
        evidence=model.evidence,
        variants=model.variants,
        notes=model.notes,
        sources=model.sources,
        instead=model.instead,
        origin=origin,
        findings=findings,
        pictures=model.pictures,
        projectors=model.projectors,
        embedding=model.embedding,
        fill_in_middle=model.fill_in_middle,
    )


def entry_document(draft: DraftModel, *, version: str) -> ModelDocument:
    """Build the document of an entry that is not in a catalog yet."""
    return ModelDocument(
        schema="llmadvise.model/1",
        version=version,
        id=draft.id,
        repo=draft.repo,
        revision=draft.revision,
        name=draft.name,
        org=draft.org,
        family=draft.family,
        role=draft.role,
        parameters=draft.parameters,
        context_length=draft.context_length,
        license=draft.license,
        base_models=draft.base_models,
        gated=draft.gated,
        capabilities=draft.capabilities,
        languages=draft.languages,
        release_date=draft.release_date,
        architecture=draft.architecture,
        template=draft.template,
        evidence=(),
        variants=draft.variants,
        notes=draft.notes,
        sources=draft.sources,
        instead=(),
        origin=None,
        findings=draft.findings,
    )


def lineage_document(
    model: str,
    ancestors: tuple[Ancestor, ...],
    *,
    version: str,
    effective: tuple[str, ...],
    findings: tuple[Finding, ...] = (),
) -> LineageDocument:
    """Build the document of one line of descent."""
    return LineageDocument(
        schema="llmadvise.lineage/1",
        version=version,
        model=model,
        effective=effective,
        ancestors=ancestors,
        findings=findings,
    )
