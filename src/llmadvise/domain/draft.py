"""A model as far as it is known: an entry that may not yet stand in a catalog."""

from __future__ import annotations

from llmadvise.domain.finding import Finding
from llmadvise.domain.model import AttentionGroup, BaseModel, DeclaredLicense, Experts, Role, Variant
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftArchitecture:
    """The shape of a network; null is unknown."""

    id: str | None = None
    """llama.cpp's name (`general.architecture`); null where llama.cpp has none."""
    layers: int | None = None
    hidden_size: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    key_size: int | None = None
    value_size: int | None = None
    feed_forward_size: int | None = None
    vocabulary_size: int | None = None
    tied_embeddings: bool | None = None
    attention: tuple[AttentionGroup, ...] | None = None
    """Layers that remember alike; null where the config does not say how they do."""
    experts: Experts | None = None
    per_layer_embedding_size: int | None = None
    draft_layers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftParameters:
    """How many weights there are, and how many one token uses; null is unknown."""

    total: int | None = None
    active: int | None = None
    language: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftContext:
    """How many tokens the model can attend to; null is unknown."""

    native: int | None = None
    extended: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftModel:
    """One entry with all that could be read; what could not is null, with a finding that says why."""

    id: str
    repo: str
    name: str
    org: str
    family: str | None
    role: Role | None
    parameters: DraftParameters
    context_length: DraftContext
    license: DeclaredLicense
    revision: str | None = None
    capabilities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    release_date: str | None = None
    base_models: tuple[BaseModel, ...] = ()
    gated: bool | None = None
    architecture: DraftArchitecture | None = None
    template: str | None = None
    variants: tuple[Variant, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
