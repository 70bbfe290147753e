"""A variant that nobody lists: its bytes computed from the model's dimensions and the scheme's bits."""

from __future__ import annotations

from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization

_BITS = 8


def computed_variant(model: Model, quantization: Quantization) -> Variant | None:
    """The model in this scheme; None if its dimensions are unknown.

    bytes = (parameters - embedding - output) × bits / 8, and embedding and output at their own bits. There is no file.
    """
    architecture = model.architecture
    parameters = model.parameters.language or model.parameters.total
    if architecture is None:
        return None
    table = architecture.vocabulary_size * architecture.hidden_size
    bits = quantization.bits_per_weight
    output_bits = quantization.output_bits or bits
    if architecture.tied_embeddings:
        tables, stored = table, table * output_bits
    else:
        tables, stored = 2 * table, table * ((quantization.embedding_bits or bits) + output_bits)
    if parameters <= tables:
        return None
    size = round(((parameters - tables) * bits + stored) / _BITS)
    return Variant(
        id=f"{model.repo}:{quantization.id}",
        format=quantization.format,
        quantization=quantization.id,
        repo=model.repo,
        bytes=size,
        bytes_basis=Basis.COMPUTED,
        bits_per_weight=round(size * _BITS / parameters, 3),
        names_verified=False,
        note="not a listed file: bytes computed from dimensions and the bits of the scheme",
        source="computed from dimensions and bits per weight",
    )
