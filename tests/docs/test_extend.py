"""The diffs of docs/extend: each applies to the sources as they are, and the commands below it show what it adds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from llmadvise.catalog import load
from llmadvise.cli.app import run

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "extend"
sys.path.insert(0, str(ROOT / "benchmarks"))
from documented import Documented, documented  # noqa: E402 - from the folder put on the path above

_DIFF = re.compile(r"^```diff\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^--- (?:a/)?(\S+)\n\+\+\+ b/(\S+)$", re.MULTILINE)
SHOWN = {
    "model": ("Acme-7B-Instruct", "acme-7b-instruct-q4_k_m.gguf", "0 errors"),
    "gpu": ("600 GB/s", "Acme A1"),
    "runtime": ("acme-run chat -m",),
    "license": ("Built with Acme", "Acme Model License 1.0"),
}
"""What the commands of each page must print, one after the other."""


def applied(name: str, place: Path) -> list[Path]:
    """Copy the files that a page's diffs touch, apply them, and return the files that changed."""
    diff = "".join(_DIFF.findall((PAGES / f"{name}.md").read_text(encoding="utf-8")))
    changed = []
    for old, new in _FILE.findall(diff):
        target = place / new
        target.parent.mkdir(parents=True, exist_ok=True)
        if old == "/dev/null":
            assert not (ROOT / new).exists()
        else:
            shutil.copy(ROOT / old, target)
        changed.append(target)
    # A line more or less elsewhere in the file moves the place; the lines around it must be as they were.
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(place.parent)}
    done = subprocess.run(
        command, input=diff.encode(), cwd=place, env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"docs/extend/{name}.md no longer applies: {done.stderr.decode()}"
    assert changed
    return changed


def commands(name: str) -> list[Documented]:
    return [item for item in documented(PAGES / f"{name}.md") if isinstance(item, Documented)]


pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git, which applies the diffs, is not installed")


def test_every_page_with_a_diff_is_looked_at() -> None:
    with_diff = {path.stem for path in PAGES.glob("*.md") if _DIFF.search(path.read_text(encoding="utf-8"))}
    assert with_diff == {*SHOWN, *CODE}


@pytest.mark.parametrize("name", SHOWN)
def test_a_fact(
    name: str, tmp_path: Path, compiled: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    applied(name, tmp_path)
    capsys.readouterr()
    for item in commands(name):
        # In a checkout the file is part of the built-in catalog; here it is laid over that.
        assert run([*item.arguments, "--catalog", str(tmp_path / "catalog")]) == 0, capsys.readouterr().err
    printed = " ".join(capsys.readouterr().out.split())
    assert [words for words in SHOWN[name] if words not in printed] == []


CODE = {
    "rule": (["variant_rules.py"], ("Notes files of 50 GB and more.", '"rule": "large-download"')),
    "format": (
        ["tab_separated.py", "formats.py"],
        ("qwen/qwen3-8b\tQwen/Qwen3-8B\t", "qwen/qwen3-8b-base\t1\tfinetune\tapache-2.0\tyes", "markdown, csv, tsv."),
    ),
}
"""Changes of the program itself: the files they touch, and what the commands of the page print then."""


@pytest.mark.parametrize("name", CODE)
def test_code(name: str, tmp_path: Path, compiled: bytes) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "src/llmadvise/catalog" / load.COMPILED_NAME).write_bytes(compiled)
    files, shown = CODE[name]
    assert [path.name for path in applied(name, tmp_path)] == files
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src"), "PYTHONUTF8": "1", "COLUMNS": "160"}
    printed = ""
    for item in commands(name):
        command = [sys.executable, "-m", "llmadvise", *item.arguments]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        printed += done.stdout.decode()
    assert [words for words in shown if words not in printed] == []
