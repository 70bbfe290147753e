"""Hardware files: what is filled in, and what is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts, Hardware, Platform
from llmadvise.errors import InvalidFileError
from llmadvise.probe.document import read_hardware_file

GIB = 1 << 30
Load = Callable[[object], Hardware]


@pytest.fixture
def load(
    tmp_path: Path, gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> Load:
    def read(content: object) -> Hardware:
        path = tmp_path / "machine.json"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return read_hardware_file(str(path), gpus=gpus, cpus=cpus, calibration=calibration)

    return read


def test_the_platform_is_enough(load: Load) -> None:
    found = load({"platform": "linux"})
    assert (found.platform, found.gpus, found.name) == (Platform.LINUX, (), "machine.json")


def test_a_name_brings_the_rest(load: Load) -> None:
    found = load({
        "schema": "llmadvise.hardware/1", "version": "0.1.0", "platform": "linux",
        "cpu": {"name": "AMD Ryzen 7 5800X3D"}, "memory": {"total_bytes": 64 * GIB},
        "gpus": [{"name": "NVIDIA GeForce RTX 4090"}, {"id": "rx-7900-xtx"}],
    })  # fmt: skip
    first, second = found.gpus
    assert (first.id, first.vendor, first.memory_bytes) == ("rtx-4090", "nvidia", 24 * GIB)
    assert (first.budget_bytes, first.memory_bandwidth) == (24 * GIB - GIB // 4, 1_008_000_000_000)
    assert (first.backends, first.compute_capability) == ((Backend.CUDA, Backend.VULKAN), "8.9")
    assert (second.index, second.name, second.vendor) == (1, "Radeon RX 7900 XTX", "amd")
    assert (found.cpu.id, found.cpu.cores, found.cpu.memory_bandwidth) == ("ryzen-5800x3d", 8, 41_000_000_000)


def test_what_is_written_stands(load: Load) -> None:
    found = load({
        "platform": "linux",
        "cpu": {"cores": 4, "memory_bandwidth": {"value": 20e9, "low": 1, "high": 2, "basis": "measured", "sources": ["x"]}},
        "gpus": [{"name": "RTX 4090", "memory_bytes": 48 * GIB, "free_bytes": 10 * GIB, "budget_bytes": 9 * GIB,
                  "memory_bandwidth": 900_000_000_000, "backends": []}],
    })  # fmt: skip
    (gpu,) = found.gpus
    assert (gpu.memory_bytes, gpu.budget_bytes, gpu.backends) == (48 * GIB, 9 * GIB, ())
    assert (gpu.memory_bandwidth, gpu.bandwidth_basis) == (900_000_000_000, Basis.DECLARED)
    assert (found.cpu.memory_bandwidth, found.cpu.bandwidth_basis) == (20_000_000_000, Basis.MEASURED)


def test_a_broken_driver_stays_broken(load: Load) -> None:
    (gpu,) = load({"platform": "linux", "gpus": [{"name": "NVIDIA GeForce RTX 4090", "backends": []}]}).gpus
    assert (gpu.id, gpu.backends, gpu.budget_bytes) == ("rtx-4090", (), None)


def test_a_mac(load: Load) -> None:
    (gpu,) = load({
        "platform": "macos", "memory": {"total_bytes": 64 * GIB},
        "gpus": [{"vendor": "apple", "name": "Apple M3 Max", "unified": True}],
    }).gpus  # fmt: skip
    assert (gpu.id, gpu.memory_bytes, gpu.budget_bytes) == ("apple-m3-max-40c-64gb", 64 * GIB, 48 * GIB)


def test_an_unknown_card_is_said_once(load: Load) -> None:
    finding = {"rule": "gpu-unidentified", "verdict": "note", "message": "x", "evidence": "gpu0"}
    found = load({"platform": "linux", "gpus": [{"name": "Foo 1", "memory_bytes": GIB}], "findings": [finding]})
    assert [item.rule for item in found.findings] == ["gpu-unidentified"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "1: is not JSON"),
        ("{\n'platform'", "2: is not JSON"),
        ("[]", "must be an object"),
        ("{}", "platform: is missing"),
        ({"platform": "amiga"}, "platform: must be one of linux, macos, windows"),
        ({"platform": 1}, "platform: must be one of"),
        ({"platform": "linux", "gpu": []}, "gpu: is not a field"),
        ({"platform": "linux", "gpus": {}}, "gpus: must be a list"),
        ({"platform": "linux", "gpus": [3]}, "gpus[0]: must be an object"),
        ({"platform": "linux", "gpus": [{}]}, "gpus[0].name: is missing"),
        ({"platform": "linux", "gpus": [{"name": "a", "vram": 1}]}, "gpus[0].vram: is not a field"),
        (
            {"platform": "linux", "gpus": [{"name": "a"}, {"name": "b", "memory_bytes": "24GB"}]},
            "gpus[1].memory_bytes: must be",
        ),
        ({"platform": "linux", "gpus": [{"name": "a", "memory_bytes": -1}]}, "gpus[0].memory_bytes: must be"),
        ({"platform": "linux", "gpus": [{"name": "a", "memory_bytes": True}]}, "gpus[0].memory_bytes: must be"),
        ({"platform": "linux", "gpus": [{"name": "a", "memory_bytes": 2**70}]}, "gpus[0].memory_bytes: must be"),
        (
            {"platform": "linux", "gpus": [{"name": "a", "memory_bytes": 1, "free_bytes": 2}]},
            "free_bytes: is more than",
        ),
        ({"platform": "linux", "gpus": [{"name": "a"}] * 65}, "gpus: has more than 64"),
        ({"platform": "linux", "gpus": [{"name": "a\x1b[31m"}]}, "gpus[0].name: must be printable"),
        ({"platform": "linux", "gpus": [{"name": "a", "backends": ["opencl"]}]}, "backends: must be one of cuda"),
        ({"platform": "linux", "memory": {"total_bytes": 1, "available_bytes": 2}}, "memory.available_bytes: is more"),
        ({"platform": "linux", "schema": "llmadvise.hardware/9"}, "schema: is 'llmadvise.hardware/9'"),
        ('{"platform": "linux", "platform": "macos"}', "'platform' is there twice"),
        ('{"platform": "linux", "memory": {"total_bytes": NaN}}', "NaN is no number"),
        ("[" * 100_000, "nested too deeply"),
        (b"\xff\xfe", "is not UTF-8 at byte 0"),
        (b" " * ((8 << 20) + 1), "larger than 8 MiB"),
    ],
)
def test_refusals(load: Load, content: object, problem: str) -> None:
    with pytest.raises(InvalidFileError) as caught:
        load(content)
    assert problem in caught.value.message
    assert "machine.json" in caught.value.message
    assert "\x1b" not in caught.value.message


def test_folders_and_missing_files(
    tmp_path: Path, gpus: Mapping[str, GpuFacts], calibration: MemoryCalibration
) -> None:
    for path, problem in ((tmp_path, "is a folder"), (tmp_path / "none.json", "cannot be read")):
        with pytest.raises(InvalidFileError, match=problem):
            read_hardware_file(str(path), gpus=gpus, cpus={}, calibration=calibration)
