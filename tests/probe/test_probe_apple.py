"""Macs: chips, GPU cores, and what the GPU may wire."""

from __future__ import annotations

import ctypes
import json
import re
import sys
from collections.abc import Callable, Mapping

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import Backend, CpuFacts, GpuFacts, Memory, Platform
from llmadvise.probe.apple import NAMES, parse_apple, parse_gpu_cores, parse_sysctl, wired_limit
from llmadvise.probe.mac import join_apple
from llmadvise.probe.mac_sysctl import read_names
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.record import Record
from llmadvise.probe.replay import CapturedSources
from llmadvise.probe.sources import Answer

GIB, MIB = 1 << 30, 1 << 20

SYSCTL = """machdep.cpu.brand_string: Apple M3 Max
hw.memsize: 68719476736
hw.physicalcpu: 16
hw.perflevel0.physicalcpu: 12
hw.optional.arm64: 1
kern.osproductversion: 15.4
iogpu.wired_limit_mb: 0
hw.optional.arm.FEAT_DotProd: 1
hw.optional.arm.FEAT_I8MM: 1
"""


@pytest.mark.parametrize(
    ("version", "total", "megabytes"),
    [
        # recommendedMaxWorkingSetSize in llama.cpp logs, which print MB of 10**6.
        ("14.5", 16, 11453.25),
        ("15.1", 24, 17179.89),
        ("14.0", 36, 28991.03),
        ("15.0", 64, 51539.61),
        ("26.0", 16, 12713.12),
        ("26.1", 128, 107.52 * 2**30 / 1e6),
    ],
)
def test_default_limits_that_were_seen(version: str, total: int, megabytes: float) -> None:
    limit = wired_limit({"kern.osproductversion": version}, total * GIB)
    assert limit / 1e6 == pytest.approx(megabytes, rel=1e-3)


def test_a_limit_that_is_set_counts() -> None:
    assert wired_limit({"iogpu.wired_limit_mb": "60000"}, 64 * GIB) == 60000 * MIB
    assert wired_limit({"iogpu.wired_limit_mb": "99999999"}, 64 * GIB) == 64 * GIB
    assert wired_limit({"iogpu.wired_limit_mb": "0", "debug.iogpu.wired_limit": str(50 * GIB)}, 64 * GIB) == 50 * GIB


def test_an_m3_max(gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration) -> None:
    reading = parse_apple(parse_sysctl(SYSCTL), gpu_cores=40, available_bytes=30 * GIB)
    found = join_apple(reading, Memory(), Record(), gpus=gpus, cpus=cpus, calibration=calibration)
    (gpu,) = found.gpus
    assert (gpu.id, gpu.name, gpu.unified, gpu.backends) == (
        "apple-m3-max-40c-64gb",
        "Apple M3 Max",
        True,
        (Backend.METAL,),
    )
    assert (gpu.memory_bytes, gpu.free_bytes, gpu.budget_bytes) == (64 * GIB, 30 * GIB, 48 * GIB)
    assert gpu.memory_bandwidth == 409_600_000_000
    assert (found.cpu.id, found.cpu.cores, found.cpu.features) == ("m3-max-cpu", 12, ("asimddp", "i8mm"))
    assert found.memory.total_bytes == 64 * GIB


def test_cores_and_memory_choose_the_tier(
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    capture: Callable[[str, str], str],
) -> None:
    text = capture("mac-appregpuinfo-m4max", "applegpuinfo.txt")
    cores, size = re.search(r"core count: (\d+)", text), re.search(r"GPU memory: (\d+) GB", text)
    assert cores is not None
    assert size is not None
    sysctl = SYSCTL.replace("M3 Max", "M4 Max").replace("68719476736", str(int(size.group(1)) * GIB))
    reading = parse_apple(parse_sysctl(sysctl), gpu_cores=int(cores.group(1)), available_bytes=None)
    found = join_apple(reading, Memory(), Record(), gpus=gpus, cpus=cpus, calibration=calibration)
    assert found.gpus[0].memory_bandwidth == 546_000_000_000  # not the 409.6 that the tool guessed


def test_an_intel_mac_has_no_usable_gpu() -> None:
    reading = parse_apple(
        parse_sysctl("machdep.cpu.brand_string: Intel(R) Xeon(R) W-2140B CPU @ 3.20GHz\nhw.memsize: 34359738368\n"),
        gpu_cores=None,
        available_bytes=None,
    )
    assert reading.gpus == ()
    assert reading.cpu.architecture == "x86_64"


def test_gpu_cores() -> None:
    assert parse_gpu_cores('    "gpu-core-count" = 40\n') == 40
    assert parse_gpu_cores("") is None


def replayed(platform: Platform, **answers: str) -> CapturedSources:
    return CapturedSources(
        platform, {name.replace("__", " "): Answer(text=text, status="read", exit=0) for name, text in answers.items()}
    )


def test_rosetta_is_seen_through(
    gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> None:
    virtual = SYSCTL.replace("Apple M3 Max", "VirtualApple @ 2.50GHz").replace("hw.optional.arm64: 1\n", "")
    names = " ".join(NAMES)
    answers = {
        f"sysctl {names}": virtual,
        f"arch -arm64 sysctl {names}": SYSCTL,
        "ioreg -rc AGXAccelerator -d 1": '"gpu-core-count" = 40',
    }
    door = replayed(Platform.MACOS, **answers)
    found = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door)
    (gpu,) = found.gpus
    assert (gpu.name, gpu.memory_bytes, gpu.memory_bandwidth) == ("Apple M3 Max", 64 * GIB, 409_600_000_000)
    assert found.cpu.architecture == "aarch64"
    assert "cpu-translated" in {finding.rule for finding in found.findings}


def test_sysctl_asked_by_other_hands(
    gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> None:
    door = replayed(
        Platform.MACOS,
        **{
            "sysctl -n machdep.cpu.brand_string": "Apple M4\n", "sysctl -n hw.memsize": f"{16 * GIB}\n",
            "sysctl hw.optional.arm64 kern.osproductversion": "hw.optional.arm64: 1\nkern.osproductversion: 26.0\n",
        },
    )  # fmt: skip
    (gpu,) = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door).gpus
    assert (gpu.name, gpu.memory_bytes, gpu.budget_bytes) == ("Apple M4", 16 * GIB, int(16 * GIB * 0.74))


def test_asahi_has_vulkan_and_no_metal(
    gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> None:
    files = {
        "/proc/meminfo": "MemTotal: 65863680 kB\nMemAvailable: 60000000 kB\n",
        "/proc/cpuinfo": "".join(f"processor\t: {number}\nFeatures\t: asimd asimddp\n\n" for number in range(10)),
        "/proc/device-tree/compatible": "apple,j314c\0apple,t6001\0apple,arm-platform\0",
        "/proc/device-tree/model": "Apple MacBook Pro (14-inch, M1 Max, 2021)\0",
        "/dev/dri/renderD128": "",
    }
    door = replayed(Platform.LINUX, **files)
    found = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door)
    (gpu,) = found.gpus
    assert (gpu.name, gpu.unified, gpu.backends, gpu.memory_bandwidth) == (
        "Apple M1 Max", True, (Backend.VULKAN,), 400_000_000_000,
    )  # fmt: skip
    assert (found.cpu.name, found.cpu.cores) == ("Apple M1 Max", 10)
    assert gpu.budget_bytes is not None
    assert gpu.budget_bytes < 60_000_000 * 1024


def test_sysctl_by_the_library() -> None:
    known: dict[bytes, bytes] = {
        b"machdep.cpu.brand_string": b"Apple M3 Max\0", b"hw.memsize": (64 * GIB).to_bytes(8, sys.byteorder),
        b"hw.optional.arm64": (1).to_bytes(4, sys.byteorder), b"hw.physicalcpu": b"odd",
    }  # fmt: skip

    def sysctlbyname(name: bytes, place: int, size: int, _new: None, _length: int) -> int:
        if name not in known:
            return -1
        ctypes.memmove(place, known[name], len(known[name]))
        ctypes.c_size_t.from_address(size).value = len(known[name])
        return 0

    assert read_names(NAMES, sysctlbyname) == {
        "machdep.cpu.brand_string": "Apple M3 Max", "hw.memsize": str(64 * GIB), "hw.optional.arm64": "1",
    }  # fmt: skip


def test_no_program_is_started_where_the_library_answers(
    gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> None:
    values = {"machdep.cpu.brand_string": "Apple M4", "hw.memsize": str(16 * GIB), "hw.optional.arm64": "1"}
    door = replayed(Platform.MACOS, **{"libc.sysctlbyname": json.dumps(values)})
    found = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door)
    assert (found.gpus[0].name, found.memory.total_bytes) == ("Apple M4", 16 * GIB)
    assert [source.source.split()[0] for source in found.sources if source.source.startswith("sysctl")] == []
