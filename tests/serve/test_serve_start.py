"""`serve`: endpoint, promise and measure; the file that is here; the runtime that is installed; what is missing, said."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
from serve_program import Ask, put_engine, put_model
from test_serve_run import run_document

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.model import Variant
from llmadvise.launch.ports import free_port

CONTEXT = ("--context", "1024")
SMALL = "qwen/qwen3-0.6b"


def test_a_dry_run_starts_nothing(ask: Ask, model: Path, home: Path) -> None:
    answer = ask("serve", model, "--dry-run", "--port", "8123", *CONTEXT)
    assert (answer.code, answer.err) == (0, "")
    expected = f"{home}/bin/llama-server -m {model} -c 1024 -np 1 --host 127.0.0.1 --port 8123 --alias small"
    assert expected in answer.out
    assert not (home / "state").exists()


def test_a_dry_run_plans_for_another_machine(ask: Ask) -> None:
    answer = ask("serve", f"{SMALL}:Q8_0", "--dry-run", "--gpu", "RTX 4090", "--json")
    document = run_document(answer.out)
    argv = document["argv"]
    assert isinstance(argv, list)
    assert argv[argv.index("-ngl") + 1] == "999"
    assert document["pid"] is None


def two_cards(home: Path, free: int) -> Path:
    """A machine whose faster card comes second on the bus, with so much of it free."""
    cards = [
        {"name": "NVIDIA GeForce RTX 3060", "memory_bytes": 12 << 30, "free_bytes": 11 << 30},
        {"name": "NVIDIA GeForce RTX 4090", "memory_bytes": 24 << 30, "free_bytes": free},
    ]
    file = home / "machine.json"
    file.write_text(json.dumps({"platform": "linux", "memory": {"total_bytes": 64 << 30}, "gpus": cards}))
    return file


@pytest.mark.parametrize(
    ("target", "free", "visible", "words"),
    [
        ("qwen/qwen3-32b:Q5_K_M", 23 << 30, "1,0", ("-ts", "0.6")),  # over both, the faster one first
        ("qwen/qwen3-4b:Q8_0", 1 << 30, "0", ("-sm", "none")),  # on the other one alone, as that is in use
        ("qwen/qwen3-4b:Q8_0", 23 << 30, "1", ("-sm", "none")),
    ],
)
def test_unlike_cards_are_counted_as_the_plan_counts_them(  # noqa: PLR0917
    ask: Ask, home: Path, monkeypatch: pytest.MonkeyPatch, target: str, free: int, visible: str, words: tuple[str, str]
) -> None:  # fmt: skip
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    asked = ("serve", target, "--hardware", two_cards(home, free), "--dry-run", "--json", "--runtime", "llama.cpp")
    document = run_document(ask(*asked).out)
    environment, argv = document["environment"], document["argv"]
    assert isinstance(environment, dict)
    assert isinstance(argv, list)
    assert (environment["CUDA_DEVICE_ORDER"], environment["CUDA_VISIBLE_DEVICES"]) == ("PCI_BUS_ID", visible)
    assert str(argv[argv.index(words[0]) + 1]).startswith(words[1])
    assert "-mg" not in argv
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert "CUDA_DEVICE_ORDER" not in run_document(ask(*asked).out)["environment"]  # type: ignore[operator]


def test_this_machine_alone_can_start_it(ask: Ask, model: Path) -> None:
    answer = ask("serve", model, "--gpu", "RTX 4090")
    assert answer.code == 2
    assert "--dry-run" in answer.err


def variant(quantization: str) -> Variant:
    """A file of the catalog."""
    found = load_catalog().models[SMALL].variants
    return next(item for item in found if item.quantization == quantization and item.format == "gguf" and item.bytes)


def put_download(home: Path, item: Variant) -> Path:
    """The file in the Hub's cache, as large as the catalog says."""
    folder = home / ".cache/huggingface/hub" / f"models--{item.repo.replace('/', '--')}" / "snapshots" / ("0" * 40)
    return put_model(folder / item.files[0].name, size=item.bytes or 0)


def test_a_file_in_the_hubs_cache_is_used(ask: Ask, home: Path) -> None:
    path = put_download(home, variant("Q8_0"))
    document = run_document(ask("run", SMALL, "Hello", "--json").out)
    argv, target = document["argv"], document["target"]
    assert isinstance(argv, list)
    assert isinstance(target, dict)
    assert str(path) in argv
    assert (target["quantization"], target["model"]) == ("Q8_0", SMALL)
    assert document["served_as"] == SMALL


def put_in_ollama(home: Path) -> tuple[str, Path, str]:
    """A file of the catalog in Ollama's store: what to ask for, its blob, and the tag."""
    name, item = next(
        (model.id, item)
        for model in load_catalog().models.values()
        for item in model.variants
        if model.role.value == "instruct"
        if item.format == "gguf" and len(item.files) == 1 and item.files[0].sha256 and (item.bytes or 1 << 40) < 2 << 30
    )
    digest, store = item.files[0].sha256, home / ".ollama" / "models"
    layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": item.bytes}]
    manifest = store / "manifests" / "hf.co" / item.repo / item.quantization
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"layers": layers}))
    blob = put_model(store / "blobs" / f"sha256-{digest}", size=item.bytes or 0)
    return f"{name}:{item.quantization}", blob, f"hf.co/{item.repo}:{item.quantization}"


def test_a_blob_of_ollama_is_a_file_for_llama_cpp(ask: Ask, home: Path) -> None:
    name, blob, _ = put_in_ollama(home)
    document = run_document(ask("run", name, "Hello", "--json", "--anyway").out)
    assert str(blob) in str(document["argv"])


def test_ollama_is_asked_for_its_own_name_and_its_refusal_is_explained(ask: Ask, home: Path) -> None:
    name, _, tag = put_in_ollama(home)
    (home / "bin" / "llama-server").unlink()
    put_engine(home / "bin", "ollama")
    log = home / "engine.log"
    asked = ("run", name, "Hello", "--json", "--anyway", "--runtime", "ollama", "--log", log)
    document = run_document(ask(*asked).out)
    assert document["status"] == "answered"
    assert document["served_as"] == tag
    assert f'"model": "{tag}"' in log.read_text()
    failed = ask(*asked, mode="runner-killed")
    failure = run_document(failed.out)["failure"]
    assert isinstance(failure, dict)
    assert (failed.code, failure["kind"]) == (1, "killed-for-memory")


def test_a_model_of_embeddings_is_served_and_not_asked(ask: Ask) -> None:
    name = next(
        model.id
        for model in load_catalog().models.values()
        if model.role.value == "embedding" and any(item.format == "gguf" and item.bytes for item in model.variants)
    )
    answer = ask("serve", name, "--dry-run", "--json", "--runtime", "llama.cpp")
    argv = run_document(answer.out)["argv"]
    assert isinstance(argv, list)
    assert "--embeddings" in argv
    assert ask("run", name, "Hello", "--dry-run", "--runtime", "llama.cpp").code == 2


def test_a_file_that_is_not_here_is_named_with_its_command(ask: Ask) -> None:
    answer = ask("serve", f"{SMALL}:Q8_0")
    assert answer.code == 1
    assert "not on this machine" in answer.err
    assert f"llmadvise pull {SMALL}:Q8_0" in " ".join(answer.err.split())


def test_without_a_runtime_the_line_that_installs_one(ask: Ask, model: Path, home: Path) -> None:
    (home / "bin" / "llama-server").unlink()
    answer = ask("serve", model)
    assert answer.code == 1
    assert "https://llama.app/install.sh" in " ".join(answer.err.split())


def test_a_client_without_its_server(ask: Ask, model: Path, home: Path) -> None:
    (home / "bin" / "llama-server").rename(home / "bin" / "llama-cli")
    answer = ask("serve", model)
    assert answer.code == 1
    assert "llama-server is not on PATH" in answer.err


@pytest.mark.parametrize(
    ("runtime", "code", "said"), [("vllm", 1, "pip install vllm"), ("jan", 2, "does not start Jan")]
)
def test_the_runtime_that_was_asked_for(ask: Ask, model: Path, runtime: str, code: int, said: str) -> None:
    answer = ask("serve", model, "--runtime", runtime)
    assert answer.code == code
    assert said in " ".join(answer.err.split())


def test_ollama_is_started_with_its_store_and_asked_by_its_name(ask: Ask, home: Path) -> None:
    (home / "bin" / "llama-server").unlink()
    put_engine(home / "bin", "ollama")
    answer = ask("serve", f"{SMALL}:Q8_0", "--runtime", "ollama", "--dry-run", "--port", "11999", "--json")
    document = run_document(answer.out)
    environment = document["environment"]
    assert isinstance(environment, Mapping)
    assert environment["OLLAMA_HOST"] == "127.0.0.1:11999"
    assert str(document["served_as"]).startswith("hf.co/")
    assert document["argv"] == [str(home / "bin" / "ollama"), "serve"]


def test_a_taken_port_is_told_before_anything_starts(ask: Ask, model: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        answer = ask("serve", model, "--port", str(other.getsockname()[1]))
    assert answer.code == 1
    assert "is taken by another program" in answer.err


def test_what_does_not_fit_is_refused_with_a_plan_that_does(ask: Ask, home: Path) -> None:
    put_engine(home / "bin")
    file = put_model(home / "models" / "large.gguf", "llama-3.1-70b.Q4_K_M", 43 << 30)
    answer = ask("serve", file, "--context", "131072")
    if psutil.virtual_memory().available > 120 << 30:
        pytest.skip("it fits here")
    assert answer.code == 3
    assert "lacks up to" in answer.err


def test_a_license_that_denies_the_use_is_refused(ask: Ask) -> None:
    catalog = load_catalog()
    name = next(
        model.id
        for model in catalog.models.values()
        if "-nc" in (model.license.declared or "")
        and any(item.format == "gguf" and item.bytes for item in model.variants)
    )
    answer = ask("serve", name, "--dry-run", "--commercial", "--runtime", "llama.cpp", "--gpu", "H100 SXM5 80 GB")
    assert answer.code == 10, answer.err
    assert "does not allow this use" in answer.err


def test_what_is_on_the_hub_alone_is_named_with_how_to_fetch_it(ask: Ask) -> None:
    answer = ask("serve", "hf:some/repo:Q4_K_M")
    assert answer.code == 1
    assert "--pull" in answer.err


def begin(home: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """The program in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "llmadvise", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "FAKE_ENGINE": "ok", "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=home,
    )


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_it_serves_until_it_is_asked_to_end(home: Path, model: Path, name: str) -> None:
    port = free_port("127.0.0.1")
    program = begin(home, "serve", model, "--port", str(port), "--quiet", *CONTEXT)
    assert program.stdout is not None
    endpoint = program.stdout.readline().strip()
    assert endpoint == f"http://127.0.0.1:{port}/v1"
    with urllib.request.urlopen(endpoint.removesuffix("/v1") + "/health", timeout=10) as answer:  # noqa: S310
        assert answer.status == 200
    engines = psutil.Process(program.pid).children(recursive=True)
    assert engines
    program.send_signal(getattr(signal, name))
    _, said = program.communicate(timeout=30)
    assert program.returncode == 0
    assert said.endswith("Stopped.\n")
    assert not any(engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE for engine in engines)


def test_an_engine_that_ends_while_it_serves_is_explained(home: Path, model: Path) -> None:
    program = begin(home, "serve", model, "--no-measure", *CONTEXT)
    assert program.stdout is not None
    assert program.stdout.readline().startswith("Serving")
    engine = psutil.Process(program.pid).children(recursive=True)[-1]
    time.sleep(0.2)
    engine.kill()
    _, said = program.communicate(timeout=30)
    assert program.returncode == 1
    assert "killed the engine (SIGKILL)" in said


def test_a_dry_run_says_what_is_not_here(ask: Ask, home: Path) -> None:
    words = ("serve", f"{SMALL}:Q8_0", "--dry-run", "--runtime", "llama.cpp")
    assert f"the file is not here: llmadvise pull {SMALL}:Q8_0" in " ".join(ask(*words).out.split())
    (home / "bin" / "llama-server").unlink()
    assert "llama-server is not on PATH here" in ask(*words).out


@pytest.mark.parametrize("action", ["run", "serve"])
def test_a_dry_run_of_what_would_be_refused_fails_as_the_start_would(ask: Ask, action: str) -> None:
    words = (action, "qwen/qwen3.5-397b-a17b:UD-Q4_K_XL", "--dry-run", "--gpu", "RTX 3060", "--ram", "8GiB", "--json")
    answer = ask(*words)
    assert answer.code == 3
    assert json.loads(answer.out)["status"] == "planned"
    assert json.loads(answer.err)["error"]["code"] == "nothing-fits"
    assert "--anyway" in answer.err
    assert {item["verdict"] for item in json.loads(answer.out)["findings"] if item["rule"] == "does-not-fit"} == {
        "block"
    }
    minded = ask(*words, "--anyway")
    assert (minded.code, minded.err) == (0, "")
    assert {item["verdict"] for item in json.loads(minded.out)["findings"] if item["rule"] == "does-not-fit"} == {
        "warn"
    }
    assert ask(*words[:-1]).out.startswith("Would not start Qwen3.5-397B-A17B")
    assert ask(*words[:-1], "--anyway").out.startswith("Would start Qwen3.5-397B-A17B")


def test_the_same_plan_is_the_same_bytes(ask: Ask) -> None:
    words = ("serve", f"{SMALL}:Q8_0", "--dry-run", "--gpu", "RTX 4090", "--ram", "64GiB", "--json")
    first = ask(*words)
    assert first.code == 0, first.err
    assert ask(*words) == first
    assert run_document(first.out)["endpoint"] == "http://127.0.0.1:8080/v1"
    refused = ask(*words, "--host", "no.such.host.invalid")
    assert (refused.code, "--host" in refused.err) == (2, True)
