"""What llama.cpp must be told of a plan, as (setting, value): turned into flags by `commands`."""

from __future__ import annotations

from typing import Final

from llmadvise.engine.device import Device
from llmadvise.engine.plan_parts import Task

ALL_LAYERS: Final = "999"
"""More than any model has: the blocks that a file counts beyond those that run go to the GPU as well."""


def told_options(task: Task, gpu_layers: int, cpu_moe_layers: int, *, whole: bool) -> tuple[tuple[str, str], ...]:
    """Where the layers lie, slots and batches, and the types of the cache, as far as they are not the engine's own."""
    settings = task.context.settings
    said: list[tuple[str, str]] = []
    if task.gpus:
        said.append(("gpu_layers", ALL_LAYERS if whole else str(gpu_layers)))
    if cpu_moe_layers:
        said.append(("cpu_moe_layers", str(cpu_moe_layers)))
    said.append(("slots", str(settings.slots)))
    if task.context.options.batch is not None:
        said.append(("batch", str(settings.batch)))
    if task.context.options.ubatch is not None:
        said.append(("ubatch", str(settings.ubatch)))
    if settings.kv_type_k != "f16" or settings.kv_type_v != "f16":
        said.extend(_cache_types(settings.kv_type_k, settings.kv_type_v))
    return tuple(said)


def _cache_types(key: str, value: str) -> list[tuple[str, str]]:
    """Quantized values need flash attention, so it is asked for rather than left to the runtime."""
    types = [("kv_type", key)] if key == value else [("kv_type_k", key), ("kv_type_v", value)]
    return [*types, ("flash_attention", "on")]


def one_of_several(task: Task, gpu: Device) -> tuple[tuple[str, str], ...]:
    """That one of several GPUs is used: llama.cpp spreads the layers over all it sees unless told."""
    seen = [item for item in task.gpus if item.backend is gpu.backend]
    if len(seen) == 1:
        return ()
    position = seen.index(gpu)
    return (("split_mode", "none"), *([("main_gpu", str(position))] if position else []))
