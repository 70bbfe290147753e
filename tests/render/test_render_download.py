"""Progress as it is seen: lines in a pipe, a bar on a terminal, nothing for who asked for quiet."""

from __future__ import annotations

import io
import sys

import pytest

from llmadvise.domain.pull import Unwatched
from llmadvise.render.download import watcher


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_come_at_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    watch = watcher(quiet=False)
    watch.begin(1_000_000_000, 250_000_000)
    watch.file("folder/model.gguf")
    for _ in range(750):
        watch.advance(1_000_000)
    watch.end()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Fetching 750 MB; 250 MB are here."
    assert [line.split(" ")[0] for line in lines[1:]] == ["30", "40", "50", "60", "70", "80", "90", "100"]
    assert lines[-1] == "100 %  1.0 GB of 1.0 GB  folder/model.gguf"


def test_nothing_to_fetch_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    watch = watcher(quiet=False)
    for total in (10, 0):
        watch.begin(total, total)
        watch.file("x")
        watch.advance(0)
        watch.end()
    assert capsys.readouterr().err == ""


def test_steps_that_were_worth_nothing_are_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    watch = watcher(quiet=False)
    watch.begin(100_000_000, 0)
    watch.advance(20_000_000)
    watch.advance(-20_000_000)
    watch.advance(10_000_000)
    assert [line[:2] for line in capsys.readouterr().err.splitlines()[1:]] == ["20", "10"]


def test_names_from_outside_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), Terminal()):
        monkeypatch.setattr(sys, "stderr", stream)
        watch = watcher(quiet=False)
        watch.begin(100_000_000, 0)
        watch.file("a\x1b[5Ab\u202e.gguf")
        watch.say("lock \x1b[5A [red]here[/red]")
        watch.advance(50_000_000)
        watch.end()
        assert "\x1b[5A" not in stream.getvalue()
        assert "\u202e" not in stream.getvalue()
        assert "[red]here[/red]" in stream.getvalue()


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    watch = watcher(quiet=False)
    watch.say("before")
    watch.begin(100_000_000, 0)
    watch.file("model.gguf")
    watch.advance(100_000_000)
    watch.end()
    watch.say("after")
    text = stream.getvalue()
    assert text.startswith("before\n")
    assert "100.0/100.0 MB" in text
    assert text.endswith("\x1b[2Kafter\n")


def test_who_wants_no_bar_gets_lines_and_who_wants_quiet_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    watcher(quiet=False).begin(10, 0)
    assert stream.getvalue() == "Fetching 10 bytes.\n"
    assert isinstance(watcher(quiet=True), Unwatched)
    monkeypatch.setattr(sys, "stderr", None)
    assert isinstance(watcher(quiet=False), Unwatched)
