"""Apple silicon under Linux (Asahi): the chip by the device tree, its GPU by the kernel's driver."""

from __future__ import annotations

from llmadvise.domain.hardware import Backend, Memory
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record

_COMPATIBLE = "/proc/device-tree/compatible"
_CHIPS = {
    "t8103": "M1", "t6000": "M1 Pro", "t6001": "M1 Max", "t6002": "M1 Ultra",
    "t8112": "M2", "t6020": "M2 Pro", "t6021": "M2 Max", "t6022": "M2 Ultra",
    "t8122": "M3", "t6030": "M3 Pro", "t6031": "M3 Max", "t6034": "M3 Max",
}  # fmt: skip
"""Linux, Documentation/devicetree/bindings/arm/apple.yaml; for M3 the Asahi project's list of code names."""


def apple_chip(compatible: str | None) -> str | None:
    """`Apple M2 Max` of a device tree's list such as `apple,j414c`, `apple,t6021`, `apple,arm-platform`, each ended by a zero."""
    names = (part.removeprefix("apple,") for part in (compatible or "").split("\0") if part.startswith("apple,"))
    chip = next((_CHIPS[name] for name in names if name in _CHIPS), None)
    return f"Apple {chip}" if chip else None


def read_chip(record: Record) -> str | None:
    """The chip of this machine; None on any other."""
    return apple_chip(record.read(_COMPATIBLE))


def read_asahi(record: Record, *, chip: str, memory: Memory) -> list[GpuReading]:
    """The GPU of the chip: Vulkan where its driver made a device node, no Metal; the RAM is its memory."""
    served = any(name.startswith("renderD") for name in record.names("/dev/dri"))
    record.look("/dev/dri", "read" if served else "absent")
    if not served:
        record.warn(
            "gpu-driver-missing",
            f"The GPU of {chip} has no driver here; Asahi Linux brings one for M1 and M2.",
            "/dev/dri",
        )
    record.note("gpu-cores-unknown", "The number of GPU cores could not be read; the slower variant is assumed.")
    return [
        GpuReading(
            vendor="apple", name=chip, unified=True, memory_bytes=memory.total_bytes, installed_bytes=memory.total_bytes,
            free_bytes=memory.available_bytes, driver="asahi" if served else None,
            backends=(Backend.VULKAN,) if served else (),
        )
    ]  # fmt: skip
