"""The man page says everything that the application has, and is well formed."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from llmadvise.cli.manual.commands import Command, usage
from llmadvise.cli.manual.man_page import man_page


def test_every_command_and_option_is_there(told: tuple[Command, ...]) -> None:
    page = man_page(told).replace("\\-", "-").replace("\\&", "")
    for command in told[1:]:
        if not command.groups:
            assert f".SS {usage(command).replace(' [OPTIONS]', '')}".replace("…", "...") in page
        for item in command.options:
            assert all(f"\\fB{flag}\\fR" in page for flag in item.flags), (command.path, item.flags)


def test_no_line_is_taken_for_a_command_by_chance(told: tuple[Command, ...]) -> None:
    known = {".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".BR"}
    controls = {line.split()[0] for line in man_page(told).splitlines() if line.startswith((".", "'"))}
    assert controls <= known
    assert "\\e" not in re.sub(r"\\e[a-z]", "", man_page(told))


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc, which checks man pages, is not installed")
def test_mandoc_finds_nothing_wrong(told: tuple[Command, ...]) -> None:
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning"],
        input=man_page(told).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    complaints = [line for line in done.stdout.decode().splitlines() if "missing date" not in line]
    assert complaints == []
