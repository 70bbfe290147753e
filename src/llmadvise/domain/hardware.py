"""The machine: what was found, how it is known, and what may be planned with. Sizes in bytes, bandwidths in bytes a second."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding
from llmadvise.record import dataclass


class Platform(StrEnum):
    """The operating system that the runtime will see."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"


class Backend(StrEnum):
    """What a runtime computes with."""

    CUDA = "cuda"
    ROCM = "rocm"
    METAL = "metal"
    VULKAN = "vulkan"
    SYCL = "sycl"
    CPU = "cpu"


class MemoryKind(StrEnum):
    """Whose memory a GPU computes in."""

    DEDICATED = "dedicated"
    """Its own, on the card."""
    CARVE_OUT = "carve-out"
    """A part of the RAM that the firmware keeps for it, and more of the RAM that it may map."""
    SHARED = "shared"
    """The RAM, as far as the driver lets it."""
    UNIFIED = "unified"
    """One memory for processor and GPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """The processor, as far as this process may use it."""

    name: str | None = None
    architecture: str | None = None
    """`x86_64` or `aarch64`."""
    cores: int | None = None
    """Physical cores this process may run on (affinity and quota applied); performance cores where they differ."""
    features: tuple[str, ...] = ()
    """Instruction sets that change speed: avx2, avx512f, amx_int8, asimddp, i8mm, sve …"""
    memory_bandwidth: int | None = None
    """Bytes a second that all cores together can read from RAM."""
    bandwidth_basis: Basis | None = None
    bandwidth_source: str | None = None
    id: str | None = None
    """Id of the row in catalog/hardware/cpus, where the name resolves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Main memory, and what limits it."""

    total_bytes: int | None = None
    available_bytes: int | None = None
    """Free now, with caches that the kernel would drop."""
    limit_bytes: int | None = None
    """A limit below the total (cgroup, option), if there is one."""
    limited_by: str | None = None
    """What sets that limit: a path or an option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One accelerator, or one slice of one."""

    index: int
    vendor: str
    """nvidia, amd, intel, apple or what the driver says."""
    name: str
    id: str | None = None
    """Id of the row in catalog/hardware/gpus, where the name resolves."""
    memory_bytes: int | None = None
    """What the device can address: its own memory; on Apple the RAM; on an APU carve-out and GTT."""
    free_bytes: int | None = None
    budget_bytes: int | None = None
    """What may be planned with: free memory less reserves; on Apple the wired limit."""
    unified: bool = False
    """Shares its memory with the CPU: its budget and the RAM are one pool."""
    memory_bandwidth: int | None = None
    bandwidth_basis: Basis | None = None
    bandwidth_source: str | None = None
    compute_capability: str | None = None
    """NVIDIA only, such as `8.9`."""
    driver: str | None = None
    backends: tuple[Backend, ...] = ()
    partition_of: str | None = None
    """The whole card that this MIG or vGPU slice belongs to."""
    memory_kind: MemoryKind | None = None
    carve_out_bytes: int | None = None
    """What the firmware keeps of the RAM for an integrated GPU."""
    shared_bytes: int | None = None
    """What the driver lets it map of the rest: GTT on Linux, shared memory on Windows; may be more than there is."""
    pci_id: str | None = None
    """`vendor:device` in hex."""
    pci_address: str | None = None
    gfx_target: str | None = None
    """AMD only, such as `gfx1151`."""
    gpu_cores: int | None = None
    """Apple only."""
    architecture: str | None = None
    """What the driver calls it, such as `Ampere`."""
    cuda_version: str | None = None
    """The newest that the driver serves."""
    driver_model: str | None = None
    """Windows: WDDM, TCC or MCDM."""
    ecc: bool | None = None
    utilization: int | None = None
    """Per cent of the time in use when it was looked at."""
    power_limit_watts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledRuntime:
    """A runtime found on the machine."""

    id: str
    """Id of the file in catalog/runtimes."""
    version: str | None = None
    path: str | None = None
    backends: tuple[Backend, ...] = ()
    """Those it was built with, where the libraries beside it tell; empty: unknown."""
    address: str | None = None
    """Where its server answers now, such as `http://127.0.0.1:11434`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A model file that is already on the machine."""

    store: str
    """Whose folder it lies in: hub, llama.cpp, ollama, lm-studio."""
    name: str
    """File name, or the name the store gives it (an Ollama tag)."""
    bytes: int
    repo: str | None = None
    """`owner/name` on the Hub, where the store keeps it."""
    sha256: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSource:
    """One place the probe looked at, and how that went."""

    source: str
    """The command line, path or library that was read."""
    status: str
    """`read`, `absent`, `denied`, `failed` or `timed out`."""
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """One machine. Every field but the platform may be unknown."""

    platform: Platform
    cpu: Cpu = Cpu()
    memory: Memory = Memory()
    gpus: tuple[Gpu, ...] = ()
    runtimes: tuple[InstalledRuntime, ...] = ()
    downloads: tuple[Download, ...] = ()
    """Model files found in the folders of runtimes and of the Hub's cache."""
    sources: tuple[ProbeSource, ...] = ()
    findings: tuple[Finding, ...] = ()
    name: str | None = None
    """How the user called it when it was simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuFacts:
    """One row of catalog/hardware/gpus: what is true of every card of this kind."""

    id: str
    vendor: str
    name: str
    aliases: tuple[str, ...] = ()
    """Other names people and drivers use, compared without case, spaces and dashes."""
    pci_ids: tuple[str, ...] = ()
    """`vendor:device` in hex, such as `10de:2684`; shared by several rows in places, then memory decides."""
    memory_bytes: int | None = None
    unified: bool = False
    mobile: bool = False
    memory_bandwidth: int | None = None
    architecture: str | None = None
    """Marketing architecture, such as `Ada Lovelace` or `RDNA 3`: the key of the speed calibration."""
    half_precision_flops: float | None = None
    """Dense FP16 matrix operations a second (multiply and add count two) with FP32 accumulation where that is halved."""
    single_precision_flops: float | None = None
    """FP32 operations a second of the shaders: they unpack quantized weights."""
    compute_capability: str | None = None
    gfx_target: str | None = None
    power_watts: int | None = None
    release_date: str | None = None
    backends: tuple[Backend, ...] = ()
    consumer: bool = False
    gpu_cores: int | None = None
    """Apple: separates the memory and bandwidth tiers of one chip name."""
    default_budget_fraction: float | None = None
    """Apple: the part of RAM that the GPU may wire by default."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuFacts:
    """One row of catalog/hardware/cpus."""

    id: str
    vendor: str
    name: str
    aliases: tuple[str, ...] = ()
    cores: int | None = None
    architecture: str | None = None
    memory_channels: int | None = None
    memory_type: str | None = None
    memory_megatransfers: int | None = None
    peak_bandwidth: int | None = None
    """Bytes a second: channels × transfers × width, from the vendor's memory specification."""
    typical_bandwidth: int | None = None
    """Bytes a second that reads usually reach."""
    features: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class MachineKind(StrEnum):
    """What sort of computer a named machine is."""

    LAPTOP = "laptop"
    DESKTOP = "desktop"
    MAC = "mac"
    WORKSTATION = "workstation"
    SERVER = "server"
    CLOUD = "cloud"
    BOARD = "board"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """GPUs of one kind in a named machine."""

    gpu: str
    """Id of a row in catalog/hardware/gpus."""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """One row of catalog/hardware/machines: a computer that people name, as it is sold or usually put together."""

    id: str
    name: str
    kind: MachineKind
    platform: Platform
    ram_bytes: int
    """All memory that the CPU can use; unified memory is counted here alone."""
    cpu: str | None = None
    """Id of a row in catalog/hardware/cpus."""
    gpus: tuple[Fitted, ...] = ()
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
