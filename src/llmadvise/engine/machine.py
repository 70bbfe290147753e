"""The machine as the engine plans with it: devices with budgets, made from Hardware and device facts."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Backend, Gpu, GpuFacts, Hardware, Platform
from llmadvise.engine.device import Device, vectors_of
from llmadvise.record import dataclass
from llmadvise.units import GIB

ASSUMED_RAM = 4 * GIB
"""Beside a GPU with memory of its own, where the RAM is unknown: room for what runtimes keep on the host of a model
that lies on the GPU (embeddings of the largest vocabularies and staging buffers are below 3 GiB), and for little more.
The finding `ram-unknown` says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where models can live. The GPUs stand in the order of the hardware; `cpu` is the processor with its RAM."""

    platform: Platform
    gpus: tuple[Gpu, ...]
    facts: tuple[GpuFacts | None, ...]
    cpu: Device
    pool_bytes: int | None
    """What GPU and CPU may take together where they share memory."""

    @property
    def capacity_bytes(self) -> int:
        """All memory that weights could lie in."""
        if self.pool_bytes is not None:
            return self.pool_bytes
        return self.cpu.budget_bytes + sum(gpu.budget_bytes or 0 for gpu in self.gpus)

    def device(self, position: int, backend: Backend) -> Device:
        """The GPU at this position, computing with this backend."""
        gpu, facts = self.gpus[position], self.facts[position]
        return Device(
            id=f"gpu{gpu.index}",
            backend=backend,
            budget_bytes=gpu.budget_bytes or 0,
            memory_bandwidth=gpu.memory_bandwidth,
            bandwidth_assumed=gpu.bandwidth_basis is Basis.ASSUMED,
            architecture=facts.architecture if facts else None,
            flops=facts.half_precision_flops if facts else None,
            shader_flops=facts.single_precision_flops if facts else None,
            power_watts=facts.power_watts if facts else None,
            unified=gpu.unified,
            compute_capability=gpu.compute_capability,
            name=gpu.name,
        )


def machine_of(
    hardware: Hardware, gpu_facts: Mapping[str, GpuFacts], calibration: MemoryCalibration, *, cpu_only: bool = False
) -> Machine:
    """Plan with what the probe found; `cpu_only` leaves the GPUs out."""
    gpus = () if cpu_only else tuple(gpu for gpu in hardware.gpus if gpu.budget_bytes and gpu.backends)
    cpu = Device(
        id="cpu",
        backend=Backend.CPU,
        budget_bytes=ram_budget(hardware, calibration),
        memory_bandwidth=hardware.cpu.memory_bandwidth,
        bandwidth_assumed=hardware.cpu.bandwidth_basis is Basis.ASSUMED,
        architecture=hardware.cpu.architecture,
        cores=hardware.cpu.cores,
        vectors=vectors_of(hardware.cpu.features),
        name=hardware.cpu.name or "CPU",
    )
    shared = [gpu.budget_bytes or 0 for gpu in gpus if gpu.unified]
    return Machine(
        platform=hardware.platform,
        gpus=gpus,
        facts=tuple(gpu_facts.get(gpu.id) if gpu.id else None for gpu in gpus),
        cpu=cpu,
        pool_bytes=max(*shared, cpu.budget_bytes) if shared else None,
    )


def ram_budget(hardware: Hardware, calibration: MemoryCalibration) -> int:
    """RAM to plan with, in bytes: what is available, under every limit, less a reserve for the rest of the system."""
    memory = hardware.memory
    known = [size for size in (memory.available_bytes, memory.total_bytes, memory.limit_bytes) if size is not None]
    if not known:
        return ASSUMED_RAM if any(gpu.budget_bytes and not gpu.unified for gpu in hardware.gpus) else 0
    size = min(known)
    return max(0, size - calibration.ram_reserve(size, free_known=memory.available_bytes is not None))
