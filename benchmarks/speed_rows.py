"""The measured rows of data/speed_truth.jsonl.gz as work on devices: what the fit and the accuracy table both read."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device, vectors_of
from llmadvise.engine.speed import BATCH_TOKENS
from llmadvise.engine.speed.effects import Run
from llmadvise.engine.speed.traffic import Traffic

ROOT = Path(__file__).resolve().parents[1]
TRUTH = ROOT / "benchmarks" / "data" / "speed_truth.jsonl.gz"
PROCESSORS = ROOT / "benchmarks" / "data" / "speed_cpu.jsonl"
"""More rows of CPUs; a row carries the facts of a processor that the catalog lacks."""

# How the rows call a runtime, and its id in catalog/runtimes. `llamacpp` rows are llmfit's wall-clock runs of llama-server.
RUNTIMES = {
    "llamacpp": "llama.cpp",
    "llama-server": "llama.cpp",
    "ollama/llama.cpp": "ollama",
    "mlx": "mlx-lm",
    "omlx": "mlx-lm",
    "mlx-vlm": "mlx-lm",
    "vllm-mlx": "mlx-lm",
    "lmstudio": "lm-studio",
}
# Runtimes that compute with the kernels of another one: they share effects with it.
KERNELS = {
    "ollama": "llama.cpp",
    "llamafile": "llama.cpp",
    "lm-studio": "llama.cpp",
    "koboldcpp": "llama.cpp",
    "jan": "llama.cpp",
    "gpt4all": "llama.cpp",
    "localai": "llama.cpp",
    "docker-model-runner": "llama.cpp",
    "ramalama": "llama.cpp",
    "lemonade": "llama.cpp",
    "text-generation-webui": "llama.cpp",
}
_CLASSES = (
    (r"B?F16", "f16"),
    (r"FP8.*", "fp8"),
    (r"MXFP4|NVFP4", "fp4"),
    (r"IQ4.*", "iq4"),
    (r"IQ[123].*", "iq123"),
    (r"Q8.*|8BIT", "q8"),
    (r"Q[56].*|[56]BIT", "q56"),
    (r"Q4.*|4BIT", "q4"),
    (r"Q[23].*", "q23"),
    (r"INT4|AWQ|GPTQ|EXL2.*", "int4"),
)
_GIB = 1 << 30
_DEEP = 2048


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement as the engine sees it."""

    id: str
    traffic: tuple[Traffic, ...]
    speed_class: str | None
    mixture: bool
    runtime: str
    decode: float | None
    prefill: float | None
    prompt_tokens: int
    hardware: str
    model: str
    group: str
    """`full`, `partial` or `cpu`."""
    facts: dict[str, Any]
    run: Run
    batch_tokens: int


def read_hardware() -> dict[str, dict[str, Any]]:
    """Every GPU and CPU of the catalog by id."""
    cards: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / "catalog" / "hardware").glob("*/*.yaml")):
        table = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        cards.update(table.get("gpus") or table.get("cpus") or {})
    return cards


def speed_class(quantization: str) -> str | None:
    """Find the kernel class of a quantization's name as the sources write it."""
    name = quantization.upper().removeprefix("UD-")
    return next((kind for pattern, kind in _CLASSES if re.fullmatch(pattern, name)), None)


def read_rows(hardware: dict[str, dict[str, Any]]) -> list[Row]:
    """Every row whose devices are known, in the order of the file."""
    with gzip.open(TRUTH, "rt", encoding="utf-8") as lines, PROCESSORS.open(encoding="utf-8") as more:
        rows = [_row(json.loads(line), hardware) for line in (*lines, *more)]
    return [row for row in rows if row is not None]


def _prompt_only(facts: dict[str, Any]) -> bool:
    """At least 256 tokens (a CPU: 128), read into an (almost) empty context: below that latency counts, above the context does."""
    tokens = facts.get("pp_tokens") or 0
    return tokens >= (128 if facts["offload"] == "cpu" else 256) and facts["depth"] <= 1.25 * tokens + 512


def _backend(facts: dict[str, Any]) -> Backend:
    # Rows that could be either (llmfit reports AMD cards so) count as ROCm, llmfit's own default there.
    name = {"mlx": "metal", "rocm/vulkan": "rocm"}.get(facts["backend"], facts["backend"])
    return Backend(name)


def _gpu(facts: dict[str, Any], card: dict[str, Any], index: int) -> Device:
    return Device(
        id=f"gpu{index}",
        backend=_backend(facts),
        budget_bytes=card.get("memory_bytes") or 0,
        memory_bandwidth=card.get("memory_bandwidth"),
        architecture=card["architecture"],
        flops=card.get("half_precision_flops"),
        shader_flops=card.get("single_precision_flops"),
        power_watts=card.get("power_watts"),
        unified=card.get("unified", False),
    )


def _cpu(card: dict[str, Any] | None) -> Device:
    # No row with partial offload names its RAM: two channels of DDR5-5600, reading at 80 % of their 89.6 GB/s.
    bandwidth = card["typical_bandwidth"] if card else 71_680_000_000
    return Device(
        id="cpu",
        backend=Backend.CPU,
        budget_bytes=0,
        memory_bandwidth=bandwidth,
        architecture=card["architecture"] if card else "x86_64",
        cores=card.get("cores") if card else None,
        vectors=vectors_of(card.get("features") or ()) if card else None,
        bandwidth_assumed=card is None,
    )


def _row(facts: dict[str, Any], hardware: dict[str, dict[str, Any]]) -> Row | None:
    card = hardware.get(facts.get("gpu_id") or facts.get("cpu_id") or "") or facts.get("cpu_facts")
    if card is None or (facts["backend"] == "cpu" and facts["offload"] != "cpu"):
        return None
    if facts["offload"] == "cpu":
        traffic = (_work(facts, _cpu(card), 1.0),)
    elif facts["offload"] == "partial":
        traffic = _mixed(facts, card)
    else:
        count = facts["gpu_count"]
        traffic = tuple(_work(facts, _gpu(facts, card, index), 1 / count) for index in range(count))
    return Row(
        id=facts["id"],
        traffic=traffic,
        speed_class=speed_class(facts["quant"]),
        mixture=facts["moe"],
        runtime=RUNTIMES.get(facts["engine"], facts["engine"]),
        decode=facts.get("tg_tps"),
        prefill=facts.get("pp_tps") if _prompt_only(facts) else None,
        prompt_tokens=round(facts.get("pp_tokens") or 512),
        hardware=facts.get("gpu_id") or facts["cpu_id"],
        model=facts["model"],
        group=facts["offload"],
        facts=facts,
        run=_run(facts),
        batch_tokens=facts.get("ubatch") or BATCH_TOKENS,
    )


def _run(facts: dict[str, Any]) -> Run:
    """Flash attention as the row says it; rows from before 2025 that do not are from a time when it was off."""
    old = str(facts.get("date") or "2026")[:4] < "2025"
    flash = facts.get("flash_attn")
    return Run(old=old, flash=False if flash is None and old else flash)


def _work(facts: dict[str, Any], device: Device, part: float) -> Traffic:
    active = facts["active_parameters"] / facts["parameters"]
    return Traffic(
        device=device,
        weight_bytes=round(facts["size_bytes"] * active * part),
        kv_bytes=round(facts["kv_bytes"] * part),
        active_parameters=round(facts["active_parameters"] * part),
        layers=max(1, round(facts["layers"] * part)),
        kv_bytes_per_token=_slope(facts) * part,
        **_experts(facts, facts["size_bytes"] / facts["parameters"] * part),
    )


def _slope(facts: dict[str, Any]) -> float:
    """Cache bytes a token of context: where the row is deep, with the windows that its cache bytes were computed with."""
    per_token = facts.get("kv_bytes_per_token") or 0.0
    return min(per_token, facts["kv_bytes"] / facts["depth"]) if facts["depth"] >= _DEEP else per_token


def _experts(facts: dict[str, Any], bytes_per_parameter: float) -> dict[str, Any]:
    if not facts.get("expert_parameters"):
        return {}
    used = facts["active_expert_parameters"]
    return {
        "expert_bytes": round(used * bytes_per_parameter),
        "expert_ratio": max(1.0, facts["expert_parameters"] / max(1, used)),
    }


def _mixed(facts: dict[str, Any], card: dict[str, Any]) -> tuple[Traffic, ...]:
    """GPU and CPU: experts of the named layers, or what cannot fit, on the host."""
    gpu, cpu = _gpu(facts, card, 0), _cpu(None)
    bytes_per_parameter = facts["size_bytes"] / facts["parameters"]
    experts = facts.get("expert_parameters", 0)
    overflow = facts["size_bytes"] + facts["kv_bytes"] + _GIB - facts["gpu_count"] * gpu.budget_bytes
    overflow_part = min(1.0, max(0.05, overflow / facts["size_bytes"]))
    if experts:
        layers = facts.get("n_cpu_moe")
        part = min(1.0, layers / facts["layers"]) if layers else min(1.0, overflow_part * facts["parameters"] / experts)
        host = facts["active_expert_parameters"] * part
        host_layers, host_kv = round(facts["layers"] * part), 0
    else:
        host = facts["active_parameters"] * overflow_part
        host_layers = round(facts["layers"] * overflow_part)
        host_kv = round(facts["kv_bytes"] * overflow_part)
    rest = facts["active_parameters"] - host
    routed = _experts(facts, bytes_per_parameter)
    away = min(1.0, host / facts["active_expert_parameters"]) if experts else 0.0
    kept = {**routed, "expert_bytes": round(routed["expert_bytes"] * (1 - away))} if experts else {}
    return (
        Traffic(
            device=gpu,
            weight_bytes=round(rest * bytes_per_parameter),
            kv_bytes=facts["kv_bytes"] - host_kv,
            kv_bytes_per_token=_slope(facts),
            active_parameters=round(rest),
            layers=facts["layers"] if experts else facts["layers"] - host_layers,
            **kept,
        ),
        Traffic(
            device=cpu,
            weight_bytes=round(host * bytes_per_parameter),
            kv_bytes=host_kv,
            active_parameters=round(host),
            layers=max(1, host_layers),
            **({**routed, "expert_bytes": round(routed["expert_bytes"] * away)} if experts else {}),
        ),
    )
