"""NVIDIA: NVML, the command-line fallback, broken drivers, slices, shared memory, hidden devices."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from fake_nvml import (
    Card,
    FakeNvml,
    NVMLError_LibraryNotFound,
    NVMLError_LibRmVersionMismatch,
    NVMLError_NoPermission,
    NVMLError_NotSupported,
)

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Backend, GpuFacts, Hardware, Memory, Platform
from llmadvise.probe import nvidia
from llmadvise.probe.linux import probe_linux
from llmadvise.probe.nvidia_fallback import parse_information, parse_mebibytes, parse_smi_rows, smi_reading
from llmadvise.probe.record import Record
from llmadvise.probe.replay import CapturedSources
from llmadvise.probe.sources import Answer
from llmadvise.probe.visible import chosen_positions

GIB, MIB = 1 << 30, 1 << 20
Tree = Callable[[Mapping[str, str]], Record]
Probe = Callable[..., Hardware]
MEMINFO = {"/proc/meminfo": f"MemTotal: {120 * GIB // 1024} kB\nMemAvailable: {100 * GIB // 1024} kB\n"}


@pytest.fixture
def probe(tree: Tree, gpus: Mapping[str, GpuFacts], calibration: MemoryCalibration) -> Probe:
    def look(nvml: FakeNvml, files: Mapping[str, str] | None = None, **environment: str) -> Hardware:
        record = tree({**MEMINFO, **(files or {})})
        return probe_linux(record, gpus=gpus, cpus={}, calibration=calibration, environment=environment, nvml=nvml)

    return look


def rules(hardware: Hardware) -> list[str]:
    return [finding.rule for finding in hardware.findings if finding.rule != "cpu-unknown"]


def test_free_memory_is_the_budget(probe: Probe) -> None:
    nvml = FakeNvml(Card("NVIDIA GeForce RTX 4090", (24564 * MIB, 4 * GIB)))
    found = probe(nvml)
    (gpu,) = found.gpus
    assert (gpu.id, gpu.compute_capability, gpu.driver) == ("rtx-4090", "8.9", "550.120")
    assert (gpu.memory_bytes, gpu.free_bytes, gpu.budget_bytes) == (24564 * MIB, 4 * GIB, 4 * GIB - GIB // 4)
    assert (gpu.memory_bandwidth, gpu.bandwidth_basis) == (1_008_000_000_000, Basis.DECLARED)
    assert gpu.backends == (Backend.CUDA, Backend.VULKAN)
    assert rules(found) == ["gpu-memory-in-use"]
    assert "20.0 GiB of the 24.0 GiB" in found.findings[-1].message
    assert nvml.closed


@pytest.mark.parametrize(
    ("milliwatts", "watts"), [(450_000, 450), (219_500, 220), (0, None), (-1, None), (1 << 40, None), (None, None)]
)
def test_the_power_limit_is_what_the_driver_enforces(probe: Probe, milliwatts: int | None, watts: int | None) -> None:
    card = Card("NVIDIA GeForce RTX 4090", (24564 * MIB, 24 * GIB))
    card.milliwatts = milliwatts
    (gpu,) = probe(FakeNvml(card)).gpus
    assert gpu.power_limit_watts == watts


def test_the_laptop_card_is_not_the_desktop_card(probe: Probe, capture: Callable[[str, str], str]) -> None:
    (row,) = parse_smi_rows(capture("nv-laptop-5090", "nvidia-smi.csv"), ("name", "memory.total"))
    size = parse_mebibytes(row["memory.total"])
    assert size == 25757220864
    (gpu,) = probe(FakeNvml(Card(row["name"], (size, size), pci=0x2C1810DE))).gpus
    assert (gpu.id, gpu.memory_bandwidth) == ("rtx-5090-laptop", 896_000_000_000)


@pytest.mark.parametrize(("machine", "expected"), [("nv-wsl2-wddm", "rtx-4060-ti-16"), ("nv-l40s-ecc", "l40s")])
def test_memory_tells_twins_apart_and_ecc_does_not_matter(
    probe: Probe, capture: Callable[[str, str], str], machine: str, expected: str
) -> None:
    table = capture(machine, "nvidia-smi.txt")
    match = re.search(r"(\d+)MiB / +(\d+)MiB", table)
    name = re.search(r"\|   0  (NVIDIA [\w ]+?)  ", table)
    assert match is not None
    assert name is not None
    used, total = (int(text) * MIB for text in match.groups())
    (gpu,) = probe(FakeNvml(Card(name.group(1), (total, total - used), pci=0))).gpus
    assert (gpu.id, gpu.memory_bytes) == (expected, total)


def test_slices_stay_apart(probe: Probe, capture: Callable[[str, str], str]) -> None:
    sizes = re.findall(r"\d   \d +\| +(\d+)MiB / (\d+)MiB", capture("nv-mig-table", "nvidia-smi.txt"))
    parts = [
        Card(
            "NVIDIA A100-SXM4-40GB MIG 3g.20gb", (int(total) * MIB, (int(total) - int(used)) * MIB), uuid=f"MIG-{place}"
        )
        for place, (used, total) in enumerate(sizes)
    ]
    assert len(parts) == 3
    found = probe(FakeNvml(Card("NVIDIA A100-SXM4-40GB", NVMLError_NoPermission, slices=parts, pci=0)))
    assert [gpu.memory_bytes for gpu in found.gpus] == [19968 * MIB] * 3
    assert {gpu.partition_of for gpu in found.gpus} == {"NVIDIA A100-SXM4-40GB"}
    assert {gpu.id for gpu in found.gpus} == {"a100-40"}
    # 19.5 of 40 GiB read with 19.5/40 of 1555 GB/s.
    assert {gpu.memory_bandwidth for gpu in found.gpus} == {int(1_555_000_000_000 * 19968 / 40960)}
    assert {gpu.bandwidth_basis for gpu in found.gpus} == {Basis.COMPUTED}


def test_divided_without_slices(probe: Probe) -> None:
    found = probe(FakeNvml(Card("NVIDIA A100-SXM4-40GB", NVMLError_NoPermission, slices=[])))
    assert found.gpus == ()
    assert "mig-without-slices" in rules(found)


@pytest.mark.parametrize("name", ["NVIDIA GB10", b"NVIDIA GB10"])
def test_a_chip_that_shares_the_ram(probe: Probe, name: str | bytes) -> None:
    (gpu,) = probe(FakeNvml(Card(name, NVMLError_NotSupported, capability=(12, 1), pci=0x2E1210DE))).gpus
    assert (gpu.id, gpu.unified, gpu.memory_bytes, gpu.free_bytes) == ("gb10", True, 120 * GIB, 100 * GIB)
    assert gpu.budget_bytes == 98 * GIB


@pytest.mark.parametrize(
    ("machine", "fields", "expected"),
    [
        ("nv-gb10-csv-na", ("memory.total", "memory.used", "memory.free", "gpu", "power", "temperature"), "NVIDIA GPU"),
        ("nv-orin-nvgpu", ("addressing_mode", "memory.total", "name"), "Orin (nvgpu)"),
    ],
)
def test_rows_without_numbers_are_kept(
    capture: Callable[[str, str], str], machine: str, fields: tuple[str, ...], expected: str
) -> None:
    row = {"name": "", **parse_smi_rows(capture(machine, "nvidia-smi.csv"), fields)[-1]}
    gpu = smi_reading(row, Memory(total_bytes=64 * GIB, available_bytes=50 * GIB))
    assert (gpu.name, gpu.unified, gpu.memory_bytes, gpu.free_bytes) == (expected, True, 64 * GIB, 50 * GIB)


PCI = {
    "/sys/bus/pci/devices/0000:01:00.0/class": "0x030000\n",
    "/sys/bus/pci/devices/0000:01:00.0/vendor": "0x10de\n",
    "/sys/bus/pci/devices/0000:01:00.0/device": "0x2684\n",
}
LOADED = {"/proc/driver/nvidia/version": "NVRM version: ..."}


@pytest.mark.parametrize(
    ("files", "problem", "rule", "advice"),
    [
        ({**PCI, **LOADED}, NVMLError_LibRmVersionMismatch, "gpu-driver-broken", "Reboot"),
        ({**PCI, **LOADED, "/.dockerenv": ""}, NVMLError_LibraryNotFound, "gpu-not-visible", "--gpus all"),
        ({**PCI, **LOADED}, NVMLError_LibraryNotFound, "gpu-driver-broken", "libnvidia-ml.so.1"),
        (PCI, NVMLError_LibraryNotFound, "gpu-driver-missing", "modprobe nvidia"),
    ],
)
def test_a_broken_driver_is_not_no_gpu(
    probe: Probe,
    monkeypatch: pytest.MonkeyPatch,
    *,
    files: Mapping[str, str],
    problem: type[Exception],
    rule: str,
    advice: str,
) -> None:
    monkeypatch.setattr(nvidia, "read_nvidia_smi", lambda *_args, **_more: ([], None))
    found = probe(FakeNvml(problem=problem), files)
    (gpu,) = found.gpus
    assert (gpu.id, gpu.name, gpu.backends, gpu.budget_bytes) == ("rtx-4090", "GeForce RTX 4090", (), None)
    (finding,) = (finding for finding in found.findings if finding.rule == rule)
    assert advice in finding.message


def test_the_mismatch_that_was_seen_is_told_by_its_words(
    capture: Callable[[str, str], str], gpus: Mapping[str, GpuFacts], calibration: MemoryCalibration
) -> None:
    said = capture("nv-nvml-mismatch", "nvidia-smi.txt")
    answers = {path: Answer(text=text, status="read") for path, text in {**MEMINFO, **PCI}.items()}
    answers["nvidia-smi --query-gpu=name,memory.total --format=csv"] = Answer(text=said, status="failed", exit=1)
    record = Record(door=CapturedSources(Platform.LINUX, answers))
    found = probe_linux(record, gpus=gpus, cpus={}, calibration=calibration, environment={})
    (finding,) = (item for item in found.findings if item.rule == "gpu-driver-broken")
    assert "of different versions" in finding.message


def test_kernel_module_names() -> None:
    text = "Model: \t\t NVIDIA GeForce RTX 3090\nIRQ:   \t\t 104\nGPU UUID: \t GPU-????????-????\n"
    assert parse_information(text) == ("NVIDIA GeForce RTX 3090", None)


def test_no_gpu_asks_no_library(
    tree: Tree, gpus: Mapping[str, GpuFacts], calibration: MemoryCalibration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvidia, "_open", lambda _library: pytest.fail("asked NVML on a machine without any sign of it"))
    found = probe_linux(tree(MEMINFO), gpus=gpus, cpus={}, calibration=calibration, environment={})
    assert found.gpus == ()
    assert rules(found) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []), ("-1", []), ("1", [1]), ("1,0", [1, 0]), ("0,9,1", [0]), ("0,0", [0]), (" 1 , 0 ", [1, 0]),
        ("GPU-bb", [1]), ("GPU-", []), ("GPU-aa,GPU-bb", [0, 1]), ("MIG-cc", [2]), ("NoDevFiles", []),
    ],
)  # fmt: skip
def test_visible_devices(value: str, expected: list[int]) -> None:
    assert chosen_positions(value, ["GPU-aa11", "GPU-bb22", "MIG-cc33"]) == expected


def test_hidden_devices_are_said_to_be_hidden(probe: Probe) -> None:
    card = ("NVIDIA GeForce RTX 3090", (24 * GIB, 24 * GIB))
    nvml = FakeNvml(Card(*card, uuid="GPU-a"), Card(*card, uuid="GPU-b"))
    found = probe(nvml, CUDA_VISIBLE_DEVICES="1")
    assert [gpu.index for gpu in found.gpus] == [0]
    assert rules(found) == ["gpu-hidden"]
    assert probe(nvml, CUDA_VISIBLE_DEVICES="").gpus == ()


def test_names_cannot_carry_escape_codes(probe: Probe) -> None:
    (gpu,) = probe(FakeNvml(Card("\x1b[31mNVIDIA \x1b]0;x\x07GeForce RTX 4090\u202e\n", (24 * GIB, 24 * GIB)))).gpus
    assert gpu.name == "NVIDIA GeForce RTX 4090"


def test_a_20_series_laptop_reports_the_desktop_name(probe: Probe) -> None:
    nvml = FakeNvml(Card("NVIDIA GeForce RTX 2080", (8 * GIB, 8 * GIB), pci=0))
    assert probe(nvml).gpus[0].id == "rtx-2080"
    assert probe(nvml, {"/sys/class/dmi/id/chassis_type": "10\n"}).gpus[0].id == "rtx-2080-laptop"


def test_what_cannot_be_told_apart_is_said(probe: Probe) -> None:
    found = probe(FakeNvml(Card("NVIDIA GeForce RTX 4090 Laptop GPU", (16376 * MIB, 16376 * MIB), pci=0)))
    assert found.gpus[0].id == "rtx-4090-max-q"  # the slower of the two that share the name
    assert rules(found) == ["gpu-ambiguous"]


def test_a_card_that_nobody_knows(probe: Probe) -> None:
    found = probe(FakeNvml(Card("NVIDIA GeForce RTX 9090", (48 * GIB, 48 * GIB), pci=0)))
    (gpu,) = found.gpus
    assert (gpu.id, gpu.memory_bandwidth, gpu.budget_bytes) == (None, None, 48 * GIB - GIB // 4)
    assert rules(found) == ["gpu-unidentified"]
