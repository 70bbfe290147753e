"""What plans of one model share: the engine's settings, the cost of its context, the cache read for a token."""

from __future__ import annotations

from itertools import accumulate

from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.fixed import apply_options
from llmadvise.engine.memory.plan import ContextCost, context_cost
from llmadvise.engine.memory.refusals import refusals
from llmadvise.engine.memory.settings import EngineSettings, row_bytes
from llmadvise.engine.memory.shape import Shape
from llmadvise.record import dataclass


def kv_types(text: str) -> tuple[str, str]:
    """Types of K and V from `q8_0` (both) or `q8_0,q4_0`."""
    first, _, second = text.partition(",")
    return first.strip(), second.strip() or first.strip()


def kv_text(settings: EngineSettings) -> str:
    """The types of K and V as they are written: `q8_0`, or `q8_0,q4_0` where they differ."""
    key, value = settings.kv_type_k, settings.kv_type_v
    return key if key == value else f"{key},{value}"


def settings_for(requirements: Requirements, context_length: int, options: EngineOptions) -> EngineSettings:
    """llama.cpp's options for this request: a slot for each user, each with the whole context length."""
    key, value = kv_types(requirements.kv_type)
    planned = EngineSettings(
        context_length=context_length * requirements.users,
        slots=requirements.users,
        kv_unified=requirements.users == 1,
        kv_type_k=key,
        kv_type_v=value,
    )
    return apply_options(planned, options)


def cache_read(shape: Shape, settings: EngineSettings, depth: int) -> tuple[int, ...]:
    """Bytes of cache and state that one token reads with `depth` tokens before it, summed over the first n blocks."""
    sizes = []
    for cache, state in zip(shape.caches, shape.states, strict=True):
        size = state.convolution_bytes + state.state_bytes if state else 0
        if cache is not None and depth:
            seen = depth if cache.window is None else min(depth, cache.window)
            size += seen * (
                row_bytes(cache.key_elements, settings.kv_type_k) + row_bytes(cache.value_elements, settings.kv_type_v)
            )
        sizes.append(size)
    return tuple(accumulate(sizes, initial=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContext:
    """One model under one request."""

    settings: EngineSettings
    options: EngineOptions
    cache_read: tuple[int, ...]
    cache_slope: tuple[int, ...]
    """Bytes that each token of a prompt adds to what the next one reads, summed over the first n blocks."""
    refusals: tuple[Finding, ...]
    """Settings that the engine would refuse for this model."""
    costs: dict[Backend, ContextCost]

    def cost(self, shape: Shape, backend: Backend) -> ContextCost:
        """The cost of the context on this backend; computed once."""
        found = self.costs.get(backend)
        if found is None:
            found = self.costs[backend] = context_cost(shape, self.settings, backend)
        return found


def model_context(
    shape: Shape, requirements: Requirements, context_length: int, options: EngineOptions
) -> ModelContext:
    """What plans of this model share."""
    settings = settings_for(requirements, context_length, options)
    prompt = requirements.prompt_tokens or 1
    full, empty = cache_read(shape, settings, prompt), cache_read(shape, settings, 0)
    return ModelContext(
        settings=settings,
        options=options,
        cache_read=cache_read(shape, settings, requirements.depth) if requirements.depth else empty,
        cache_slope=tuple((read - state) // prompt for read, state in zip(full, empty, strict=True)),
        refusals=refusals(shape, settings),
        costs={},
    )
