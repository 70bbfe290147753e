"""One test of llama-bench, as any of its forms of output tells it."""

from __future__ import annotations

from math import isfinite
from typing import Final

from llmadvise.measure.fields import FASTEST, LONGEST_TEXT, MOST_BYTES, MOST_TOKENS
from llmadvise.record import dataclass

Values = dict[str, object]
_MOST_LAYERS: Final = 1 << 20
_OLD_BACKENDS: Final = ("cuda", "vulkan", "kompute", "metal", "sycl", "opencl", "rpc")
"""Fields of builds before September 2024, each true where the build had it (llama.cpp b3600, examples/llama-bench)."""
_MOST_SAMPLES: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRow:
    """One test: what ran, how, and how fast. None is not said."""

    rate: float
    """Tokens a second, the mean."""
    deviation: float | None
    prompt_tokens: int
    decoded_tokens: int
    depth: int
    model_type: str
    """llama.cpp's own words: architecture, size, quantization."""
    model_file: str | None
    model_bytes: int | None
    """Of all tensors."""
    parameters: int | None
    backends: str | None
    cpu_info: str | None
    gpu_info: str | None
    gpu_layers: int | None
    """-1: all."""
    cpu_moe_layers: int
    threads: int | None
    batch: int | None
    ubatch: int | None
    type_k: str | None
    type_v: str | None
    split_mode: str | None
    tensor_split: tuple[float, ...]
    kv_offload: bool
    flash_attention: bool | None
    """None: left to the engine, or not said."""
    embeddings: bool
    overrides: bool
    """Tensors were placed one by one, so where they lay is not known."""
    time: str | None
    build: str | None
    rounded: bool = False
    """Sizes were printed for people: half a percent is not known."""


def row_of(values: Values) -> BenchRow:
    """The test of one object or line. Raises ValueError, which says which field is wrong."""
    rate = _number(values, "avg_ts")
    if rate is None or not 0 < rate < FASTEST:
        raise ValueError("avg_ts is no speed")
    prompt, decoded = _count(values, "n_prompt"), _count(values, "n_gen")
    if prompt is None or decoded is None or not 0 < prompt + decoded <= MOST_TOKENS:
        raise ValueError("n_prompt and n_gen do not say what was timed")
    overrides = _text(values, "tensor_buft_overrides")
    return BenchRow(
        rate=rate,
        deviation=_deviation(values),
        prompt_tokens=prompt,
        decoded_tokens=decoded,
        depth=_count(values, "n_depth") or 0,
        model_type=_text(values, "model_type") or "unknown",
        model_file=_text(values, "model_filename"),
        model_bytes=_count(values, "model_size", MOST_BYTES),
        parameters=_count(values, "model_n_params", MOST_BYTES),
        backends=_backends(values),
        cpu_info=_text(values, "cpu_info"),
        gpu_info=_text(values, "gpu_info"),
        gpu_layers=_layers(values),
        cpu_moe_layers=_count(values, "n_cpu_moe") or 0,
        threads=_count(values, "n_threads"),
        batch=_count(values, "n_batch"),
        ubatch=_count(values, "n_ubatch"),
        type_k=_text(values, "type_k") or _old_cache_type(values),
        type_v=_text(values, "type_v") or _old_cache_type(values),
        split_mode=_text(values, "split_mode"),
        tensor_split=_parts(_text(values, "tensor_split")),
        kv_offload=not _truth(values, "no_kv_offload"),
        flash_attention=_flash(values),
        embeddings=bool(_truth(values, "embeddings")),
        overrides=overrides not in {None, "", "none"},
        time=_text(values, "test_time"),
        build=_build(values),
        rounded=bool(values.get("rounded")),
    )


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 10 * LONGEST_TEXT:
        raise ValueError(f"{name} is no text of a usual length")
    return value


def _number(values: Values, name: str) -> float | None:
    value = values.get(name)
    if value is None or value == "" or isinstance(value, bool):
        return None
    if not isinstance(value, (int, float, str)) or (isinstance(value, str) and len(value) > LONGEST_TEXT):
        raise ValueError(f"{name} is no number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is no number") from None
    if not isfinite(number):
        raise ValueError(f"{name} is no finite number")
    return number


def _count(values: Values, name: str, most: int = MOST_TOKENS) -> int | None:
    number = _number(values, name)
    if number is None:
        return None
    if not 0 <= number <= most or number != int(number):
        raise ValueError(f"{name} is no whole number from 0 to {most}")
    return int(number)


def _layers(values: Values) -> int | None:
    number = _number(values, "n_gpu_layers")
    if number is None:
        return None
    if not abs(number) <= _MOST_LAYERS:
        raise ValueError("n_gpu_layers is out of range")
    return int(number)


def _truth(values: Values, name: str) -> bool | None:
    """A switch as JSON has it, or as CSV and old builds write it."""
    value = values.get(name)
    if value in {None, ""}:
        return None
    return str(value).lower() in {"1", "true", "on"}


def _flash(values: Values) -> bool | None:
    """`flash_attn`: a switch in old builds, -1, 0 or 1 in new ones, where -1 leaves it to the engine."""
    value = values.get("flash_attn")
    if value is None or str(value).lower() in {"", "-1", "auto"}:
        return None
    return _truth(values, "flash_attn")


def _deviation(values: Values) -> float | None:
    """Of the rounds; None where there was only one."""
    samples = values.get("samples_ts")
    if isinstance(samples, list) and len(samples) <= 1:
        return None
    if isinstance(samples, list) and len(samples) > _MOST_SAMPLES:
        raise ValueError("samples_ts is too long")
    deviation = _number(values, "stddev_ts")
    if deviation is not None and not 0 <= deviation < FASTEST:
        raise ValueError("stddev_ts is out of range")
    return deviation


def _backends(values: Values) -> str | None:
    told = _text(values, "backends") or _text(values, "backend")
    if told is not None:
        return told
    old = [name for name in _OLD_BACKENDS if _truth(values, name)]
    if old:
        return ",".join(old)
    return "CPU" if any(name in values for name in _OLD_BACKENDS) else None


def _old_cache_type(values: Values) -> str | None:
    """Builds of the summer of 2023 said only whether the cache had half precision."""
    half = _truth(values, "f16_kv")
    return None if half is None else ("f16" if half else "f32")


def _parts(text: str | None) -> tuple[float, ...]:
    """`0.00` stands for an even split, and so does nothing."""
    if text is None:
        return ()
    try:
        parts = tuple(float(part) for part in text.replace(",", "/").split("/"))
    except ValueError:
        raise ValueError("tensor_split is no list of parts") from None
    if any(not 0 <= part < float("inf") for part in parts):
        raise ValueError("tensor_split is out of range")
    return parts if sum(parts) > 0 and len(parts) > 1 else ()


def _build(values: Values) -> str | None:
    commit, number = _text(values, "build_commit"), values.get("build_number")
    if commit is None and number in {None, ""}:
        return None
    digits = str(number)[:12] if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
    return f"b{digits} ({(commit or 'unknown')[:40]})" if digits.isdigit() else (commit or "unknown")[:40]
