"""ROCR_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES: what ROCm's libraries would show, by their own reading of the variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts, Hardware
from llmadvise.probe.amd_visible import KfdNode, hip_positions, parse_node, rocr_positions
from llmadvise.probe.linux import probe_linux
from llmadvise.probe.record import Record

GIB = 1 << 30
FIRST, SECOND = "GPU-4b2c1a9f8d3e6f7a", "GPU-4b2c000000000b5c"
BOTH = (FIRST, SECOND, None)
# Lines of a KFD properties file (Linux, drivers/gpu/drm/amd/amdkfd/kfd_topology.c: node_show); 768 is 03:00.0.
NODE = "cpu_cores_count 0\nsimd_count 192\nlocation_id {place}\ndomain 0\ndevice_id 29772\nunique_id {number}\n"
CPU_NODE = "cpu_cores_count 16\nsimd_count 0\nlocation_id 0\nunique_id 0\n"


@pytest.mark.parametrize(
    ("value", "positions"),
    [
        ("0", [0]), ("1,0", [1, 0]), (" 1 , 0", [1, 0]), ("0,0,1", [0]), ("0,7,1", [0]), ("", []), ("-1", []), ("none", []),
        (FIRST, [0]), (SECOND.upper(), [1]), ("GPU-4b2c1", [0]), ("GPU-4b2c", []), ("GPU-", []), (f"{FIRST}0", []),
        ("2,GPU-4b2c1a", [2, 0]),
    ],
)  # fmt: skip
def test_rocr_reads_it_so(value: str, positions: list[int]) -> None:
    """ROCR-Runtime core/runtime/amd_filter_device.cpp."""
    assert rocr_positions(value, BOTH) == positions


@pytest.mark.parametrize(
    ("value", "positions"),
    [
        ("0", [0]), ("1,0", [1, 0]), ("1, 0", [1]), ("0,0,1", [0, 1]), ("0,7,1", [0]), ("-1", []), ("01", []), ("0,", [0]),
        (FIRST, [0]), ("GPU-4b2c", [0]), (SECOND.upper(), []), ("GPU-ffff,0", []),
    ],
)  # fmt: skip
def test_hip_reads_it_so(value: str, positions: list[int]) -> None:
    """Clr, rocclr/device/rocm/rocdevice.cpp."""
    assert hip_positions(value, BOTH) == positions


def test_nodes() -> None:
    number = int(FIRST.removeprefix("GPU-"), 16)
    assert parse_node(NODE.format(place=768, number=number)) == KfdNode(address="0000:03:00.0", uuid=FIRST)
    assert parse_node(NODE.format(place=0xC701, number=0)) == KfdNode(address="0000:c7:00.1", uuid=None)
    assert parse_node(CPU_NODE) is None
    assert parse_node(None) is None


def card(address: str, number: str, size: int) -> dict[str, str]:
    folder = f"/sys/bus/pci/devices/{address}"
    files = {"class": "0x030000", "vendor": "0x1002", "device": number, "mem_info_vram_total": str(size)}
    return {f"{folder}/{name}": f"{text}\n" for name, text in files.items()}


CARDS = {
    "/proc/meminfo": "MemTotal: 67108864 kB\nMemAvailable: 60000000 kB\n",
    **card("0000:03:00.0", "0x7480", 8 * GIB),
    **card("0000:07:00.0", "0x7551", 32 * GIB),
    "/dev/kfd": "",
}
NODES = "/sys/class/kfd/kfd/topology/nodes"
# The kernel lists the second card first, and node 10 comes after node 2.
TOPOLOGY = {
    f"{NODES}/0/properties": CPU_NODE,
    f"{NODES}/2/properties": NODE.format(place=0x700, number=int(SECOND[4:], 16)),
    f"{NODES}/10/properties": NODE.format(place=0x300, number=int(FIRST[4:], 16)),
}
Probe = Callable[..., Hardware]


@pytest.fixture
def probe(
    tree: Callable[[Mapping[str, str]], Record],
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
) -> Probe:
    def look(files: Mapping[str, str], **environment: str) -> Hardware:
        return probe_linux(tree(files), gpus=gpus, cpus=cpus, calibration=calibration, environment=environment)

    return look


@pytest.mark.parametrize(
    ("environment", "seen", "hidden"),
    [
        ({}, ["rx-7600", "r9700"], []),
        ({"HIP_VISIBLE_DEVICES": "0"}, ["r9700"], ["1 of 2"]),
        ({"HIP_VISIBLE_DEVICES": "1,0"}, ["rx-7600", "r9700"], []),
        ({"HIP_VISIBLE_DEVICES": FIRST}, ["rx-7600"], ["1 of 2"]),
        ({"HIP_VISIBLE_DEVICES": ""}, ["rx-7600", "r9700"], []),
        ({"HIP_VISIBLE_DEVICES": "-1"}, [], ["2 of 2"]),
        ({"ROCR_VISIBLE_DEVICES": "0"}, ["r9700"], ["1 of 2"]),
        ({"ROCR_VISIBLE_DEVICES": ""}, [], ["2 of 2"]),
        ({"ROCR_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "0"}, ["rx-7600"], ["1 of 2"]),
        ({"ROCR_VISIBLE_DEVICES": "1,0", "HIP_VISIBLE_DEVICES": "1"}, ["r9700"], ["1 of 2"]),
        ({"ROCR_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "1"}, [], ["1 of 2", "1 of 1"]),
        ({"GPU_DEVICE_ORDINAL": "0"}, ["rx-7600", "r9700"], []),
    ],
)
def test_what_is_hidden_is_not_planned_with(
    probe: Probe, environment: dict[str, str], seen: list[str], hidden: list[str]
) -> None:
    found = probe({**CARDS, **TOPOLOGY}, **environment)
    assert sorted(gpu.id or "" for gpu in found.gpus) == sorted(seen)
    assert [gpu.index for gpu in found.gpus] == list(range(len(seen)))
    told = [item.message for item in found.findings if item.rule == "gpu-hidden"]
    assert [" ".join(message.split()[:3]) for message in told] == hidden


def test_the_order_is_that_of_the_variable_and_of_the_kernel(probe: Probe) -> None:
    both = probe({**CARDS, **TOPOLOGY}, HIP_VISIBLE_DEVICES="0,1")
    assert [gpu.id for gpu in both.gpus] == ["r9700", "rx-7600"]


def test_what_is_meant_for_other_cards_takes_rocm_alone(probe: Probe) -> None:
    found = probe({**CARDS, **TOPOLOGY}, CUDA_VISIBLE_DEVICES="1")
    backends = {gpu.id: gpu.backends for gpu in found.gpus}
    assert backends == {"rx-7600": (Backend.ROCM, Backend.VULKAN), "r9700": (Backend.VULKAN,)}
    (finding,) = (item for item in found.findings if item.rule == "gpu-hidden")
    assert "from ROCm by CUDA_VISIBLE_DEVICES='1'" in finding.message
    assert probe({**CARDS, **TOPOLOGY}, CUDA_VISIBLE_DEVICES="1", HIP_VISIBLE_DEVICES="0,1").gpus[0].id == "r9700"


def test_without_the_kernels_list_the_bus_counts(probe: Probe) -> None:
    assert [gpu.id for gpu in probe(CARDS, HIP_VISIBLE_DEVICES="0").gpus] == ["rx-7600"]


def test_without_rocm_the_variables_mean_nothing(probe: Probe) -> None:
    without = {path: text for path, text in CARDS.items() if path != "/dev/kfd"}
    assert len(probe(without, HIP_VISIBLE_DEVICES="0").gpus) == 2
