"""`--output FILE`: the file is written whole, or not at all."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import IO

import pytest
from cli_program import Ask

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and devices of POSIX systems")
FULL = Path("/dev/full")


def test_a_file_holds_what_would_be_printed(ask: Ask, machine: Path, tmp_path: Path) -> None:
    file = tmp_path / "advice.json"
    printed = ask("recommend", "--hardware", machine, "--json")
    written = ask("recommend", "--hardware", machine, "--json", "--output", file)
    assert (written.code, written.out, written.err) == (0, "", "")
    assert file.read_bytes() == printed.out.encode()


def test_text_in_a_file_is_plain(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "30")
    file = tmp_path / "rules.txt"
    assert ask("rules", "--output", file).code == 0
    text = file.read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert any(len(line) > 30 for line in text.splitlines())


@pytest.mark.parametrize("name", ["missing/rules.json", "."])
def test_a_place_that_takes_no_file_is_named(name: str, ask: Ask, tmp_path: Path) -> None:
    answer = ask("rules", "--json", "--output", tmp_path / name)
    assert (answer.code, answer.out) == (1, "")
    assert json.loads(answer.err)["error"]["message"].startswith(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_leave_to_write_stays_empty(ask: Ask, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert ask("rules", "--output", tmp_path / "rules.txt").code == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a directory that takes no file from anyone")
def test_a_directory_that_takes_no_file_is_named(ask: Ask) -> None:
    answer = ask("rules", "--output", "/proc/rules.txt")
    assert (answer.code, answer.out) == (1, "")
    assert "/proc/rules.txt" in answer.err


@pytest.mark.skipif(not FULL.is_char_device(), reason="needs a device that is always full")
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rules.txt"
    file.write_text("as it was", encoding="utf-8")

    def opened(handle: int, mode: str) -> IO[bytes]:
        os.close(handle)
        return FULL.open(mode)

    monkeypatch.setattr(os, "fdopen", opened)
    answer = ask("rules", "--output", file)
    assert (answer.code, answer.out) == (1, "")
    assert "No space left" in answer.err
    assert file.read_text(encoding="utf-8") == "as it was"
    assert [item.name for item in tmp_path.iterdir()] == ["rules.txt"]


@pytest.mark.skipif(not FULL.is_char_device(), reason="needs a device that is always full")
def test_a_device_is_written_to_and_never_replaced(ask: Ask) -> None:
    answer = ask("rules", "--output", FULL)
    assert answer.code == 1
    assert "/dev/full" in answer.err
    assert FULL.is_char_device()
    assert ask("rules", "--output", os.devnull).code == 0
    assert Path(os.devnull).is_char_device()


def test_an_error_leaves_the_old_file(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "rule.txt"
    file.write_text("as it was", encoding="utf-8")
    assert ask("rules", "show", "no-such-rule", "--output", file).code == 2
    assert file.read_text(encoding="utf-8") == "as it was"


@posix
def test_a_new_file_is_as_open_as_any_other(ask: Ask, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        ask("rules", "--output", tmp_path / "rules.txt")
    finally:
        os.umask(mask)
    assert (tmp_path / "rules.txt").stat().st_mode & 0o777 == 0o644


@posix
def test_a_replaced_file_keeps_its_mode_and_a_link_its_target(ask: Ask, tmp_path: Path) -> None:
    file, link = tmp_path / "rules.txt", tmp_path / "link.txt"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    assert ask("rules", "--output", link).code == 0
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert "role-cannot-serve" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "formats"),
    [
        (("lock", "."), "text, json"),
        (("pull", "qwen/qwen3-8b:Q4_K_M"), "text, json"),
        (("doctor", "--report", "report.zip"), "text, json"),
        (("hardware", "capture", "there"), "text, json"),
        (("check", "--write-baseline"), "text, json, markdown, sarif, junit, github, gitlab, cyclonedx, spdx, notice"),
        (("explain", "qwen/qwen3-8b"), "text, json, markdown, html"),
    ],
)
def test_a_format_that_the_command_lacks_is_refused_before_anything_is_done(
    arguments: tuple[str, ...], formats: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = ask(*arguments, "--format", "csv")
    assert (answer.code, answer.out) == (2, "")
    assert f"Hint: It comes as {formats}." in " ".join(answer.err.split())
    assert list(tmp_path.iterdir()) == []
    assert formats in " ".join(re.findall(r"[a-z,]+", ask(*arguments[:1], "--help").out))
