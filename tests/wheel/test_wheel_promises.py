"""What docs/security.md promises of every command that needs no network, watched from inside the running program."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wheel_build import ROOT

WATCHED = """
import json, os, sys

events = {"network": [], "started": [], "written": [], "codes": []}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.rmdir")

def look(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        host = arguments[1][0] if event in ("socket.connect", "socket.sendto") else arguments[0]
        if host not in ("127.0.0.1", "::1"):
            events["network"].append([event, repr(arguments[1:])])
    elif event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn"):
        events["started"].append([event, repr(arguments)])
    elif event == "subprocess.Popen":
        events["started"].append([event, arguments[1] if isinstance(arguments[1], str) else list(map(str, arguments[1]))])
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES:
        events["written"].append(str(arguments[0]))
    elif event in CHANGES:
        events["written"].append(f"{event} {arguments[0]}")

from llmadvise.cli.app import run
sys.addaudithook(look)
out = sys.stdout
sys.stdout = sys.stderr = open(os.devnull, "w")
events["written"].clear()
for arguments in json.loads(sys.argv[1]):
    events["codes"].append(run(arguments))
out.write(json.dumps(events))
"""
MACHINE = {
    "platform": "linux",
    "cpu": {"name": "AMD Ryzen 9 7950X", "cores": 16, "features": ["avx2"]},
    "memory": {"total_bytes": 64 << 30},
    "gpus": [{"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 24 << 30}],
}
SHELLS = {"sh", "bash", "dash", "zsh", "fish", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh"}


def watched(unpacked: Path, home: Path, *commands: list[str]) -> Any:  # noqa: ANN401 - JSON
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED, json.dumps(commands)],
        env={**kept, "PYTHONPATH": str(unpacked), "HOME": str(home), "USERPROFILE": str(home), "PYTHONUTF8": "1"},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a machine in a file and a checkout that refers to models."""
    (tmp_path / "machine.json").write_text(json.dumps(MACHINE), encoding="utf-8")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text('load("Qwen/Qwen3-8B")\nload("org/unheard-of")\n', encoding="utf-8")
    return tmp_path


MODEL, ON = "qwen/qwen3-8b", ["--hardware", "machine.json"]
COMMANDS = [
    ["recommend", *ON],
    ["recommend", *ON, "--emit", "compose"],
    ["explain", MODEL, *ON],
    ["compare", MODEL, "qwen/qwen3-14b", *ON],
    ["estimate", MODEL, *ON],
    ["plan", MODEL],
    ["run", MODEL, *ON, "--dry-run"],
    ["models", "list", "qwen3"],
    ["models", "show", MODEL],
    ["licenses", "list"],
    ["rules"],
    ["schema", "model"],
    ["catalog", "diff", "built-in", "built-in"],
    ["check", "app"],
    ["hardware"],
    ["doctor"],
    ["recommend", "--top", "1"],
]

EXPECTED = {"check app": {0, 11}, f"run {MODEL} --hardware machine.json --dry-run": {0, 1}}
"""The second model of the folder is unknown; no runtime need be installed where this runs."""


def test_nothing_is_asked_written_or_started_through_a_shell(unpacked: Path, home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    seen = watched(unpacked, home, *COMMANDS)
    told = dict(zip(map(" ".join, COMMANDS), seen["codes"], strict=True))
    assert {line: code for line, code in told.items() if code not in EXPECTED.get(line, {0})} == {}
    assert seen["network"] == []
    assert [path for path in seen["written"] if path != os.devnull] == []
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    for event, words in seen["started"]:
        assert event == "subprocess.Popen"
        assert isinstance(words, list), "a list of words, never a line for a shell"
        assert Path(words[0]).name.lower() not in SHELLS


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "torch", "joblib", "cloudpickle", "runpy", "code"}
OF_OUR_OWN_WORDS = {"src/llmadvise/catalog/codec.py: _hint"}
"""It reads the annotations of our own classes, as typing.get_type_hints does: no word of it comes from outside."""
FORBIDDEN_NAMES = {"os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "subprocess.getoutput"}


def _makes_code(node: ast.AST) -> bool:
    suspect = False
    match node:
        case ast.Call(func=ast.Name(id=name)):
            suspect = name in FORBIDDEN_CALLS
        case ast.Import(names=names):
            suspect = bool({alias.name.partition(".")[0] for alias in names} & FORBIDDEN_MODULES)
        case ast.ImportFrom(module=str(module)):
            suspect = module.partition(".")[0] in FORBIDDEN_MODULES
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="yaml"), attr="load"),
            keywords=[ast.keyword(arg="Loader", value=loader)],
        ):
            # These make nothing but texts, lists and mappings.
            suspect = not set(re.findall(r"\w*Loader", ast.unparse(loader))) <= {"BaseLoader", "CBaseLoader"}
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)):
            suspect = f"{owner}.{name}" in FORBIDDEN_NAMES
        case ast.keyword(arg="shell", value=value):
            suspect = not (isinstance(value, ast.Constant) and value.value is False)
    return suspect


def test_no_code_is_made_of_data() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {function}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for function, node in _places(ast.parse(path.read_text(encoding="utf-8")))
        if _makes_code(node)
    ]
    assert [place for place in found if place not in OF_OUR_OWN_WORDS] == []


def _places(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every node, with the name of the function around it."""
    yield function, tree
    inside = tree.name if isinstance(tree, ast.FunctionDef) else function
    for child in ast.iter_child_nodes(tree):
        yield from _places(child, inside)


@pytest.mark.parametrize(
    "text",
    ["eval(x)", "import pickle", "from marshal import loads", "os.system(x)", "run(x, shell=True)", "run(x, shell=y)", "yaml.load(x)", "yaml.load(x, Loader=yaml.Loader)", "yaml.load(x, Loader=yaml.FullLoader or yaml.BaseLoader)"],
)  # fmt: skip
def test_code_would_be_seen(text: str) -> None:
    assert any(map(_makes_code, ast.walk(ast.parse(text))))
    assert not any(map(_makes_code, ast.walk(ast.parse("re.compile(x); json.loads(x); run(x, shell=False)"))))
