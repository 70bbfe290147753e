"""Whatever hangs, prints garbage or lies: the probe answers in time, and says what it left out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware
from llmadvise.probe.capture import CapturingSources, write_capture
from llmadvise.probe.command import run_command
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.parallel import Part
from llmadvise.probe.record import Record
from llmadvise.probe.replay import open_capture
from llmadvise.probe.scrub import Scrubber
from llmadvise.probe.sources import READ_LIMIT, Answer, Sources
from llmadvise.units import GIB

posix = pytest.mark.skipif(os.name != "posix", reason="shell scripts stand in for tools")
PATIENCE = 0.5
"""Seconds that these probes have; a hang is far longer."""
ENDLESS = 30.0
PCI = {
    "/sys/bus/pci/devices/0000:01:00.0/class": "0x030000\n",
    "/sys/bus/pci/devices/0000:01:00.0/vendor": "0x10de\n",
    "/sys/bus/pci/devices/0000:01:00.0/device": "0x2684\n",
}
MEMORY = {"/proc/meminfo": "MemTotal: 33554432 kB\nMemAvailable: 25165824 kB\n"}
CPU = {
    "/proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD Ryzen 7 5800X3D 8-Core Processor\nphysical id\t: 0\ncore id\t: 0\n"
}


class Stuck(Sources):
    """A machine of files where some do not answer."""

    def __init__(self, files: Mapping[str, str], *, stuck: tuple[str, ...] = (), library: float | None = None) -> None:
        super().__init__("/nowhere", seconds=PATIENCE)
        self.files, self.stuck, self.library_seconds = files, stuck, library

    def _wait(self, path: str) -> None:
        if any(path.startswith(part) for part in self.stuck):
            time.sleep(ENDLESS)

    def read(self, path: str) -> Answer:
        self._wait(path)
        text = self.files.get(path)
        return Answer(text=text, status="absent" if text is None else "read")

    def names(self, path: str) -> list[str]:
        self._wait(path)
        return sorted({name[len(path) + 1 :].split("/")[0] for name in self.files if name.startswith(path + "/")})

    def exists(self, path: str) -> bool:
        self._wait(path)
        return path in self.files or bool(self.names(path))

    def library(self, name: str) -> object:
        if self.library_seconds is not None:
            time.sleep(self.library_seconds)
        raise ImportError(name)


Look = Callable[[Sources], Hardware]


@pytest.fixture
def look(gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration) -> Look:
    """A function that probes behind a door, and checks that no hang was waited for."""

    def probe(door: Sources) -> Hardware:
        started = time.monotonic()
        found = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration, door=door, own_files=False)
        # Not a measure of speed: a hang would take half a minute.
        assert time.monotonic() - started < ENDLESS / 2
        return found

    return probe


def late(found: Hardware) -> set[str | None]:
    return {finding.evidence for finding in found.findings if finding.rule == "probe-timed-out"}


def rules(found: Hardware) -> set[str]:
    return {finding.rule for finding in found.findings}


@pytest.mark.parametrize(
    ("stuck", "parts"),
    [
        ("/proc/meminfo", {"memory"}),
        ("/sys/fs/cgroup", {"control group", "processor quota"}),
        ("/proc/cpuinfo", {"processor"}),
        ("/sys/bus/pci", {"bus"}),
        ("/run/udev", {"memory modules"}),
        ("/sys/class/dmi", {"chassis"}),
        ("/proc/driver/nvidia", {"NVIDIA driver", "nvidia GPU"}),
    ],
)
def test_a_file_that_blocks_costs_its_own_part(look: Look, stuck: str, parts: set[str]) -> None:
    found = look(Stuck({**PCI, **MEMORY, **CPU}, stuck=(stuck,)))
    assert late(found) == parts
    assert "memory" in parts or found.memory.total_bytes == 32 * GIB
    assert "processor" in parts or found.cpu.cores == 1


def test_when_everything_blocks_there_is_still_an_answer(look: Look) -> None:
    found = look(Stuck({}, stuck=("/",)))
    assert {"memory", "processor", "bus"} <= late(found)
    assert (found.gpus, found.memory.total_bytes) == ((), None)


def test_a_library_that_hangs_leaves_the_card_by_its_id(look: Look) -> None:
    found = look(Stuck({**PCI, **MEMORY, **CPU}, library=ENDLESS))
    (gpu,) = found.gpus
    assert (gpu.id, gpu.memory_bytes, gpu.free_bytes) == ("rtx-4090", 24 * GIB, None)
    assert gpu.budget_bytes == 24 * GIB - GIB // 4
    assert {"probe-timed-out", "gpu-by-name", "gpu-memory-assumed"} <= rules(found)


@pytest.mark.parametrize(
    "door",
    [
        Stuck({**PCI, **MEMORY, **CPU}, stuck=("/sys/fs/cgroup",)), Stuck({**PCI, **MEMORY, **CPU}, library=ENDLESS),
        Stuck({}, stuck=("/",)),
    ],
)  # fmt: skip
def test_what_hung_is_replayed_as_hung(look: Look, door: Stuck, tmp_path: Path) -> None:
    door = Stuck(door.files, stuck=door.stuck, library=door.library_seconds)
    capturing = CapturingSources(door, seconds=PATIENCE)
    live = look(capturing)
    write_capture(str(tmp_path), capturing, scrubber=Scrubber())
    assert look(open_capture(str(tmp_path))) == live


def test_a_library_that_raises_anything_is_a_finding(look: Look) -> None:
    class Broken(Stuck):
        def library(self, name: str) -> object:
            raise MemoryError(name)

    assert "probe-failed" in rules(look(Broken({**PCI, **MEMORY, **CPU})))


def test_a_door_that_always_raises_is_no_crash(look: Look) -> None:
    class Mad(Stuck):
        def read(self, path: str) -> Answer:
            raise ZeroDivisionError(path)

        def names(self, path: str) -> list[str]:
            raise ZeroDivisionError(path)

        def exists(self, path: str) -> bool:
            raise ZeroDivisionError(path)

    found = look(Mad({}))
    assert "probe-failed" in rules(found)
    assert found.cpu.cores is None


def fake_tool(folder: Path, script: str) -> str:
    """A `nvidia-smi` of that script, as the value of PATH."""
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


class WithTool(Stuck):
    """A machine of files with a real PATH and real commands, and no library."""

    def __init__(self, path: str, files: Mapping[str, str]) -> None:
        super().__init__(files)
        self.path = path

    def find_program(self, name: str) -> str | None:
        return self.path if name == "nvidia-smi" else None

    def run(self, command: tuple[str, ...]) -> Answer:
        return run_command(command, seconds=PATIENCE / 2)


@posix
@pytest.mark.parametrize(
    ("script", "rule", "said"),
    [
        ("sleep 30", "gpu-driver-broken", "no answer in time"),
        ("(sleep 30 &) ; sleep 30", "gpu-driver-broken", "no answer in time"),
        (
            "echo 'segfault at 0, ip, sp, error, in, libfoo'; echo '\033[31mred'",
            "gpu-driver-broken",
            "nothing that can be read",
        ),
        ("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18", "gpu-driver-broken", "Reboot"),
        (
            "echo 'NVIDIA-SMI has failed because it could not communicate'; exit 9",
            "gpu-driver-missing",
            "modprobe nvidia",
        ),
        ("echo 'No devices were found'; exit 6", "gpu-not-found", "no NVIDIA GPU was found"),
        ("cat /dev/zero", "gpu-driver-broken", "nothing that can be read"),
        ("yes 'a,b,c,d,e,f'", "gpu-driver-broken", "nothing that can be read"),
    ],
)
def test_a_tool_that_fails_is_told_apart(  # noqa: PLR0917
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, rule: str, said: str
) -> None:
    monkeypatch.setenv("PATH", fake_tool(tmp_path, script))
    found = look(WithTool(str(tmp_path / "nvidia-smi"), {**MEMORY, **CPU}))
    assert found.gpus == ()
    (finding,) = (item for item in found.findings if item.rule.startswith("gpu-"))
    assert (finding.rule, said in finding.message) == (rule, True)
    assert not [item for item in found.findings if "\x1b" in item.message + (item.evidence or "")]


@posix
def test_a_tool_of_an_old_driver_is_asked_again(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        'case "$1" in *compute_cap*) echo Field; exit 2;; esac\n'
        "echo 'WARNING: infoROM is corrupted'; echo 'GeForce RTX 3090, 24576 MiB'"
    )
    monkeypatch.setenv("PATH", fake_tool(tmp_path, script))
    (gpu,) = look(WithTool(str(tmp_path / "nvidia-smi"), {**MEMORY, **CPU})).gpus
    assert (gpu.id, gpu.memory_bytes) == ("rtx-3090", 24 * GIB)


@posix
def test_an_endless_answer_is_cut_and_its_program_ended() -> None:
    answer = run_command(("yes",), seconds=ENDLESS)
    assert answer.status == "failed"
    assert answer.text is not None
    assert READ_LIMIT <= len(answer.text) < READ_LIMIT + (1 << 16) + 1


@posix
def test_files_that_lie_about_their_size(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10 << 30)
    os.mkfifo(tmp_path / "pipe")
    door = Sources(str(tmp_path))
    assert len(door.read("/huge").text or "") == READ_LIMIT
    assert door.read("/pipe").text in {"", None}


def test_a_part_keeps_its_order_and_its_findings() -> None:
    record = Record("/nowhere")

    def note(part: Record) -> int:
        part.note("bandwidth-assumed", "said", "here")
        return 7

    assert Part("one", note, record).take() == 7
    assert [finding.message for finding in record.findings] == ["said"]


@pytest.mark.parametrize(("given", "seconds"), [("10", 10), ("0", 1.5), ("x", 1.5), ("nan", 1.5), ("1e9", 1.5)])
def test_patience_is_the_users(monkeypatch: pytest.MonkeyPatch, given: str, seconds: float) -> None:
    monkeypatch.setenv("LLMADVISE_PROBE_SECONDS", given)
    assert seconds - 1 < Sources().seconds_left() <= seconds
