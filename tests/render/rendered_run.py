"""A start that is planned, one that serves, and one that failed."""

from __future__ import annotations

from dataclasses import replace

import rendered_advice as made

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.render.documents.run import (
    Measured,
    MeasuredMemory,
    Promised,
    RunAnswer,
    RunDocument,
    RunFailure,
    RunRemedy,
    RunRuntime,
    RunTarget,
)
from llmadvise.units import GIB

COMMAND = ("/usr/bin/llama-server", "-m", "/models/Qwen 3.gguf", "-c", "16384", "-ngl", "999", "--port", "8123")


def planned() -> RunDocument:
    """Nothing runs yet."""
    return RunDocument(
        schema="llmadvise.run/1",
        version=made.VERSION,
        action="serve",
        status="planned",
        target=RunTarget(
            asked="qwen3-14b",
            kind="catalog",
            model="qwen/qwen3-14b",
            name="Qwen3 14B",
            format="gguf",
            quantization="Q4_K_M",
            repo="Qwen/Qwen3-14B-GGUF",
            revision="a" * 40,
            path="/models/Qwen 3.gguf",
            bytes=9_000_000_000,
        ),
        runtime=RunRuntime(id="llama.cpp", version="11434", program="/usr/bin/llama-server"),
        argv=COMMAND,
        environment={"LLAMA_ARG_LOG_VERBOSITY": "4"},
        endpoint="http://127.0.0.1:8123/v1",
        served_as="qwen/qwen3-14b",
        pid=None,
        log=None,
        context_length=16384,
        users=1,
        placement=Placement(kind=PlacementKind.GPU, gpu_layers=41, devices=("gpu0",)),
        promised=Promised(
            memory=made.gibibytes(9.9),
            prefill=made.computed(900, 600, 1300),
            decode=made.computed(31, 24, 42),
            time_to_first_token=made.computed(0.6, 0.4, 0.9),
        ),
        measured=None,
        answer=None,
        failure=None,
        findings=(Finding(rule="already-downloaded", verdict=Verdict.NOTE, message="Q4_K_M is already here"),),
    )


def serving() -> RunDocument:
    """It answers, and was timed."""
    memory = MeasuredMemory(
        total=10 * GIB, resident=2 * GIB, proportional=GIB, private=GIB, engine={"gpu0": 9 * GIB, "host": GIB}
    )
    measured = Measured(
        load_seconds=4.2, prompt_tokens=220, tokens=64, time_to_first_token=0.3, decode=33.1, prefill=870.0, by="server",
        memory=memory, kept=True,
    )  # fmt: skip
    no_gpu = Finding(
        rule="engine-goes-without", verdict=Verdict.WARN, message="the engine sees no GPU, so the CPU computes"
    )
    return replace(
        planned(), status="ready", pid=4711, log="/var/log/engine.log", measured=measured, findings=(no_gpu,),
        answer=RunAnswer(text="42.\n", reasoning="", finish="stop", tokens=64),
    )  # fmt: skip


def failed() -> RunDocument:
    """It ran out of memory."""
    failure = RunFailure(
        kind="out-of-gpu-memory",
        message="CUDA0 had no room for the weights, 8.1 GiB",
        hint="A shorter context takes less.",
        evidence="alloc_tensor_range: failed to allocate CUDA0 buffer of size 8697308160 \x1b[31m",
        line=88,
        source="llama.cpp b11434 ggml/src/ggml-alloc.c",
        exit_code=1,
        signal=None,
        last_lines=("llama_model_load: error loading model: unable to allocate CUDA0 buffer",),
        remedies=(
            RunRemedy(
                words="the KV cache in q8_0, all on the GPU (8.4 GiB on gpu0)",
                command="llmadvise serve qwen3-14b --kv-type q8_0",
                memory_bytes=9 * GIB,
                decode=30.2,
            ),
            RunRemedy(words="Ollama, which is installed", command="llmadvise serve qwen3-14b --runtime ollama",
                      memory_bytes=None, decode=None),
        ),
    )  # fmt: skip
    return replace(planned(), status="failed", pid=4711, log="/var/log/engine.log", failure=failure)


def unknown() -> RunDocument:
    """Nobody knows why."""
    failure = RunFailure(
        kind="unknown", message="the engine ended with exit code 3, and llmadvise does not know what its log says",
        hint="Its last lines are below; the whole log is in the file.", evidence=None, line=None, source=None,
        exit_code=3, signal=None, last_lines=("first", "second \x1b]0;owned\x07"), remedies=(),
    )  # fmt: skip
    return replace(failed(), failure=failure)
