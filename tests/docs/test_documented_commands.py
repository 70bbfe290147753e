"""Every command in the README and the docs: run where a test can, parsed where it needs a network or a runtime."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from llmadvise.catalog import load
from llmadvise.cli.app import run

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from documented import Documented, Other, documented, pages  # noqa: E402 - from the folder put on the path above

OTHERS = {
    "pip", "pipx", "uvx", "python", "python3", ".venv/bin/pip", ".venv/bin/pytest", "jq", "cat", "head", "grep", "git",
    "docker", "curl", "pre-commit", "mkdocs", "pytest", "ruff", "nvidia-smi", "llama-server", "llama-bench", "mv", "cp",
    "mkdir", "cd", "man", "export", "LLMADVISE_UPDATE=1", "ollama", "vllm", "sh", "ssh", "tee", "kill", "rocm-smi",
    "podman", "systemctl", "kubectl", "huggingface-cli", "hf", "for", "do", "done", "xargs", "find", "echo", "tail", "open",
    "modal", "docker-compose", "wget", "tar", "set", "test", "if", "then", "fi", "eval", "source", "lms", "brew", "winget",
}  # fmt: skip
"""Programs that pages may name beside ours; a name that is not among them may be a misspelt one."""
MACHINE = {
    "platform": "linux",
    "cpu": {"name": "AMD Ryzen 9 7950X"},
    "memory": {"total_bytes": 64 << 30},
    "gpus": [{"name": "NVIDIA GeForce RTX 4090"}],
}
POLICY = "llmadvise-policy.yaml"
COMMANDS = [item for page in pages() for item in documented(page)]
PARSED = [item for item in COMMANDS if isinstance(item, Documented)]
RUN = [item for item in PARSED if item.needs is None and item.file.parent.name != "extend"]
"""What stands under a diff is run with that diff applied (test_extend.py)."""
PASSES = {0, 3, 10, 11}
"""A small machine may have nothing that fits, and a checkout may break a policy that is being shown."""


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bytes) -> Iterator[Path]:
    """A folder with the files that the pages speak of."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    machine = json.dumps(MACHINE)
    files = {
        "gpu.txt": "name, memory.total [MiB]\nNVIDIA GeForce RTX 3090, 24576 MiB\n",
        "machine.json": machine,
        "fleet.jsonl": f"{machine}\n{machine}\n",
        "machines/one.json": machine,
        "inventory/one.json": machine,
        "app.py": 'MODEL = "Qwen/Qwen3-8B"\n',
        "services/app.py": 'MODEL = "mistralai/Mistral-7B-Instruct-v0.3"\n',
        "requirements.txt": "vllm\n",
        "DIR/hardware/gpus/acme.yaml": (ROOT / "catalog/hardware/gpus/broadcom.yaml").read_text(encoding="utf-8"),
        "use-case.yaml": (ROOT / "catalog" / "profiles" / "chat.yaml").read_text(encoding="utf-8"),
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    yield tmp_path
    os.chdir(ROOT)


def test_there_are_many() -> None:
    assert len(RUN) > 40
    assert {item.file.name for item in PARSED} >= {"README.md", "check.md", "fleets.md", "quick_start.md"}


@pytest.mark.parametrize("item", RUN, ids=str)
def test_it_runs(
    item: Documented, workplace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = list(item.arguments)
    if POLICY in words or f"--policy={POLICY}" in words:
        run(["check", "--init"])
    if "mine.jsonl" in words and "build" not in words:
        run(["catalog", "build", "--catalog", "DIR", "--output", "mine.jsonl"])
    if "my-machine" in words and "capture" not in words:
        run(["hardware", "capture", "my-machine"])
    if item.feeds is not None:
        fed = TextIOWrapper(BytesIO((workplace / item.feeds).read_bytes()))
        monkeypatch.setattr("sys.stdin", fed)
    capsys.readouterr()
    try:
        code = run(words)
    except SystemExit as leaving:  # help pages leave so
        code = leaving.code if isinstance(leaving.code, int) else 1
    out, err = capsys.readouterr()
    assert code in ({item.code} if item.code else PASSES), f"{err}\n{out}"
    assert "Traceback" not in err


@pytest.mark.parametrize("item", PARSED, ids=str)
def test_its_options_are_there(item: Documented) -> None:
    """The words are read by the application itself, and nothing is run."""
    import typer.main  # noqa: PLC0415 - the application is built for this alone

    from llmadvise.cli.toolkit import build  # noqa: PLC0415 - see above

    words = list(item.arguments)
    if not words or words[0].startswith("-"):
        return
    command, path = typer.main.get_command(build((words[0],))), "llmadvise"
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        path = f"{path} {name}"
        assert name in command.commands, f"there is no `{path}`"
        command = command.commands[name]
    if hasattr(command, "commands") or {"--help", "-h"} & set(words):
        return
    # Values that stand for others are taken as text; a substituted command is one word.
    assert command.make_context(path, words).command is command


@pytest.mark.parametrize("item", [item for item in COMMANDS if isinstance(item, Other)], ids=lambda item: item.program)
def test_other_programs_are_spelt_as_they_are(item: Other) -> None:
    assert item.program in OTHERS, f"{item.file.name}:{item.line}"
