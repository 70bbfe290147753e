"""Shapes from the key-value pairs of a GGUF header (key names: gguf-py/gguf/constants.py of llama.cpp b11434)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import TypeVar

from llmadvise.engine.memory import traits
from llmadvise.engine.memory.shape import ExpertShape, LayerCache, LayerState, Shape

_T = TypeVar("_T")
_INTERVAL = 4
"""Linear attention in all but every fourth layer, unless the header says otherwise (src/models/qwen3next.cpp)."""
_KDA_KERNEL = 4
_MOST_LAYERS = 512
"""LLAMA_MAX_LAYERS (src/llama-hparams.h): llama.cpp refuses more."""


class _Header:
    """Typed access to the keys of one architecture."""

    def __init__(self, metadata: Mapping[str, object], architecture: str) -> None:
        self._metadata = metadata
        self._prefix = architecture + "."

    def number(self, key: str, default: int = 0) -> int:
        """One integer; the largest where the header has one a layer."""
        value = self._metadata.get(self._prefix + key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return max((_count(item, default) for item in value), default=default)
        return _count(value, default)

    def each(self, key: str, layers: int, default: int = 0) -> tuple[int, ...]:
        """One integer a layer; a single one stands for all."""
        value = self._metadata.get(self._prefix + key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return _as_long([_count(item, default) for item in value], layers, default)
        return (_count(value, default),) * layers

    def flags(self, key: str, layers: int) -> tuple[bool, ...] | None:
        """One truth value a layer, where the header lists them."""
        value = self._metadata.get(self._prefix + key)
        if not isinstance(value, Sequence) or isinstance(value, str):
            return None
        return _as_long([bool(item) for item in value], layers, missing=False)

    def has(self, key: str) -> bool:
        return self._prefix + key in self._metadata


def _as_long(listed: list[_T], layers: int, missing: _T) -> tuple[_T, ...]:
    """One item a layer: what a list lacks is missing, what it has beyond the layers is left out."""
    return tuple((listed + [missing] * layers)[:layers])


def _count(value: object, default: int) -> int:
    """A count from a file that anyone may have written; what cannot be one reads as absent."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return int(value) if isinstance(value, int) and value >= 0 else default


def shape_from_header(metadata: Mapping[str, object], architecture: str | None = None) -> Shape | None:
    """The shape that a header describes; None if a dimension that memory depends on is missing or impossible."""
    name = architecture or metadata.get("general.architecture")
    if not isinstance(name, str):
        return None
    header = _Header(metadata, name)
    draft = header.number("nextn_predict_layers")
    layers = header.number("block_count") - draft
    hidden = header.number("embedding_length")
    vocabulary = header.number("vocab_size") or _tokens(metadata)
    if not 0 < layers <= _MOST_LAYERS or hidden <= 0 or vocabulary <= 0:
        return None
    recurrent = _recurrent_layers(header, name, layers)
    caches, states = _caches(header, name, layers, recurrent), _states(header, layers, recurrent)
    experts = _experts(header)
    heads = header.number("attention.head_count") if any(caches) else 0
    key, value = _head_sizes(header)
    return Shape(
        architecture=name,
        layers=layers,
        hidden_size=hidden,
        vocabulary_size=vocabulary,
        heads=heads,
        query_elements=heads * (header.number("attention.key_length_mla") or key),
        output_elements=heads * (header.number("attention.value_length_mla") or value),
        caches=caches,
        states=states,
        feed_forward_size=0 if experts and not _has_dense(header) else header.number("feed_forward_length"),
        experts=experts,
        inner_size=_inner_size(header) if recurrent else 0,
        convolution_extra=2 * header.number("ssm.group_count") * header.number("ssm.state_size") if recurrent else 0,
        latent_rank=header.number("attention.kv_lora_rank") if header.has("attention.key_length_mla") else 0,
        per_layer_embedding=header.number("embedding_length_per_layer_input"),
        rotates=not (name.startswith("granite") and metadata.get(f"{name}.rope.scaling.finetuned") is False),
        trained_context=header.number("context_length"),
        reads=_reads(header, name, layers),
        draft_layers=draft,
        deep_inputs=header.number("n_deepstack_layers"),
    )


def _tokens(metadata: Mapping[str, object]) -> int:
    tokens = metadata.get("tokenizer.ggml.tokens")
    return len(tokens) if isinstance(tokens, Sized) and not isinstance(tokens, str) else 0


def _has_dense(header: _Header) -> bool:
    """Whether some layers have a plain feed-forward network beside those with experts."""
    return header.number("leading_dense_block_count") > 0 or header.number("interleave_moe_layer_step") > 1


def _inner_size(header: _Header) -> int:
    kda = header.number("kda.head_dim")
    return header.number("attention.head_count") * kda if kda else header.number("ssm.inner_size")


def _head_sizes(header: _Header) -> tuple[int, int]:
    """Elements of a key head and of a value head; llama.cpp's default is the hidden size over the heads."""
    heads = header.number("attention.head_count")
    default = header.number("embedding_length") // heads if heads else 0
    return header.number("attention.key_length", default), header.number("attention.value_length", default)


def _recurrent_layers(header: _Header, name: str, layers: int) -> frozenset[int]:
    """Which layers keep a state (the `is_recr_impl` of src/models/*.cpp)."""
    if name in traits.RECURRENT_ALL:
        return frozenset(range(layers))
    kv_heads = header.each("attention.head_count_kv", layers)
    if name in traits.RECURRENT_BY_KV_HEADS:
        return frozenset(layer for layer in range(layers) if kv_heads[layer] == 0)
    if name in traits.RECURRENT_BY_KV_HEADS_AND_WIDTH:
        widths = header.each("feed_forward_length", layers)
        return frozenset(layer for layer in range(layers) if kv_heads[layer] == 0 and widths[layer] == 0)
    if name in traits.RECURRENT_INTERVAL:
        interval = header.number("full_attention_interval", _INTERVAL) or _INTERVAL
        return frozenset(layer for layer in range(layers) if (layer + 1) % interval)
    return frozenset()


def _windows(header: _Header, name: str, layers: int) -> tuple[int | None, ...]:
    """The window of each layer, None where it sees all of the context."""
    sliding = traits.SLIDING.get(name)
    given = header.number("attention.sliding_window") if header.has("attention.sliding_window") else None
    if sliding is None or given == 0 or layers < sliding.least_layers:
        return (None,) * layers
    window = sliding.fixed_window or given or sliding.default_window
    if window is None or (given is None and sliding.default_window is None):
        return (None,) * layers
    if flags := header.flags("attention.sliding_window_pattern", layers):
        return tuple(window if flag else None for flag in flags)
    period = header.number("attention.sliding_window_pattern") or sliding.period
    if period == 0:
        return (window,) * layers
    if sliding.dense_first:
        return tuple(window if layer % period else None for layer in range(layers))
    return tuple(window if layer % period < period - 1 else None for layer in range(layers))


def _caches(header: _Header, name: str, layers: int, recurrent: frozenset[int]) -> tuple[LayerCache | None, ...]:
    if name in traits.NO_ATTENTION:
        return (None,) * layers
    kv_heads = header.each("attention.head_count_kv", layers, header.number("attention.head_count"))
    windows = _windows(header, name, layers)
    key, value = _head_sizes(header)
    key_swa = header.number("attention.key_length_swa", key)
    value_swa = header.number("attention.value_length_swa", value)
    latent = header.has("attention.key_length_mla")
    kept = traits.KV_LAYERS_FROM_START.get(name, layers - header.number("attention.shared_kv_layers"))
    known: dict[tuple[int, int | None], LayerCache] = {}
    caches: list[LayerCache | None] = []
    for layer in range(layers):
        heads, window = kv_heads[layer], windows[layer]
        if heads == 0 or layer >= kept or (layer in recurrent and name not in traits.RECURRENT_ALL):
            caches.append(None)
            continue
        head_k, head_v = (key, value) if window is None else (key_swa, value_swa)
        cache = known.get((heads, window))
        if cache is None:
            cache = known[heads, window] = LayerCache(
                key_elements=heads * head_k,
                value_elements=0 if latent else heads * head_v,
                kv_heads=heads,
                key_head=head_k,
                value_head=head_v,
                window=window,
            )
        caches.append(cache)
    return tuple(caches)


def _reads(header: _Header, name: str, layers: int) -> tuple[int, ...]:
    """Later layers read the cache of the last layer of their kind that keeps one (src/llama-model.cpp: create_memory)."""
    kept = traits.KV_LAYERS_FROM_START.get(name, layers - header.number("attention.shared_kv_layers"))
    if kept >= layers:
        return ()
    windows = _windows(header, name, layers)
    return tuple(layer if layer < kept else kept - (1 if windows[layer] is None else 2) for layer in range(layers))


def _states(header: _Header, layers: int, recurrent: frozenset[int]) -> tuple[LayerState | None, ...]:
    """States in f32, as llama_hparams::n_embd_r and n_embd_s count their elements (src/llama-hparams.cpp)."""
    if not recurrent:
        return (None,) * layers
    hidden, heads = header.number("embedding_length"), header.number("attention.head_count")
    kernel, inner = header.number("ssm.conv_kernel"), header.number("ssm.inner_size")
    state, groups = header.number("ssm.state_size"), header.number("ssm.group_count")
    kda = header.number("kda.head_dim")
    if head_size := header.number("wkv.head_size"):
        convolution, kept = header.number("token_shift_count", 2) * hidden, hidden * head_size
    elif shortconv := header.number("shortconv.l_cache"):
        convolution, kept = hidden * (shortconv - 1), 0
    elif kda:
        convolution, kept = 3 * ((kernel or _KDA_KERNEL) - 1) * heads * kda, kda * kda * heads
    else:
        convolution, kept = max(kernel - 1, 0) * (inner + 2 * groups * state), state * inner
    memory = LayerState(convolution_bytes=4 * convolution, state_bytes=4 * kept)
    return tuple(memory if layer in recurrent else None for layer in range(layers))


def _experts(header: _Header) -> ExpertShape | None:
    total, used = header.number("expert_count"), header.number("expert_used_count")
    if total == 0 or used == 0:
        return None
    width = header.number("expert_feed_forward_length") or header.number("feed_forward_length")
    shared = header.number("expert_shared_feed_forward_length") or header.number("expert_shared_count") * width
    return ExpertShape(total=total, used=used, feed_forward_size=width, shared_feed_forward_size=shared)
