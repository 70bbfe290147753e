"""AMD and Intel on Linux by sysfs: discrete cards, processors with a GPU, cards that share an id."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts, Hardware, Memory
from llmadvise.probe.amd import AmdMemory, shared_pools
from llmadvise.probe.amd_names import graphics_of_cpu, parse_gfx_target, parse_marketing_name
from llmadvise.probe.intel import vulkan_heap
from llmadvise.probe.linux import probe_linux
from llmadvise.probe.record import Record
from llmadvise.probe.windows_registry import parse_key

GIB = 1 << 30
Tree = Callable[[Mapping[str, str]], Record]
Probe = Callable[..., Hardware]
Capture = Callable[[str, str], str]


@pytest.fixture
def probe(
    tree: Tree, gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> Probe:
    def look(*parts: Mapping[str, str], total: int = 64 * GIB, available: int = 60 * GIB) -> Hardware:
        files = {"/proc/meminfo": f"MemTotal: {total // 1024} kB\nMemAvailable: {available // 1024} kB\n"}
        for part in parts:
            files |= part
        return probe_linux(tree(files), gpus=gpus, cpus=cpus, calibration=calibration, environment={})

    return look


def device(address: str, vendor: str, number: str, **files: str) -> dict[str, str]:
    folder = f"/sys/bus/pci/devices/{address}"
    files = {"class": "0x030000", "vendor": vendor, "device": number, **files}
    return {f"{folder}/{name.replace('__', '/')}": f"{text}\n" for name, text in files.items()}


def amd(address: str, number: str, total: int, used: int = 0, **files: str) -> dict[str, str]:
    pools = {"mem_info_vram_total": str(total), "mem_info_vram_used": str(used)}
    return device(address, "0x1002", number, **pools, **files)


def test_two_different_cards(probe: Probe, capture: Capture) -> None:
    sizes = [int(size) for size in re.findall(r"Memory \(B\): (\d+)", capture("rocm-two-different", "rocm-smi.txt"))]
    found = probe(amd("0000:03:00.0", "0x7480", sizes[0], sizes[1]), amd("0000:07:00.0", "0x7551", sizes[2], sizes[3]))
    assert [gpu.id for gpu in found.gpus] == ["rx-7600", "r9700"]
    assert [gpu.name for gpu in found.gpus] == ["Radeon RX 7600", "Radeon AI PRO R9700"]
    assert found.gpus[1].free_bytes == sizes[2] - sizes[3]
    assert found.gpus[1].budget_bytes == sizes[2] - sizes[3] - GIB // 4
    assert [finding.rule for finding in found.findings if finding.rule.startswith("gpu-")] == ["gpu-memory-in-use"]


def test_an_id_that_four_cards_share_is_decided_by_memory(probe: Probe, capture: Capture) -> None:
    card = json.loads(capture("rocm-json-card0", "rocm-smi.json"))["card0"]
    assert card["Card Model"] == "0x744c"
    (gpu,) = probe(amd("0000:03:00.0", "0x744c", int(card["VRAM Total Memory (B)"]))).gpus
    assert gpu.id == "rx-7900-xt"


def test_generic_cards_keep_their_own_memory(probe: Probe, capture: Capture) -> None:
    text = capture("rocm-mixed-mi50-igpu", "rocm-smi.txt")
    sizes = [int(size) for size in re.findall(r"VRAM Total Memory \(B\): (\d+)", text)]
    found = probe(
        amd("0000:03:00.0", "0x66a0", sizes[0]),
        amd("0000:07:00.0", "0x66a1", sizes[1]),
        amd("0000:0c:00.0", "0x1638", sizes[2], mem_info_gtt_total=str(32 * GIB), hwmon__hwmon3__in1_input="900"),
    )
    assert [(gpu.id, gpu.unified) for gpu in found.gpus] == [("mi50-32", False), ("mi50-16", False), (None, True)]
    assert found.gpus[2].memory_bytes == sizes[2] + 32 * GIB


HALO = "processor\t: 0\nmodel name\t: AMD RYZEN AI MAX+ 395 w/ Radeon 8060S          \nflags\t\t: avx2\n"


def test_a_mapping_limit_beyond_the_ram_is_cut_to_it(probe: Probe, capture: Capture) -> None:
    text = capture("amd-strix-overcount", "session.txt")
    sizes = {name: float(size) for name, size in re.findall(r"^(.+?): +([\d.]+) GiB$", text, re.MULTILINE)}
    total = int(sizes["host RAM"] * GIB)
    carve, gtt = int(sizes["sysfs VRAM total"] * GIB), int(sizes["sysfs GTT total"] * GIB)
    assert gtt > total
    found = probe(
        {"/proc/cpuinfo": HALO},
        amd("0000:c5:00.0", "0x1586", carve, mem_info_gtt_total=str(gtt), hwmon__hwmon3__in1_input="900"),
        total=total,
        available=120 * GIB,
    )
    (gpu,) = found.gpus
    assert (gpu.id, gpu.name, gpu.unified) == ("ryzen-395-128", "AMD Radeon 8060S", True)
    total_read = total // 1024 * 1024
    assert gpu.memory_bytes == carve + total_read  # not 128.5 GiB
    assert gpu.budget_bytes == carve + 118 * GIB
    assert gpu.bandwidth_basis is Basis.DECLARED  # the processor's memory is soldered to that speed
    assert gpu.memory_bandwidth == 256_000_000_000


def test_a_large_carve_out_counts_as_ram_of_the_machine(probe: Probe) -> None:
    found = probe(
        {"/proc/cpuinfo": HALO},
        amd("0000:c5:00.0", "0x1586", 96 * GIB, mem_info_gtt_total=str(16 * GIB), hwmon__hwmon3__in1_input="900"),
        total=31 * GIB,
        available=20 * GIB,
    )
    (gpu,) = found.gpus
    assert (gpu.id, gpu.memory_bytes, gpu.budget_bytes) == ("ryzen-395-128", 112 * GIB, 112 * GIB)
    assert "gpu-mapping-limit" in [finding.rule for finding in found.findings]


def test_pools_without_availability() -> None:
    pools = AmdMemory(vram_total=GIB, vram_used=0, gtt_total=8 * GIB, gtt_used=None)
    assert shared_pools(pools, Memory(total_bytes=16 * GIB), reserve=GIB) == (9 * GIB, None, None)


def test_a_small_gpu_in_a_processor_reads_no_faster_than_the_processor(probe: Probe) -> None:
    name = "AMD Ryzen 7 5800X3D 8-Core Processor"
    found = probe(
        {"/proc/cpuinfo": f"processor\t: 0\nmodel name\t: {name}\nflags\t\t: avx2\n"},
        amd("0000:0c:00.0", "0x15bf", GIB // 2, mem_info_gtt_total=str(32 * GIB), hwmon__hwmon3__in1_input="900"),
    )
    (gpu,) = found.gpus
    assert (gpu.id, gpu.memory_bandwidth, gpu.bandwidth_basis) == ("radeon-780m", 41_000_000_000, Basis.ASSUMED)


def test_rocm_needs_the_device_node(probe: Probe) -> None:
    card = amd("0000:03:00.0", "0x744c", 24 * GIB)
    assert probe(card).gpus[0].backends == (Backend.VULKAN,)
    assert probe(card, {"/dev/kfd": ""}).gpus[0].backends == (Backend.ROCM, Backend.VULKAN)


def test_a_card_without_a_driver_cannot_be_planned_with(probe: Probe) -> None:
    found = probe(device("0000:03:00.0", "0x1002", "0x744c"))
    (gpu,) = found.gpus
    assert (gpu.backends, gpu.budget_bytes) == ((), None)
    assert "gpu-driver-missing" in [finding.rule for finding in found.findings]


@pytest.mark.parametrize(
    ("number", "target"),
    [("110501", "gfx1151"), ("90010", "gfx90a"), ("90402", "gfx942"), ("100300", "gfx1030"), ("0", None)],
)
def test_gfx_targets(number: str, target: str | None) -> None:
    assert parse_gfx_target(number) == target


def test_marketing_names() -> None:
    # Lines of libdrm's data/amdgpu.ids.
    table = "# comment\n744C,\tC8,\tAMD Radeon RX 7900 XTX\n744C,\tCC,\tAMD Radeon RX 7900 XT\n"
    assert parse_marketing_name(table, device="744c", revision="0xcc") == "AMD Radeon RX 7900 XT"
    assert parse_marketing_name(table, device="744c", revision="0x00") is None


def test_a_gpu_that_the_processor_names() -> None:
    assert graphics_of_cpu(["AMD Ryzen AI 9 HX 370 w/ Radeon 890M"]) == "AMD Radeon 890M"
    assert graphics_of_cpu(["AMD Ryzen 7 5700G with Radeon Graphics"]) is None


def test_arc_card_of_both_drivers(probe: Probe) -> None:
    i915 = device("0000:03:00.0", "0x8086", "0xe20b", drm__card1__lmem_total_bytes=str(12 * GIB))
    (gpu,) = probe(i915).gpus
    assert (gpu.id, gpu.memory_bytes, gpu.unified) == ("arc-b580", 12 * GIB, False)
    xe = device("0000:03:00.0", "0x8086", "0xe20b", tile0__physical_vram_size_bytes=hex(12 * GIB))
    assert probe(xe).gpus[0].memory_bytes == 12 * GIB


def test_integrated_even_when_it_is_called_arc(probe: Probe, capture: Capture) -> None:
    match = re.match(r"(\S+) .*\[8086:(\w{4})\]", capture("intel-lspci-lnl", "lspci.txt"))
    assert match is not None
    (gpu,) = probe(device(match.group(1), "0x8086", f"0x{match.group(2)}"), total=32 * GIB, available=20 * GIB).gpus
    assert (gpu.id, gpu.unified, gpu.memory_bytes, gpu.budget_bytes) == ("arc-140v", True, 24 * GIB, 18 * GIB)


def test_vulkan_heap() -> None:
    assert vulkan_heap(4 * GIB) == 2 * GIB
    assert vulkan_heap(16 * GIB) == 12 * GIB


def test_server_boards_have_no_gpu(probe: Probe) -> None:
    assert probe(device("0000:02:00.0", "0x1a03", "0x2000")).gpus == ()  # ASPEED


def test_windows_registry_sizes(capture: Capture) -> None:
    assert "536870912" in capture("win-registry-three", "sizes.md")
    values: dict[str, object] = {
        "DriverDesc": "AMD Radeon(TM) Graphics", "MatchingDeviceId": r"PCI\VEN_1002&DEV_164E",
        "HardwareInformation.qwMemorySize": 536870912,
    }  # fmt: skip
    adapter = parse_key(values)
    assert adapter is not None
    assert (adapter.pci_id, adapter.memory_bytes) == ("1002:164e", 536870912)
    binary = parse_key(values | {"HardwareInformation.qwMemorySize": (16 * GIB).to_bytes(8, "little").hex()})
    assert binary is not None
    assert binary.memory_bytes == 16 * GIB
    assert parse_key({"DriverDesc": "GameViewer Virtual Display Adapter", "MatchingDeviceId": "ROOT\\GV"}) is None
