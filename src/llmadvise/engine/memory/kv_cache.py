"""What keys, values and recurrent states take, layer by layer (llama.cpp b11434, src/llama-kv-cache*.cpp)."""

from __future__ import annotations

from llmadvise.engine.memory.settings import (
    GPU_ALIGNMENT,
    ContextSizes,
    EngineSettings,
    context_sizes,
    missing_elements,
    pad,
    row_bytes,
)
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.traits import WITHOUT_FLASH_ATTENTION
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerMemory:
    """Bytes that each layer keeps between tokens."""

    kv: tuple[int, ...]
    recurrent: tuple[int, ...]


def window_cells(cache: LayerCache, sizes: ContextSizes, *, unified: bool, swa_full: bool) -> int:
    """Cells of a layer's cache in each stream.

    A window holds the tokens of a whole micro-batch beside it, and one window a sequence where the sequences share
    a cache: min(context, window × sequences + micro-batch), padded to 256.
    """
    if cache.window is None or swa_full:
        return sizes.cells
    return pad(min(sizes.cells, cache.window * (sizes.sequences if unified else 1) + sizes.ubatch))


def layer_memory(shape: Shape, settings: EngineSettings, *, padded: bool = False) -> LayerMemory:
    """Bytes of cache and state of every layer.

    Plain attention: streams × cells × (K elements × bytes(K type) + V elements × bytes(V type)). Where flash
    attention is off from the start V is stored transposed, and every layer's V is as wide as the widest. `padded`:
    rows and tensors end where CUDA wants them to.
    """
    sizes = context_sizes(settings)
    transposed = is_transposed(shape, settings)
    widest = max((cache.value_elements for cache in shape.caches if cache), default=0) if transposed else 0
    known: dict[int, int] = {}
    kv = []
    for cache in shape.caches:
        if cache is None:
            kv.append(0)
            continue
        size = known.get(id(cache))
        if size is None:
            size = known[id(cache)] = _cache_bytes(cache, settings, sizes, widest, padded=padded)
        kv.append(size)
    recurrent = tuple(
        0 if state is None else (state.convolution_bytes + state.state_bytes) * sizes.sequences
        for state in shape.states
    )
    return LayerMemory(kv=tuple(kv), recurrent=recurrent)


def _cache_bytes(cache: LayerCache, settings: EngineSettings, sizes: ContextSizes, widest: int, *, padded: bool) -> int:
    cells = window_cells(cache, sizes, unified=settings.kv_unified, swa_full=settings.swa_full) * sizes.streams
    values = cache.value_elements and max(cache.value_elements, widest)
    if padded:
        return _on_cuda(cache.key_elements, cells, settings.kv_type_k) + _on_cuda(values, cells, settings.kv_type_v)
    return cells * (row_bytes(cache.key_elements, settings.kv_type_k) + row_bytes(values, settings.kv_type_v))


def _on_cuda(elements: int, cells: int, kv_type: str) -> int:
    """One tensor of the cache: its last row is extended if it is quantised, its end aligned."""
    size = cells * row_bytes(elements, kv_type) + row_bytes(missing_elements(elements, kv_type), kv_type)
    return pad(size, GPU_ALIGNMENT)


def is_transposed(shape: Shape, settings: EngineSettings) -> bool:
    """Whether values are cached transposed: flash attention off from the start, not where auto resolves to off."""
    off = settings.flash_attention is False or shape.architecture in WITHOUT_FLASH_ATTENTION
    return off and not shape.latent_rank


def kv_bytes_per_token(shape: Shape, kv_type_k: str = "f16", kv_type_v: str = "f16") -> int:
    """Bytes that one more token adds to the cache, windows not yet full."""
    return sum(
        row_bytes(cache.key_elements, kv_type_k) + row_bytes(cache.value_elements, kv_type_v)
        for cache in shape.caches
        if cache
    )
