"""`run`: an answer and nothing else on standard output, the benchmark beside it, and the engine gone afterwards."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import psutil
import pytest
from serve_program import Ask, put_model

from llmadvise.api.schemas import schema_text

CONTEXT = ("--context", "1024")


def run_document(text: str) -> dict[str, object]:
    """The document, held against its schema."""
    content: dict[str, object] = json.loads(text)
    jsonschema.validate(content, json.loads(schema_text("run")), cls=jsonschema.Draft202012Validator)
    return content


def test_the_answer_alone_is_the_result(ask: Ask, model: Path) -> None:
    answer = ask("run", model, "What is it?", *CONTEXT)
    assert answer.code == 0
    assert answer.out == "The answer is 42.\n"
    assert "25 t/s decoding, promised" in answer.err
    assert "prompt 400 t/s of 20 tokens" in answer.err
    assert "taken, promised" in answer.err


def test_quiet_says_nothing_else(ask: Ask, model: Path) -> None:
    answer = ask("run", model, "What is it?", "--quiet", *CONTEXT)
    assert answer == (0, "The answer is 42.\n", "")


def test_the_document_has_promise_measure_and_answer(ask: Ask, model: Path) -> None:
    answer = ask("run", model, "What is it?", "--json", *CONTEXT)
    assert (answer.code, answer.err) == (0, "")
    document = run_document(answer.out)
    assert document["status"] == "answered"
    assert document["answer"] == {"text": "The answer is 42.", "reasoning": "", "finish": "stop", "tokens": 5}
    measured = document["measured"]
    assert isinstance(measured, dict)
    assert (measured["decode"], measured["prefill"], measured["by"]) == (25.0, 400.0, "server")
    assert measured["memory"]["engine"] == {"host": round((500 + 0.58 + 48 + 300) * 1048576)}
    argv = document["argv"]
    assert isinstance(argv, list)
    assert argv[1:7] == ["-m", str(model), "-c", "1024", "-np", "1"]
    assert not psutil.pid_exists(int(str(document["pid"])))


def test_a_question_from_a_pipe(ask: Ask, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("What is it?\n"))
    answer = ask("run", model, *CONTEXT)
    assert (answer.code, answer.out) == (0, "The answer is 42.\n")


def test_an_empty_pipe_never_waits(ask: Ask, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    answer = ask("run", model, *CONTEXT)
    assert answer.code == 2
    assert "there is no question" in answer.err


class Terminal(io.StringIO):
    """Input that somebody types."""

    def isatty(self) -> bool:
        return True


def test_a_chat_until_the_end_of_input(ask: Ask, model: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("What is it?\n\nAnd why?\n"))
    answer = ask("run", model, "--log", home / "engine.log", *CONTEXT)
    assert answer.code == 0
    assert answer.out.count("The answer is 42.") == 2
    requests = [line for line in (home / "engine.log").read_text().split("\n") if line.startswith("request: ")]
    second = json.loads(requests[1].removeprefix("request: "))["messages"]
    assert [item["role"] for item in second] == ["user", "assistant", "user"]
    assert second[1]["content"] == "The answer is 42."


def test_hostile_words_stay_words(ask: Ask, home: Path) -> None:
    name = "-x $(touch owned); `id` 'q\" %PATH%.gguf"
    file = put_model(home / "models" / name)
    question = "$(touch owned) `id` '\"; rm -rf /\n--port 1"
    answer = ask("run", file, question, "--log", home / "engine.log", *CONTEXT)
    assert answer.code == 0
    said = json.loads((home / "engine.log").read_text().partition("request: ")[2].partition("\n")[0])
    assert said["messages"][0]["content"] == question
    assert not (home / "owned").exists()
    assert not Path("owned").exists()


def test_what_the_engine_refuses_is_told(ask: Ask, model: Path) -> None:
    answer = ask("run", model, "What is it?", *CONTEXT, mode="refuses")
    assert answer.code == 1
    assert "exceeds the available context size" in answer.err


def test_an_engine_that_dies_after_an_answer_does_not_spoil_it(ask: Ask, model: Path) -> None:
    answer = ask("run", model, "What is it?", *CONTEXT, mode="dies")
    assert (answer.code, answer.out) == (0, "The answer is 42.\n")
