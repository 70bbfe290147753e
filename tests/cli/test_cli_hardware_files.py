"""`--hardware FILE`: a file from outside is checked field by field, and told what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_program import ESCAPE, MACHINE, Ask

GPU = {"name": "NVIDIA GeForce RTX 4090", "memory_bytes": 24 << 30}
WRONG = {
    "no platform": {"gpus": [GPU]},
    "unknown platform": {"platform": "beos"},
    "another document": {**MACHINE, "schema": "llmadvise.models/1"},
    "unknown field": {**MACHINE, "gpu": []},
    "text for bytes": {**MACHINE, "memory": {"total_bytes": "64GiB"}},
    "negative bytes": {**MACHINE, "memory": {"total_bytes": -1}},
    "too many bytes": {**MACHINE, "memory": {"total_bytes": 1 << 80}},
    "a boolean for bytes": {**MACHINE, "memory": {"total_bytes": True}},
    "a fraction of cores": {**MACHINE, "cpu": {"cores": 1.5}},
    "an object for a list": {**MACHINE, "gpus": {}},
    "a list for an object": {**MACHINE, "cpu": []},
    "a GPU that is text": {**MACHINE, "gpus": ["RTX 4090"]},
    "a GPU without a name": {**MACHINE, "gpus": [{"memory_bytes": 1}]},
    "a thousand GPUs": {**MACHINE, "gpus": [GPU] * 1000},
    "more free than there is": {**MACHINE, "gpus": [{**GPU, "free_bytes": 25 << 30}]},
    "an unknown backend": {**MACHINE, "gpus": [{**GPU, "backends": ["abacus"]}]},
    "an escape sequence": {**MACHINE, "gpus": [{**GPU, "name": "\x1b]0;owned\x07"}]},
    "a line break": {**MACHINE, "cpu": {"name": "a\nb"}},
    "a bidirectional mark": {**MACHINE, "cpu": {"name": "a\u202eb"}},
    "a very long name": {**MACHINE, "cpu": {"name": "x" * 100_000}},
}
BROKEN = {
    "nothing": b"",
    "cut off": json.dumps(MACHINE).encode()[:60],
    "not JSON": b"platform: linux\n",
    "a list": b"[]",
    "null": b"null",
    "a key twice": b'{"platform": "linux", "platform": "macos"}',
    "NaN": b'{"platform": "linux", "memory": {"total_bytes": NaN}}',
    "a giant number": b'{"platform": "linux", "memory": {"total_bytes": 1' + b"0" * 6000 + b"}}",
    "deep nesting": b"[" * 100_000,
    "not UTF-8": b'{"platform": "\xff"}',
    "9 MiB": b'{"platform": "linux"}' + b" " * (9 << 20),
    "an executable": b"\x7fELF\x02\x01\x01" + bytes(100),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_values_are_told_by_field(wrong: str, ask: Ask, tmp_path: Path) -> None:
    refused(json.dumps(WRONG[wrong]).encode(), ask, tmp_path)


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_files(broken: str, ask: Ask, tmp_path: Path) -> None:
    refused(BROKEN[broken], ask, tmp_path)


def refused(content: bytes, ask: Ask, tmp_path: Path) -> None:
    """Check that a file of this content is refused in words that name it."""
    file = tmp_path / "machine.json"
    file.write_bytes(content)
    answer = ask("recommend", "--hardware", file, "--json")
    assert (answer.code, answer.out) == (12, "")
    assert ESCAPE not in answer.err
    assert not any(word in answer.err for word in ("codec", "sys."))
    assert len(answer.err) < 3000
    error = json.loads(answer.err)["error"]
    assert error["message"].startswith(str(file))
    assert error["hint"]


def test_a_syntax_error_names_its_line(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    file.write_text('{\n  "platform": "linux",\n  "gpus": [}\n', encoding="utf-8")
    assert "machine.json:3:" in ask("hardware", "--hardware", file).err.replace("\n", "")


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_what_is_no_file(name: str, ask: Ask, tmp_path: Path) -> None:
    answer = ask("recommend", "--hardware", tmp_path / name)
    assert (answer.code, answer.out) == (12, "")


def test_a_name_that_is_no_file_is_a_device(ask: Ask) -> None:
    assert ask("hardware", "--hardware", "RTX 4090", "--json").code == 0
    answer = ask("recommend", "--hardware", "RTX 4O9O Ultra")
    assert (answer.code, answer.out) == (2, "")


def test_only_the_platform_must_be_there(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    file.write_text('{"platform": "linux"}', encoding="utf-8")
    answer = ask("hardware", "--hardware", file, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out)["memory"]["total_bytes"] is None


def test_ram_replaces_what_the_file_says(ask: Ask, machine: Path) -> None:
    answer = ask("hardware", "--hardware", machine, "--ram", "16GiB", "--json")
    assert json.loads(answer.out)["memory"]["total_bytes"] == 16 << 30


def test_where_no_memory_is_known_the_hint_asks_for_it(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    file.write_text('{"platform": "linux"}', encoding="utf-8")
    answer = ask("recommend", "--hardware", file)
    assert (answer.code, answer.out) == (3, "")
    assert "--ram" in answer.err
    assert "(0)" not in answer.err
