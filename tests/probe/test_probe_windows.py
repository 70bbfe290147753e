"""Windows by replay: DXGI, the registry and NVML joined; and the calls to DXGI on made-up tables of functions."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Mapping

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts, Hardware, Platform
from llmadvise.probe import windows_com
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.replay import CapturedSources
from llmadvise.probe.sources import Answer
from llmadvise.probe.windows_com import Description, VideoMemory, list_adapters
from llmadvise.probe.windows_dxgi import parse_dxgi
from llmadvise.units import GIB, MIB

PSUTIL = {
    "virtual_memory": {"total": 32 * GIB, "available": 20 * GIB},
    "cpu_count": {"logical": 16, "physical": 8},
    "machine": "AMD64",
    "processor": "AMD Ryzen 7 5800X3D 8-Core Processor",
}
SOFTWARE = {
    "description": "Microsoft Basic Render Driver",
    "vendor_id": 0x1414,
    "device_id": 0x8C,
    "flags": 2,
    "luid": 9,
}
VIRTUAL = {"DriverDesc": "GameViewer Virtual Display Adapter", "MatchingDeviceId": "ROOT\\GV"}
Windows = Callable[..., Hardware]


def adapter(name: str, vendor: int, device: int, dedicated: int, *, luid: int = 1, **more: int) -> dict[str, object]:
    return {
        "description": name, "vendor_id": vendor, "device_id": device, "dedicated_video_memory": dedicated,
        "shared_system_memory": 16 * GIB, "flags": 0, "luid": luid, "budget": None, **more,
    }  # fmt: skip


def key(name: str, identity: str, size: object) -> dict[str, object]:
    return {
        "DriverDesc": name,
        "MatchingDeviceId": identity,
        "HardwareInformation.qwMemorySize": size,
        "DriverVersion": "1",
    }


@pytest.fixture
def windows(gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration) -> Windows:
    def probe(
        *,
        dxgi: object = None,
        registry: object = None,
        nvml: object = None,
        psutil: object = PSUTIL,
        environment: Mapping[str, str] | None = None,
    ) -> Hardware:
        given = {"dxgi": dxgi, "registry": registry, "nvml": nvml, "psutil": psutil}
        answers = {
            name: Answer(text=json.dumps(value), status="read") for name, value in given.items() if value is not None
        }
        variables = "\n".join(f"{name}={value}" for name, value in (environment or {}).items())
        answers["env"] = Answer(text=variables, status="read", exit=0)
        door = CapturedSources(Platform.WINDOWS, answers)
        return probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door)

    return probe


def test_a_card_above_4_gib(windows: Windows) -> None:
    # WMI would say 4293918720 for it; nothing asks WMI.
    found = windows(
        dxgi=[adapter("AMD Radeon AI PRO R9700", 0x1002, 0x7551, 34_100_000_000, budget=30 * GIB), SOFTWARE],
        registry=[key("AMD Radeon AI PRO R9700", r"PCI\VEN_1002&DEV_7551&REV_C0", 34_208_743_424), VIRTUAL],
    )
    (gpu,) = found.gpus
    assert (gpu.id, gpu.memory_bytes, gpu.free_bytes, gpu.unified) == ("r9700", 34_208_743_424, 30 * GIB, False)
    assert (gpu.backends, gpu.driver) == ((Backend.VULKAN,), "1")
    assert (found.memory.total_bytes, found.cpu.cores, found.cpu.architecture) == (32 * GIB, 8, "x86_64")
    assert found.cpu.id == "ryzen-5800x3d"


def test_a_large_carve_out_is_not_the_visible_memory(windows: Windows) -> None:
    # 96 GiB of 128 for the GPU: Windows sees 31.65 GiB (AlexsJones/llmfit issue 194).
    total = int(31.65 * GIB)
    found = windows(
        dxgi=[adapter("AMD Radeon(TM) 8060S Graphics", 0x1002, 0x1586, 96 * GIB)],
        psutil={**PSUTIL, "virtual_memory": {"total": total, "available": int(20.46 * GIB)}},
    )
    (gpu,) = found.gpus
    assert (gpu.id, gpu.unified) == ("ryzen-395-128", True)
    assert gpu.memory_bytes == 96 * GIB + 16 * GIB
    assert found.memory.total_bytes == total
    assert gpu.budget_bytes is not None
    assert 96 * GIB <= gpu.budget_bytes <= 112 * GIB


def test_the_registry_alone(windows: Windows) -> None:
    # Mesh-LLM/mesh-llm pull 1836: an RTX 4070 Ti beside an integrated GPU; the size of some drivers is in bytes.
    found = windows(
        registry=[
            key("AMD Radeon(TM) Graphics", r"PCI\VEN_1002&DEV_164E", (512 * MIB).to_bytes(8, "little").hex()),
            key("AMD Radeon(TM) Graphics", r"PCI\VEN_1002&DEV_164E", 512 * MIB),
            key("Intel(R) Arc(TM) B580 Graphics", r"PCI\VEN_8086&DEV_E20B", 12 * GIB),
            key("NVIDIA GeForce RTX 4090", r"PCI\VEN_10DE&DEV_2684", 24 * GIB),
        ]
    )
    assert [(gpu.vendor, gpu.id, gpu.unified) for gpu in found.gpus] == [
        ("nvidia", "rtx-4090", False), ("amd", None, True), ("intel", "arc-b580", False),
    ]  # fmt: skip
    assert found.gpus[1].memory_bytes == 512 * MIB + 16 * GIB


def test_stale_keys_and_twins(windows: Windows) -> None:
    found = windows(
        dxgi=[
            adapter("AMD Radeon RX 7900 XTX", 0x1002, 0x744C, 24 * GIB, luid=1),
            adapter("AMD Radeon RX 7900 XTX", 0x1002, 0x744C, 24 * GIB, luid=2),
            adapter("AMD Radeon RX 7900 XTX", 0x1002, 0x744C, 24 * GIB, luid=2),
        ],
        registry=[
            key("AMD Radeon RX 7600", r"PCI\VEN_1002&DEV_7480", 8 * GIB),
            key("AMD Radeon RX 7900 XTX", r"PCI\VEN_1002&DEV_744C", 24 * GIB),
        ],
    )
    assert [gpu.id for gpu in found.gpus] == ["rx-7900-xtx", "rx-7900-xtx"]
    (finding,) = (item for item in found.findings if item.rule == "gpu-removed")
    assert "RX 7600" in finding.message


def test_one_card_seen_by_nvml_and_dxgi_is_one(windows: Windows) -> None:
    tape = {
        "devices": [
            {
                "nvmlDeviceGetName": "NVIDIA GeForce RTX 4090",
                "nvmlDeviceGetMemoryInfo": {"total": 24 * GIB, "free": 22 * GIB},
                "nvmlDeviceGetCudaComputeCapability": [8, 9],
            }
        ]
    }
    found = windows(dxgi=[adapter("NVIDIA GeForce RTX 4090", 0x10DE, 0x2684, 24 * GIB), SOFTWARE], nvml=tape)
    (gpu,) = found.gpus
    assert (gpu.id, gpu.free_bytes, gpu.compute_capability) == ("rtx-4090", 22 * GIB, "8.9")


@pytest.mark.parametrize("answers", [True, False])
def test_a_card_that_a_variable_hides_is_not_brought_back_by_dxgi(windows: Windows, *, answers: bool) -> None:
    tape = {"devices": [{"nvmlDeviceGetName": "NVIDIA GeForce RTX 4090"}]} if answers else None
    card = adapter("NVIDIA GeForce RTX 4090", 0x10DE, 0x2684, 24 * GIB)
    found = windows(dxgi=[card], nvml=tape, environment={"CUDA_VISIBLE_DEVICES": ""})
    assert found.gpus == ()
    assert [item.rule for item in found.findings if item.rule.startswith("gpu-h")] == ["gpu-hidden"]


def test_a_machine_without_gpu_says_so(windows: Windows) -> None:
    found = windows(dxgi=[SOFTWARE], registry=[VIRTUAL])
    assert found.gpus == ()
    assert "gpu-none" in {finding.rule for finding in found.findings}


@pytest.mark.parametrize(
    "text", [None, "", "{", "[1]", '[{"vendor_id": "x"}]', "[" * 100_000, '[{"vendor_id": 1e400}]']
)
def test_garbage_is_no_adapter(text: str | None) -> None:
    assert parse_dxgi(text) == []


class Table:
    """Objects as COM lays them out: a pointer to a table of functions; counts what is released."""

    def __init__(self) -> None:
        self.kept: list[object] = []
        self.released = 0

    def make(self, functions: Mapping[int, object]) -> int:
        kinds = (ctypes.c_void_p * 16)()
        for place, function in functions.items():
            kinds[place] = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
        pointer = ctypes.c_void_p(ctypes.addressof(kinds))
        self.kept += [kinds, pointer, functions]
        return ctypes.addressof(pointer)


POINTER, NUMBER = ctypes.c_void_p, ctypes.c_uint32


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    monkeypatch.setattr(windows_com, "_FUNCTION", ctypes.CFUNCTYPE)
    return Table()


def test_the_calls_to_dxgi(table: Table) -> None:
    result = ctypes.c_int32
    release = ctypes.CFUNCTYPE(result, POINTER)(lambda _this: setattr(table, "released", table.released + 1) or 0)

    def describe(_this: int, place: int) -> int:
        text = Description.from_address(place)
        for index, letter in enumerate("Arc B580"):
            text.description[index] = ord(letter)
        text.vendor_id, text.device_id, text.dedicated_video_memory = 0x8086, 0xE20B, 12 * GIB
        text.shared_system_memory, text.luid_low = 16 * GIB, 77
        return 0

    def query(_this: int, _node: int, _group: int, place: int) -> int:
        VideoMemory.from_address(place).budget = 11 * GIB
        return 0

    newer = table.make({
        2: release, 14: ctypes.CFUNCTYPE(result, POINTER, NUMBER, NUMBER, POINTER)(query),
    })  # fmt: skip

    def interface(_this: int, _identity: int, place: int) -> int:
        ctypes.c_void_p.from_address(place).value = newer
        return 0

    one = table.make({
        0: ctypes.CFUNCTYPE(result, POINTER, POINTER, POINTER)(interface), 2: release,
        10: ctypes.CFUNCTYPE(result, POINTER, POINTER)(describe),
    })  # fmt: skip

    def enumerate_(_this: int, number: int, place: int) -> int:
        if number:
            return -2005270526  # DXGI_ERROR_NOT_FOUND
        ctypes.c_void_p.from_address(place).value = one
        return 0

    factory = table.make({2: release, 12: ctypes.CFUNCTYPE(result, POINTER, NUMBER, POINTER)(enumerate_)})

    def create(_identity: object, place: object) -> int:
        ctypes.cast(place, ctypes.POINTER(ctypes.c_void_p))[0] = factory  # type: ignore[arg-type,index]
        return 0

    found = list_adapters(create)
    (read,) = parse_dxgi(json.dumps(found))
    assert (read.name, read.pci_id, read.dedicated_bytes) == ("Arc B580", "8086:e20b", 12 * GIB)
    assert (read.shared_bytes, read.budget_bytes, found[0]["luid"]) == (16 * GIB, 11 * GIB, 77)
    assert table.released == 3


def test_no_factory_is_an_error(table: Table) -> None:
    with pytest.raises(OSError, match="no factory"):
        list_adapters(lambda *_: -1)
