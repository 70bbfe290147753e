"""Where the bytes of a model's weights lie: outside the blocks, in each block, and in its experts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from llmadvise.record import dataclass, field, replace

_ROW_PADDING: Final = 512
"""CUDA ends the rows of quantised tensors on a multiple of this (ggml-cuda.cu: MATRIX_ROW_PADDING)."""
_ALIGNMENT: Final = 128
"""CUDA starts every tensor on a multiple of this (ggml-cuda.cu: ggml_backend_cuda_buffer_type_get_alignment)."""
_HOST_ALIGNMENT: Final = 32
"""The host does so on a multiple of this (ggml-impl.h: TENSOR_ALIGNMENT)."""
_HOST_ONLY: Final = frozenset({
    "position_embd.weight", "token_types.weight", "per_layer_token_embd.weight",
})  # fmt: skip
"""Tensors beside `token_embd` that llama.cpp keeps on the host whatever is offloaded (LLM_TENSOR_LAYER_INPUT)."""


_FIRST_BLOCK: Final = frozenset({
    "token_embd_norm.weight", "token_embd_norm.bias", "per_layer_model_proj.weight", "per_layer_proj_norm.weight",
})  # fmt: skip
"""Tensors outside the blocks that go where the first block goes (LLM_TENSOR_LAYER_REPEATING)."""
_REPEATED: Final = frozenset({"rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"})
"""Tensors outside the blocks that every device with a block holds."""


class Tensor(NamedTuple):
    """One tensor of a file: name, extents (the first is the row), type as ggml spells it, and bytes."""

    name: str
    shape: tuple[int, ...]
    type: str
    bytes: int


class TensorTable:
    """The tensors of a file by block, and those outside of blocks, by the last part of their names."""

    __slots__ = ("blocks", "outside")

    def __init__(self, tensors: Iterable[Tensor], layers: int) -> None:
        self.blocks: tuple[dict[str, Tensor], ...] = tuple({} for _ in range(layers))
        self.outside: dict[str, Tensor] = {}
        for tensor in tensors:
            # An encoder runs before the decoder, in a graph of its own that needs less.
            full = tensor.name.removeprefix("dec.")
            if full.startswith("enc."):
                continue
            if not full.startswith("blk."):
                self.outside[full] = tensor
                continue
            number, _, name = full[4:].partition(".")
            if number.isdecimal() and int(number) < layers:
                self.blocks[int(number)][name] = tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightLayout:
    """Bytes of weights by place. Everything but `skipped_bytes` is loaded."""

    token_embedding_bytes: int
    output_bytes: int
    """The output matrix; 0 if the token embedding serves as it (`tied`)."""
    tied: bool
    host_only_bytes: int = 0
    """Position, type and per-layer embeddings: on the host whatever is offloaded."""
    other_bytes: int = 0
    """Norms and projections outside the blocks, which go where the output goes."""
    layer_bytes: tuple[int, ...] = ()
    """Each block, its experts included."""
    expert_bytes: tuple[int, ...] = ()
    """The routed experts of each block; empty: none has any."""
    skipped_bytes: int = 0
    """Next-token-prediction blocks, which are not loaded unless drafting is asked for."""
    overhead_bytes: int = 0
    """Header, tokenizer and alignment: in the file, not in the buffers."""
    copied_up_bytes: int = 0
    """Largest matrix into a feed-forward network, which a GPU copies when the block stays on the host."""
    copied_down_bytes: int = 0
    """Largest matrix out of one."""
    copied_other_bytes: int = 0
    """Largest other matrix in a block: of the attention or the recurrence."""
    copied_first_bytes: int = 0
    """Largest matrix that goes with the first block."""
    experts_copied: bool = False
    """Those two are stacks of all experts of a block."""
    repeated_bytes: int = 0
    """Rotary factors: once on every device that holds a block."""
    layer_padding: tuple[int, ...] = ()
    """What CUDA adds to the tensors of each block, experts included; empty: unknown, below 0.1 %."""
    expert_padding: tuple[int, ...] = ()
    output_padding: int = 0
    layer_host_padding: tuple[int, ...] = ()
    """What the host adds to the tensors of each block, experts included; empty: unknown, a few bytes a tensor."""
    expert_host_padding: tuple[int, ...] = ()
    output_host_padding: int = 0
    host_padding: int = 0
    """The same for the embeddings."""
    table: TensorTable | None = field(default=None, compare=False)
    """The tensors themselves, where the file's header was read: the graph is then drawn from them."""

    @property
    def blocks_bytes(self) -> int:
        """All blocks together."""
        return sum(self.layer_bytes)

    @property
    def loaded_bytes(self) -> int:
        """All that is loaded, each tensor once."""
        return (
            self.token_embedding_bytes
            + self.output_bytes
            + self.host_only_bytes
            + self.other_bytes
            + sum(self.layer_bytes)
        )

    @property
    def output_unit_bytes(self) -> int:
        """What the output takes on the device that computes it: a tied embedding is held there a second time."""
        return self.other_bytes + (self.token_embedding_bytes if self.tied else self.output_bytes)


def without_table(layout: WeightLayout) -> WeightLayout:
    """The same bytes; the graph is not drawn."""
    return layout if layout.table is None else replace(layout, table=None)


def layout_from_tensors(tensors: Iterable[Tensor], layers: int, file_bytes: int | None = None) -> WeightLayout:
    """The exact layout of a file; `layers` is how many blocks run (those beyond are skipped)."""
    block = re.compile(r"(?:enc\.|dec\.)?blk\.(\d+)\.")
    blocks, experts = [0] * layers, [0] * layers
    block_padding, expert_padding = [0] * layers, [0] * layers
    block_host, expert_host = [0] * layers, [0] * layers
    outside_host = output_host = 0
    sums = dict.fromkeys(("token", "output", "host", "other", "repeated", "skipped"), 0)
    largest = dict.fromkeys(("up", "down", "other", "first"), 0)
    output_padding = token_padding = total = 0
    tensors = tuple(tensors)
    norms_output = all(tensor.name != "output_norm.weight" for tensor in tensors)
    for tensor in tensors:
        total += tensor.bytes
        match = block.match(tensor.name)
        layer = int(match.group(1)) if match else 0
        host = -tensor.bytes % _HOST_ALIGNMENT
        # LFM2 calls its last norm the norm of the embedding.
        with_first = tensor.name in _FIRST_BLOCK and not (norms_output and "embd_norm" in tensor.name)
        if match is None and not with_first:
            place = _place(tensor.name)
            outside_host += host if place in ("token", "host") else 0
            output_host += host if place in ("output", "other") else 0
            sums[place] += tensor.bytes
            output_padding += _padding(tensor) if place in ("output", "other") else 0
            token_padding = _padding(tensor) if place == "token" else token_padding
        elif layer >= layers:
            sums["skipped"] += tensor.bytes
        else:
            blocks[layer] += tensor.bytes
            block_padding[layer] += _padding(tensor)
            block_host[layer] += host
            kind = _product(tensor)
            largest[kind] = max(largest[kind], tensor.bytes if len(tensor.shape) > 1 else 0)
            if "_exps" in tensor.name:
                experts[layer] += tensor.bytes
                expert_padding[layer] += _padding(tensor)
                expert_host[layer] += host
    return WeightLayout(
        token_embedding_bytes=sums["token"],
        output_bytes=sums["output"],
        tied=sums["output"] == 0,
        host_only_bytes=sums["host"],
        other_bytes=sums["other"],
        layer_bytes=tuple(blocks),
        expert_bytes=tuple(experts) if any(experts) else (),
        skipped_bytes=sums["skipped"],
        overhead_bytes=max(0, (file_bytes or total) - total),
        copied_up_bytes=largest["up"],
        copied_down_bytes=largest["down"],
        copied_other_bytes=largest["other"],
        copied_first_bytes=largest["first"],
        experts_copied=any(experts),
        repeated_bytes=sums["repeated"],
        layer_padding=tuple(block_padding),
        expert_padding=tuple(expert_padding),
        output_padding=output_padding + (0 if sums["output"] else token_padding),
        layer_host_padding=tuple(block_host),
        expert_host_padding=tuple(expert_host),
        output_host_padding=output_host,
        host_padding=outside_host,
        table=TensorTable(tensors, layers),
    )


def _place(name: str) -> str:
    """Where a tensor outside the blocks goes."""
    if name == "token_embd.weight":
        return "token"
    if name == "output.weight":
        return "output"
    if name in _HOST_ONLY:
        return "host"
    return "repeated" if name in _REPEATED else "other"


def _product(tensor: Tensor) -> str:
    """Which product of a block a tensor serves."""
    if tensor.name in _FIRST_BLOCK:
        return "first"
    if "ffn_down" in tensor.name:
        return "down"
    return "up" if "ffn_up" in tensor.name or "ffn_gate" in tensor.name else "other"


def _padding(tensor: Tensor) -> int:
    """Bytes that CUDA adds to one tensor: the last row of a quantised one, and alignment."""
    size = tensor.bytes
    row = tensor.shape[0]
    if tensor.type.lower() not in ("f32", "f16", "bf16") and row % _ROW_PADDING:
        elements = 1
        for extent in tensor.shape:
            elements *= extent
        size += tensor.bytes * (_ROW_PADDING - row % _ROW_PADDING) // elements
    return -(-size // _ALIGNMENT) * _ALIGNMENT - tensor.bytes
