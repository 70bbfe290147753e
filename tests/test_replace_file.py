"""A file that is replaced is whole whenever the program is stopped, and no more open than it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from llmadvise.replace_file import replace_file

posix = pytest.mark.skipif(os.name != "posix", reason="rights of POSIX systems")


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_and_replaced(tmp_path: Path) -> None:
    target = tmp_path / "facts"
    for content in (b"one\n", b"", b"two\r\n\0"):
        replace_file(target, content)
        assert target.read_bytes() == content
    assert list(tmp_path.iterdir()) == [target]


@posix
@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_is_as_open_as_any_new_file_of_this_user(tmp_path: Path, mask: int, expected: int) -> None:
    before = os.umask(mask)
    try:
        replace_file(tmp_path / "facts", b"x")
    finally:
        os.umask(before)
    assert rights(tmp_path / "facts") == expected


@posix
def test_a_replaced_file_keeps_its_rights_and_is_at_no_moment_more_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "secret"
    target.write_bytes(b"old")
    target.chmod(0o600)
    seen = list[int]()
    sync = os.fsync

    def look(handle: int) -> None:
        seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        sync(handle)

    monkeypatch.setattr(os, "fsync", look)
    replace_file(target, b"new")
    assert (seen, rights(target), target.read_bytes()) == ([0o600], 0o600, b"new")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_stop_leaves_the_old_file_and_nothing_beside_it(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "facts"
    target.write_bytes(b"old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, stop)
    with pytest.raises(KeyboardInterrupt):
        replace_file(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_that_lies_in_wait_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one that guessed the name."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    monkeypatch.setattr(os, "urandom", bytes)
    (tmp_path / f".llmadvise-{bytes(8).hex()}").symlink_to(victim)
    with pytest.raises(FileExistsError):
        replace_file(tmp_path / "facts", b"new")
    assert victim.read_bytes() == b"mine"


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "no" / "facts", b"x")
    assert list(tmp_path.iterdir()) == []
