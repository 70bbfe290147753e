"""Machines that people own, described from catalog rows, so that nothing depends on the machine that runs the tests."""

from __future__ import annotations

from dataclasses import dataclass

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.probe.simulate import simulate
from llmadvise.units import GIB


@dataclass(frozen=True)
class Machine:
    """What to type after --gpu, the processor around it, and the RAM in GiB where the chip does not bring its own."""

    gpus: tuple[str, ...] = ()
    cpu: str | None = None
    ram_gib: int | None = None


MACHINES: dict[str, Machine] = {
    "laptop 16 GB": Machine(cpu="Ryzen 7 7840U", ram_gib=16),
    "Raspberry Pi 5": Machine(cpu="Raspberry Pi 5", ram_gib=8),
    "RTX 4060": Machine(gpus=("RTX 4060",), cpu="Core i5-12400", ram_gib=16),
    "RTX 3060": Machine(gpus=("RTX 3060 12GB",), cpu="Ryzen 5 5600X", ram_gib=32),
    "RTX 4090": Machine(gpus=("RTX 4090",), cpu="Ryzen 9 7950X", ram_gib=64),
    "two RTX 3090": Machine(gpus=("2x RTX 3090",), cpu="Ryzen 9 7950X", ram_gib=64),
    "H100": Machine(gpus=("H100 SXM5 80GB",), cpu="Xeon Platinum 8480+", ram_gib=256),
    "M3 Max 64 GB": Machine(gpus=("M3 Max 40-core 64GB",)),
    "M3 16 GB": Machine(gpus=("M3 10-core 16GB",)),
    "Strix Halo 128 GB": Machine(gpus=("Radeon 8060S 128GB",)),
    "EPYC 9654": Machine(cpu="EPYC 9654", ram_gib=256),
}


def hardware(machine: Machine, catalog: Catalog) -> Hardware:
    """The machine with nothing else running."""
    around = None if machine.cpu is None else _described((machine.cpu,), machine.ram_gib, None, catalog)
    if machine.gpus:
        return _described(machine.gpus, None, around, catalog)
    assert around is not None
    return around


def _described(specs: tuple[str, ...], ram_gib: int | None, around: Hardware | None, catalog: Catalog) -> Hardware:
    return simulate(
        specs,
        ram_bytes=None if ram_gib is None else ram_gib * GIB,
        cpu_only=False,
        machine=around,
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        calibration=catalog.calibration.memory,
    )
