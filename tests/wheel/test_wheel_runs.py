"""The wheel at work, with the sources out of sight: it answers, without a network, and imports only what it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HEAVY = (
    "pydantic", "yaml", "rich", "dataclasses", "inspect", "huggingface_hub", "requests", "httpx", "http.client", "urllib.request", "socket",
    "_socket", "ssl", "asyncio", "psutil", "pynvml", "jsonschema", "multiprocessing", "concurrent.futures", "sqlite3",
)  # fmt: skip
MACHINE = {
    "platform": "linux",
    "cpu": {"name": "AMD Ryzen 9 7950X", "cores": 16, "features": ["avx2"]},
    "memory": {"total_bytes": 64 << 30},
    "gpus": [{"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 24 << 30}],
}
WATCHED = """
import sys

def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        sys.stderr.write(f"network: {event}\\n")
        raise SystemExit(99)

sys.addaudithook(refuse)
from llmadvise.cli.app import run
import llmadvise
code = run(sys.argv[1:])
sys.stdout.flush()
import json
sys.stderr.write(json.dumps({"file": llmadvise.__file__, "modules": sorted(sys.modules)}))
raise SystemExit(code)
"""
"""Runs the program, refuses every look at a network, and tells at the end what was imported."""


class Ran(NamedTuple):
    """One watched run: its result, where the package came from, and what was imported."""

    document: Any
    file: Path
    modules: frozenset[str]


def environment(unpacked: Path, home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return {**kept, "PYTHONPATH": str(unpacked), "HOME": str(home), "PYTHONUTF8": "1"}


def watched(unpacked: Path, home: Path, *arguments: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments, "--json"],
        env=environment(unpacked, home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stderr)
    return Ran(json.loads(done.stdout), Path(told["file"]), frozenset(told["modules"]))


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A hardware file, so that the answer does not depend on where the tests run."""
    file = tmp_path_factory.mktemp("machine") / "machine.json"
    file.write_text(json.dumps(MACHINE), encoding="utf-8")
    return str(file)


def test_it_answers_with_a_file_its_bytes_and_a_command(unpacked: Path, tmp_path: Path, described: str) -> None:
    ran = watched(unpacked, tmp_path, "recommend", "--hardware", described)
    assert ran.file.is_relative_to(unpacked)
    best = ran.document["recommendations"][0]
    assert best["variant"]["files"]
    for file in best["variant"]["files"]:
        assert file["name"]
        assert file["bytes"] > 0
    assert best["variant"]["bytes"] == sum(file["bytes"] for file in best["variant"]["files"])
    assert best["variant"]["repo"] in best["commands"]["run"] + (best["commands"]["pull"] or "")


def test_a_described_machine_needs_no_heavy_import(unpacked: Path, tmp_path: Path, described: str) -> None:
    ran = watched(unpacked, tmp_path, "recommend", "--hardware", described)
    assert ran.modules.isdisjoint(HEAVY)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems are asked through psutil and their own tools")
def test_the_machine_at_hand_needs_no_heavy_import(unpacked: Path, tmp_path: Path) -> None:
    ran = watched(unpacked, tmp_path, "recommend", "--top", "1")
    assert ran.file.is_relative_to(unpacked)
    assert ran.modules.isdisjoint(
        set(HEAVY) - {"pynvml", "dataclasses", "inspect"} if Path("/dev/nvidiactl").exists() else HEAVY
    )


def test_a_command_imports_no_other_command(unpacked: Path, tmp_path: Path, described: str) -> None:
    ran = watched(unpacked, tmp_path, "recommend", "--hardware", described)
    commands = {"compare", "doctor", "estimate", "explain", "hardware", "models", "rules", "schema"}
    assert ran.modules.isdisjoint(f"llmadvise.cli.{name}" for name in commands)


def test_no_yaml_is_read(unpacked: Path, tmp_path: Path) -> None:
    ran = watched(unpacked, tmp_path, "models", "list", "qwen3")
    assert len(ran.document["models"]) > 0
    assert ran.modules.isdisjoint({"yaml", "pydantic"})


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs a tool that takes the network away")
def test_it_answers_where_there_is_no_network_at_all(unpacked: Path, tmp_path: Path, described: str) -> None:
    alone = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets no one take the network away")
    done = subprocess.run(
        [*alone, sys.executable, "-m", "llmadvise", "recommend", "--json", "--hardware", described],
        env=environment(unpacked, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["recommendations"]
