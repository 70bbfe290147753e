"""Device facts for the tests: true values of real products, as few as the tests need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts
from llmadvise.probe.record import Record

GIB = 1 << 30
CUDA = (Backend.CUDA, Backend.VULKAN)
ROCM = (Backend.ROCM, Backend.VULKAN)


def gpu(identity: str, vendor: str, name: str, gib: float | None, bandwidth: float, **more: object) -> GpuFacts:
    """One row; bandwidth in GB/s."""
    size = int(gib * GIB) if gib is not None else None
    backends = more.pop("backends", CUDA if vendor == "nvidia" else ROCM)
    return GpuFacts(
        id=identity, vendor=vendor, name=name, memory_bytes=size, memory_bandwidth=int(bandwidth * 1e9), backends=backends, **more
    )  # fmt: skip


def apple(chip: str, cores: int, gib: int, bandwidth: float) -> GpuFacts:
    return gpu(
        f"apple-{chip.lower().replace(' ', '-')}-{cores}c-{gib}gb", "apple", f"Apple {chip} {cores}-core GPU {gib} GB", gib,
        bandwidth, aliases=(f"Apple {chip}",), unified=True, gpu_cores=cores, backends=(Backend.METAL,),
        default_budget_fraction=2 / 3 if gib <= 32 else 0.75,
    )  # fmt: skip


ROWS = (
    gpu("rtx-4090", "nvidia", "GeForce RTX 4090", 24, 1008, aliases=("NVIDIA GeForce RTX 4090", "RTX 4090"),
        pci_ids=("10de:2684",), compute_capability="8.9", release_date="2022-09-20"),
    gpu("rtx-4090-laptop", "nvidia", "GeForce RTX 4090 Mobile", 16, 576, aliases=("NVIDIA GeForce RTX 4090 Laptop GPU",),
        mobile=True, release_date="2023-01-03"),
    gpu("rtx-4090-max-q", "nvidia", "GeForce RTX 4090 Max-Q", 16, 500, aliases=("NVIDIA GeForce RTX 4090 Laptop GPU",),
        mobile=True, release_date="2023-01-03"),
    gpu("rtx-5090", "nvidia", "GeForce RTX 5090", 32, 1792, aliases=("NVIDIA GeForce RTX 5090",)),
    gpu("rtx-5090-laptop", "nvidia", "GeForce RTX 5090 Mobile", 24, 896, aliases=("NVIDIA GeForce RTX 5090 Laptop GPU",),
        mobile=True),
    gpu("rtx-3090", "nvidia", "GeForce RTX 3090", 24, 936.2, aliases=("NVIDIA GeForce RTX 3090",), pci_ids=("10de:2204",)),
    gpu("rtx-3060-12", "nvidia", "GeForce RTX 3060 12 GB", 12, 360, aliases=("NVIDIA GeForce RTX 3060",),
        release_date="2021-01-12"),
    gpu("rtx-3060-8", "nvidia", "GeForce RTX 3060 8 GB", 8, 240, aliases=("NVIDIA GeForce RTX 3060",),
        release_date="2022-10-12"),
    gpu("rtx-4060-ti-8", "nvidia", "GeForce RTX 4060 Ti 8 GB", 8, 288, aliases=("NVIDIA GeForce RTX 4060 Ti",),
        release_date="2023-05-18"),
    gpu("rtx-4060-ti-16", "nvidia", "GeForce RTX 4060 Ti 16 GB", 16, 288, aliases=("NVIDIA GeForce RTX 4060 Ti",),
        release_date="2023-05-18"),
    gpu("rtx-2080", "nvidia", "GeForce RTX 2080", 8, 448, aliases=("NVIDIA GeForce RTX 2080",)),
    gpu("rtx-2080-laptop", "nvidia", "GeForce RTX 2080 Mobile", 8, 448, aliases=("NVIDIA GeForce RTX 2080",), mobile=True),
    gpu("l40s", "nvidia", "L40S", 48, 864, aliases=("NVIDIA L40S",)),
    gpu("h100-pcie", "nvidia", "H100 PCIe 80 GB", 80, 2040, aliases=("NVIDIA H100 PCIe",), release_date="2022-10-01"),
    gpu("h100-sxm", "nvidia", "H100 SXM5 80 GB", 80, 3350, aliases=("NVIDIA H100 80GB HBM3",), release_date="2022-10-01"),
    gpu("a100-40", "nvidia", "A100 SXM4 40 GB", 40, 1555, aliases=("NVIDIA A100-SXM4-40GB",), release_date="2020-05-14"),
    gpu("a100-80", "nvidia", "A100 SXM4 80 GB", 80, 2039, aliases=("NVIDIA A100-SXM4-80GB",), release_date="2020-11-16"),
    gpu("quadro-rtx-6000", "nvidia", "Quadro RTX 6000", 24, 672),
    gpu("rtx-pro-6000", "nvidia", "RTX PRO 6000 Blackwell", 96, 1792),
    gpu("gb10", "nvidia", "GB10", 128, 273, aliases=("NVIDIA GB10", "DGX Spark"), unified=True),
    gpu("orin-32", "nvidia", "Jetson AGX Orin 32 GB", 32, 204.8, aliases=("Orin (nvgpu)",), unified=True),
    gpu("orin-64", "nvidia", "Jetson AGX Orin 64 GB", 64, 204.8, aliases=("Orin (nvgpu)",), unified=True),
    gpu("rx-7900-xtx", "amd", "Radeon RX 7900 XTX", 24, 960, aliases=("AMD Radeon RX 7900 XTX",), pci_ids=("1002:744c",)),
    gpu("rx-7900-xt", "amd", "Radeon RX 7900 XT", 20, 800, aliases=("AMD Radeon RX 7900 XT",), pci_ids=("1002:744c",)),
    gpu("rx-7600", "amd", "Radeon RX 7600", 8, 288, pci_ids=("1002:7480",)),
    gpu("r9700", "amd", "Radeon AI PRO R9700", 32, 644.6, pci_ids=("1002:7551",)),
    gpu("mi50-16", "amd", "Instinct MI50", 16, 1024, pci_ids=("1002:66a1",), release_date="2018-11-18"),
    gpu("mi50-32", "amd", "Instinct MI50 32GB", 32, 1024, pci_ids=("1002:66a0", "1002:66a1"), release_date="2018-11-18"),
    gpu("mi300x", "amd", "Instinct MI300X", 192, 5300, pci_ids=("1002:74a1",)),
    gpu("ryzen-395-64", "amd", "Ryzen AI Max+ 395 (Radeon 8060S, 64 GB system)", 64, 256, pci_ids=("1002:1586",),
        aliases=("AMD Radeon 8060S Graphics", "Strix Halo"), unified=True),
    gpu("ryzen-395-128", "amd", "Ryzen AI Max+ 395 (Radeon 8060S, 128 GB system)", 128, 256, pci_ids=("1002:1586",),
        aliases=("AMD Radeon 8060S Graphics", "Strix Halo"), unified=True),
    gpu("radeon-780m", "amd", "Radeon 780M", None, 89.6, unified=True, pci_ids=("1002:15bf",)),
    gpu("arc-b580", "intel", "Arc B580", 12, 456, aliases=("Intel(R) Arc(TM) B580 Graphics",), pci_ids=("8086:e20b",),
        backends=(Backend.SYCL, Backend.VULKAN)),
    gpu("arc-140v", "intel", "Arc 140V Mobile", None, 136.5, unified=True, mobile=True, pci_ids=("8086:64a0",),
        backends=(Backend.VULKAN,)),
    apple("M3 Max", 30, 36, 307.2), apple("M3 Max", 40, 48, 409.6), apple("M3 Max", 40, 64, 409.6),
    apple("M4", 8, 16, 120), apple("M4", 10, 16, 120), apple("M4", 10, 24, 120),
    apple("M1 Max", 24, 64, 400), apple("M1 Max", 32, 64, 400), apple("M4 Max", 40, 128, 546),
)  # fmt: skip

PROCESSORS = (
    CpuFacts(id="ryzen-5800x3d", vendor="amd", name="AMD Ryzen 7 5800X3D", cores=8, architecture="x86_64",
             memory_channels=2, peak_bandwidth=51_200_000_000, typical_bandwidth=41_000_000_000),
    CpuFacts(id="i7-12700k", vendor="intel", name="Intel Core i7-12700K", cores=12, memory_channels=2,
             peak_bandwidth=76_800_000_000, typical_bandwidth=61_400_000_000),
    CpuFacts(id="e5-2680-v4", vendor="intel", name="Intel Xeon E5-2680 v4", cores=14, typical_bandwidth=57_600_000_000),
    CpuFacts(id="epyc-9654", vendor="amd", name="AMD EPYC 9654", cores=96, typical_bandwidth=345_600_000_000),
    CpuFacts(id="epyc-9654-x2", vendor="amd", name="AMD EPYC 9654 x2", cores=192, typical_bandwidth=506_900_000_000),
    CpuFacts(id="ryzen-ai-max-395", vendor="amd", name="AMD Ryzen AI Max+ 395", cores=16, memory_channels=4,
             aliases=("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S",), peak_bandwidth=256_000_000_000,
             typical_bandwidth=128_000_000_000),
    CpuFacts(id="pi-5", vendor="broadcom", name="Raspberry Pi 5 (BCM2712)", cores=4, architecture="aarch64",
             typical_bandwidth=9_400_000_000),
    CpuFacts(id="m3-max-cpu", vendor="apple", name="Apple M3 Max (CPU)", aliases=("Apple M3 Max",), cores=16,
             typical_bandwidth=204_800_000_000),
    CpuFacts(id="threadripper-7970x", vendor="amd", name="AMD Threadripper 7970X", cores=32,
             typical_bandwidth=124_800_000_000),
)  # fmt: skip


@pytest.fixture(scope="session")
def gpus() -> Mapping[str, GpuFacts]:
    return {row.id: row for row in ROWS}


@pytest.fixture(scope="session")
def cpus() -> Mapping[str, CpuFacts]:
    return {row.id: row for row in PROCESSORS}


@pytest.fixture(scope="session")
def calibration() -> MemoryCalibration:
    return MemoryCalibration(driver_context_bytes={}, ram_reserve_bytes=2 * GIB, gpu_reserve_bytes=GIB // 4)


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, str]], Record]:
    """A function that lays out files below a folder and gives the record that reads them."""

    def lay_out(files: Mapping[str, str]) -> Record:
        for path, text in files.items():
            target = tmp_path / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return Record(str(tmp_path))

    return lay_out


@pytest.fixture(scope="session")
def capture() -> Callable[[str, str], str]:
    """A function that reads a raw capture by machine and file."""
    folder = Path(__file__).parent.parent / "machines"
    return lambda machine, file: (folder / machine / file).read_text()
