"""A capture replays to the very machine that was probed, names nobody, and cannot lead anywhere or cost much."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fake_nvml import Card, FakeNvml, NVMLError_LibRmVersionMismatch, NVMLError_NoPermission, NVMLError_NotSupported

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, Platform
from llmadvise.domain.runtime import Detection, Runtime
from llmadvise.errors import InvalidFileError, LLMAdviseError
from llmadvise.probe.capture import CapturingSources, write_capture
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.replay import open_capture
from llmadvise.probe.scrub import Scrubber
from llmadvise.probe.sessions import split_answers
from llmadvise.probe.sources import READ_LIMIT, Answer, Sources
from llmadvise.units import GIB

UUID = "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6"
OTHER = "GPU-1f0a7c22-93a4-4a0e-b8a4-4d0f5b1c2e11"
HOST = {
    "/proc/meminfo": "MemTotal: 65843252 kB\nMemAvailable: 50000000 kB\n",
    "/proc/cpuinfo": "".join(
        f"processor\t: {number}\nmodel name\t: AMD Ryzen 7 5800X3D 8-Core Processor\nflags\t: avx avx2 fma\n"
        f"physical id\t: 0\ncore id\t: {number % 8}\n\n"
        for number in range(16)
    ),
    "/sys/bus/pci/devices/0000:01:00.0/class": "0x030000\n",
    "/sys/bus/pci/devices/0000:01:00.0/vendor": "0x10de\n",
    "/sys/bus/pci/devices/0000:01:00.0/device": "0x2684\n",
    "/run/udev/data/+dmi:id": "E:MEMORY_DEVICE_0_CONFIGURED_SPEED_MTS=3200\nE:MEMORY_DEVICE_0_TYPE=DDR4\n"
    "E:MEMORY_DEVICE_0_SERIAL_NUMBER=9F3B21C7\nE:MEMORY_DEVICE_1_CONFIGURED_SPEED_MTS=3200\n",
    "/dev/dri/renderD128": "",
}
MEMORY_GROUP = {
    "/proc/self/cgroup": "0::/user.slice/user-1000.slice\n",
    "/sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
    "/sys/fs/cgroup/user.slice/user-1000.slice/memory.max": f"{8 * GIB}\n",
    "/sys/fs/cgroup/user.slice/user-1000.slice/memory.current": f"{GIB}\n",
}
QUOTA = {**MEMORY_GROUP, "/sys/fs/cgroup/user.slice/user-1000.slice/cpu.max": "300000 100000\n"}
FIRST_VERSION = {
    "/proc/self/cgroup": "5:memory:/docker/4f5a\n3:cpu:/docker/4f5a\n",
    "/sys/fs/cgroup/memory/docker/4f5a/memory.limit_in_bytes": f"{16 * GIB}\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "/sys/fs/cgroup/cpu/docker/4f5a/cpu.cfs_quota_us": "200000\n",
    "/sys/fs/cgroup/cpu/docker/4f5a/cpu.cfs_period_us": "100000\n",
}
STRIX = {
    "/sys/bus/pci/devices/0000:c5:00.0/class": "0x038000\n",
    "/sys/bus/pci/devices/0000:c5:00.0/vendor": "0x1002\n",
    "/sys/bus/pci/devices/0000:c5:00.0/device": "0x1586\n",
    "/sys/bus/pci/devices/0000:c5:00.0/mem_info_vram_total": f"{GIB // 2}\n",
    "/sys/bus/pci/devices/0000:c5:00.0/mem_info_vram_used": "4096\n",
    "/sys/bus/pci/devices/0000:c5:00.0/mem_info_gtt_total": f"{110 * GIB}\n",
    "/sys/bus/pci/devices/0000:c5:00.0/mem_info_gtt_used": "0\n",
    "/sys/bus/pci/devices/0000:c5:00.0/hwmon/hwmon3/in1_input": "700\n",
}
CHIP, OTHER_CHIP = "4b2c1a9f8d3e6f7a", "4b2c00000a0b0c0d"
TWO_AMD = {
    f"/sys/bus/pci/devices/0000:{bus}:00.0/{name}": f"{text}\n"
    for bus, number in (("03", "0x7480"), ("07", "0x7551"))
    for name, text in {
        "class": "0x030000", "vendor": "0x1002", "device": number, "mem_info_vram_total": str(8 * GIB)
    }.items()
} | {
    f"/sys/class/kfd/kfd/topology/nodes/{place}/properties": f"simd_count 64\nlocation_id {bus}\nunique_id {int(chip, 16)}\n"
    for place, bus, chip in ((1, 0x300, CHIP), (2, 0x700, OTHER_CHIP))
}  # fmt: skip
TWO = (
    Card("NVIDIA GeForce RTX 4090", (24 * GIB, 23 * GIB), uuid=UUID),
    Card("NVIDIA GeForce RTX 3090", (24 * GIB, 20 * GIB), uuid=OTHER, capability=(8, 6), pci=0x220410DE),
)
SLICES = [
    Card("NVIDIA A100-SXM4-40GB MIG 3g.20gb", (20 * GIB, 19 * GIB), uuid="MIG-1f0a7c22-93a4-4a0e-b8a4-4d0f5b1c2e11")
]


class Machine(Sources):
    """A machine of files below a folder, with a library, variables and an affinity mask."""

    def __init__(self, root: Path, case: Case) -> None:
        super().__init__(str(root), seconds=20)
        self.platform = Platform.LINUX
        self.case = case

    def library(self, name: str) -> object:
        if self.case.nvml is None:
            raise ImportError(name)
        return self.case.nvml

    def environment(self) -> Mapping[str, str]:
        return {**self.case.variables, "PATH": "/home/somebody/bin", "HF_TOKEN": "hf_secret", "USER": "somebody"}

    def allowed_processors(self) -> frozenset[int]:
        return self.case.allowed

    def find_program(self, name: str) -> str | None:
        return f"/home/somebody/bin/{name}" if name in {"ollama", "nvidia-smi"} else None

    def find_package(self, name: str) -> tuple[str, str] | None:
        return ("0.11.0", "/home/somebody/venv/lib") if name == "vllm" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way this machine may be."""

    files: Mapping[str, str] = field(default_factory=lambda: HOST)
    nvml: object | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    allowed: frozenset[int] = frozenset()


CASES = {
    "plain": Case(nvml=FakeNvml(*TWO)),
    "memory group": Case(files={**HOST, **MEMORY_GROUP}, nvml=FakeNvml(*TWO)),
    "processor quota": Case(files={**HOST, **QUOTA}, nvml=FakeNvml(*TWO)),
    "first version": Case(files={**HOST, **FIRST_VERSION}, nvml=FakeNvml(*TWO)),
    "processor set": Case(nvml=FakeNvml(*TWO), allowed=frozenset({0, 1, 8, 9})),
    "one visible": Case(nvml=FakeNvml(*TWO), variables={"CUDA_VISIBLE_DEVICES": "1"}),
    "one visible by UUID": Case(nvml=FakeNvml(*TWO), variables={"CUDA_VISIBLE_DEVICES": OTHER}),
    "one visible by a short UUID": Case(nvml=FakeNvml(*TWO), variables={"CUDA_VISIBLE_DEVICES": "GPU-1f0a"}),
    "none visible": Case(nvml=FakeNvml(*TWO), variables={"CUDA_VISIBLE_DEVICES": ""}),
    "broken driver": Case(nvml=FakeNvml(problem=NVMLError_LibRmVersionMismatch)),
    "no library": Case(),
    "slices": Case(nvml=FakeNvml(Card("NVIDIA A100-SXM4-40GB", NVMLError_NoPermission, slices=SLICES, pci=0))),
    "shared memory": Case(nvml=FakeNvml(Card(b"NVIDIA GB10", NVMLError_NotSupported, capability=(12, 1), pci=0))),
    "escape codes": Case(nvml=FakeNvml(Card("RTX\x1b[31m 4090\x07", (24 * GIB, 23 * GIB)))),
    "APU": Case(files={**HOST, **STRIX}, nvml=FakeNvml(*TWO)),
    "AMD by UUID": Case(files={**HOST, **TWO_AMD}, variables={"ROCR_VISIBLE_DEVICES": f"GPU-{OTHER_CHIP}"}),
    "AMD by a short UUID": Case(files={**HOST, **TWO_AMD}, variables={"ROCR_VISIBLE_DEVICES": "GPU-4b2c1a9f"}),
    "AMD by number": Case(files={**HOST, **TWO_AMD}, variables={"HIP_VISIBLE_DEVICES": "1"}),
}
RUNTIMES = {
    name: Runtime(id=name, name=name, formats=(), backends=(), engine="llama.cpp", detection=detection)
    for name, detection in {"ollama": Detection(binaries=("ollama",)), "vllm": Detection(python_package="vllm")}.items()
}
Probe = Callable[[Sources], Hardware]


@pytest.fixture
def probe(gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration) -> Probe:
    return lambda door: probe_machine(
        gpus=gpus, cpus=cpus, runtimes=RUNTIMES, calibration=calibration, door=door, own_files=False
    )


def lay_out(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@pytest.mark.skipif(os.name != "posix", reason="addresses of PCI devices hold colons")
@pytest.mark.parametrize("name", CASES)
def test_a_capture_replays_to_the_same_machine(name: str, probe: Probe, tmp_path: Path) -> None:
    lay_out(tmp_path / "root", CASES[name].files)
    door = CapturingSources(Machine(tmp_path / "root", CASES[name]))
    live = probe(door)
    assert live == probe(Machine(tmp_path / "root", CASES[name]))  # keeping changes nothing
    scrubber = Scrubber(["somebody", "buildhost17"])
    write_capture(str(tmp_path / "capture"), door, scrubber=scrubber)
    again = probe(open_capture(str(tmp_path / "capture")))
    assert repr(again) == scrubber.clean(repr(live))
    assert (again.gpus, again.memory, again.cpu) == (live.gpus, live.memory, live.cpu)
    everything = "".join(path.read_text() for path in (tmp_path / "capture").iterdir())
    chips = (CHIP, OTHER_CHIP, str(int(CHIP, 16)), str(int(OTHER_CHIP, 16)), CHIP[:8])
    for private in ("somebody", "hf_secret", UUID, OTHER, UUID[4:12], "9F3B21C7", str(tmp_path), *chips):
        assert private not in everything
    first = {path.name: path.read_bytes() for path in (tmp_path / "capture").iterdir()}
    write_capture(str(tmp_path / "capture"), door, scrubber=Scrubber(["somebody", "buildhost17"]))
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "capture").iterdir()}


@pytest.mark.parametrize(
    ("name", "cores", "limit", "cards"),
    [
        ("plain", 8, None, 2), ("memory group", 8, 8, 2), ("processor quota", 3, 8, 2), ("first version", 2, 16, 2),
        ("processor set", 2, None, 2), ("one visible", 8, None, 1), ("none visible", 8, None, 0),
        ("AMD by UUID", 8, None, 2), ("AMD by a short UUID", 8, None, 2), ("AMD by number", 8, None, 2),
    ],
)  # fmt: skip
def test_limits_on_the_process_are_seen(  # noqa: PLR0917
    probe: Probe, tmp_path: Path, name: str, cores: int, limit: int | None, cards: int
) -> None:
    lay_out(tmp_path, CASES[name].files)
    found = probe(Machine(tmp_path, CASES[name]))
    assert (found.cpu.cores, found.memory.limit_bytes, len(found.gpus)) == (cores, limit and limit * GIB, cards)


def manifest(folder: Path, *sources: Mapping[str, object], platform: str = "linux") -> str:
    folder.mkdir(exist_ok=True)
    # JSON is YAML.
    values = {"schema": "llmadvise.capture/1", "platform": platform, "sources": list(sources)}
    (folder / "manifest.yaml").write_text(json.dumps(values, indent=1))
    return str(folder)


def test_a_capture_of_another_hand(probe: Probe, tmp_path: Path) -> None:
    (tmp_path / "gpu.txt").write_text("name, memory.total [MiB]\nNVIDIA GeForce RTX 3090, 24576 MiB\n")
    (tmp_path / "memory.txt").write_text("MemTotal: 33554432 kB\nMemAvailable: 25165824 kB\n")
    (tmp_path / "limit.txt").write_text(f"{8 * GIB}\n")
    (tmp_path / "lspci.txt").write_text("00:02.0 VGA compatible controller\n")
    folder = manifest(
        tmp_path,
        {"source": "nvidia-smi --query-gpu=name,memory.total --format=csv", "file": "gpu.txt", "exit": 0},
        {"source": "cat /proc/meminfo", "file": "memory.txt", "exit": 0},
        {"source": "/sys/fs/cgroup/memory.max", "file": "limit.txt", "exit": 0},
        {"source": "lspci -nn", "file": "lspci.txt", "exit": 0},
        {"source": "nvml", "file": "none.json", "exit": 1},
    )
    found = probe(open_capture(folder))
    assert [(gpu.id, gpu.memory_bytes) for gpu in found.gpus] == [("rtx-3090", 24 * GIB)]
    assert (found.memory.total_bytes, found.memory.limit_bytes) == (32 * GIB, 8 * GIB)
    assert "lspci -nn" in next(item.message for item in found.findings if item.rule == "source-not-read")


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "sub/../../secret.txt", "link.txt"])
def test_no_file_outside_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_text("MemTotal: 1 kB\n")
    folder = manifest(tmp_path / "capture", {"source": "/proc/meminfo", "file": name, "exit": 0})
    (tmp_path / "capture" / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(InvalidFileError, match="leads out of the capture"):
        open_capture(folder)


@pytest.mark.skipif(os.name != "posix", reason="pipes and sparse files")
def test_huge_files_pipes_and_many_sources_are_contained(tmp_path: Path) -> None:
    folder = tmp_path / "capture"
    manifest(
        folder,
        {"source": "/huge", "file": "huge"},
        {"source": "/pipe", "file": "pipe"},
        {"source": "/a", "file": "sub"},
    )
    with (folder / "huge").open("wb") as file:
        file.truncate(10 << 30)
    os.mkfifo(folder / "pipe")
    (folder / "sub").mkdir()
    door = open_capture(str(folder))
    assert len(door.read("/huge").text or "") <= READ_LIMIT
    assert (door.read("/pipe").text, door.read("/a").text) == (None, None)
    manifest(folder, *({"source": f"/{number}", "file": "huge"} for number in range(200)))
    with pytest.raises(InvalidFileError, match="more than 64 MiB"):
        open_capture(str(folder))
    with (folder / "manifest.yaml").open("wb") as file:
        file.truncate(10 << 30)
    with pytest.raises(InvalidFileError, match="larger than 8 MiB"):
        open_capture(str(folder))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "schema: llmadvise.capture/2\n", "schema: llmadvise.capture/1\nplatform: amiga\n", "a: &a [*a]\n",
     "schema: llmadvise.capture/1\nplatform: linux\nsources: {}\n", "schema: llmadvise.capture/1\nplatform: linux\n",
     "schema: llmadvise.capture/1\nplatform: linux\nsources: [{file: x}]\n", "\x00", "sources: \x1b[31m\n"],
)  # fmt: skip
def test_a_broken_manifest_is_an_invalid_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.yaml").write_text(text)
    with pytest.raises(InvalidFileError):
        open_capture(str(tmp_path))


def test_a_library_that_lies_is_bounded(probe: Probe, tmp_path: Path) -> None:
    calls = [
        {"call": "nvmlDeviceGetCount", "answer": 10**12},
        {"call": "nvmlDeviceGetName", "arguments": ["device 0"], "answer": "\x1b]0;owned\x07GPU" + "x" * 5000},
        {"call": "nvmlDeviceGetMemoryInfo", "arguments": ["device 0"], "answer": {"total": 10**30, "free": -5}},
        {"call": "nvmlDeviceGetMigMode", "arguments": ["device 1"], "answer": [1, 1]},
        {"call": "nvmlDeviceGetMaxMigDeviceCount", "arguments": ["device 1"], "answer": 10**12},
    ]
    (tmp_path / "nvml.json").write_text(json.dumps(calls))
    found = probe(open_capture(manifest(tmp_path, {"source": "nvml", "file": "nvml.json", "exit": 0})))
    assert len(found.gpus) <= 64
    assert found.gpus[0].memory_bytes is None
    assert len(found.gpus[0].name) <= 120
    assert "\x1b" not in repr(found)


def test_a_folder_of_the_user_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LLMAdviseError, match="is no capture"):
        write_capture(str(tmp_path), CapturingSources(Sources(str(tmp_path))), scrubber=Scrubber())


def test_a_folder_that_is_neither(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="no capture"):
        open_capture(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"{UUID} {UUID.upper()}", " ".join(["GPU-00000000-0000-0000-0000-000000000000"] * 2)),
        ("C:\\Users\\Bob Smith\\.ollama", "C:\\Users\\user\\.ollama"),
        ("/Users/bob/models and /home/bob", "/Users/user/models and /home/user"),
        ("Serial Number (system): C02XL0GYJGH5", "Serial Number (system): removed"),
        ("ether a4:83:e7:11:22:33", "ether 02:00:00:00:00:00"),
        ("inet 192.168.1.17 and 10.0.22631.1", "inet 192.0.2.0 and 10.0.22631.1"),
        ("MemTotal: 65843252 kB 9223372036854771712", "MemTotal: 65843252 kB 9223372036854771712"),
        ("bob@buildhost17:~$ nvidia-smi", "removed@removed:~$ nvidia-smi"),
        ("E:MEMORY_DEVICE_0_ASSET_TAG=9876", "E:MEMORY_DEVICE_0_ASSET_TAG=removed"),
    ],
)
def test_names_and_numbers_of_one_device_go(text: str, clean: str) -> None:
    scrubber = Scrubber(["bob", "buildhost17"])
    once = scrubber.clean(text)
    assert once == clean
    assert scrubber.clean(once) == once


def test_a_real_machine_replays_as_it_was(probe: Probe) -> None:
    """A virtual machine (Firecracker, 2 processors, 24 GB, control groups of version 1), captured by the program itself."""
    found = probe(open_capture(str(Path(__file__).parent.parent / "captures" / "linux-vm")))
    assert (found.platform, found.cpu.name, found.cpu.cores) == (Platform.LINUX, "Intel(R) Xeon(R) Processor", 2)
    assert (found.memory.total_bytes, found.memory.limit_bytes, found.gpus) == (25_276_502_016, None, ())
    assert "amx_int8" in found.cpu.features
    assert [finding.rule for finding in found.findings] == ["bandwidth-assumed", "gpu-none"]


def test_a_paste_of_a_hundred_thousand_prompts_is_cut() -> None:
    parts = split_answers("session", Answer(text="$ cat /x\n" * 100_000, status="read"))
    assert len(parts) == 1000


def test_a_session_is_taken_apart() -> None:
    text = "bob@host:~$ nvidia-smi -L\nGPU 0: RTX\n\nbob@host:~$ sudo cat /proc/meminfo\nMemTotal: 5 kB\n"
    parts = split_answers("terminal", Answer(text=text, status="read"))
    assert [(source, answer.text) for source, answer in parts] == [
        ("nvidia-smi -L", "GPU 0: RTX"), ("/proc/meminfo", "MemTotal: 5 kB"),
    ]  # fmt: skip
    windows = "PS C:\\Users\\bob> Get-CimInstance Win32_VideoController\nName : RTX\n"
    ((source, answer),) = split_answers("terminal", Answer(text=windows, status="read"))
    assert (source, answer.text) == ("Get-CimInstance Win32_VideoController", "Name : RTX")
