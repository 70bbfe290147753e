"""When the engine fails: exit code 1, the right sentence with the line that proves it, and a plan that will work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest
from serve_program import Ask, of_architecture
from test_serve_run import run_document

CONTEXT = ("--context", "8192")
HELD = """llama_model_loader: loaded meta data with 26 key-value pairs and 290 tensors from model.gguf (version GGUF V3 (latest))
load_tensors:   CPU_Mapped model buffer size =   300.00 MiB
llama_context: constructing llama_context
"""
FAILURES = {
    "unknown-architecture": "0.1 E llama_model_load: error loading model: unknown model architecture: 'qwenX'\n",
    "out-of-memory": HELD + "E ggml_gallocr_reserve_n_impl: failed to allocate CPU buffer of size 314572800\n"
    "E graph_reserve: failed to allocate compute buffers\n",
    "context-too-large": HELD
    + "E ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 314572800\n"
    "E llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache\n",
    "port-in-use": "E srv  start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8123\n",
    "unknown": "Something that nobody has seen before.\n",
}


def failure_of(ask: Ask, model: Path, home: Path, log: str, *more: str) -> dict[str, Any]:
    """What `serve --json` says of an engine that printed this and ended."""
    said = home / "said.log"
    said.write_text(log, encoding="utf-8")
    answer = ask("serve", model, "--json", *CONTEXT, *more, mode=f"lines:{said}")
    assert (answer.code, answer.err) == (1, "")
    document = run_document(answer.out)
    assert document["status"] == "failed"
    failure = document["failure"]
    assert isinstance(failure, dict)
    return failure


@pytest.mark.parametrize("kind", FAILURES)
def test_each_failure_is_explained(ask: Ask, model: Path, home: Path, kind: str) -> None:
    failure = failure_of(ask, model, home, FAILURES[kind])
    assert failure["kind"] == kind
    assert failure["exit_code"] == 1
    assert failure["evidence"] in FAILURES[kind]
    assert failure["last_lines"]


def test_what_could_not_be_had_is_not_planned_with_again(ask: Ask, model: Path, home: Path) -> None:
    failure = failure_of(ask, model, home, FAILURES["context-too-large"], "--context", "32768")
    assert failure["remedies"]
    for remedy in failure["remedies"]:
        assert remedy["memory_bytes"] < (300 << 20) + 314572800
        assert remedy["command"].startswith(f"llmadvise serve {model} ")
    assert any("--context" in remedy["command"] for remedy in failure["remedies"])


def test_in_words_with_the_line_and_what_will_work(ask: Ask, model: Path, home: Path) -> None:
    said = home / "said.log"
    said.write_text(FAILURES["context-too-large"], encoding="utf-8")
    answer = ask("run", model, "Hello", "--context", "32768", mode=f"lines:{said}")
    assert (answer.code, answer.out) == (1, "")
    words = " ".join(answer.err.split())
    assert "Error: llama.cpp failed: the main memory had no room for the KV cache, 300 MiB." in words
    assert "Why: line 4 of its log:" in words
    assert "What will work" in words
    assert "llmadvise run" in words


def test_an_unknown_failure_shows_the_last_lines(ask: Ask, model: Path, home: Path) -> None:
    said = home / "said.log"
    said.write_text("\x1b[31mSomething \x1b]0;owned\x07 new\n", encoding="utf-8")
    answer = ask("serve", model, *CONTEXT, mode=f"lines:{said}")
    assert answer.code == 1
    assert "does not know what its log says" in " ".join(answer.err.split())
    assert "\x1b" not in answer.err
    assert "Something" in answer.err


@pytest.mark.parametrize(
    ("name", "kind"),
    [("SIGKILL", "killed"), ("SIGILL", "illegal-instruction"), ("SIGSEGV", "crashed"), ("SIGTERM", "stopped")],
)
def test_a_signal_while_it_loads(ask: Ask, model: Path, name: str, kind: str) -> None:
    answer = ask("serve", model, "--json", *CONTEXT, mode=f"signal:{name}")
    failure = run_document(answer.out)["failure"]
    assert isinstance(failure, dict)
    assert (answer.code, failure["kind"], failure["signal"]) == (1, kind, name)


def test_one_that_never_becomes_ready(ask: Ask, model: Path) -> None:
    answer = ask("serve", model, "--json", "--wait", "0.5", *CONTEXT, mode="silent")
    document = run_document(answer.out)
    failure = document["failure"]
    assert isinstance(failure, dict)
    assert (answer.code, failure["kind"]) == (1, "late")
    assert not psutil.pid_exists(int(str(document["pid"])))


def test_an_architecture_that_nobody_knows_reaches_the_engine(ask: Ask, model: Path, home: Path) -> None:
    of_architecture(model, b"qwenX")
    refused = ask("serve", model, *CONTEXT)
    assert (refused.code, "no qwenX architecture" in refused.err) == (1, True)
    failure = failure_of(ask, model, home, FAILURES["unknown-architecture"], "--anyway")
    assert failure["kind"] == "unknown-architecture"
