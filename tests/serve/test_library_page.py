"""The page for programs: its examples run, and what it names is there, documented and typed."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "library.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"## (\w+)\n.*?```python\n(.*?)```", TEXT, re.DOTALL))
NAMES = [
    (module, name, parameters)
    for module, cell in re.findall(r"^\| `(llmadvise[\w.]+)` \| (.*?) \|", TEXT, re.MULTILINE)
    for name, parameters in re.findall(r"`(\w+)\((.*?)\)`", cell)
]
SAID = {
    "Advise": "tokens a second",
    "Comply": "qwen/qwen3-8b allowed",
    "Run": "The answer is 42.",
}


@pytest.mark.parametrize("name", SAID)
def test_the_example_runs(
    name: str, model: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("FAKE_ENGINE", "ok")
    exec(compile(EXAMPLES[name], f"{PAGE}#{name}", "exec"), {})  # noqa: S102 - our own page
    assert SAID[name].lower() in capsys.readouterr().out.lower()


def test_there_is_an_example_for_each_use() -> None:
    assert set(EXAMPLES) == set(SAID)


def parameters_of(found: object) -> list[str]:
    """Fields of a record, parameters of a function."""
    if is_dataclass(found):
        return [field.name for field in fields(found)]
    assert callable(found)
    return list(inspect.signature(found).parameters)


@pytest.mark.parametrize(("module", "name", "parameters"), NAMES, ids=str)
def test_what_is_named_is_there_documented_and_typed(module: str, name: str, parameters: str) -> None:
    found = getattr(import_module(module), name)
    assert inspect.getdoc(found)
    named = [] if parameters == "…" else parameters.split(", ")
    # A record may gain fields, a function may not lose or swap parameters.
    assert set(named) <= set(parameters_of(found))
    if inspect.isfunction(found):
        assert parameters_of(found)[: len(named)] == named
    if inspect.isfunction(found):
        assert {*parameters_of(found), "return"} <= set(inspect.unwrap(found).__annotations__)
