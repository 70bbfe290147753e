"""RAM and processor by psutil, for systems whose own files are not read here."""

from __future__ import annotations

from llmadvise.domain.hardware import Memory
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.system_values import read_values
from llmadvise.probe.text import LARGEST_MEMORY, clean


def read_portable_memory(record: Record) -> Memory:
    """Total and available RAM."""
    sizes = _values(record).get("virtual_memory")
    total, available = (_whole(sizes, "total"), _whole(sizes, "available")) if isinstance(sizes, dict) else (None, None)
    if total is None:
        record.warn("ram-unknown", "The size of the RAM could not be read; give --ram.", "psutil")
    return Memory(total_bytes=total, available_bytes=available)


def read_portable_cpu(record: Record) -> CpuReading:
    """Name, architecture and physical cores."""
    values = _values(record)
    counts = values.get("cpu_count")
    machine = str(values.get("machine") or "").lower()
    name = clean(str(values.get("processor") or ""))
    return CpuReading(
        names=(name,) if name else (),
        architecture={"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine or None),
        cores=_whole(counts, "physical") if isinstance(counts, dict) else None,
    )


def _values(record: Record) -> dict[str, object]:
    answer = record.door.system_values("psutil")
    record.look("psutil", answer.status, answer.detail)
    values = read_values(answer.text)
    return values if isinstance(values, dict) else {}


def _whole(values: dict[object, object] | dict[str, object], name: str) -> int | None:
    value = {str(key): item for key, item in values.items()}.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < LARGEST_MEMORY else None
