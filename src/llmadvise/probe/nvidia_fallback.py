"""What still names an NVIDIA card when NVML does not answer, and why it does not."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.hardware import Backend, Memory
from llmadvise.probe.no_gpu import SMI_QUERY
from llmadvise.probe.pci import PciDevice
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.sources import Answer
from llmadvise.probe.text import LARGEST_MEMORY, clean, whole_number
from llmadvise.probe.visible import in_container
from llmadvise.units import MIB

_FIELDS = ("name", "memory.total", "memory.free", "driver_version", "compute_cap", "uuid")
_OLD_FIELDS = ("name", "memory.total")
_NOT_LOADED, _MISMATCH = 9, 18
"""Exit codes of nvidia-smi."""
_NO_NUMBER = frozenset({"[n/a]", "n/a", "not supported", "[not supported]", "[unknown error]", ""})


def parse_smi_rows(text: str, fields: Sequence[str] = _FIELDS) -> list[dict[str, str]]:
    """Rows of `nvidia-smi --query-gpu=… --format=csv,noheader`; a row is kept whatever its numbers say."""
    rows = []
    for line in text.splitlines():
        values = [clean(value) for value in line.split(",")]
        row = dict(zip(fields, values, strict=False))
        sized = "memory.total" not in fields or _is_size(row.get("memory.total", "?"))
        if len(values) == len(fields) and row.get("name") not in {"", "name"} and sized:
            rows.append(row)
    return rows


def _is_size(value: str) -> bool:
    """Whether a memory field says a size, or that there is none; anything else is no row of nvidia-smi."""
    return value.lower() in _NO_NUMBER or parse_mebibytes(value) is not None


def parse_mebibytes(value: str | None) -> int | None:
    """Bytes of `24564 MiB` or `24564`; None for `[N/A]` and the like."""
    number = whole_number((value or "").removesuffix("MiB"))
    return number * MIB if number and number < LARGEST_MEMORY // MIB else None


def smi_reading(row: dict[str, str], memory: Memory) -> GpuReading:
    """One GPU of nvidia-smi; memory that is not available is the RAM that the device shares."""
    total, capability = parse_mebibytes(row.get("memory.total")), row.get("compute_cap", "")
    shares = total is None and row.get("memory.total", "?").lower() in _NO_NUMBER
    return GpuReading(
        vendor="nvidia",
        name=row.get("name") or "NVIDIA GPU",
        memory_bytes=memory.total_bytes if shares else total,
        installed_bytes=memory.total_bytes if shares else None,
        free_bytes=memory.available_bytes if shares else parse_mebibytes(row.get("memory.free")),
        unified=True if shares else None,
        compute_capability=capability if capability.replace(".", "", 1).isdigit() else None,
        driver=row.get("driver_version") or None,
        uuid=row.get("uuid") or None,
        backends=(Backend.CUDA, Backend.VULKAN),
    )


def read_nvidia_smi(record: Record, *, memory: Memory) -> tuple[list[GpuReading], str | None]:
    """GPUs by nvidia-smi, else how it failed; old drivers reject fields that they do not know, so the second try asks for two."""
    program = "/usr/lib/wsl/lib/nvidia-smi" if record.exists("/usr/lib/wsl/lib/nvidia-smi") else "nvidia-smi"
    problem: str | None = None
    for command, fields in _questions(record, program):
        answer = record.run(command)
        if answer.status == "read":
            found = [smi_reading(row, memory) for row in parse_smi_rows(answer.text or "", fields)]
            return found, None if found else _problem(answer)
        problem = _problem(answer) or problem
        # Without the program the second question is in vain; a capture that was never asked says nothing of it.
        if answer.exit is None and (answer.detail or not record.door.is_capture()):
            break
    return [], problem


_Question = tuple[tuple[str, ...], tuple[str, ...]]


def _questions(record: Record, program: str) -> list[_Question]:
    """Command lines with the fields that they ask for; a capture of another hand has questions of its own."""
    own: list[_Question] = [
        ((program, f"--query-gpu={','.join(fields)}", "--format=csv,noheader"), fields)
        for fields in (_FIELDS, _OLD_FIELDS)
    ]
    if not record.door.is_capture():
        return own
    known = {command for command, _ in own}
    captured = [tuple(line.split()) for line in record.door.answered(SMI_QUERY)]
    return [(line, _fields(line)) for line in captured if line not in known] + own


def _fields(command: tuple[str, ...]) -> tuple[str, ...]:
    listed = next(word.partition("=")[2] for word in command if word.startswith("--query-gpu="))
    return tuple({"gpu_name": "name", "gpu_uuid": "uuid"}.get(field, field) for field in listed.split(","))


def _problem(answer: Answer) -> str | None:
    """What a failed run of nvidia-smi says, in the words of its library; None where it is not there."""
    text = (answer.text or "").lower()
    if answer.status == "absent":
        return None
    if answer.status == "timed out":
        return "nvidia-smi timed out"
    if answer.exit == _MISMATCH or "version mismatch" in text:
        return "NVMLError_LibRmVersionMismatch"
    if answer.exit == _NOT_LOADED or "couldn't communicate with the nvidia driver" in text:
        return "NVMLError_DriverNotLoaded"
    if "no devices were found" in text:
        return "no devices"
    return f"nvidia-smi exit {answer.exit}" if answer.exit else "nvidia-smi unreadable"


def parse_information(text: str) -> tuple[str | None, str | None]:
    """Model and UUID in /proc/driver/nvidia/gpus/*/information."""
    fields = {key.strip(): clean(value) for key, _, value in (line.partition(":") for line in text.splitlines())}
    uuid = fields.get("GPU UUID", "")
    return fields.get("Model") or None, uuid if uuid.startswith("GPU-") and "?" not in uuid else None


def read_kernel_names(record: Record, devices: Sequence[PciDevice]) -> list[GpuReading]:
    """Cards that the kernel module or the bus names; nothing can compute on them now, so they have no backends."""
    folder = "/proc/driver/nvidia/gpus"
    by_address = {device.address.lower(): device for device in devices}
    found = []
    for address in record.names(folder) or list(by_address):
        name, uuid = parse_information(record.read(f"{folder}/{address}/information") or "")
        device = by_address.get(address.lower())
        pci_id = device.pci_id if device is not None else None
        found.append(
            GpuReading(vendor="nvidia", name=name or f"NVIDIA device {pci_id}", pci_id=pci_id, uuid=uuid, backends=())
        )
    return found


_UNREADABLE = {
    "nvidia-smi timed out": "gave no answer in time. Enable persistence mode (`nvidia-smi -pm 1`), or wait longer with "
    "LLMADVISE_PROBE_SECONDS=10; if it hangs, see `dmesg` for messages of NVRM.",
    "nvidia-smi unreadable": "printed nothing that can be read. Run `nvidia-smi` and see what it says.",
}


def explain_failure(record: Record, problem: str | None, found: Sequence[GpuReading]) -> None:
    """Say whether the driver is broken, hidden from this container, missing, or there is just no GPU."""
    names = ", ".join(sorted({gpu.name for gpu in found})) or "an NVIDIA GPU"
    container = in_container(record)
    loaded = record.exists("/proc/driver/nvidia/version")
    if problem == "NVMLError_LibRmVersionMismatch":
        record.warn(
            "gpu-driver-broken",
            f"{names}: the NVIDIA library and the loaded kernel module are of different versions. "
            "Reboot, or unload and load the nvidia kernel module.",
            problem,
        )
    elif problem in _UNREADABLE:
        record.warn("gpu-driver-broken", f"{names}: nvidia-smi {_UNREADABLE[problem]}", problem)
    elif container and (loaded or found):
        record.warn(
            "gpu-not-visible",
            f"{names} is in this machine but not passed into this container. Start it with `docker run --gpus all` "
            "(NVIDIA Container Toolkit); if it worked before, restart the container.",
            problem,
        )
    elif loaded:
        record.warn(
            "gpu-driver-broken",
            f"{names}: the kernel module is loaded, but the management library does not answer. "
            "Install the user-space part of the same driver version (libnvidia-ml.so.1).",
            problem,
        )
    elif found or problem == "NVMLError_DriverNotLoaded":
        record.warn(
            "gpu-driver-missing",
            f"{names} is in this machine, but the NVIDIA driver is not loaded. Install it, or load it with `modprobe nvidia`.",
            problem,
        )
    else:
        record.note("gpu-not-found", "A part of an NVIDIA driver is installed, but no NVIDIA GPU was found.", problem)
