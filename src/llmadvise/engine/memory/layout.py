"""Where the bytes of a model's weights lie: outside the blocks, in each block, and in its experts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import prod
from typing import Final, NamedTuple

from llmadvise.engine.memory.settings import GPU_ALIGNMENT, HOST_ALIGNMENT, missing_elements, pad
from llmadvise.record import dataclass, field, replace

HOST_ONLY: Final = frozenset({
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


class _Sums:
    """Tensors that lie together: their bytes, and what aligning each of them adds."""

    __slots__ = ("bytes", "gpu_padding", "host_padding")

    def __init__(self) -> None:
        self.bytes = self.gpu_padding = self.host_padding = 0

    def add(self, tensor: Tensor) -> None:
        self.bytes += tensor.bytes
        self.gpu_padding += pad(tensor.bytes + row_extension(tensor), GPU_ALIGNMENT) - tensor.bytes
        self.host_padding += pad(tensor.bytes, HOST_ALIGNMENT) - tensor.bytes


def layout_from_tensors(tensors: Iterable[Tensor], layers: int, file_bytes: int | None = None) -> WeightLayout:
    """The exact layout of a file; `layers` is how many blocks run (those beyond are skipped)."""
    tensors = tuple(tensors)
    has_output_norm = any(tensor.name == "output_norm.weight" for tensor in tensors)
    blocks, experts = [_Sums() for _ in range(layers)], [_Sums() for _ in range(layers)]
    outside = {place: _Sums() for place in ("token", "output", "host", "other", "repeated")}
    largest = dict.fromkeys(("up", "down", "other", "first"), 0)
    skipped = 0
    for tensor in tensors:
        layer = _block_of(tensor.name, has_output_norm=has_output_norm)
        if layer is None:
            outside[_place(tensor.name)].add(tensor)
        elif layer >= layers:
            skipped += tensor.bytes
        else:
            blocks[layer].add(tensor)
            if "_exps" in tensor.name:
                experts[layer].add(tensor)
            if len(tensor.shape) > 1:
                largest[_product(tensor)] = max(largest[_product(tensor)], tensor.bytes)
    token, output, other = outside["token"], outside["output"], outside["other"]
    last = output if output.bytes else token
    total = sum(tensor.bytes for tensor in tensors)
    return WeightLayout(
        token_embedding_bytes=token.bytes,
        output_bytes=output.bytes,
        tied=output.bytes == 0,
        host_only_bytes=outside["host"].bytes,
        other_bytes=other.bytes,
        layer_bytes=tuple(block.bytes for block in blocks),
        expert_bytes=_unless_none(experts),
        skipped_bytes=skipped,
        overhead_bytes=max(0, (file_bytes or total) - total),
        copied_up_bytes=largest["up"],
        copied_down_bytes=largest["down"],
        copied_other_bytes=largest["other"],
        copied_first_bytes=largest["first"],
        experts_copied=bool(_unless_none(experts)),
        repeated_bytes=outside["repeated"].bytes,
        layer_padding=tuple(block.gpu_padding for block in blocks),
        expert_padding=tuple(stack.gpu_padding for stack in experts),
        output_padding=last.gpu_padding + other.gpu_padding,
        layer_host_padding=tuple(block.host_padding for block in blocks),
        expert_host_padding=tuple(stack.host_padding for stack in experts),
        output_host_padding=output.host_padding + other.host_padding,
        host_padding=token.host_padding + outside["host"].host_padding,
        table=TensorTable(tensors, layers),
    )


def _unless_none(experts: list[_Sums]) -> tuple[int, ...]:
    sizes = tuple(stack.bytes for stack in experts)
    return sizes if any(sizes) else ()


def _block_of(name: str, *, has_output_norm: bool) -> int | None:
    """The block that a tensor belongs to or goes with; None: it lies outside of blocks."""
    match = re.match(r"(?:enc\.|dec\.)?blk\.(\d+)\.", name)
    if match:
        return int(match.group(1))
    return 0 if is_with_first_block(name, has_output_norm=has_output_norm) else None


def is_with_first_block(name: str, *, has_output_norm: bool) -> bool:
    """Whether a tensor outside the blocks goes where the first of them goes."""
    # LFM2 calls its last norm the norm of the embedding.
    return name in _FIRST_BLOCK and (has_output_norm or "embd_norm" not in name)


def _place(name: str) -> str:
    """Where a tensor outside the blocks goes."""
    if name == "token_embd.weight":
        return "token"
    if name == "output.weight":
        return "output"
    if name in HOST_ONLY:
        return "host"
    return "repeated" if name in _REPEATED else "other"


def _product(tensor: Tensor) -> str:
    """Which product of a block a tensor serves."""
    if tensor.name in _FIRST_BLOCK:
        return "first"
    if "ffn_down" in tensor.name:
        return "down"
    return "up" if "ffn_up" in tensor.name or "ffn_gate" in tensor.name else "other"


def row_extension(tensor: Tensor) -> int:
    """Bytes by which CUDA extends the last row of a tensor; only quantised ones have it."""
    missing = missing_elements(tensor.shape[0], tensor.type.lower())
    return tensor.bytes * missing // prod(tensor.shape) if missing else 0
