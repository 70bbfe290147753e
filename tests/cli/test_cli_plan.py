"""`llmadvise plan` from the command line: shapes, exit codes, and what is refused."""

from __future__ import annotations

import json
import sys

import pytest
from cli_program import Ask, Program

LLAMA = "meta-llama/llama-3.1-405b-instruct"


def test_hardware_is_listed_from_the_smallest_upward(ask: Ask) -> None:
    answer = ask("plan", "qwen/qwen3-32b", "--json")
    assert answer.code == 0
    document = json.loads(answer.out)
    assert document["schema"] == "llmadvise.plan/1"
    assert document["layout"] is None
    assert {row["kind"] for row in document["hardware"]} == {"gpu", "gpus", "mac", "cpu", "computer"}
    row = document["hardware"][0]
    assert row["speed"]["decode"]["low"] < row["speed"]["decode"]["high"]
    assert row["memory"]["by_device"][0]["headroom_bytes"] >= 0
    assert [item["bytes"] for item in document["variants"]] == sorted(
        (item["bytes"] for item in document["variants"]), reverse=True
    )


def test_quantizations_are_compared(ask: Ask) -> None:
    answer = ask("plan", "qwen/qwen3-8b", "--quantization", "Q4_K_M,q8_0", "--json")
    document = json.loads(answer.out)
    assert [item["quantization"] for item in document["variants"]] == ["Q4_K_M", "Q8_0"]
    assert {row["quantization"] for row in document["hardware"]} == {"Q4_K_M", "Q8_0"}


def test_cpu_only_leaves_out_everything_else(ask: Ask) -> None:
    document = json.loads(ask("plan", "qwen/qwen3-8b", "--cpu-only", "--json").out)
    assert {row["kind"] for row in document["hardware"]} == {"cpu"}


def test_one_machine_may_be_named(ask: Ask) -> None:
    document = json.loads(ask("plan", "qwen/qwen3-8b:Q4_K_M", "--gpu", "RTX 4090", "--ram", "64GiB", "--json").out)
    assert [row["group"] for row in document["hardware"]] == ["named"]


def test_two_nodes_share_a_model(ask: Ask) -> None:
    answer = ask("plan", LLAMA, "--nodes", "2", "--gpu", "8x H100 SXM", "--ram", "2TiB", "--json")
    assert answer.code == 0
    layout = json.loads(answer.out)["layout"]
    assert layout["nodes"] == 2
    assert layout["chosen"]["layout"] == {"tensor": 8, "pipeline": 2, "data": 1, "experts": False}
    assert layout["chosen"]["placement"]["kind"] == "distributed"
    assert "--distributed-executor-backend ray" in layout["chosen"]["command"]
    assert any(not item["fits"] and item["findings"] for item in layout["considered"])


def test_nothing_runs_it_is_exit_code_3_with_what_would(ask: Ask) -> None:
    answer = ask("plan", f"{LLAMA}:safetensors-bf16", "--gpu", "8x H100 SXM", "--ram", "2TiB", "--runtime", "vllm")
    assert answer.code == 3
    assert answer.out == ""
    assert "94.5 GiB of weights" in " ".join(answer.err.split())
    assert "--nodes 2" in answer.err
    told = ask("plan", f"{LLAMA}:BF16", "--cpu-only", "--context", "128k", "--users", "64", "--json")
    assert told.code == 3
    assert json.loads(told.out)["hardware"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("qwen/qwen3-8b", "--quantization", "Q9_Z"), 2, "unknown quantization"),
        (("qwen/no-such-model",), 2, "unknown model"),
        (("qwen/qwen3-8b", "--context", "8m"), 3, "attends to"),
        (("qwen/qwen3-8b", "--nodes", "2", "--gpu", "2x RTX 4090", "--runtime", "llama.cpp"), 3, "several nodes"),
        (("qwen/qwen3-8b", "--nodes", "65"), 2, "--nodes"),
        (("qwen/qwen3-8b", "--format", "csv"), 2, "cannot be written as csv"),
    ],
)
def test_what_cannot_be_planned_is_said(arguments: tuple[str, ...], code: int, words: str, ask: Ask) -> None:
    answer = ask("plan", *arguments)
    assert answer.code == code
    assert words in answer.err


@pytest.mark.parametrize("columns", ["45", "80", "200"])
def test_text_fits_the_page(columns: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    answer = ask("plan", "qwen/qwen3-8b")
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert max(len(line) for line in answer.out.splitlines()) <= max(int(columns), 20)


def test_quiet_prints_ids(ask: Ask) -> None:
    answer = ask("plan", "qwen/qwen3-8b", "--cpu-only", "--quiet")
    assert answer.out.splitlines()[0] == "cpu-amd-ryzen-7-9700x"


def test_planning_looks_at_no_machine(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is about others: nothing of this machine is read."""

    def probe(**_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("llmadvise.probe.machine.probe_machine", probe)
    assert ask("plan", "qwen/qwen3-8b").code == 0


def test_an_installed_plan_reads_no_yaml(program: Program) -> None:
    """As quick to start as an advice: the compiled catalog, and nothing that only other answers need."""
    code = (
        "import sys; from llmadvise.api.plan import PlanRequest, plan; from llmadvise.api.request import Request; "
        "plan(PlanRequest(request=Request(), model='qwen/qwen3-8b')); "
        "print({'yaml', 'pydantic', 'rich', 'typer', 'huggingface_hub', 'psutil'} & set(sys.modules))"
    )
    answer = program.finish([sys.executable, "-c", code])
    assert (answer.code, answer.out.strip()) == (0, "set()"), answer.err
