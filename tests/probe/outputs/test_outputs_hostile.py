"""Outputs that lie, break off, or were never outputs: nothing raises, nothing is printed raw, nothing takes long."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.errors import InvalidFileError
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.outputs.detect import is_outputs
from llmadvise.probe.outputs.loose_json import find_json
from llmadvise.probe.outputs.readers import read_pieces
from llmadvise.probe.outputs.saved import read_saved
from llmadvise.probe.outputs.settle import settle
from llmadvise.probe.outputs.sighting import Piece
from llmadvise.probe.replay import open_capture
from llmadvise.probe.text import decoded

_MACHINES = Path(__file__).parents[2] / "machines"
_TEXTS = sorted(path for path in _MACHINES.glob("*/*") if path.name not in {"about.json", "expected.json"})
_COMMANDS = (
    None, "nvidia-smi --query-gpu=name,memory.total --format=csv", "cat /sys/fs/cgroup/memory.max", "free -m",
    "sysctl -n hw.memsize", "wmic path win32_VideoController get name",
)  # fmt: skip
_ROW = "|   0  {name}  Off | 00000000:01:00.0 Off | N/A |\n| N/A 30C P8 7W / 180W | 10MiB / {size}MiB | 0% Default |\n"


def machine_of(text: str, catalog: Catalog, command: str | None = None) -> Hardware:
    observed = read_pieces([Piece(text=text, command=command)])
    return settle(observed, gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory)


def check_contained(machine: Hardware) -> None:
    """Whatever was read is printable and of sane size."""
    texts = [machine.cpu.name or "", machine.memory.limited_by or ""]
    texts += [
        text
        for gpu in machine.gpus
        for text in (gpu.name, gpu.driver or "", gpu.partition_of or "", gpu.architecture or "")
    ]
    texts += [text for finding in machine.findings for text in (finding.message, finding.evidence or "")]
    for text in texts:
        assert text.isprintable(), text
        assert len(text) < 1000
    assert len(machine.gpus) <= 64
    for gpu in machine.gpus:
        assert gpu.memory_bytes is None or 0 < gpu.memory_bytes <= 1 << 62


@given(text=st.text(max_size=400), command=st.sampled_from(_COMMANDS))
def test_any_text_is_read(text: str, command: str | None, catalog: Catalog) -> None:
    check_contained(machine_of(text, catalog, command))


@given(raw=st.binary(max_size=400))
def test_any_bytes_become_text(raw: bytes) -> None:
    read_pieces([Piece(text=decoded(raw))])


@pytest.mark.parametrize("path", _TEXTS, ids=lambda path: path.parent.name)
def test_a_damaged_output_is_read(path: Path, catalog: Catalog) -> None:
    """Cut off anywhere, lines swapped, characters changed: less is known, nothing breaks."""
    text = path.read_text()
    chance = random.Random(path.parent.name)  # noqa: S311 - repeatable damage, no secret
    for _ in range(4):
        place = chance.randrange(len(text) + 1)
        lines = text.splitlines()
        chance.shuffle(lines)
        other = "".join(
            chance.choice("|:,{}[]\"'\x1b\u202e0 ") if chance.random() < 0.02 else character for character in text
        )
        for damaged in (text[:place], text[place:], "\n".join(lines), other, text * 3):
            check_contained(machine_of(damaged, catalog))


@settings(max_examples=40)
@given(
    name=st.text(min_size=1, max_size=60).filter(lambda text: "|" not in text and "\n" not in text),
    size=st.integers(0, 10**15),
)
def test_a_lying_driver_is_contained(name: str, size: int, catalog: Catalog) -> None:
    check_contained(machine_of(_ROW.format(name=name, size=size), catalog))


def test_escape_codes_do_not_come_through(catalog: Catalog) -> None:
    name = "NVIDIA \x1b[31mRTX\x1b[0m 4090\x07\u202e"
    machine = machine_of(
        f"{name}, 24564 MiB\n", catalog, "nvidia-smi --query-gpu=name,memory.total --format=csv,noheader"
    )
    assert [gpu.name for gpu in machine.gpus] == ["NVIDIA RTX 4090"]


def test_entities_are_not_expanded(catalog: Catalog) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = f"<?xml version='1.0'?>{bomb}<nvidia_smi_log><gpu id='0'><product_name>&b;&f;</product_name></gpu></nvidia_smi_log>"
    assert [gpu.name for gpu in machine_of(text, catalog).gpus] == ["&b;&f;"]


@pytest.mark.parametrize(
    "line",
    ["|" * 5000, "GPU[0]" + ":" * 5000, "a, " * 2000, "{" * 5000, "[" * 5000, '"' * 5000, "<a" * 3000, "(" * 5000, "Name  " * 900,
     "- " * 3000, "$ nvidia-smi " * 400, "0x" * 3000, "1," * 3000, "GPU0:\ndeviceName = x\n" * 300, "\\" * 5000, "\x1b[" * 3000],
)  # fmt: skip
def test_patterns_meet_no_text_that_stalls_them(line: str, catalog: Catalog) -> None:
    """Each would take minutes in a pattern that tries everything; the suite's patience is the limit."""
    text = "\n".join([line] * 20)
    check_contained(machine_of(text, catalog))
    check_contained(machine_of(text, catalog, _COMMANDS[1]))


def test_a_large_file_is_read_as_far_as_two_megabytes(catalog: Catalog) -> None:
    text = "NVIDIA GeForce RTX 4090, 24564 MiB\n" * 200_000
    check_contained(machine_of(text, catalog))


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["name", "gpus", "memory", "total_ram_gb", "gpu", "card0", "vram", "device_name", "type", "result", "AdapterRAM", "_name", "sppci_cores"]), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_any_json_is_read(value: object, catalog: Catalog) -> None:
    text = json.dumps(value)
    check_contained(machine_of(text, catalog))
    check_contained(machine_of(text[: len(text) * 2 // 3], catalog))


def test_json_that_breaks_off_keeps_what_was_whole() -> None:
    assert find_json('warning\n{"card0": {"a": "1", "b": "tw') == [{"card0": {"a": "1"}}]
    assert find_json('[{"a": 1}, {"b": [1, 2') == [[{"a": 1}, {"b": [1, 2]}]]
    assert len(find_json("[" * 100_000)) <= 1


def test_a_file_without_any_output_is_an_error(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam\n")
    with pytest.raises(InvalidFileError, match="no output of a tool") as caught:
        read_saved(str(path), gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory)
    assert "nvidia-smi" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("machine.json", '{"platform": "linux"}', False),
        ("machine.json", '{"schema": "llmadvise.hardware/1", "gpus": [', False),
        ("machine.json", "{}", False),
        ("machine.json", "{broken", False),
        ("rocm.json", '{"card0": {"Card Series": "Radeon RX 7900 XT", "VRAM Total Memory (B)": "21458059264"}}', True),
        ("gpu.txt", "NVIDIA GeForce RTX 4090, 24564 MiB", True),
    ],
)
def test_hardware_files_and_outputs_are_told_apart(tmp_path: Path, name: str, text: str, expected: bool) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert is_outputs(str(path)) is expected


def test_a_capture_of_outputs_is_read(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "gpu.csv").write_text("NVIDIA GeForce RTX 4090, 24564 MiB\n")
    (tmp_path / "limit").write_text("8589934592\n")
    (tmp_path / "manifest.yaml").write_text(
        "schema: llmadvise.capture/1\nplatform: windows\nsources:\n"
        "  - {source: 'nvidia-smi --query-gpu=name,memory.total --format=csv,noheader', file: gpu.csv, exit: 0}\n"
        "  - {source: /sys/fs/cgroup/memory.max, file: limit, exit: 0}\n"
    )
    machine = probe_machine(
        gpus=catalog.gpus, cpus=catalog.cpus, runtimes={}, calibration=catalog.calibration.memory,
        door=open_capture(str(tmp_path)),
    )  # fmt: skip
    assert (machine.platform, machine.gpus[0].id, machine.memory.limit_bytes) == (
        "windows",
        "nvidia-geforce-rtx-4090",
        8 << 30,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_what_power_shell_saves_is_read(tmp_path: Path, encoding: str, catalog: Catalog) -> None:
    path = tmp_path / "gpu.txt"
    path.write_bytes("NVIDIA GeForce RTX 4090, 24564 MiB\r\n".encode(encoding))
    read: Callable[[], Hardware] = lambda: read_saved(  # noqa: E731
        str(path), gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory
    )
    assert [gpu.id for gpu in read().gpus] == ["nvidia-geforce-rtx-4090"]
