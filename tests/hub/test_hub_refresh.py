"""`catalog refresh` against a Hub of our own: drift of every kind, resumption, and a catalog that stays whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_api import COMMIT, HubApi, Repo, sha256_of

from llmadvise.api import refresh
from llmadvise.catalog import load
from llmadvise.catalog.tree import read_tree
from llmadvise.cli.app import run
from llmadvise.hub import patience

ENTRY = """\
repo: org/{name}
name: {name}
org: org
family: qwen3
role: instruct
parameters: {{total: 1000000000, active: 1000000000}}
context_length: {{native: 4096}}
license: {{declared: apache-2.0, name: apache-2.0}}
gated: false
variants:
  - format: gguf
    quantization: Q4_K_M
    repo: org/{name}-GGUF
    files:
      - {{name: {name}-Q4_K_M.gguf, bytes: 600000000, sha256: "{sha}"}}
    bytes: 600000000
    bytes_basis: declared
    source: typed in
  - format: gguf
    quantization: Q8_0
    repo: org/{name}-GGUF
    files:
      - {{name: {name}-Q8_0.gguf}}
    bytes: 1060000000
    bytes_basis: assumed
    source: a guess
sources: [typed in]
"""
NAMES = ("one", "two", "three")
Ask = Callable[..., Any]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubApi]:
    served = HubApi()
    monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.0)
    for name in NAMES:
        served.repos[f"org/{name}"] = Repo(info={"cardData": {"license": "apache-2.0"}})
        served.repos[f"org/{name}-GGUF"] = Repo(
            files={f"{name}-Q4_K_M.gguf": 600_000_000, f"{name}-Q8_0.gguf": 1_062_000_000}
        )
    yield served
    served.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog/models/org"
    folder.mkdir(parents=True)
    for name in NAMES:
        text = ENTRY.format(name=name, sha=sha256_of(f"{name}-Q4_K_M.gguf", 0))
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "catalog"


@pytest.fixture
def ask(
    api: HubApi, directory: Path, compiled: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Ask:
    monkeypatch.setattr(load, "built_in", lambda: compiled)

    def asked(*arguments: str) -> Any:  # noqa: ANN401 - JSON
        capsys.readouterr()
        code = run(["catalog", "refresh", "--catalog", str(directory), "--json", *arguments])
        out, err = capsys.readouterr()
        return json.loads(out) if code == 0 else {"code": code, **json.loads(err)}

    return asked


def kinds(document: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON
    return sorted((drift["kind"], drift["model"]) for drift in document["drifts"])


def test_only_what_was_unknown_is_new(ask: Ask) -> None:
    document = ask()
    assert kinds(document) == [("file-known", f"org/{name}") for name in sorted(NAMES)]
    assert (document["repositories"], document["read"], document["written"]) == (6, 6, [])


CHANGES: dict[str, tuple[str, Callable[[HubApi], None]]] = {
    "license": ("license-changed", lambda api: api.repos["org/one"].info.update(cardData={"license": "cc-by-nc-4.0"})),
    "gate": ("gated-changed", lambda api: setattr(api.repos["org/one"], "gated", True)),
    "model gone": ("repository-gone", lambda api: api.repos.pop("org/one")),
    "files gone": ("repository-gone", lambda api: api.repos.pop("org/one-GGUF")),
    "file gone": ("file-gone", lambda api: api.repos["org/one-GGUF"].files.pop("one-Q4_K_M.gguf")),
    "file replaced": (
        "file-replaced",
        lambda api: api.repos["org/one-GGUF"].files.update({"one-Q4_K_M.gguf": b"other"}),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_kind_of_drift_is_told(name: str, ask: Ask, api: HubApi) -> None:
    kind, change = CHANGES[name]
    change(api)
    assert (kind, "org/one") in kinds(ask())


def test_a_license_that_maps_to_nothing_new_is_no_drift(ask: Ask, api: HubApi) -> None:
    for card in ({"license": "other", "license_name": "unheard-of"}, {}, {"license": "Apache-2.0"}):
        api.repos["org/one"].info["cardData"] = card
        assert "license-changed" not in [kind for kind, _ in kinds(ask())]


def test_writing_brings_files_up_to_date_and_leaves_the_license(ask: Ask, api: HubApi, directory: Path) -> None:
    api.repos["org/one"].info["cardData"] = {"license": "cc-by-nc-4.0"}
    api.repos["org/two"].gated = True
    document = ask("--write")
    assert document["written"] == [f"org/{name}" for name in sorted(NAMES)]
    models: Any = read_tree(directory).sections["models"]
    unknown = models["org/one"].variants[1]
    assert (unknown.bytes, unknown.bytes_basis, unknown.revision) == (1_062_000_000, "declared", COMMIT)
    assert unknown.files[0].sha256 == sha256_of("one-Q8_0.gguf", 0)
    assert models["org/one"].license.declared == "apache-2.0"
    assert models["org/two"].gated is True
    assert [kind for kind, _ in kinds(ask())] == ["license-changed"]


def test_a_stopped_run_goes_on_where_it_was(ask: Ask, api: HubApi, tmp_path: Path) -> None:
    state = str(tmp_path / "state.jsonl")
    assert ask("--state", state, "--limit", "2")["read"] == 2
    with Path(state).open("a", encoding="utf-8") as file:
        file.write('{"repo": "org/three", "revis')
    before = len(api.requests)
    assert ask("--state", state)["read"] == 6
    asked = {path.split("?")[0] for path in api.requests[before:] if path.startswith("/api/models/org/")}
    assert len({path.split("/")[4] for path in asked}) == 4
    before = len(api.requests)
    assert ask("--state", state)["read"] == 6
    assert [path for path in api.requests[before:] if path.startswith("/api/models")] == []


def test_a_file_that_is_no_state_is_refused(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n", encoding="utf-8")
    assert ask("--state", str(tmp_path / "notes.txt"))["code"] == 12
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    for odd in (tmp_path / "binary", tmp_path):
        assert ask("--state", str(odd))["code"] == 12


@pytest.mark.parametrize(
    "files", ["[1]", '[["a"]]', '[["a", "b", "c"]]', '[["a", null, null]]', '[["a", Infinity, null]]', "[[]]"]
)
def test_a_line_that_holds_something_else_is_read_again(files: str, ask: Ask, tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    ask("--state", str(state))
    lines = state.read_text(encoding="utf-8").splitlines()
    broken = [f'{{"repo": "org/one", "files": {files}}}' if '"org/one"' in line else line for line in lines]
    state.write_text("\n".join(broken) + "\n", encoding="utf-8")
    document = ask("--state", str(state))
    assert (document["repositories"], document["read"]) == (6, 6)
    assert len(state.read_text(encoding="utf-8").splitlines()) == len(lines) + 1


def test_a_hub_that_stays_broken_ends_it_and_keeps_the_state(
    ask: Ask, api: HubApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "_MOST_FAILURES", 2)
    state = str(tmp_path / "state.jsonl")
    ask("--state", state, "--limit", "3")
    api.trouble["info"].statuses = [500] * 99
    failure = ask("--state", state)
    assert "--state" in failure["error"]["hint"]
    api.trouble["info"].statuses = []
    assert ask("--state", state)["read"] == 6


def test_offline_says_what_is_missing(ask: Ask, api: HubApi) -> None:
    failure = ask("--offline")
    assert "6 repositories" in failure["error"]["message"]
    assert api.requests == []


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
def test_a_killed_run_leaves_the_catalog_whole(api: HubApi, directory: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in directory.rglob("*.yaml")}
    state = tmp_path / "state.jsonl"
    api.trouble["tree"].delay = 0.2
    command = [sys.executable, "-m", "llmadvise", "catalog", "refresh", "--write"]
    program = subprocess.Popen(
        [*command, "--catalog", str(directory), "--state", str(state)],
        env={**os.environ, "HF_ENDPOINT": api.endpoint}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not (state.exists() and state.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert len(state.read_text(encoding="utf-8").splitlines()) < 7
    assert {path: path.read_bytes() for path in directory.rglob("*.yaml")} == before
    read_tree(directory)


def test_a_write_that_is_stopped_leaves_the_old_entry(
    ask: Ask, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = directory / "models/org/one.yaml"
    before = entry.read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    assert run(["catalog", "refresh", "--catalog", str(directory), "--write"]) == 130
    assert entry.read_bytes() == before
    assert sorted(path.name for path in entry.parent.iterdir()) == ["one.yaml", "three.yaml", "two.yaml"]


def test_diff_and_build_of_what_was_written(
    ask: Ask, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old"
    shutil.copytree(directory, old)
    ask("--write")
    capsys.readouterr()
    assert run(["catalog", "diff", str(old), str(directory), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["changes"]
    paths = {item["path"] for item in found if item["id"] == "org/one"}
    assert "variants[org/one-GGUF:Q8_0].bytes" in paths
    assert not [path for path in paths if path.startswith("license")]
    target = tmp_path / "mine.jsonl"
    assert run(["catalog", "build", "--catalog", str(directory), "--output", str(target)]) == 0
    capsys.readouterr()
    assert run(["models", "list", "org/one", "--catalog", str(target), "-q"]) == 0
    assert capsys.readouterr().out == "org/one\n"


def test_check_tells_file_and_line_and_fails(ask: Ask, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "check", str(directory), "--json"]) == 0
    entry = directory / "models/org/one.yaml"
    entry.write_text(
        entry.read_text(encoding="utf-8").replace("declared: apache-2.0", "declared: apache"), encoding="utf-8"
    )
    capsys.readouterr()
    assert run(["catalog", "check", str(directory), "--json"]) == 12
    document = json.loads(capsys.readouterr().out)
    [wrong] = [finding for finding in document["findings"] if finding["verdict"] == "block"]
    assert wrong["rule"] == "catalog-unknown-license"
    assert wrong["evidence"].endswith("models/org/one.yaml:8")
    assert document["summary"]["errors"] == 1
