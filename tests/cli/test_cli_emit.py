"""`--emit`: the file on standard output or in a file, what is worth knowing on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from cli_program import Ask

FORMS = ("compose", "k8s", "systemd", "modelfile", "litellm", "env", "script")


@pytest.mark.parametrize("form", FORMS)
def test_recommend_writes_every_form(form: str, ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, "--offline", "--emit", form)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("#")
    assert "\x1b" not in answer.out
    again = ask("recommend", "--hardware", machine, "--offline", "--emit", form)
    assert again.out == answer.out


def test_a_file_holds_the_same_bytes(ask: Ask, machine: Path, tmp_path: Path) -> None:
    target = tmp_path / "compose.yaml"
    printed = ask("recommend", "--hardware", machine, "--offline", "--emit", "compose")
    written = ask("recommend", "--hardware", machine, "--offline", "--emit", "compose", "--output", target)
    assert (written.code, written.out) == (0, "")
    assert target.read_text(encoding="utf-8") == printed.out
    assert list(yaml.safe_load(printed.out)["services"]) == ["download", "serve"]


def test_findings_are_told_beside_the_file(ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, "--offline", "--emit", "compose")
    assert "note: the image is" in answer.err
    quiet = ask("recommend", "--hardware", machine, "--offline", "--emit", "compose", "--quiet")
    assert quiet.err == ""
    assert quiet.out.count("\n") == 1


def test_json_holds_the_file_and_what_it_pins(ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, "--offline", "--emit", "k8s", "--json")
    document = json.loads(answer.out)
    assert document["schema"] == "llmadvise.recipe/1"
    assert document["revision"] in document["text"]
    assert document["endpoint"] == "http://127.0.0.1:8080/v1"
    assert answer.err == ""


def test_plan_writes_for_several_nodes(ask: Ask) -> None:
    model = "meta-llama/llama-3.1-405b-instruct:awq-int4"
    answer = ask("plan", model, "--nodes", "2", "--gpu", "2x H100 SXM", "--ram", "1TiB", "--offline", "--emit", "k8s")
    assert answer.code == 0, answer.err
    assert "kind: LeaderWorkerSet" in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("recommend", "--emit", "helm"), 2, "unknown recipe 'helm'"),
        (("recommend", "--emit", "compose", "--fleet", "-"), 2, "contradict each other"),
        (("plan", "qwen/qwen3-8b", "--emit", "compose"), 2, "needs a machine"),
        (("recommend", "--gpu", "M3 Max 64GB", "--emit", "k8s"), 1, "cannot use the GPU"),
        (("recommend", "--gpu", "RTX 4090", "--runtime", "lm-studio", "--emit", "env"), 1, "has no recipe as env"),
    ],
)
def test_what_cannot_be_written_is_said(arguments: tuple[str, ...], code: int, words: str, ask: Ask) -> None:
    answer = ask(*arguments, "--offline")
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
