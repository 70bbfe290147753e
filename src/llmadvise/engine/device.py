"""Devices as the engine plans with them: a GPU, or the CPU with its RAM."""

from __future__ import annotations

from llmadvise.domain.hardware import Backend
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One place that holds weights and computes. Bytes, bytes a second, operations a second."""

    id: str
    """`gpu0`, `gpu1` … or `cpu`."""
    backend: Backend
    budget_bytes: int
    memory_bandwidth: int | None
    """None: unknown, then no speed is given."""
    bandwidth_assumed: bool = False
    """The bandwidth is a typical value of its kind, neither declared for this device nor measured."""
    architecture: str | None = None
    """Key of the speed calibration: GPU architecture, or the CPU's `x86_64`/`aarch64`."""
    flops: float | None = None
    """Dense half-precision matrix operations a second."""
    cores: int | None = None
    unified: bool = False
    compute_capability: str | None = None
    name: str = ""
