"""Measured rows as what the regression fits: a time, and the effects that apply to it."""

from __future__ import annotations

from math import log

from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.engine.speed import SpeedModel
from llmadvise.engine.speed.effects import (
    Effects,
    Setting,
    attention_effects,
    batch_effects,
    cache_effects,
    compute_effects,
    launch_effects,
    link_effects,
    prefill_effects,
    run_effects,
    weight_effects,
)
from llmadvise.engine.speed.rates import (
    LINK,
    NANOSECOND,
    UNKNOWN,
    prompt_device,
    prompt_flops,
)
from llmadvise.engine.speed.traffic import attention_operations, batches, pipelined
from speed_regression import Component, Observation
from speed_rows import KERNELS, Row


def decode_observation(row: Row, vendors: dict[str, str]) -> Observation:
    parts: list[Component] = []
    accelerators = [item for item in row.traffic if item.device.backend is not Backend.CPU]
    for item in row.traffic:
        device = item.device
        setting = _setting(row, device, vendors, device.flops, bool(accelerators) and device.backend is Backend.CPU)
        bandwidth = setting.bandwidth
        parts.append(Component(item.weight_bytes / bandwidth, _named("weights", weight_effects(setting), -1.0)))
        if item.kv_bytes:
            parts.append(Component(item.kv_bytes / bandwidth, _named("cache", cache_effects(setting, row.run), -1.0)))
        parts.append(Component(item.layers, _named("launch", launch_effects(setting), 1.0)))
        if device.cores:
            seconds = item.active_parameters * NANOSECOND / device.cores
            parts.append(Component(seconds, _named("compute", compute_effects(setting), 1.0)))
    shared = _run(row, "decode")
    if len(accelerators) > 1:
        kernels = KERNELS.get(row.runtime, row.runtime)
        shared.append((f"parallel/kernels:{kernels}", -log(len(accelerators))))
    return Observation(-log(row.decode or 1.0), parts, shared, f"{row.facts['confidence']} {row.group}")


def prefill_observation(row: Row, vendors: dict[str, str], model: SpeedModel) -> Observation | None:
    parts: list[Component] = []
    devices = [item.device for item in row.traffic]
    mixed = len({device.backend for device in devices}) > 1
    count = batches(row.prompt_tokens, row.batch_tokens)
    for item in row.traffic:
        device, host = item.device, mixed and item.device.backend is Backend.CPU
        computing = prompt_device(device, devices)
        flops = prompt_flops(computing)
        reading = model.decode(device, (row.runtime, row.speed_class, row.mixture), host)
        if not flops or reading is None:
            return None
        setting = _setting(row, computing, vendors, flops, host)
        operations = 2.0 * row.prompt_tokens * item.active_parameters / flops
        attention = attention_operations(item.kv_bytes_per_token, row.prompt_tokens) / flops
        weights = count * item.touched(min(row.prompt_tokens, row.batch_tokens))
        parts += [
            Component(operations, _named("prefill", prefill_effects(setting), -1.0)),
            Component(count * item.layers, _named("batch", batch_effects(setting), 1.0)),
        ]
        if host:
            parts.append(Component(weights / LINK, _named("link", link_effects(), -1.0)))
        else:
            parts.append(Component(weights * reading.weights.seconds, []))
            if attention:
                parts.append(Component(attention, _named("attention", attention_effects(setting, row.run), -1.0)))
    shared = _run(row, "prefill")
    gpus = sum(device.backend is not Backend.CPU for device in devices)
    if gpus > 1:
        kernels = KERNELS.get(row.runtime, row.runtime)
        shared.append((f"parallel/pipeline kernels:{kernels}", -log(pipelined(gpus, count))))
    seconds = row.prompt_tokens / (row.prefill or 1.0)
    return Observation(log(seconds), parts, shared, f"{row.facts['confidence']} {row.group}")


def _run(row: Row, phase: str) -> Effects:
    kernels, backend = KERNELS.get(row.runtime, row.runtime), row.traffic[0].device.backend.value
    return _named("run", run_effects(phase, kernels, backend, row.run), 1.0)


def _setting(row: Row, device: Device, vendors: dict[str, str], flops: float | None, host: bool) -> Setting:
    architecture = device.architecture or UNKNOWN
    return Setting(
        architecture=architecture,
        vendor=vendors.get(architecture, UNKNOWN),
        backend=device.backend.value,
        runtime=row.runtime,
        kernels=KERNELS.get(row.runtime, row.runtime),
        speed_class=row.speed_class or UNKNOWN,
        mixture=row.mixture,
        host=host,
        bandwidth=float(device.memory_bandwidth or 1),
        flops=flops,
        cores=device.cores,
        shader_flops=device.shader_flops,
        power_watts=device.power_watts,
        vectors=device.vectors or UNKNOWN,
    )


def _named(component: str, effects: Effects, sign: float) -> Effects:
    return [(f"{component}/{key}", sign * factor) for key, factor in effects]
