"""`llmadvise pull` from the command line: what it takes, what it prints, and what the lock and other stores demand."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jsonschema
import pytest
from fetching import check_whole
from pull_hub import COMMIT, Fault, PullHub, Repo, git_sha1, sha256

from llmadvise.api.schemas import schema_text
from llmadvise.catalog import load
from llmadvise.catalog.load import load_catalog
from llmadvise.cli.app import run
from llmadvise.domain.model import Variant

MODEL = "org/model-GGUF"
FILE = "model-Q4_K_M.gguf"
MACHINE = {
    "platform": "linux",
    "cpu": {"name": "AMD Ryzen 9 7950X", "architecture": "x86_64", "cores": 16, "features": ["avx2", "avx512f"]},
    "memory": {"total_bytes": 64 << 30},
    "gpus": [{"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 24 << 30}],
}


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def said(self) -> str:
        return " ".join(self.err.split())


class Pull(Protocol):
    def __call__(self, *arguments: str) -> Answer: ...


@pytest.fixture(scope="session")
def compiled() -> bytes:
    return load.built_in()


@pytest.fixture
def pull(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    compiled: bytes,
    hub: PullHub,
) -> Pull:
    """The command, on a machine that is the same everywhere, in a folder of its own."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setattr("llmadvise.hub.connection.time.sleep", lambda _: None)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    machine = tmp_path / "machine.json"
    machine.write_text(json.dumps(MACHINE), encoding="utf-8")

    def pulled(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(["pull", *arguments, "--hardware", str(machine)])
        return Answer(code, *capsys.readouterr())

    return pulled


def served(hub: PullHub, variant: Variant) -> None:
    """The Hub lists this variant of the catalog."""
    repo = hub.repos.setdefault(variant.repo, Repo(files={}, commit=variant.revision or COMMIT))
    for file in variant.files:
        repo.files[file.name] = b"GGUF"
        repo.said[file.name] = file.sha256 or sha256(b"GGUF")


def test_the_document_says_what_was_done_and_validates(pull: Pull, hub: PullHub, cache: Path) -> None:
    first = pull(f"hf:{MODEL}:Q4_K_M", "--json").document
    again = pull(f"{MODEL.lower()}:q4_k_m", "--json").document
    schema = json.loads(schema_text("pull"))
    for document, state, transferred in ((first, "downloaded", 300_004), (again, "present", 0)):
        jsonschema.Draft202012Validator(schema).validate(document)
        [file] = document["files"]
        data = hub.repos[MODEL].files[FILE]
        assert (file["name"], file["bytes"], file["sha256"]) == (FILE, len(data), sha256(data))
        assert (file["state"], file["transferred_bytes"]) == (state, transferred)
        assert Path(file["path"]).read_bytes() == data
        assert (document["repo"], document["revision"], document["dry_run"]) == (MODEL, COMMIT, False)
    assert (cache / "models--org--model-GGUF" / "refs" / "main").read_text(encoding="ascii") == COMMIT


def test_text_goes_where_it_belongs(pull: Pull, hub: PullHub) -> None:
    answer = pull(f"hf:{MODEL}:Q4_K_M")
    assert answer.code == 0
    assert answer.out.rstrip().endswith(f"{COMMIT}/{FILE}"), "the path stands alone on a line, to be copied"
    assert "fetched, proved" in answer.out
    assert answer.err == "Fetching 300 kB.\n"
    quiet = pull(f"hf:{MODEL}:Q4_K_M", "--quiet")
    assert (len(quiet.out.splitlines()), quiet.err) == (1, "")
    assert Path(quiet.out.strip()).is_file()


def test_progress_in_a_pipe_is_lines(pull: Pull, hub: PullHub) -> None:
    hub.repos[MODEL].files[FILE] = b"GGUF" + bytes(12_000_000)
    lines = pull(f"hf:{MODEL}:Q4_K_M").err.splitlines()
    assert lines[0] == "Fetching 12 MB."
    assert lines[-1].startswith("100 %  12 MB of 12 MB")
    assert 3 <= len(lines) <= 12
    assert "\x1b" not in "".join(lines)


def test_a_dry_run_fetches_nothing(pull: Pull, hub: PullHub, cache: Path) -> None:
    document = pull(f"hf:{MODEL}:Q4_K_M", "--dry-run", "--json").document
    assert (document["missing_bytes"], document["transferred_bytes"], document["dry_run"]) == (300_004, 0, True)
    assert document["free_bytes"] > 0
    assert document["files"][0]["state"] == "missing"
    assert hub.downloads() == []
    assert not cache.exists()
    hub.faults = [Fault(cut=100_000), *[Fault(status=404)] * 9]
    assert "store that the Hub redirects to" in pull(f"hf:{MODEL}:Q4_K_M").said
    begun = pull(f"hf:{MODEL}:Q4_K_M", "--dry-run", "--json").document
    assert (begun["files"][0]["state"], begun["missing_bytes"]) == ("partial", 200_004)
    assert "would be gone on with" in pull(f"hf:{MODEL}:Q4_K_M", "--dry-run").out


def test_a_dry_run_tells_that_there_is_no_room(pull: Pull, hub: PullHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmadvise.api.bring.free_bytes", lambda _: 1000)
    [finding] = pull(f"hf:{MODEL}:Q4_K_M", "--dry-run", "--json").document["findings"]
    assert (finding["rule"], finding["verdict"]) == ("no-room", "block")


def test_a_catalog_id_means_the_variant_of_this_machine(pull: Pull, hub: PullHub) -> None:
    model = load_catalog().models["qwen/qwen3-0.6b"]
    for variant in model.variants:
        if variant.format == "gguf":
            served(hub, variant)
    exact = pull("qwen/qwen3-0.6b:q4_k_m", "--dry-run", "--json").document
    assert (exact["model"], exact["quantization"]) == ("qwen/qwen3-0.6b", "Q4_K_M")
    listed = {(item.repo, item.revision) for item in model.variants if item.quantization == "Q4_K_M"}
    assert (exact["repo"], exact["revision"]) in listed
    best = pull("qwen3:0.6b", "--dry-run", "--json", "--model-format", "gguf").document
    assert best["why"] == "the best of this model for this machine"
    assert best["model"] == "qwen/qwen3-0.6b"
    assert exact["why"] == "named on the command line"


def test_without_a_model_it_is_the_first_recommendation_said_aloud(
    pull: Pull, hub: PullHub, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(["recommend", "--json", "--top", "1", "--model-format", "gguf", "--hardware", str(tmp_path / "machine.json")])
    [first] = json.loads(capsys.readouterr().out)["recommendations"]
    variant = next(item for item in load_catalog().models[first["model"]].variants if item.id == first["variant"]["id"])
    served(hub, variant)
    answer = pull("--json", "--model-format", "gguf", "--dry-run")
    assert answer.document["model"] == first["model"]
    assert answer.document["quantization"] == first["variant"]["quantization"]
    assert answer.err == "", "a program that reads JSON from standard error finds nothing else there"
    aloud = pull("--model-format", "gguf", "--dry-run")
    assert f"Pulling {first['name']}" in aloud.err


def test_nothing_that_fits_is_exit_code_3(pull: Pull, hub: PullHub) -> None:
    assert pull("--min-speed", "1000000").code == 3
    assert hub.requests == []


def test_what_the_policy_forbids_is_not_fetched(pull: Pull, hub: PullHub) -> None:
    denied = next(
        model.id
        for model in load_catalog().models.values()
        if model.license.declared == "cc-by-nc-4.0" and any(item.format == "gguf" for item in model.variants)
    )
    answer = pull(denied, "--commercial", "--dry-run")
    assert answer.code == 10, answer.said
    assert hub.requests == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("qwen3-8bb",), 2, "Did you mean"),
        (("org/nothing",), 2, "not on the Hub"),
        (("hf:org/model-GGUF:Q5_K_M",), 2, "It has model-Q4_K_M.gguf"),
        (("hf:../x",), 2, "does not name a model"),
        (("hf:org/model-GGUF", "--to", "floppy"), 2, "hub, ollama or lmstudio"),
        (("hf:org/model-GGUF", "--to", "ollama", "--directory", "x"), 2, "Leave one of them out"),
        (("hf:org/model-GGUF:Q4_K_M", "--offline"), 1, "forbids the network"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_do(arguments: tuple[str, ...], code: int, words: str, pull: Pull) -> None:
    answer = pull(*arguments)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.said
    assert "Hint:" in answer.err


def test_errors_are_json_too(pull: Pull, hub: PullHub) -> None:
    hub.repos[MODEL].gated = True
    answer = pull(f"hf:{MODEL}:Q4_K_M", "--json", "--quiet")
    assert answer.code == 1
    error = json.loads(answer.err)["error"]
    assert f"{hub.endpoint}/{MODEL}" in error["hint"]


def test_offline_proves_what_is_here(pull: Pull, hub: PullHub, cache: Path, tmp_path: Path) -> None:
    pull(f"hf:{MODEL}:Q4_K_M")
    hub.requests.clear()
    document = pull(f"hf:{MODEL}:Q4_K_M", "--offline", "--json").document
    assert (document["files"][0]["state"], document["revision"]) == ("present", COMMIT)
    assert pull(f"hf:{MODEL.lower()}:Q4_K_M", "--offline", "--json").document["repo"] == MODEL
    mine = tmp_path / "mine"
    assert pull(f"hf:{MODEL}:Q4_K_M", "--offline", "--directory", str(mine)).code == 0
    assert check_whole(mine, hub, MODEL) == {FILE}
    assert pull(f"hf:{MODEL}:Q8_0", "--offline").code == 2
    assert hub.requests == []
    blob = Path(document["files"][0]["path"]).resolve()
    blob.write_bytes(b"x" * blob.stat().st_size)
    assert "is not that file" in pull(f"hf:{MODEL}:Q4_K_M", "--offline").said


def test_the_environment_forbids_the_network_too(pull: Pull, hub: PullHub, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(f"hf:{MODEL}:Q4_K_M")
    hub.requests.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert pull(f"hf:{MODEL}:Q4_K_M", "--json").document["files"][0]["state"] == "present"
    assert "forbids the network" in pull("hf:org/whole").said
    assert hub.requests == []


def test_a_directory_gets_the_files_by_their_names(pull: Pull, hub: PullHub, tmp_path: Path, cache: Path) -> None:
    document = pull("hf:org/whole", "--directory", str(tmp_path / "mine"), "--json").document
    assert document["store"] == "directory"
    assert (tmp_path / "mine" / "config.json").read_bytes() == b"{}"
    by_name = {file["name"]: file for file in document["files"]}
    assert by_name["config.json"]["git_sha1"] == git_sha1(b"{}")
    assert [item["rule"] for item in document["findings"]] == ["code-left-out"]
    assert not cache.exists()


def lock(folder: Path, *, sha: str | None, revision: str | None = None, repo: str = MODEL) -> None:
    entry = {
        "model": repo, "resolved": None, "repo": repo, "revision": revision,
        "files": [{"name": FILE, "bytes": 1, "sha256": sha}], "declared": None, "effective": [],
    }  # fmt: skip
    document = {
        "schema": "llmadvise.lock/1", "version": "0.1.0", "catalog": {"version": "1", "digest": "0"}, "models": [entry],
    }  # fmt: skip
    (folder / "llmadvise.lock").write_text(json.dumps(document), encoding="utf-8")


def test_the_lock_of_this_folder_holds(pull: Pull, hub: PullHub, tmp_path: Path) -> None:
    work, right = tmp_path / "work", sha256(hub.repos[MODEL].files[FILE])
    assert "there is no llmadvise.lock" in pull(f"hf:{MODEL}:Q4_K_M", "--locked").said
    lock(work, sha="0" * 64)
    for option in ((), ("--locked",)):
        assert "is another file now" in pull(f"hf:{MODEL}:Q4_K_M", *option).said
    assert hub.downloads() == []
    lock(work, sha=right)
    assert pull(f"hf:{MODEL}:Q4_K_M", "--locked", "--json").document["locked"]
    assert "neither a commit nor a hash" in pull(f"hf:{MODEL}:Q8_0", "--locked").said
    lock(work, sha=None)
    assert "neither a commit nor a hash" in pull(f"hf:{MODEL}:Q4_K_M", "--locked").said
    lock(work, sha=None, revision=COMMIT)
    assert pull(f"hf:{MODEL}:Q4_K_M", "--locked").code == 0
    assert pull(f"hf:{MODEL}@main:Q4_K_M").code == 2, "the lock pins another revision"
    lock(work, sha=right, repo="org/other")
    assert "does not pin" in pull(f"hf:{MODEL}:Q4_K_M", "--locked").said
    assert pull(f"hf:{MODEL}:Q4_K_M", "--json").document["locked"] is False
    (work / "llmadvise.lock").write_text("{", encoding="utf-8")
    assert pull(f"hf:{MODEL}:Q4_K_M").code == 12


@pytest.mark.skipif(os.name != "posix", reason="a program that is a script")
def test_ollama_is_given_the_proved_file(
    pull: Pull, hub: PullHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    assert "Ollama is not installed" in pull(f"hf:{MODEL}:Q4_K_M", "--to", "ollama").said
    script = programs / "ollama"
    script.write_text(
        f"#!{sys.executable}\nimport sys, shutil\nshutil.copy(sys.argv[4], {str(tmp_path / 'Modelfile')!r})\n"
        f"print(sys.argv[1:], file=open({str(tmp_path / 'argv')!r}, 'w'))\n"
        "sys.stderr.write('\\x1b[?25l\\x1b[2Kno room\\x1b[?25h\\n')\nsys.exit('fails' in sys.argv[2])\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    document = pull(f"hf:{MODEL}:Q4_K_M", "--to", "ollama", "--json").document
    assert document["registered_as"] == "model:q4_k_m"
    assert "'create', 'model:q4_k_m', '-f'" in (tmp_path / "argv").read_text()
    path = document["files"][0]["path"]
    assert path.endswith(".gguf"), "by which older versions of Ollama know it"
    assert (tmp_path / "Modelfile").read_text() == f"FROM {path}\n"
    hub.requests.clear()
    assert "is split into several files" in pull(f"hf:{MODEL}:Q8_0", "--to", "ollama").said
    assert "is no GGUF model" in pull("hf:org/whole", "--to", "ollama").said
    assert not [path for path in hub.downloads() if path.endswith((".gguf", ".safetensors"))]
    hub.repos["org/fails"] = Repo(files={"a-Q4_0.gguf": b"GGUF"})
    assert "failed: no room" in pull("hf:org/fails:Q4_0", "--to", "ollama").said


@pytest.mark.skipif(os.name != "posix", reason="a program that is a script")
def test_ollama_keeps_what_it_has(pull: Pull, hub: PullHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs, manifests = tmp_path / "bin", tmp_path / "ollama" / "manifests" / "registry.ollama.ai" / "library"
    programs.mkdir()
    (programs / "ollama").write_text("#!/bin/false\n", encoding="utf-8")
    (programs / "ollama").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    (manifests / "model").mkdir(parents=True)

    def has(digest: str) -> None:
        layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": 300_004}
        (manifests / "model" / "q4_k_m").write_text(json.dumps({"layers": [layer]}), encoding="utf-8")

    has("0" * 64)
    assert "another model under the name model:q4_k_m" in pull(f"hf:{MODEL}:Q4_K_M", "--to", "ollama").said
    has(sha256(hub.repos[MODEL].files[FILE]))
    assert pull(f"hf:{MODEL}:Q4_K_M", "--to", "ollama", "--json").document["registered_as"] == "model:q4_k_m"


def test_lm_studio_has_a_folder_a_repository(pull: Pull, hub: PullHub, tmp_path: Path) -> None:
    assert "LM Studio has no folder here" in pull(f"hf:{MODEL}:Q4_K_M", "--to", "lmstudio").said
    (tmp_path / "home" / ".lmstudio").mkdir(parents=True)
    document = pull(f"hf:{MODEL}:Q4_K_M", "--to", "lmstudio", "--json").document
    assert document["files"][0]["path"] == str(tmp_path / "home/.lmstudio/models" / MODEL / FILE)
    settings = tmp_path / "home" / ".lmstudio" / "settings.json"
    settings.write_text(json.dumps({"downloadsFolder": str(tmp_path / "big disk")}), encoding="utf-8")
    hub.repos[MODEL].files["deep/other-Q6_K.gguf"] = b"GGUF"
    document = pull(f"hf:{MODEL}:Q6_K", "--to", "lms", "--json").document
    assert document["files"][0]["path"] == str(tmp_path / "big disk" / MODEL / "other-Q6_K.gguf")


def test_an_error_under_json_is_all_there_is_to_read(pull: Pull, hub: PullHub) -> None:
    answer = pull("--json", "--offline")
    assert (answer.code, answer.out) == (1, "")
    assert json.loads(answer.err)["error"]["code"] == "error"
