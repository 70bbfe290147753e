"""The shape that a GGUF header describes, in the words of a draft."""

from __future__ import annotations

from llmadvise.domain.draft import DraftArchitecture, DraftContext, DraftParameters
from llmadvise.domain.model import Architecture, Model


def draft_architecture(known: Architecture) -> DraftArchitecture:
    """A whole architecture as a draft."""
    return DraftArchitecture(
        id=known.id,
        layers=known.layers,
        hidden_size=known.hidden_size,
        heads=known.heads,
        kv_heads=known.kv_heads,
        key_size=known.key_size,
        value_size=known.value_size,
        feed_forward_size=known.feed_forward_size,
        vocabulary_size=known.vocabulary_size,
        tied_embeddings=known.tied_embeddings,
        attention=known.attention or None,
        experts=known.experts,
        per_layer_embedding_size=known.per_layer_embedding_size,
        draft_layers=known.draft_layers,
    )


def draft_context(model: Model) -> DraftContext:
    """The context length of a model as a draft."""
    return DraftContext(native=model.context_length.native, extended=model.context_length.extended)


def draft_parameters(model: Model) -> DraftParameters:
    """The parameters of a model as a draft."""
    counts = model.parameters
    return DraftParameters(total=counts.total, active=counts.active, language=counts.language)
