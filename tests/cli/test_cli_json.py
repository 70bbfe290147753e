"""JSON on standard output validates against the schema that the program prints; errors are JSON on standard error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli_program import Ask

SPEED = ("--min-speed", "1000000")
COMMANDS = {
    "recommendation": ("recommend", "--hardware"),
    "fleet": ("recommend", "--fleet"),
    "explanation": ("explain", "qwen/qwen3-8b", "--hardware"),
    "comparison": ("compare", "qwen/qwen3-8b", "google/gemma-3-12b-it", "--hardware"),
    "estimate": ("estimate", "qwen/qwen3-8b:Q4_K_M", "--hardware"),
    "hardware": ("hardware", "--hardware"),
    "doctor": ("doctor", "--hardware"),
    "bench": ("bench", "list", "--hardware"),
    "hardware-profiles": ("hardware", "list", "4090"),
    "models": ("models", "list", "qwen3"),
    "model": ("models", "show", "qwen/qwen3-8b"),
    "lineage": ("models", "lineage", "qwen/qwen3-8b"),
    "licenses": ("licenses", "list", "llama"),
    "license": ("licenses", "show", "llama3.2"),
    "license-comparison": ("licenses", "compare", "llama3.1", "llama3.2"),
    "rules": ("rules",),
    "schemas": ("schema",),
}


def checked(text: str, name: str, ask: Ask) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the document after holding it against `llmadvise schema NAME`."""
    schema = json.loads(ask("schema", name).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["schema"] == f"llmadvise.{name}/1"
    assert list(document)[:2] == ["schema", "version"]
    return document


@pytest.mark.parametrize("name", COMMANDS)
def test_each_document_validates(name: str, ask: Ask, machine: Path) -> None:
    words = COMMANDS[name]
    answer = ask(*words, *([machine] if words[-1] in {"--hardware", "--fleet"} else []), "--json")
    assert (answer.code, answer.err) == (0, "")
    checked(answer.out, name, ask)


def test_the_machine_at_hand_validates(ask: Ask) -> None:
    answer = ask("hardware", "--json")
    assert (answer.code, answer.err) == (0, "")
    checked(answer.out, "hardware", ask)


def test_what_hardware_prints_is_a_hardware_file(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "here.json"
    first = ask("hardware", "--json", "--output", file)
    assert (first.code, first.out) == (0, "")
    assert ask("hardware", "--json", "--hardware", file).code == 0


def test_every_listed_schema_is_one(ask: Ask) -> None:
    listed = json.loads(ask("schema", "--json").out)["schemas"]
    names = [entry["name"] for entry in listed]
    assert len(set(names)) == len(names)
    assert {*COMMANDS, "error"} <= set(names)
    for name in names:
        jsonschema.Draft202012Validator.check_schema(json.loads(ask("schema", name).out))


def test_the_model_file_has_a_schema_beside_the_model_document(ask: Ask) -> None:
    document, file = (json.loads(ask("schema", name).out) for name in ("model", "model-file"))
    assert "schema" in document["properties"]
    assert "schema" not in file["properties"]


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (["recommend", "--use-case", "nothing"], 2, "usage"),
        (["recommend", "--no-such-option"], 2, "usage"),
        (["recommend", "--users", "none"], 2, "usage"),
        (["explain", "qwen/nothing"], 2, "usage"),
        (["no-such-command"], 2, "usage"),
        (["recommend", "--catalog", "no/such/directory"], 12, "invalid-file"),
        (["rules", "--output", "no/such/directory/rules.json"], 1, "error"),
    ],
)
def test_errors_are_json_on_standard_error(arguments: list[str], code: int, name: str, ask: Ask) -> None:
    for form in (["--json"], ["--format", "json"], ["--format=JSON"]):
        answer = ask(*arguments, *form)
        assert (answer.code, answer.out) == (code, "")
        error = checked(answer.err, "error", ask)["error"]
        assert error["code"] == name
        assert error["message"]
        assert error["hint"]


def test_nothing_fits_is_an_empty_recommendation_and_an_error(ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, *SPEED, "--json")
    assert answer.code == 3
    document = checked(answer.out, "recommendation", ask)
    assert document["recommendations"] == []
    assert document["ruled_out"]["count"] == sum(document["ruled_out"]["by_rule"].values()) > 0
    assert checked(answer.err, "error", ask)["error"]["code"] == "nothing-fits"


def test_json_is_format_json(ask: Ask, machine: Path) -> None:
    asked = ("recommend", "--hardware", machine)
    outputs = {ask(*asked, *form).out for form in (["--json"], ["--format", "json"], ["--json", "--format", "json"])}
    assert len(outputs) == 1


def test_the_same_answer_in_every_format(ask: Ask, machine: Path) -> None:
    asked = ("recommend", "--hardware", machine, "--top", "1")
    first = json.loads(ask(*asked, "--json").out)["recommendations"][0]
    file = first["variant"]["files"][0]["name"]
    assert file in ask(*asked).out
    assert first["variant"]["quantization"] in ask(*asked, "--quiet").out
    assert first["commands"]["run"] in ask(*asked, "--format", "markdown").out


def test_json_holds_no_number_that_json_does_not_know(ask: Ask, machine: Path) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(ask("recommend", "--hardware", machine, "--json").out, parse_constant=refuse)


def test_age_is_counted_only_when_a_day_is_given(ask: Ask, machine: Path) -> None:
    asked = ("recommend", "--hardware", machine, "--json", "--top", "1")
    undated = json.loads(ask(*asked).out)["catalog"]
    assert undated["age_days"] is None
    dated = json.loads(ask(*asked, "--as-of", undated["as_of"]).out)["catalog"]
    assert dated["age_days"] == 0
    assert ask(*asked, "--as-of", "tomorrow").code == 2


def test_every_schema_says_what_it_is(ask: Ask) -> None:
    entries = json.loads(ask("schema", "--json").out)["schemas"]
    assert all(item["summary"].endswith(".") and "object=" not in item["summary"] for item in entries)
