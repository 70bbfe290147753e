"""vLLM's pool of cache blocks: how large a block is, and how many of them one request takes.

Mechanism: vLLM 0.33.0, vllm/v1/kv_cache_interface.py, vllm/v1/core/kv_cache_utils.py and vllm/platforms/interface.py.
Layers of one kind form groups of equal size that draw blocks from one pool; every group has its own blocks for a
request. Pages of all kinds are made equal: attention blocks grow beyond 16 tokens until a page holds a recurrent state.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from llmadvise.engine.memory.shape import LayerCache, LayerState, Shape
from llmadvise.record import dataclass

BLOCK_TOKENS: Final = 16
_STATE_PAGES: Final = 2
"""Pages a request holds of each recurrent layer: the state, and the one that prefix caching keeps (`align` mode)."""
_LEVEL: Final = 1.5
"""Kinds whose layers differ by less than this factor are padded to the larger number (create_kv_cache_group_specs)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """What the size of the pool depends on beside the model."""

    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    element_bytes: int = 2
    in_flight_tokens: int
    """Tokens scheduled and not yet settled: batches of `max_num_batched_tokens`, one more than pipeline stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Layers that are cached alike."""

    layers: int
    token_bytes: int = 0
    """On one GPU, of one layer; 0: a recurrent state."""
    state_bytes: int = 0
    window: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPool:
    """The pool of one model on each GPU of the largest pipeline stage."""

    block_bytes: int
    """One block of all layers of a group together."""
    groups: tuple[tuple[int, int, int | None, bool], ...]
    """(number of groups, tokens a block, window, recurrent) of each kind."""
    in_flight_tokens: int

    def blocks(self, available_bytes: int) -> int:
        """Blocks that the bytes left for the cache hold."""
        return max(0, available_bytes) // self.block_bytes if self.block_bytes else 0

    def request_blocks(self, context_length: int) -> int:
        """Blocks of one request of this length, over all groups."""
        total = 0
        for count, tokens, window, recurrent in self.groups:
            if recurrent:
                total += count * _STATE_PAGES
            elif window is None:
                total += count * -(-context_length // tokens)
            else:
                held = min(window - 1 + self.in_flight_tokens, context_length)
                total += count * (-(-held // tokens) + 1)
        return total

    def request_bytes(self, context_length: int) -> int:
        """The same in bytes."""
        return self.request_blocks(context_length) * self.block_bytes

    def largest_context(self, available_bytes: int, longest: int) -> int:
        """The longest request that the cache holds, up to `longest`: by bisection, as vLLM estimates it."""
        blocks = self.blocks(available_bytes)
        low, high = 0, longest
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.request_blocks(middle) <= blocks else (low, middle - 1)
        return low


def block_pool(shape: Shape, settings: CacheSettings) -> BlockPool:
    """The pool of a model. Several pipeline stages share the layers out; the first, largest stage limits all."""
    kinds = _kinds(shape, settings)
    if not kinds:
        return BlockPool(block_bytes=0, groups=(), in_flight_tokens=settings.in_flight_tokens)
    pages = [kind.token_bytes * BLOCK_TOKENS for kind in kinds if kind.token_bytes]
    states = max(kind.state_bytes for kind in kinds)
    tokens = BLOCK_TOKENS
    if states and pages:
        # The attention block grows until its page holds a state.
        tokens = max(BLOCK_TOKENS, -(-states // max(pages)) * BLOCK_TOKENS)
    page = max(states, *(kind.token_bytes * tokens for kind in kinds))
    size = _group_size([kind.layers for kind in kinds])
    groups = []
    for kind in kinds:
        own = kind.token_bytes * tokens
        # A narrower layer gets a longer block where the pages divide, else its page is padded.
        scale = page // own if own and page % own == 0 else 1
        groups.append((-(-kind.layers // size), tokens * scale, kind.window, not kind.token_bytes))
    return BlockPool(block_bytes=page * size, groups=tuple(groups), in_flight_tokens=settings.in_flight_tokens)


def _group_size(layers: list[int]) -> int:
    """Layers of a group: as many as the smallest kind has, unless the kinds are about equal."""
    fewest, most = min(layers), max(layers)
    return most if most < _LEVEL * fewest else fewest


def _kinds(shape: Shape, settings: CacheSettings) -> list[_Kind]:
    counts: Counter[tuple[int, int, int | None]] = Counter()
    for cache, state in zip(shape.caches, shape.states, strict=True):
        if cache is not None:
            counts[_token_bytes(shape, cache, settings), 0, cache.window] += 1
        if state is not None:
            counts[0, _state_bytes(state, settings), None] += 1
    stages = settings.pipeline_parallel
    return [
        _Kind(layers=-(-count // stages), token_bytes=token, state_bytes=state, window=window)
        for (token, state, window), count in counts.items()
    ]


def _token_bytes(shape: Shape, cache: LayerCache, settings: CacheSettings) -> int:
    """KV heads are shared out over the GPUs, at least one each; a compressed key is whole on every GPU."""
    elements = cache.key_elements + cache.value_elements
    if not shape.latent_rank:
        elements = elements // cache.kv_heads * max(1, -(-cache.kv_heads // settings.tensor_parallel))
    return elements * settings.element_bytes


def _state_bytes(state: LayerState, settings: CacheSettings) -> int:
    """The convolution's inputs in 16 bits, the state in 32 (shapes count both in 32 bits, as llama.cpp keeps them)."""
    return (state.convolution_bytes // 2 + state.state_bytes) // settings.tensor_parallel
