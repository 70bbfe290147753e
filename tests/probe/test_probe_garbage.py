"""A machine that answers every question with nonsense: nothing fails, nothing is printed raw, no size is absurd."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Platform
from llmadvise.domain.runtime import Detection, Runtime
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.nvml_tape import PlayedLibrary
from llmadvise.probe.sources import Answer, Sources

NONSENSE = (
    "", "\n", "0", "-1", "1", "max", "max 100000", "200000 100000", "0 0", "9" * 30, "18446744073709551615", "\0", "\x1b[31mred",
    "0x10de", "0x1002", "0x8086", "0x030000", "0x744c", "0x1586", "0x64a0", "a: b\nc", ":::", "0::/", "0::/../..", "5:memory:/x",
    "processor: 0\nmodel name: \x1b]0;x\x07\nflags: avx2\n\n" * 3, "MemTotal: 99999999999999999999 kB\nMemAvailable: 5 kB",
    "MemTotal: 1000 kB\nMemAvailable: 99999999 kB", "E:MEMORY_DEVICE_0_SPEED_MTS=3200\nE:MEMORY_DEVICE_x_TYPE=", "0-3,9-1", "[]",
    "{}", "null", "[1]", '{"virtual_memory": []}', '{"hw.memsize": {}, "hw.optional.arm64": 1}', "hw.memsize: 0\nhw.optional.arm64: 1",
    '[{"vendor_id": 4098, "device_id": 5510, "dedicated_video_memory": -5}]', '[{"MatchingDeviceId": "ven_1002&dev_744c"}]',
    '{"virtual_memory": {"total": 1, "available": 9}, "cpu_count": {"physical": true}}', "[" * 5000, "NVIDIA, 1 MiB", "a,b,c,d,e,f",
    ",,,,,", "NVIDIA GeForce RTX 4090, [N/A], -5, x, y, z", "gfx_target_version 110501\ndevice_id 29772", "simd_count 9\nlocation_id 768\nunique_id 99999999999999999999",
    "744c, C8, \x1b[1m",
    '"gpu-core-count" = 99999', "apple,t6021\0", "HTTP/1.1 200\r\nserver: llama.cpp",
)  # fmt: skip
NAMES = ("card0", "card1", "0000:01:00.0", "renderD128", "hwmon0", "tile0", "node", "..", "x" * 300, "0", "\x1b[31m")
ERRORS = ("NVMLError_NotSupported", "NVMLError_Unknown", "NVMLError_LibraryNotFound", "NVMLError_LibRmVersionMismatch")
RUNTIMES = {
    "llama.cpp": Runtime(
        id="llama.cpp", name="", formats=(), backends=(), engine="llama.cpp",
        detection=Detection(binaries=("llama-server",), version_arguments=("--version",), version_pattern="version: (.*)", port=1, greeting="x"),
    )
}  # fmt: skip


class Nonsense(Sources):
    """Every answer depends on the seed and the question alone."""

    def __init__(self, seed: int, platform: Platform) -> None:
        super().__init__("/nowhere", seconds=20)
        self.seed, self.platform = seed, platform

    def _chance(self, question: str) -> Random:
        return Random(f"{self.seed} {question}")  # noqa: S311 - a made-up machine

    def _text(self, question: str) -> str:
        return self._chance(question).choice(NONSENSE)

    def read(self, path: str) -> Answer:
        chance = self._chance(path)
        if chance.random() < 0.2:
            return Answer(text=None, status=chance.choice(("absent", "denied", "failed")))
        return Answer(text=chance.choice(NONSENSE), status="read")

    def names(self, path: str) -> list[str]:
        chance = self._chance(path)
        return sorted(set(chance.choices(NAMES, k=chance.randrange(5))))

    def exists(self, path: str) -> bool:
        return self._chance(path).random() < 0.5

    def may_use(self, path: str) -> bool:
        return self._chance(path).random() < 0.5

    def link(self, path: str) -> str | None:
        return self._chance(path).choice((None, "", "/", "../x", "amdgpu\x1b[31m"))

    def run(self, command: tuple[str, ...]) -> Answer:
        chance = self._chance(" ".join(command))
        status = chance.choice(("read", "read", "failed", "timed out", "absent"))
        return Answer(
            text=chance.choice((*NONSENSE, None)),
            status=status,
            exit=chance.choice((None, 0, 9, 18)),
            detail="\x1b[31m",
        )

    def library(self, name: str) -> object:
        chance = self._chance(name)
        if chance.random() < 0.3:
            raise ImportError(name)
        calls = [
            {"call": call, "arguments": [f"device {device}"], "answer": self._value(f"{call} {device}")}
            for call in (
                "nvmlDeviceGetName", "nvmlDeviceGetMemoryInfo", "nvmlDeviceGetUUID", "nvmlDeviceGetPciInfo",
                "nvmlDeviceGetCudaComputeCapability", "nvmlDeviceGetMigMode", "nvmlDeviceGetMaxMigDeviceCount",
            )
            for device in range(3)
        ]  # fmt: skip
        count = chance.choice((0, 1, 3, -1, 10**9, "x", None))
        return PlayedLibrary([*calls, {"call": "nvmlDeviceGetCount", "answer": count}])

    def _value(self, question: str) -> object:
        values = (
            "NVIDIA GeForce RTX 4090", "\x1b[31m" * 200, [1, 1], [8, 9], [], 3, -1, 10**30, None, *ERRORS, {"total": 24 << 30, "free": 10**40},
            {"total": -1, "free": 0}, {"total": "x"}, {"pciDeviceId": 0x268410DE}, {"pciDeviceId": -1}, {"total": 8 << 30, "free": 4 << 30},
        )  # fmt: skip
        return self._chance(question).choice(values)

    def system_values(self, name: str) -> Answer:
        return Answer(text=self._text(name), status="read", detail="\x1b[31m")

    def environment(self) -> Mapping[str, str]:
        values = (None, "", "0", "0,0", "-1", "GPU-", "\x1b[31m", "99999999999999999999", "MIG-x,1", "G", ",")
        names = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
        given = {name: self._chance(name).choice(values) for name in names}
        return {name: value for name, value in given.items() if value is not None} | {"PATH": "/x"}

    def find_program(self, name: str) -> str | None:
        return self._chance(name).choice((None, f"/usr/bin/{name}", "\x1b[31m", "x"))

    def find_package(self, name: str) -> tuple[str, str] | None:
        return self._chance(name).choice((None, ("\x1b[31m", "\x1b[31m"), ("", "")))

    def listen(self, port: int) -> Answer:
        return Answer(text=self._text(str(port)), status="read")

    def allowed_processors(self) -> frozenset[int]:
        return self._chance("allowed").choice((frozenset(), frozenset({0}), frozenset({9999})))

    def architecture(self) -> str | None:
        return self._chance("uname").choice((None, "x86_64", "\x1b[31m"))


@pytest.mark.parametrize("platform", Platform)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 30))
def test_nonsense_is_read_as_such(
    gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration, platform: Platform, seed: int
) -> None:  # fmt: skip
    found = probe_machine(
        gpus=gpus, cpus=cpus, runtimes=RUNTIMES, calibration=calibration, door=Nonsense(seed, platform), own_files=False, thorough=True
    )  # fmt: skip
    failed = [finding.message for finding in found.findings if finding.rule in {"probe-failed", "probe-timed-out"}]
    assert failed == []
    assert "\\x1b" not in repr(found)
    for gpu in found.gpus:
        sizes = [size for size in (gpu.memory_bytes, gpu.free_bytes, gpu.budget_bytes) if size is not None]
        assert all(0 <= size < 1 << 46 for size in sizes)
    assert len(found.gpus) <= 200
