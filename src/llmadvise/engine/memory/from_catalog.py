"""The layout of a variant of which only dimensions and file sizes are known.

The file's bytes are the truth. The embeddings take what the quantization says of them; the blocks share the rest in
proportion to their parameters, which the dimensions give.
"""

from __future__ import annotations

from functools import lru_cache

from llmadvise.domain.model import Architecture, AttentionGroup, AttentionKind, Experts, Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.tensors.states import inner_size
from llmadvise.engine.memory.traits import ABSOLUTE_POSITIONS, UNGATED
from llmadvise.record import dataclass

_KEPT_ARCHITECTURES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """Parameters of each block, experts included; `experts` are equal in every block that has them."""

    parameters: tuple[int, ...]
    experts: int
    mixtures: tuple[bool, ...]
    """Which blocks have experts."""
    total: int


def layout_from_catalog(model: Model, variant: Variant, quantization: Quantization) -> WeightLayout | None:
    """Where the bytes of a variant lie; None if the architecture or the size is unknown, or the two disagree.

    All parts together are exactly `variant.bytes`.
    """
    architecture = model.architecture
    if architecture is None or variant.bytes is None:
        return None
    bits = quantization.bits_per_weight
    output_bits = quantization.output_bits or bits
    table = architecture.vocabulary_size * architecture.hidden_size
    # A tied embedding is stored as the output matrix would be.
    token = int(table * (output_bits if architecture.tied_embeddings else quantization.embedding_bits or bits) / 8)
    output = 0 if architecture.tied_embeddings else int(table * output_bits / 8)
    width = (architecture.per_layer_embedding_size or 0) * architecture.layers
    per_layer = int(architecture.vocabulary_size * width * output_bits / 8)
    # llama.cpp keeps a table of positions in 32 bits.
    positions = model.context_length.native if architecture.id in ABSOLUTE_POSITIONS else 0
    host_only = per_layer + positions * architecture.hidden_size * 4
    rest = variant.bytes - token - output - host_only
    if rest <= 0:
        return None
    blocks = _blocks(architecture)
    sizes = _shared_out(rest, blocks)
    skipped = rest - sum(sizes) if architecture.draft_layers else 0
    down_bits = max(bits, output_bits) if quantization.method == "k_quant" else bits
    copied = _largest_matrix(architecture)
    return WeightLayout(
        token_embedding_bytes=token,
        output_bytes=output,
        tied=architecture.tied_embeddings,
        host_only_bytes=host_only,
        other_bytes=0 if architecture.draft_layers else rest - sum(sizes),
        layer_bytes=sizes,
        expert_bytes=_expert_sizes(rest, blocks) if blocks.experts else (),
        skipped_bytes=skipped,
        copied_up_bytes=int(copied * bits / 8),
        # Mixes of k-quants give some of these matrices the bits of the output.
        copied_down_bytes=int(copied * down_bits / 8),
        copied_other_bytes=int(architecture.hidden_size * _query(architecture) * bits / 8),
        experts_copied=blocks.experts > 0,
    )


def _shared_out(rest: int, blocks: _Blocks) -> tuple[int, ...]:
    """Bytes of each block."""
    known: dict[int, int] = {}
    sizes = []
    for parameters in blocks.parameters:
        size = known.get(parameters)
        if size is None:
            size = known[parameters] = rest * parameters // blocks.total
        sizes.append(size)
    return tuple(sizes)


def _expert_sizes(rest: int, blocks: _Blocks) -> tuple[int, ...]:
    size = rest * blocks.experts // blocks.total
    return tuple(size if mixture else 0 for mixture in blocks.mixtures)


@lru_cache(maxsize=_KEPT_ARCHITECTURES)
def _blocks(architecture: Architecture) -> _Blocks:
    """Parameters of the blocks: attention or recurrence, and the feed-forward network or the experts."""
    parameters = [0] * architecture.layers
    for group in architecture.attention:
        count = _mixing(architecture, group)
        for layer in group.layers:
            if layer < architecture.layers:
                parameters[layer] += count
    experts = architecture.experts
    dense = _matrices(architecture) * architecture.hidden_size * (architecture.feed_forward_size or 0)
    routed, beside = _mixture(architecture, experts) if experts else (0, 0)
    mixtures = tuple(experts is not None and experts.is_mixture(layer) for layer in range(architecture.layers))
    for layer, mixture in enumerate(mixtures):
        parameters[layer] += routed + beside if mixture else dense
    total = sum(parameters) + architecture.draft_layers * parameters[-1]
    return _Blocks(parameters=tuple(parameters), experts=routed, mixtures=mixtures, total=max(total, 1))


def _matrices(architecture: Architecture) -> int:
    """Matrices of a feed-forward network: up and down, and a gate where there is one."""
    return 2 if architecture.id in UNGATED else 3


def _mixture(architecture: Architecture, experts: Experts) -> tuple[int, int]:
    """Parameters of the routed experts of one block, and of the shared one with the router."""
    width = _expert_width(architecture, experts)
    shared = experts.shared_feed_forward_size or experts.shared * width
    hidden, matrices = architecture.hidden_size, _matrices(architecture)
    return matrices * hidden * width * experts.total, hidden * (matrices * shared + experts.total)


def _expert_width(architecture: Architecture, experts: Experts) -> int:
    return experts.feed_forward_size or architecture.feed_forward_size or 0


def _mixing(architecture: Architecture, group: AttentionGroup) -> int:
    """Parameters of what mixes tokens in one layer of the group."""
    hidden, heads = architecture.hidden_size, architecture.heads or 0
    key = group.key_size or architecture.key_size or 0
    value = group.value_size or architecture.value_size or key
    query = hidden * heads * (key + value)
    match group.kind:
        case AttentionKind.FULL | AttentionKind.SLIDING | AttentionKind.CHUNKED:
            return query + hidden * (group.kv_heads or architecture.kv_heads or 0) * (key + value)
        case AttentionKind.LATENT:
            latent = group.latent_size or 0
            return query + latent * (hidden + heads * (key + value) // 2)
        case AttentionKind.SHARED:
            return query
        case AttentionKind.RECURRENT:
            # In and out, and a gate as wide as the inside.
            return 3 * hidden * (group.inner_size or inner_size(architecture))
        case AttentionKind.NONE:
            return 0


def _query(architecture: Architecture) -> int:
    return (architecture.heads or 0) * (architecture.key_size or 0)


def _largest_matrix(architecture: Architecture) -> int:
    """Elements of the largest matrix that a GPU would copy from the host: all experts of a block, or a dense one."""
    experts = architecture.experts
    if experts is None:
        return architecture.hidden_size * (architecture.feed_forward_size or 0)
    return architecture.hidden_size * _expert_width(architecture, experts) * experts.total
