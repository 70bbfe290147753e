"""The GPUs of a plan by number, for programs that are told which ones they may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from llmadvise.domain.hardware import Backend, Gpu
from llmadvise.engine.case import Plan

_VISIBLE: Final = "CUDA_VISIBLE_DEVICES"


def backend_of(plan: Plan) -> Backend:
    """What the plan computes with: that of its GPUs, else the processor's."""
    working = set(plan.placement.devices)
    found = (item.device.backend for item in plan.memory if item.device.id in working)
    return next((backend for backend in found if backend is not Backend.CPU), Backend.CPU)


def gpu_numbers(plan: Plan, gpus: Sequence[Gpu]) -> tuple[int, ...]:
    """The GPUs of the plan in its order, numbered among those of their vendor, as its libraries count them."""
    among = {gpu.index: sum(other.vendor == gpu.vendor for other in gpus[:place]) for place, gpu in enumerate(gpus)}
    indices = (int(name[3:]) for name in plan.placement.devices if name.startswith("gpu"))
    return tuple(among.get(index, index) for index in indices)


def seeing_its_own(plan: Plan) -> Plan:
    """The plan as it is told to a program that sees no other GPUs than its own: the only one is then the first."""
    return replace(plan, options=tuple(item for item in plan.options if item[0] != "main_gpu"))


def counted_along_the_bus(
    plan: Plan, gpus: Sequence[Gpu], environment: Mapping[str, str]
) -> tuple[Plan, dict[str, str]]:
    """The plan and the variables with which CUDA numbers unlike cards as the plan does.

    By itself CUDA counts from the card that it takes for the fastest, which need not be the one that the plan names
    first; the parts of a model and the main card would then be others. Who says which cards are seen is not overruled.
    """
    numbers, options = gpu_numbers(plan, gpus), dict(plan.options)
    parts = len(options["tensor_split"].split(",")) if "tensor_split" in options else 1
    unlike = len({gpu.name for gpu in gpus if gpu.vendor == "nvidia"}) > 1
    named = "tensor_split" in options or "main_gpu" in options or options.get("split_mode") == "none"
    if (
        not (unlike and named)
        or parts != len(numbers)
        or _VISIBLE in environment
        or backend_of(plan) is not Backend.CUDA
    ):
        return plan, {}
    told = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", _VISIBLE: ",".join(map(str, numbers))}
    return seeing_its_own(plan), told
