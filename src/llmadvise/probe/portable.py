"""RAM and processor by psutil, for systems whose own files are not read here."""

from __future__ import annotations

from llmadvise.domain.hardware import Memory
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean


def read_portable_memory(record: Record) -> Memory:
    """Total and available RAM."""
    try:
        import psutil  # noqa: PLC0415 - Linux does without

        memory = psutil.virtual_memory()
    except (ImportError, OSError, RuntimeError) as error:
        record.look("psutil", "failed", str(error))
        record.warn("ram-unknown", "The size of the RAM could not be read; give --ram.", "psutil")
        return Memory()
    record.look("psutil", "read")
    return Memory(total_bytes=int(memory.total), available_bytes=int(memory.available))


def read_portable_cpu(record: Record) -> CpuReading:
    """Name, architecture and physical cores."""
    import platform  # noqa: PLC0415 - Linux does without

    cores: int | None = None
    try:
        import psutil  # noqa: PLC0415

        cores = psutil.cpu_count(logical=False)
    except (ImportError, OSError, RuntimeError) as error:
        record.look("psutil", "failed", str(error))
    machine = platform.machine().lower()
    architecture = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine or None)
    name = clean(platform.processor())
    return CpuReading(names=(name,) if name else (), architecture=architecture, cores=cores)
