"""The hardware that `plan` looks through: cards alone and together, Macs, RAM sizes, and computers that people name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.deployment import HardwareClass
from llmadvise.domain.hardware import GpuFacts, Hardware, MachineKind
from llmadvise.engine.hardware_walk import Build, Offer
from llmadvise.engine.machine import Machine, machine_of
from llmadvise.units import GIB

_COUNTS: Final = (2, 4, 8)
_LEAST_TOGETHER: Final = 8 * GIB
"""Smaller cards are not bought in pairs for this; a choice."""
_DESKTOP: Final = "cpu-amd-ryzen-7-9700x"
_SERVER: Final = "cpu-amd-epyc-9654"
_RAM: Final = (
    *((_DESKTOP, size) for size in (8, 16, 32, 48, 64, 96, 128, 192, 256)),
    *((_SERVER, size) for size in (384, 512, 768, 1024, 1536)),
)
"""Sizes that memory is sold in, on a usual desktop of two channels and a server of twelve; a choice."""
_KINDS: Final = (
    MachineKind.BOARD, MachineKind.LAPTOP, MachineKind.DESKTOP, MachineKind.WORKSTATION, MachineKind.SERVER,
    MachineKind.CLOUD,
)  # fmt: skip


def offers(catalog: Catalog) -> Iterator[Offer]:
    """All of them, group after group."""
    cards = [row for row in catalog.gpus.values() if _is_card(row)]
    for row in cards:
        yield _card(row, 1)
    for count in _COUNTS:
        for row in cards:
            if (row.memory_bytes or 0) >= _LEAST_TOGETHER:
                yield _card(row, count)
    for row in catalog.gpus.values():
        if row.vendor == "apple" and row.unified and row.memory_bytes and row.backends:
            yield _mac(row)
    for cpu, size in _RAM:
        if cpu in catalog.cpus:
            yield _ram(catalog, cpu, size * GIB)
    for kind in _KINDS:
        yield from (_computer(catalog, id_) for id_, row in catalog.machines.items() if row.kind is kind)


def builder(catalog: Catalog) -> Build:
    """What makes a whole machine of an offer."""

    def build(offer: Offer) -> tuple[Hardware, Machine]:
        hardware = _hardware(offer, catalog)
        return hardware, machine_of(hardware, catalog.gpus, catalog.calibration.memory)

    return build


def _hardware(offer: Offer, catalog: Catalog) -> Hardware:
    calibration = catalog.calibration.memory
    match offer.kind:
        case HardwareClass.COMPUTER:
            from llmadvise.probe.named import named_machine  # noqa: PLC0415 - only where computers are looked at

            return named_machine(
                catalog.machines[offer.id], gpus=catalog.gpus, cpus=catalog.cpus, calibration=calibration
            )
        case HardwareClass.CPU:
            from llmadvise.probe.offered import with_ram  # noqa: PLC0415 - as above

            return with_ram(catalog.cpus[offer.id], offer.memory_bytes, cpus=catalog.cpus, calibration=calibration)
        case _:
            from llmadvise.probe.offered import with_cards  # noqa: PLC0415 - as above

            count = int(offer.group) if offer.kind is not HardwareClass.MAC else 1
            return with_cards(catalog.gpus[offer.id], count, gpus=catalog.gpus, calibration=calibration)


def _is_card(row: GpuFacts) -> bool:
    return bool(row.memory_bytes and row.backends and row.memory_bandwidth) and not (row.unified or row.mobile)


def _card(row: GpuFacts, count: int) -> Offer:
    size = (row.memory_bytes or 0) * count
    return Offer(
        kind=HardwareClass.GPU if count == 1 else HardwareClass.GPUS,
        id=row.id,
        name=row.name if count == 1 else f"{count}x {row.name}",
        group=str(count),
        memory_bytes=size,
        capacity_bytes=size,
        bandwidth=row.memory_bandwidth or 0,
        consumer=row.consumer,
    )


def _mac(row: GpuFacts) -> Offer:
    size = row.memory_bytes or 0
    return Offer(
        kind=HardwareClass.MAC,
        id=row.id,
        name=row.name,
        group="mac",
        memory_bytes=size,
        capacity_bytes=size,
        bandwidth=row.memory_bandwidth or 0,
    )


def _ram(catalog: Catalog, id_: str, size: int) -> Offer:
    row = catalog.cpus[id_]
    return Offer(
        kind=HardwareClass.CPU,
        id=id_,
        name=f"{size >> 30} GB RAM, {row.name}",
        group="cpu",
        memory_bytes=size,
        capacity_bytes=size,
        bandwidth=row.typical_bandwidth or 0,
    )


def _computer(catalog: Catalog, id_: str) -> Offer:
    row = catalog.machines[id_]
    own = sum(
        (catalog.gpus[item.gpu].memory_bytes or 0) * item.count for item in row.gpus if not _shares(catalog, item.gpu)
    )
    return Offer(
        kind=HardwareClass.COMPUTER,
        id=id_,
        name=row.name,
        group=row.kind.value,
        memory_bytes=own + row.ram_bytes,
        capacity_bytes=own + row.ram_bytes,
        bandwidth=0,
    )


def _shares(catalog: Catalog, gpu: str) -> bool:
    return catalog.gpus[gpu].unified
