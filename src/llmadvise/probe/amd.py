"""AMD GPUs on Linux from sysfs, without ROCm: discrete cards and APUs that share the RAM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmadvise.domain.hardware import Backend, Memory
from llmadvise.probe.amd_names import read_name
from llmadvise.probe.amd_visible import visible_devices
from llmadvise.probe.no_gpu import hidden_in_container
from llmadvise.probe.pci import PciDevice
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.text import gib, whole_number
from llmadvise.record import dataclass

_DEFAULT_GTT_SHARE = 0.55
"""The kernel lets a GPU map half of the RAM unless told otherwise; a little above half still counts as that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdMemory:
    """The pools that amdgpu counts, in bytes."""

    vram_total: int
    vram_used: int
    gtt_total: int | None
    gtt_used: int | None


def shared_pools(pools: AmdMemory, memory: Memory, *, reserve: int) -> tuple[int, int | None, int | None]:
    """What an APU can address, what is free of that, and its budget.

    The firmware carves VRAM out of the RAM before the system sees it; GTT is what the driver may map from the rest,
    and it may be set beyond the RAM. So RAM = MemTotal + carve-out, addressable = carve-out + min(GTT, MemTotal),
    budget = free carve-out + min(free GTT, MemAvailable - reserve).
    """
    gtt = pools.gtt_total or 0
    rest = memory.total_bytes if memory.total_bytes is not None else gtt
    addressable = pools.vram_total + min(gtt, rest)
    carve_free = max(0, pools.vram_total - pools.vram_used)
    if memory.available_bytes is None:
        return addressable, None, None
    gtt_free = max(0, gtt - (pools.gtt_used or 0))
    free = carve_free + min(gtt_free, memory.available_bytes)
    budget = carve_free + min(gtt_free, max(0, memory.available_bytes - reserve))
    return addressable, free, budget


def read_amd(
    record: Record,
    *,
    devices: Sequence[PciDevice],
    memory: Memory,
    cpu_names: Sequence[str],
    reserve: int,
    environment: Mapping[str, str],
) -> list[GpuReading]:
    """The AMD display devices that programs started from here may use; those without the amdgpu driver have no backends."""
    own = [device for device in devices if device.vendor == "amd"]
    if not own:
        return []
    backends = _backends(record)
    found = []
    for device in own:
        pools = _read_pools(record, device)
        if pools is None:
            record.warn(
                "gpu-driver-missing",
                f"AMD device {device.pci_id} is in this machine, but the amdgpu driver does not serve it.",
                f"{device.folder}/mem_info_vram_total",
            )
        reading = _reading(
            record, device, pools, memory=memory, cpu_names=cpu_names, reserve=reserve, backends=backends
        )  # fmt: skip
        found.append((device, reading))
    return visible_devices(found, environment, record)


def _reading(
    record: Record,
    device: PciDevice,
    pools: AmdMemory | None,
    *,
    memory: Memory,
    cpu_names: Sequence[str],
    reserve: int,
    backends: tuple[Backend, ...],
) -> GpuReading:
    integrated = _is_integrated(record, device)
    name = read_name(record, device, cpu_names=cpu_names, integrated=integrated)
    if pools is None:
        return GpuReading(vendor="amd", name=name, pci_id=device.pci_id, backends=())
    if not integrated:
        return GpuReading(
            vendor="amd", name=name, pci_id=device.pci_id, unified=False, driver=device.driver,
            memory_bytes=pools.vram_total, free_bytes=max(0, pools.vram_total - pools.vram_used), backends=backends,
        )  # fmt: skip
    addressable, free, budget = shared_pools(pools, memory, reserve=reserve)
    _note_default_limit(record, pools, memory)
    return GpuReading(
        vendor="amd", name=name, pci_id=device.pci_id, unified=True,
        driver=device.driver, memory_bytes=addressable, free_bytes=free, budget_bytes=budget, backends=backends,
        installed_bytes=memory.total_bytes + pools.vram_total if memory.total_bytes is not None else None,
        carve_out_bytes=pools.vram_total, shared_bytes=pools.gtt_total,
    )  # fmt: skip


def _note_default_limit(record: Record, pools: AmdMemory, memory: Memory) -> None:
    gtt, total = pools.gtt_total, memory.total_bytes
    if gtt is not None and total is not None and gtt <= _DEFAULT_GTT_SHARE * total:
        record.note(
            "gpu-mapping-limit",
            f"The kernel lets the GPU map {gib(gtt)} of {gib(total)} RAM beside its own {gib(pools.vram_total)}; "
            "the kernel option ttm.pages_limit raises that.",
            "mem_info_gtt_total",
        )


def _read_pools(record: Record, device: PciDevice) -> AmdMemory | None:
    sizes = {
        name: whole_number(record.read(f"{device.folder}/mem_info_{name}"))
        for name in ("vram_total", "vram_used", "gtt_total", "gtt_used")
    }
    total = sizes["vram_total"]
    if total is None:
        return None
    return AmdMemory(
        vram_total=total, vram_used=sizes["vram_used"] or 0, gtt_total=sizes["gtt_total"], gtt_used=sizes["gtt_used"]
    )


def _is_integrated(record: Record, device: PciDevice) -> bool:
    """Whether the hardware monitor reads the northbridge voltage, which amdgpu offers on APUs only."""
    folder = f"{device.folder}/hwmon"
    return any(record.exists(f"{folder}/{name}/in1_input") for name in record.names(folder))


def _backends(record: Record) -> tuple[Backend, ...]:
    """Vulkan always, ROCm where this user may open its device node."""
    if not record.exists("/dev/kfd"):
        record.look("/dev/kfd", "absent")
        return () if hidden_in_container(record, "AMD", "--device /dev/kfd --device /dev/dri") else (Backend.VULKAN,)
    if record.may_use("/dev/kfd"):
        record.look("/dev/kfd", "read")
        return (Backend.ROCM, Backend.VULKAN)
    record.look("/dev/kfd", "denied")
    record.note(
        "rocm-not-allowed", "ROCm is not usable: this user may not open /dev/kfd. Add them to the groups render and video.",
        "/dev/kfd",
    )  # fmt: skip
    return (Backend.VULKAN,)
