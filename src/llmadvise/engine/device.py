"""Devices as the engine plans with them: a GPU, or the CPU with its RAM."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

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
    shader_flops: float | None = None
    """Single-precision operations a second of the shaders."""
    power_watts: int | None = None
    """What the card may draw by its data sheet."""
    cores: int | None = None
    vectors: str | None = None
    """The widest vector instructions of a CPU that kernels use; see `vectors_of`."""
    unified: bool = False
    compute_capability: str | None = None
    name: str = ""


_VECTORS: Final = (
    ("amx_int8", "amx"),
    ("avx512_vnni", "avx512"),
    ("avx512vnni", "avx512"),
    ("avx512f", "avx512"),
    ("avx_vnni", "avx2"),
    ("avx2", "avx2"),
    ("avx", "avx"),
    ("i8mm", "i8mm"),
    ("dotprod", "dotprod"),
    ("asimddp", "dotprod"),
    ("neon", "neon"),
    ("asimd", "neon"),
)


def vectors_of(features: Collection[str]) -> str | None:
    """Name the best instructions for products of small integers among a CPU's features; None where none is known."""
    for feature, name in _VECTORS:
        if feature in features:
            return name
    return None
