"""TEMPORARY stand-in."""

from __future__ import annotations

from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.memory.layout import WeightLayout


def layout_from_catalog(model: Model, variant: Variant, quantization: Quantization) -> WeightLayout | None:
    a = model.architecture
    if a is None or variant.bytes is None:
        return None
    emb = int(a.vocabulary_size * a.hidden_size * (quantization.embedding_bits or quantization.bits_per_weight) / 8)
    out = 0 if a.tied_embeddings else int(a.vocabulary_size * a.hidden_size * (quantization.output_bits or quantization.bits_per_weight) / 8)
    rest = variant.bytes - emb - out
    per = rest // a.layers
    layers = [per] * a.layers
    layers[0] += rest - per * a.layers
    experts: tuple[int, ...] = ()
    if a.experts and a.experts.feed_forward_size:
        size = int(3 * a.hidden_size * a.experts.feed_forward_size * a.experts.total * quantization.bits_per_weight / 8)
        experts = tuple(0 if i < a.experts.dense_layers else min(size, int(layers[i] * 0.98)) for i in range(a.layers))
    return WeightLayout(token_embedding_bytes=emb, output_bytes=out, tied=a.tied_embeddings, layer_bytes=tuple(layers), expert_bytes=experts)
