"""Where a model lies, in the words that every format shares."""

from __future__ import annotations

from typing import Final, assert_never

from llmadvise.domain.assessment import MemoryEstimate, Placement, PlacementKind
from llmadvise.render.figures import percent

WHERE: Final = {
    PlacementKind.GPU: "GPU",
    PlacementKind.OFFLOAD: "GPU+RAM",
    PlacementKind.CPU: "RAM",
    PlacementKind.DISTRIBUTED: "several machines",
}
"""Which memory holds the weights, in as few letters as a table has room for."""


def where(placement: Placement, memory: MemoryEstimate) -> str:
    """Say where the weights live; a split as its parts of CPU and GPU."""
    match placement.kind:
        case PlacementKind.GPU:
            count = sum(device.startswith("gpu") for device in placement.devices)
            return f"all on {count} GPUs" if count > 1 else "all on the GPU"
        case PlacementKind.OFFLOAD:
            return _split(memory)
        case PlacementKind.CPU:
            return "on the CPU"
        case PlacementKind.DISTRIBUTED:
            return f"spread over {len(placement.devices)} devices"
        case _:
            assert_never(placement.kind)


def where_word(placement: Placement) -> str:
    """Say where the weights live, in a word."""
    match placement.kind:
        case PlacementKind.GPU:
            return f"{len(placement.devices)} GPUs" if len(placement.devices) > 1 else "GPU"
        case PlacementKind.OFFLOAD:
            return "split"
        case PlacementKind.CPU:
            return "CPU"
        case PlacementKind.DISTRIBUTED:
            return "spread"
        case _:
            assert_never(placement.kind)


def _split(memory: MemoryEstimate) -> str:
    total = sum(device.weights_bytes for device in memory.by_device)
    if not total:
        return "split CPU/GPU"
    cpu = sum(device.weights_bytes for device in memory.by_device if device.device == "cpu")
    part = round(cpu / total, 2)
    return f"split {percent(part)}/{percent(1 - part)} CPU/GPU"
