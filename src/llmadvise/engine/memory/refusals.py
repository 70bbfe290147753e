"""Settings that llama.cpp refuses, found before it is started."""

from __future__ import annotations

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.memory.settings import KV_TYPE_BLOCKS, PLAIN_TYPES, EngineSettings
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.memory.traits import ENCODER_DECODER


def refusals(shape: Shape, settings: EngineSettings) -> tuple[Finding, ...]:
    """Every reason for which llama.cpp b11434 stops at these settings (src/llama-context.cpp)."""
    return tuple(
        finding
        for finding in (
            _value_type(shape, settings),
            _head_size(shape, settings),
            _latent_types(shape, settings),
            _streams(shape, settings),
        )
        if finding is not None
    )


def _value_type(shape: Shape, settings: EngineSettings) -> Finding | None:
    """Where flash attention is left to llama.cpp, a quantised value cache switches it on."""
    if settings.flash_attention is not False or settings.kv_type_v in PLAIN_TYPES or not shape.has_attention:
        return None
    return Finding(
        rule="quantized-v-needs-flash-attention",
        verdict=Verdict.BLOCK,
        message=f"a {settings.kv_type_v} value cache needs flash attention, which is off here",
        evidence="llama.cpp b11434, src/llama-context.cpp (llama_init_from_model)",
    )


def _head_size(shape: Shape, settings: EngineSettings) -> Finding | None:
    """Flash attention reads whole blocks of a quantised cache, head by head."""
    if settings.flash_attention is False:
        return None
    # Not a set: which layer is told of must not change from one run to the next.
    for cache in dict.fromkeys(cache for cache in shape.caches if cache is not None):
        for kv_type, head, what in (
            (settings.kv_type_k, cache.key_head, "key"),
            (settings.kv_type_v, cache.value_head, "value"),
        ):
            block = KV_TYPE_BLOCKS[kv_type][1]
            if head % block:
                return Finding(
                    rule="kv-type-needs-divisible-head",
                    verdict=Verdict.BLOCK,
                    message=f"a {kv_type} cache needs {what} heads of a multiple of {block}; these have {head}",
                    evidence="llama.cpp b11434, src/llama-context.cpp (llama_init_from_model)",
                )
    return None


def _streams(shape: Shape, settings: EngineSettings) -> Finding | None:
    """T5's position bias has no stream dimension, so its scores cannot be split by slot."""
    if shape.architecture not in ENCODER_DECODER or settings.kv_unified or settings.slots == 1:
        return None
    return Finding(
        rule="encoder-decoder-needs-one-stream",
        verdict=Verdict.BLOCK,
        message=f"llama.cpp stops with {settings.slots} separate caches for an encoder-decoder model; unify them",
        evidence="llama.cpp b11434: GGML_ASSERT(ggml_can_repeat(b, a)) failed",
    )


def _latent_types(shape: Shape, settings: EngineSettings) -> Finding | None:
    if not shape.latent_rank or settings.kv_type_k == settings.kv_type_v:
        return None
    return Finding(
        rule="latent-kv-types-differ",
        verdict=Verdict.BLOCK,
        message=f"compressed attention caches keys and values as one, so {settings.kv_type_k} and "
        f"{settings.kv_type_v} cannot differ",
        evidence="llama.cpp b11434, src/llama-kv-cache.cpp",
    )
