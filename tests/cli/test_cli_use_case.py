"""`--use-case`: names, and files of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_program import Ask


def test_a_file_is_a_use_case(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("extends: coding\nname: Mine\nweights: {quality: 0.9}\ncontext_length: 4096\n", encoding="utf-8")
    answer = ask("recommend", "--gpu", "RTX 4090", "--json", "--use-case", file)
    assert answer.code == 0, answer.err
    document = json.loads(answer.out)
    assert document["requirements"]["use_case"] == str(file)
    assert document["requirements"]["context_length"] == 4096
    assert "for mine" in document["recommendations"][0]["grades"][0]["why"]


@pytest.mark.parametrize("command", ["recommend", "explain", "compare"])
def test_a_broken_file_is_invalid(ask: Ask, tmp_path: Path, command: str) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("extends: coding\nweihgts: {}\n", encoding="utf-8")
    names = {"recommend": (), "explain": ("qwen3-8b",), "compare": ("qwen3-8b", "qwen3-4b")}[command]
    answer = ask(command, *names, "--gpu", "RTX 4090", "--use-case", file)
    assert answer.code == 12
    assert "mine.yml:2" in answer.err.replace("\n", "")


def test_an_unknown_name_lists_those_that_are(ask: Ask) -> None:
    answer = ask("recommend", "--gpu", "RTX 4090", "--use-case", "seeing")
    assert answer.code == 2
    assert "vision" in answer.err


@pytest.mark.parametrize("use_case", ["vision", "embedding", "autocomplete"])
def test_json_is_whole(ask: Ask, use_case: str) -> None:
    answer = ask("recommend", "--gpu", "RTX 4090", "--ram", "64GiB", "--json", "--use-case", use_case)
    assert answer.code == 0, answer.err
    best = json.loads(answer.out)["recommendations"][0]
    assert (best["projector"] is not None) == (use_case == "vision")
    assert (best["commands"]["run"] is not None) == (use_case == "vision")
    assert (best["speed"]["decode"] is None) == (use_case == "embedding")


def test_where_nothing_can_serve_the_answer_says_so(ask: Ask) -> None:
    answer = ask("recommend", "--gpu", "RTX 4090", "--use-case", "embedding", "--context", "64k")
    assert answer.code == 3
    assert "no model meets these requirements" in " ".join(answer.err.split())
