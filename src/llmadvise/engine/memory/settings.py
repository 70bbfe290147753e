"""What llama.cpp is told when it loads a model, what differs between its builds, and how ggml counts what it stores."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from llmadvise.errors import UsageError
from llmadvise.record import dataclass

KV_TYPE_BLOCKS: Final = {
    "f32": (4, 1),
    "f16": (2, 1),
    "bf16": (2, 1),
    "q8_0": (34, 32),
    "q5_1": (24, 32),
    "q5_0": (22, 32),
    "q4_1": (20, 32),
    "q4_0": (18, 32),
    "iq4_nl": (18, 32),
    "fp8": (1, 1),
}
"""Bytes of one block and elements in it, by cache type (ggml 0.26.0, ggml-common.h: sizes of the block structs; fp8 is
vLLM's and SGLang's, llama.cpp has none)."""

PLAIN_TYPES: Final = ("f32", "f16", "bf16")
"""Cache types that are not quantised."""
ROW_PADDING: Final = 512
"""CUDA ends the rows of quantised tensors on a multiple of this (ggml-cuda.cu: MATRIX_ROW_PADDING)."""
GPU_ALIGNMENT: Final = 128
"""CUDA starts every tensor on a multiple of this (ggml-cuda.cu: ggml_backend_cuda_buffer_type_get_alignment)."""
HOST_ALIGNMENT: Final = 32
"""The host does so on a multiple of this (ggml-impl.h: TENSOR_ALIGNMENT)."""
_PADDING: Final = 256
"""llama.cpp pads context lengths to this many cells (b11434, src/llama-context.cpp and src/llama-kv-cache-iswa.cpp)."""


class SplitMode(StrEnum):
    """How llama.cpp spreads a model over several GPUs (`-sm`)."""

    NONE = "none"
    LAYER = "layer"
    ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineBuild:
    """What one build of llama.cpp does differently from another, as far as memory goes."""

    id: str
    mixed_batches: bool
    """The graph also holds the inputs of a batch that mixes tokens and embeddings."""
    input_copies: int
    """Tensors of embedding width × micro-batch that the inputs take on the host."""
    source: str


BUILDS: Final = {
    build.id: build
    for build in (
        EngineBuild(
            id="b11434",
            mixed_batches=True,
            input_copies=4,
            source="llama.cpp b11434, src/llama-graph.cpp (build_inp_embd), logs of the same build",
        ),
        EngineBuild(
            id="llama-cpp-python-0.3.36",
            mixed_batches=False,
            input_copies=2,
            source="llama.cpp 0c1e57098, src/llama-graph.cpp (build_inp_embd), logs of the same build",
        ),
    )
}
"""Known builds, the newest first."""
NEWEST_BUILD: Final = "b11434"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The options of llama.cpp that change what it allocates; the defaults are those of `llama-server` for one slot."""

    context_length: int
    """`-c`, tokens for all slots together; llama.cpp's 0 must be replaced by the trained length before."""
    batch: int = 2048
    ubatch: int = 512
    slots: int = 1
    kv_unified: bool = True
    outputs: int | None = None
    """Tokens of a batch that return logits; None: one a slot, 0: all of them."""
    kv_type_k: str = "f16"
    kv_type_v: str = "f16"
    flash_attention: bool | None = None
    """None: on where the device has a kernel for the head sizes."""
    swa_full: bool = False
    kv_offload: bool = True
    gpu_layers: int | None = None
    """Blocks plus one for the output, counted from the end; None: all."""
    cpu_moe_layers: int = 0
    """Leading blocks whose routed experts stay on the host."""
    tensor_split: tuple[float, ...] | None = None
    split_mode: SplitMode = SplitMode.LAYER
    op_offload: bool = True
    gpu_has_flash_attention: bool = True
    """False for a device without any flash attention kernel."""
    engine_build: str = NEWEST_BUILD


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSizes:
    """The sizes that llama.cpp derives from its options before it allocates anything."""

    cells: int
    """Cells of a full cache in each stream."""
    streams: int
    """Caches beside each other: one if unified, else one a slot."""
    sequences: int
    tokens: int
    """Tokens of the largest micro-batch."""
    ubatch: int
    """The micro-batch before it is rounded to a multiple of the sequences; what pads sliding windows."""
    outputs: int


def pad(length: int, step: int = _PADDING) -> int:
    """The next multiple of `step`."""
    return -(-length // step) * step


def context_sizes(settings: EngineSettings) -> ContextSizes:
    """Cells, streams and tokens as the constructor of llama_context computes them (b11434, src/llama-context.cpp)."""
    sequences = settings.slots
    total = pad(settings.context_length)
    cells = total if settings.kv_unified else pad(total // sequences)
    streams = 1 if settings.kv_unified else sequences
    total = cells * streams
    # Before the context is padded: 777 tokens make 1,024 cells but batches of 777.
    batch = min(settings.batch, settings.context_length)
    ubatch = min(settings.ubatch, batch)
    tokens = pad(min(total, ubatch), sequences)
    wanted = sequences if settings.outputs is None else settings.outputs or batch
    return ContextSizes(
        cells=cells,
        streams=streams,
        sequences=sequences,
        tokens=tokens,
        ubatch=ubatch,
        outputs=min(total, ubatch, wanted),
    )


def row_bytes(elements: int, kv_type: str) -> int:
    """Bytes of `elements` cached values of one type; whole blocks, as ggml_row_size counts them.

    Raises UsageError for a type that no cache here is known to have.
    """
    block = KV_TYPE_BLOCKS.get(kv_type)
    if block is None:
        raise UsageError(f"{kv_type[:20]!r} is not a cache type", f"Use one of {', '.join(KV_TYPE_BLOCKS)}.")
    return elements * block[0] // block[1]


def missing_elements(row: int, stored_as: str) -> int:
    """Elements by which CUDA extends the last row of a tensor; none where it is not quantised."""
    return 0 if stored_as in PLAIN_TYPES else -row % ROW_PADDING


def engine_build(name: str) -> EngineBuild:
    """The build of that name. Raises UsageError for one that was never measured."""
    build = BUILDS.get(name)
    if build is None:
        raise UsageError(f"{name[:40]!r} is not a known engine build", f"Use one of {', '.join(BUILDS)}.")
    return build
