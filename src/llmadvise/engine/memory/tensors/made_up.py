"""The layout of a variant with a table of its tensors, none of which anybody has read.

Names and extents follow from the dimensions, types from the rules of llama-quantize; bytes that add up to those of
the file settle it. Where they do not, or the scheme is a publisher's own, the types are unknown: if the elements add up
to the declared number of parameters, the matrices share the file's bytes in proportion; else nothing is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import prod

from llmadvise.domain.model import Architecture, Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.memory.layout import Tensor, WeightLayout, layout_from_tensors
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.memory.tensors.blocks import Dimensions, Extents, apart, recipe_of
from llmadvise.engine.memory.tensors.mix import Mix, Network, known, size
from llmadvise.engine.memory.tensors.recipes import EITHER_WAY, Recipe

_PARAMETERS_OFF = 0.01
"""Share by which the elements may miss the declared parameters: cards round, and counts leave norms out."""
_BYTES_OFF = 0.003
"""Share by which the made-up bytes may exceed the file's; half a percent of it may be header and tokenizer."""
_TOKENIZER_BYTES = 64
"""Most that one entry of a vocabulary takes in a header, with its merge (Llama 3: 7.8 MB for 128,256)."""
_RANKS = (512, 768, 1024, 1536, 2048, 1280, 2560, 3072)
"""Ranks of compressed queries that are tried where the query is no single matrix (config.json: q_lora_rank)."""
_KEPT = 64

_Named = tuple[int, str, Extents]
"""Block (-1: outside), name, extents."""


def layout_with_tensors(
    model: Model, variant: Variant, quantization: Quantization, shape: Shape
) -> WeightLayout | None:
    """The layout with its table; None where the tensors cannot be made up, or contradict what is declared."""
    architecture = model.architecture
    if architecture is None or variant.bytes is None or variant.format != "gguf":
        return None
    candidates = list(_candidates(model, architecture, shape))
    for named in candidates:
        for calibrated in (False, True) if variant.calibrated is None else (variant.calibrated,):
            exact = _typed(named, architecture, quantization, calibrated=calibrated)
            if exact is not None and _matches(exact, variant.bytes, architecture):
                return layout_from_tensors(exact, architecture.layers, variant.bytes)
    declared = model.parameters.language or model.parameters.total
    first = next((named for named in candidates if _adds_up(named, architecture, declared)), None)
    if first is None:
        return None
    return layout_from_tensors(
        _shared_out(first, architecture, quantization, variant.bytes), architecture.layers, variant.bytes
    )


def _matches(tensors: Sequence[Tensor], declared: int, architecture: Architecture) -> bool:
    over = declared - sum(tensor.bytes for tensor in tensors)
    return -_BYTES_OFF * declared <= over <= _BYTES_OFF * declared + architecture.vocabulary_size * _TOKENIZER_BYTES


def _candidates(model: Model, architecture: Architecture, shape: Shape) -> Iterator[tuple[_Named, ...]]:
    """Lists of tensors that such a model may have: projections fused or apart, the query compressed or not."""
    recipe = recipe_of(architecture)
    if recipe is None or not _complete(architecture, shape):
        return
    recipes = [recipe, apart(recipe)] if architecture.id in EITHER_WAY else [recipe]
    for kind in recipes:
        for rank in (0, *_RANKS) if shape.latent_rank else (0,):
            named = _named(architecture, shape, model.context_length.native, kind, rank)
            yield named
            if architecture.draft_layers:
                yield named + _draft_ends(architecture)


def _adds_up(named: Sequence[_Named], architecture: Architecture, declared: int) -> bool:
    """Whether the elements are those that the model is said to have, blocks that only draft counted or not."""
    every = sum(prod(extents) for _, _, extents in named)
    running = sum(prod(extents) for layer, _, extents in named if layer < architecture.layers)
    return min(abs(every - declared), abs(running - declared)) <= _PARAMETERS_OFF * declared


def _draft_ends(architecture: Architecture) -> tuple[_Named, ...]:
    """Embedding and output that some files hold for a block that only drafts (GLM-4.5)."""
    ends = ("nextn.embed_tokens.weight", "nextn.shared_head_head.weight")
    extents = (architecture.hidden_size, architecture.vocabulary_size)
    return tuple((architecture.layers, name, extents) for name in ends)


def _complete(architecture: Architecture, shape: Shape) -> bool:
    """Whether every recurrent layer can be made up, and every other has its width."""
    dimensions = Dimensions(architecture, shape, 1)
    return all((mixer is None) == (state is None) for mixer, state in zip(dimensions.mixers, shape.states, strict=True))


@lru_cache(maxsize=_KEPT)
def _named(architecture: Architecture, shape: Shape, context: int, recipe: Recipe, rank: int) -> tuple[_Named, ...]:
    dimensions = Dimensions(architecture, shape, context, query_rank=rank)
    found: list[_Named] = [(-1, name, extents) for name, extents in dimensions.outside(recipe)]
    for layer in range(architecture.layers):
        found.extend((layer, name, extents) for name, extents in dimensions.block(layer, recipe))
    for extra in range(architecture.layers, architecture.layers + architecture.draft_layers):
        found.append((extra, "nextn.eh_proj.weight", (2 * architecture.hidden_size, architecture.hidden_size)))
        found.extend((extra, name, extents) for name, extents in dimensions.block(architecture.layers - 1, recipe))
    return tuple(found)


def _typed(
    named: Sequence[_Named], architecture: Architecture, quantization: Quantization, *, calibrated: bool
) -> list[Tensor] | None:
    """Every tensor with the type that llama-quantize would give it."""
    if not known(quantization.id):
        return None
    values = sum(name in {"attn_v.weight", "attn_qkv.weight", "attn_kv_b.weight"} for _, name, _ in named)
    network = Network(
        architecture=architecture.id,
        layers=architecture.layers + architecture.draft_layers,
        queries_per_key=(architecture.heads or 1) // (architecture.kv_heads or 1),
        experts=architecture.experts.total if architecture.experts else 1,
        tied=architecture.tied_embeddings,
        values=values,
        calibrated=calibrated,
    )
    mix = Mix(quantization.id, network)
    tensors = []
    for layer, name, extents in named:
        kind = mix.type_of(name, extents, layer)
        tensors.append(Tensor(_full(layer, name), extents, kind, size(kind, prod(extents))))
    return tensors


def _full(layer: int, name: str) -> str:
    return name if layer < 0 else f"blk.{layer}.{name}"


def _shared_out(
    named: Sequence[_Named], architecture: Architecture, quantization: Quantization, declared: int
) -> list[Tensor]:
    """Types unknown: what is not quantized as it is, embeddings by the scheme, and the rest in proportion."""
    bits = quantization.bits_per_weight
    output = quantization.output_bits or bits
    embedding = output if architecture.tied_embeddings else quantization.embedding_bits or bits
    rates = {"token_embd.weight": embedding, "output.weight": output, "per_layer_token_embd.weight": output}
    fixed: dict[int, int] = {}
    for index, (_, name, extents) in enumerate(named):
        if name in rates:
            fixed[index] = int(prod(extents) * rates[name] / 8)
        elif len(extents) == 1 or not name.endswith("weight") or "norm" in name or "gate_inp" in name:
            fixed[index] = 4 * prod(extents)
    rest = max(0, declared - sum(fixed.values()))
    elements = sum(prod(extents) for index, (_, _, extents) in enumerate(named) if index not in fixed) or 1
    kind = "Q8_0"
    return [
        Tensor(
            _full(layer, name),
            extents,
            "F32" if index in fixed and name not in rates else kind,
            fixed[index] if index in fixed else rest * prod(extents) // elements,
        )
        for index, (layer, name, extents) in enumerate(named)
    ]
