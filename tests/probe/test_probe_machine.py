"""The whole probe on the machine that runs the tests, and what it must not load."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts
from llmadvise.domain.runtime import Detection, Runtime
from llmadvise.probe.installed import read_runtimes
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.record import Record
from llmadvise.probe.sources import Sources, package_versions
from llmadvise.probe.text import clean, whole_number


def test_this_machine(
    gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> None:
    found = probe_machine(gpus=gpus, cpus=cpus, runtimes={}, calibration=calibration)
    assert found.memory.total_bytes
    assert found.cpu.cores
    assert found.sources
    assert found.cpu.memory_bandwidth is None or found.cpu.bandwidth_source


@pytest.mark.skipif(sys.platform != "linux", reason="other systems ask psutil")
def test_the_fast_path_loads_nothing_heavy() -> None:
    program = """
import sys
from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.probe.linux import probe_linux
from llmadvise.probe.record import Record
import llmadvise.probe.machine
calibration = MemoryCalibration(driver_context_bytes={}, ram_reserve_bytes=0, gpu_reserve_bytes=0)
probe_linux(Record("/nowhere"), gpus={}, cpus={}, calibration=calibration, environment={})
print(*sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    heavy = {
        "psutil", "pynvml", "subprocess", "json", "ctypes", "threading", "shutil", "yaml", "pydantic", "rich",
        "difflib", "platform", "importlib.metadata",
    }  # fmt: skip
    assert not heavy & loaded


class _Environment(Sources):
    """The machine at hand with other variables."""

    def __init__(self, **variables: str) -> None:
        super().__init__()
        self.variables = variables

    def environment(self) -> Mapping[str, str]:
        return self.variables


def test_programs_and_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "llama-server"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    site = tmp_path / "site"
    (site / "vllm-0.11.0.dist-info").mkdir(parents=True)
    runtimes = {
        "llama.cpp": _runtime("llama.cpp", Detection(binaries=("llama-server",))),
        "vllm": _runtime("vllm", Detection(python_package="vLLM")),
        "ollama": _runtime("ollama", Detection(binaries=("ollama", "../bin/llama-server"))),
    }
    monkeypatch.setattr(sys, "path", [str(site)])
    path = os.pathsep.join(["", "relative", str(program.parent)])
    found = read_runtimes(runtimes, Record(door=_Environment(PATH=path)))
    assert [item.id for item in found] == ["vllm"]  # the file is not executable yet
    program.chmod(0o755)
    found = read_runtimes(runtimes, Record(door=_Environment(PATH=path)))
    assert [(item.id, item.version, item.path) for item in found] == [
        ("llama.cpp", None, str(program)),
        ("vllm", "0.11.0", str(site)),
    ]
    assert _Environment(PATH=path).find_program("../bin/llama-server") is None
    assert package_versions(["/nowhere"]) == {}


def _runtime(identity: str, detection: Detection) -> Runtime:
    return Runtime(id=identity, name=identity, formats=(), backends=(), engine="llama.cpp", detection=detection)


def test_sources_say_how_it_went(tmp_path: Path) -> None:
    record = Record(str(tmp_path))
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"\xff ok")
    assert record.read("/file", listed=True) == "\ufffd ok"
    assert record.read("/none", listed=True) is None
    assert record.read("/folder", listed=True) is None
    assert [source.status for source in record.sources] == ["read", "absent", "failed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("a\x1b]8;;http://x\x1b\\b", "ab"),
        ("a\u202eb\u200b", "a b"),
        ("  many   spaces\t\n", "many spaces"),
        ("x" * 500, "x" * 120),
        ("\x9b31mA", "31mA"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [(" 12\n", 12), ("max", None), ("-1", None), ("\u0661", None), ("9" * 30, None), (None, None)]
)
def test_whole_number(text: str | None, expected: int | None) -> None:
    assert whole_number(text) == expected
