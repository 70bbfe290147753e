"""Requests that are wrong: every one is refused by name, with what to type instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_program import ESCAPE, Ask

SIZES = (
    "12parsecs",
    "-5GiB",
    "1e400GiB",
    "",
    " ",
    "0",
    "0GiB",
    "GiB",
    "1.2.3GiB",
    "inf",
    "nan",
    "9" * 30,
    "2000000TiB",
)


@pytest.mark.parametrize("size", SIZES)
def test_nonsense_sizes(size: str, ask: Ask) -> None:
    answer = ask("recommend", f"--ram={size}")
    assert (answer.code, answer.out) == (2, "")
    assert "64GB" in answer.err


@pytest.mark.parametrize("option", ["--context", "--depth", "--prompt"])
@pytest.mark.parametrize("tokens", ["-1", "1.5x", "many", "1e9", "9" * 20])
def test_nonsense_tokens(option: str, tokens: str, ask: Ask) -> None:
    answer = ask("recommend", f"{option}={tokens}")
    assert (answer.code, answer.out) == (2, "")
    assert "32k" in answer.err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--users", "0"),
        ("--users", "-1"),
        ("--users", "1.5"),
        ("--users", "9" * 400),
        ("--top", "0"),
        ("--min-speed", "-1"),
        ("--min-speed", "nan"),
        ("--min-speed", "inf"),
        ("--min-speed", "1e999"),
        ("--min-bits", "33"),
        ("--min-bits", "nan"),
    ],
)
def test_numbers_out_of_range(option: str, value: str, ask: Ask) -> None:
    answer = ask("recommend", f"{option}={value}")
    assert (answer.code, answer.out) == (2, "")
    assert option in answer.err


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "seven"])
def test_model_sizes_out_of_range(value: str, ask: Ask) -> None:
    answer = ask("models", "list", f"--max-parameters={value}")
    assert (answer.code, answer.out) == (2, "")
    assert "--max-parameters" in answer.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["recommend", "--gpu", "RTX 4099"], "4090"),
        (["recommend", "--gpu", "RTX 409O"], "4090"),
        (["recommend", "--gpu", "Radeon RX 7900 XTXX"], "7900 XTX"),
        (["recommend", "--use-case", "chatting"], "chat"),
        (["recommend", "--runtime", "llama"], "llama.cpp"),
        (["recommend", "--family", "qwen33"], "qwen3"),
        (["recommend", "--model-format", "ggml"], "gguf"),
        (["recommend", "--kv-type", "q8"], "q8_0"),
        (["recommend", "--kv-type", "q8_0,q4_O"], "q4_0"),
        (["recommend", "--format", "yaml"], "markdown"),
        (["explain", "qwen/qwen3-8bb"], "qwen/qwen3-8b"),
        (["explain", "qwen/qwen3-8b:Q9_K"], "Q4_K_M"),
        (["models", "show", "gemma-3-12b-itt"], "google/gemma-3-12b-it"),
        (["models", "lineage", "qwen3-8"], "qwen/qwen3-8b"),
        (["rules", "show", "does-not-exist"], "llmadvise rules"),
        (["rules", "explain"], "llmadvise rules"),
        (["schema", "recommendations"], "recommendation"),
        (["hardware", "lst"], "hardware list"),
    ],
)
def test_unknown_names_offer_near_ones(arguments: list[str], expected: str, ask: Ask, machine: Path) -> None:
    placed = arguments[0] in {"recommend", "explain"} and "--gpu" not in arguments
    answer = ask(*arguments, *(["--hardware", machine] if placed else []))
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err.partition("Hint:")[2].replace("\n", " ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["recommend", "--json", "--format", "text"],
        ["recommend", "--json", "--format", "markdown"],
        ["recommend", "--hardware", "RTX 4090", "--gpu", "RTX 4090"],
        ["compare", "qwen/qwen3-8b"],
    ],
)
def test_requests_that_contradict_themselves(arguments: list[str], ask: Ask) -> None:
    answer = ask(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "hint" in answer.err.lower()


@pytest.mark.parametrize(
    ("arguments", "known"),
    [(["rules", "--format", "csv"], "models"), (["hardware", "--format", "markdown"], "recommendation")],
)
def test_formats_that_a_result_does_not_come_in(arguments: list[str], known: str, ask: Ask) -> None:
    answer = ask(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert known in answer.err


HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\u202eB8-3newq",
    "a\nb",
    "x" * 5000,
    "../../etc/passwd",
    "%s%n{0}",
    "[bold]x[/bold]",
    "\udcff",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("place", ["model", "gpu", "use case", "rule", "schema", "family"])
def test_hostile_words_are_shown_as_they_are_and_briefly(text: str, place: str, ask: Ask, machine: Path) -> None:
    arguments = {
        "model": ["models", "show", text],
        "gpu": ["recommend", "--gpu", text],
        "use case": ["recommend", "--hardware", machine, "--use-case", text],
        "rule": ["rules", "show", text],
        "schema": ["schema", text],
        "family": ["recommend", "--hardware", machine, "--family", text],
    }[place]
    answer = ask(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert ESCAPE not in answer.err
    assert "\u202e" not in answer.err
    assert len(answer.err) < 2000


def test_quiet_prints_ids_alone(ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, "--quiet", "--top", "3")
    lines = answer.out.splitlines()
    assert (answer.code, answer.err, len(lines)) == (0, "", 3)
    for line in lines:
        shown = ask("estimate", line, "--hardware", machine, "--quiet")
        assert (shown.code, shown.out.strip()) == (0, line)


def test_every_listed_model_can_be_shown_by_the_ids_that_quiet_prints(ask: Ask) -> None:
    ids = ask("models", "list", "gemma", "--quiet").out.split()
    assert ids == sorted(ids)
    assert ids
    for id_ in ids[:5]:
        assert ask("models", "show", id_, "--quiet").out.strip() == id_


def test_a_filter_that_nothing_passes_is_an_empty_list(ask: Ask) -> None:
    answer = ask("models", "list", "no-such-word", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


@pytest.mark.parametrize("layers", ["²", "٣", "-1", "1.5", "most", ""])
@pytest.mark.parametrize("command", ["estimate", "serve"])
def test_layers_that_are_no_number(command: str, layers: str, ask: Ask) -> None:
    answer = ask(command, "qwen/qwen3-8b:Q4_K_M", f"--gpu-layers={layers}")
    assert (answer.code, answer.out) == (2, "")
    assert "Give a number of layers, or all." in answer.err


def test_json_may_be_asked_for_twice(ask: Ask, machine: Path) -> None:
    once = ask("hardware", "--hardware", machine, "--json")
    assert ask("hardware", "--hardware", machine, "--json", "--format", "JSON") == once
    assert ask("hardware", "--json", "--format", "text").code == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("models", "list", "--family", "qwen33"), "Did you mean qwen3"),
        (("models", "list", "--role", "chatty"), "unknown role 'chatty'"),
        (("models", "list", "--license", "apache"), "Did you mean apache-2.0"),
        (("models", "list", "--model-format", "ggml"), "Known ones: awq, bnb, exl3, fp8, gguf"),
        (("licenses", "list", "--category", "permisive"), "Did you mean permissive"),
        (("licenses", "list", "--commercial", "maybe"), "conditional"),
        (("rules", "show", "does-not-fits"), "Did you mean does-not-fit"),
        (("recommend", "--family", "zzzz"), "more."),
        (("recommend", "--strict"), "--fleet"),
        (("recommend", "--workers", "2"), "--fleet"),
        (("recommend", "--hardware", "nosuchthing"), "neither a file or folder here nor a machine or device"),
    ],
)
def test_a_word_that_nothing_is_called_is_refused_by_name(arguments: tuple[str, ...], expected: str, ask: Ask) -> None:
    answer = ask(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert expected in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hardware", "list", "nosuch"), "0 devices"),
        (("models", "list", "nosuch"), "0 models"),
        (("licenses", "list", "nosuch"), "0 licenses"),
    ],
)
def test_an_empty_list_is_a_number_and_no_heads_of_columns(arguments: tuple[str, ...], said: str, ask: Ask) -> None:
    answer = ask(*arguments)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(said)
