"""Machines of a fleet in the words that every format shares."""

from __future__ import annotations

from llmadvise.domain.fleet import FleetMachine
from llmadvise.render.figures import gib, percent

_LEAST_SHARE = 1000


def machine_words(machine: FleetMachine) -> str:
    """Name what the machines of a group have in common: `2x RTX 3090, 56.0 GiB RAM`."""
    parts = [f"{gpu.count}x {gpu.name}" if gpu.count > 1 else gpu.name for gpu in machine.gpus] or ["no GPU"]
    parts.append(f"{gib(machine.ram_budget_bytes)} RAM")
    if not machine.gpus and machine.cores:
        parts.append(f"{machine.cores} cores")
    return ", ".join(parts)


def share(part: int, whole: int) -> str:
    """Part of all machines: `96.2%`; what is not all of them is never `100%`, however few are left."""
    if part < whole and (whole - part) * _LEAST_SHARE < whole:
        return ">99.9%"
    return percent(part / whole) if part * _LEAST_SHARE >= whole else "<0.1%"
