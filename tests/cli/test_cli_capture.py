"""`hardware capture`, and captures in the place of a machine in every command that takes one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_program import Ask

SMI = "nvidia-smi --query-gpu=name,memory.total --format=csv,noheader"


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    """A machine with an RTX 3090 and 64 GB, as another hand would write it down."""
    texts = {
        SMI: "NVIDIA GeForce RTX 3090, 24576 MiB\n",
        "/proc/meminfo": "MemTotal: 65843252 kB\nMemAvailable: 60000000 kB\n",
        "/proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD Ryzen 7 5800X3D 8-Core Processor\ncore id\t: 0\n",
    }
    folder = tmp_path / "machine"
    folder.mkdir()
    sources = []
    for number, (source, text) in enumerate(texts.items()):
        (folder / f"{number}.txt").write_text(text)
        sources.append({"source": source, "file": f"{number}.txt", "exit": 0})
    manifest = {"schema": "llmadvise.capture/1", "platform": "linux", "sources": sources}
    (folder / "manifest.yaml").write_text(json.dumps(manifest, indent=1))
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("hardware",), ("recommend", "--top", "1"), ("estimate", "qwen/qwen3-8b:Q4_K_M"), ("explain", "qwen/qwen3-8b"),
        ("compare", "qwen/qwen3-8b", "google/gemma-3-12b-it"), ("doctor",),
    ],
)  # fmt: skip
def test_every_command_takes_a_capture(ask: Ask, captured: Path, words: tuple[str, ...]) -> None:
    answer = ask(*words, "--hardware", captured, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert "NVIDIA GeForce RTX 3090" in answer.out
    assert ask(*words, "--hardware", captured, "--json").out == answer.out


def test_options_change_a_captured_machine(ask: Ask, captured: Path) -> None:
    found = json.loads(ask("hardware", "--hardware", captured, "--ram", "16GiB", "--json").out)
    assert found["memory"]["total_bytes"] == 16 << 30
    assert [gpu["id"] for gpu in found["gpus"]] == ["nvidia-geforce-rtx-3090"]


def test_what_capture_prints_is_what_replays(ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    answer = ask("hardware", "capture", folder, "--json")
    assert answer.code == 0
    assert "Look through it" in answer.err
    assert "differs" not in answer.err
    assert ask("hardware", "--hardware", folder, "--json").out == answer.out
    assert ask("hardware", "capture", folder, "--json").code == 0  # over itself


@pytest.mark.parametrize(
    "words",
    [
        ("hardware", "capture"), ("hardware", "capture", "a", "b"), ("hardware", "capture", "a", "--gpu", "RTX 4090"),
        ("doctor", "--report", "a", "--ram", "8GiB"),
    ],
)  # fmt: skip
def test_wrong_usage(ask: Ask, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ask(*words).code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_broken_capture_is_an_invalid_file(ask: Ask, captured: Path, tmp_path: Path) -> None:
    (captured / "manifest.yaml").write_text("schema: llmadvise.capture/1\nplatform: linux\nsources: 7\n")
    answer = ask("recommend", "--hardware", captured, "--json")
    assert (answer.code, answer.out) == (12, "")
    assert json.loads(answer.err)["error"]["code"]
    (tmp_path / "empty").mkdir()
    assert ask("hardware", "--hardware", tmp_path / "empty").code == 12


def test_a_report_in_one_file(ask: Ask, tmp_path: Path) -> None:
    answer = ask("doctor", "--report", tmp_path / "bug.md", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["schema"] == "llmadvise.doctor/1"
    assert (tmp_path / "bug.md").read_text().startswith("## llmadvise doctor\n")
