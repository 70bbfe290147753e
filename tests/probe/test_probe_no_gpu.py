"""No GPU, one whose driver is broken, and one that this container does not see are told apart, each with its remedy."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts, Platform
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.replay import CapturedSources
from llmadvise.probe.sources import Answer
from llmadvise.units import GIB

HOST = {
    "/proc/meminfo": "MemTotal: 33554432 kB\nMemAvailable: 25165824 kB\n",
    "/proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD Ryzen 7 5800X3D 8-Core Processor\nphysical id\t: 0\ncore id\t: 0\n",
    "/sys/bus/pci/devices/0000:00:00.0/class": "0x060000\n",
}
CONTAINER = {"/.dockerenv": ""}


def card(vendor: str, device: str, **files: str) -> dict[str, str]:
    folder = "/sys/bus/pci/devices/0000:03:00.0"
    own = {"class": "0x030000\n", "vendor": f"{vendor}\n", "device": f"{device}\n", **files}
    return {f"{folder}/{name}": text for name, text in own.items()}


NVIDIA = card("0x10de", "0x2684")
AMD = card(
    "0x1002",
    "0x744c",
    mem_info_vram_total=str(24 * GIB),
    mem_info_vram_used="0",
    mem_info_gtt_total="0",
    mem_info_gtt_used="0",
)
INTEL = card("0x8086", "0xe20b", lmem_total_bytes=str(12 * GIB))
LOADED = {"/proc/driver/nvidia/version": "NVRM version: 550.120\n"}


@pytest.mark.parametrize(
    ("files", "rule", "remedy"),
    [
        ({}, "gpu-none", "on the processor"),
        (CONTAINER, "gpu-none", "--gpus all"),
        ({"/dev/dxg": ""}, "gpu-not-visible", "wsl --update"),
        (NVIDIA, "gpu-driver-missing", "modprobe nvidia"),
        ({**NVIDIA, **LOADED}, "gpu-driver-broken", "libnvidia-ml.so.1"),
        ({**NVIDIA, **LOADED, **CONTAINER}, "gpu-not-visible", "--gpus all"),
        (
            {**NVIDIA, "nvml": '[{"call": "nvmlInit", "error": "NVMLError_LibRmVersionMismatch"}]'},
            "gpu-driver-broken",
            "Reboot",
        ),
        ({**AMD, **CONTAINER}, "gpu-not-visible", "--device /dev/kfd"),
        ({**INTEL, **CONTAINER}, "gpu-not-visible", "--device /dev/dri"),
        (card("0x1002", "0x744c"), "gpu-driver-missing", "amdgpu"),
    ],
)
def test_why_no_gpu_can_be_used(  # noqa: PLR0917
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    files: Mapping[str, str],
    rule: str,
    remedy: str,
) -> None:
    answers = {path: Answer(text=text, status="read") for path, text in {**HOST, **files}.items()}
    door = CapturedSources(Platform.LINUX, answers)
    found = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door)
    told = [finding for finding in found.findings if finding.rule.startswith("gpu-")]
    assert rule in {finding.rule for finding in told}
    assert remedy in next(finding.message for finding in told if finding.rule == rule)
    assert all(gpu.backends == () and gpu.budget_bytes is None for gpu in found.gpus)


def test_a_card_that_was_passed_in_is_used(
    gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> None:
    files = {**HOST, **CONTAINER, **AMD, "/dev/dri/renderD128": ""}
    answers = {path: Answer(text=text, status="read") for path, text in files.items()}
    door = CapturedSources(Platform.LINUX, answers)
    (gpu,) = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door).gpus
    assert (gpu.id, gpu.backends) == ("rx-7900-xtx", (Backend.VULKAN,))
