"""Public logs of vLLM, and the networks that they loaded (dimensions: each model's config.json on the Hub)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from llmadvise.engine.memory.shape import ExpertShape, LayerCache, LayerState, Shape

DATA = Path(__file__).parent / "data" / "vllm_logs.json"


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """What one log says; None: it does not, or it is not in the excerpt."""

    model: str
    source: str
    vllm: str
    gpu_gib: float | None = None
    utilization: float | None = None
    weights_gib: float | None = None
    activations_gib: float | None = None
    libraries_gib: float | None = None
    graphs_gib: float | None = None
    cache_gib: float | None = None
    context: int = 8192
    tokens: int | None = None
    """`GPU KV cache size`, or blocks × 16."""
    concurrency: float | None = None
    largest: int | None = None
    """The estimated maximum model length of the message with which vLLM stops."""
    request_gib: float | None = None
    """What one request of `context` needs, by the same message."""
    batched: int | None = None
    sequences: int | None = None
    runner: int = 2
    """Of which generation the model runner is."""
    cache_type: str = "auto"
    file_bytes: int | None = None
    """Bytes of the safetensors on the Hub; of Qwen3 8B in FP8 computed: one byte a linear weight, 16-bit embeddings."""
    positions: int = 0
    tensor_parallel: int = 1


def rows() -> tuple[list[LogRow], dict[str, Shape]]:
    """All logs and the shapes of their models."""
    data = json.loads(DATA.read_text())
    return [LogRow(**row) for row in data["rows"]], {name: _shape(item) for name, item in data["models"].items()}


def _shape(item: dict[str, object]) -> Shape:
    layers, kv_heads, head = _int(item, "layers"), _int(item, "kv_heads"), _int(item, "head")
    window = _list(item, "window")
    recurrent = _list(item, "recurrent")
    experts = _list(item, "experts")
    caches: list[LayerCache | None] = []
    states: list[LayerState | None] = []
    for layer in range(layers):
        attends = not recurrent or layer % recurrent[0] == recurrent[0] - 1
        slides = bool(window) and layer % window[1] != window[1] - 1
        cache = LayerCache(
            key_elements=kv_heads * head,
            value_elements=kv_heads * head,
            kv_heads=kv_heads,
            key_head=head,
            value_head=head,
            window=window[0] if slides else None,
        )
        caches.append(cache if attends else None)
        states.append(None if attends else LayerState(convolution_bytes=recurrent[1], state_bytes=recurrent[2]))
    return Shape(
        architecture=None,
        layers=layers,
        hidden_size=_int(item, "hidden"),
        vocabulary_size=_int(item, "vocabulary"),
        heads=_int(item, "heads"),
        query_elements=_int(item, "heads") * head,
        output_elements=_int(item, "heads") * head,
        caches=tuple(caches),
        states=tuple(states),
        feed_forward_size=_int(item, "inside"),
        experts=ExpertShape(total=experts[0], used=experts[1], feed_forward_size=experts[2]) if experts else None,
        inner_size=recurrent[3] if recurrent else 0,
    )


def _int(item: dict[str, object], key: str) -> int:
    value = item[key]
    assert isinstance(value, int), key
    return value


def _list(item: dict[str, object], key: str) -> list[int]:
    value = item.get(key, [])
    assert isinstance(value, list), key
    return [int(part) for part in value]
