"""`recommend --fleet`: formats, exit codes and where things are said."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from llmadvise.cli.app import run


def asked(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    alone = ["--workers", "1"] if "--fleet" in words else []
    code = run(["recommend", *alone, *map(str, words)])
    return (code, *capsys.readouterr())


def test_every_format_tells_of_the_same_groups(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, err = asked(capsys, "--fleet", fleet)
    assert (code, err) == (0, "")
    groups = json.loads(asked(capsys, "--fleet", fleet, "--json")[1])["groups"]
    rows = list(csv.DictReader(io.StringIO(asked(capsys, "--fleet", fleet, "--format", "csv")[1])))
    assert [int(row["machines"]) for row in rows] == [group["machines"] for group in groups] == [3, 1, 1, 1]
    assert [row["model"] for row in rows] == [group["pick"]["model"] if group["pick"] else "" for group in groups]
    names = [group["pick"]["name"] for group in groups if group["pick"]]
    markdown = asked(capsys, "--fleet", fleet, "--format", "markdown")[1]
    assert all(name in text and name in markdown for name in names)
    quiet = asked(capsys, "--fleet", fleet, "--quiet")[1].split()
    assert quiet[0] == f"{groups[0]['pick']['model']}:{groups[0]['pick']['quantization']}"


@pytest.mark.parametrize(("strict", "code"), [((), 0), (("--strict",), 12)])
def test_a_broken_line_is_an_error_where_that_is_asked_for(
    fleet: Path, capsys: pytest.CaptureFixture[str], strict: tuple[str, ...], code: int
) -> None:
    with fleet.open("a", encoding="utf-8") as file:
        file.write("{\n")
    found, out, err = asked(capsys, "--fleet", fleet, *strict, "--json")
    assert found == code
    assert json.loads(out)["totals"]["invalid"] == 1
    assert (f"{fleet.name}:7" in err) == bool(strict)


def test_nothing_fits_anywhere(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, "--fleet", fleet, "--min-speed", "1000000", "--json")
    assert code == 3
    assert json.loads(out)["totals"]["advised"] == 0
    assert json.loads(err)["error"]["code"] == "nothing-fits"


def test_standard_input(fleet: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(fleet.read_bytes())))
    code, out, _ = asked(capsys, "--fleet", "-", "--json")
    assert (code, json.loads(out)["groups"][0]["example"]) == (0, {"file": "-", "line": 1})


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--fleet", "nowhere.jsonl"), 12), (("--fleet", ".", "--gpu", "RTX 4090"), 2), (("--fleet", "."), 12)],
)
def test_what_cannot_be_advised(
    words: tuple[str, ...],
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert asked(capsys, *words)[0] == code


def test_closed_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    for word in ("--fleet", "--hardware"):
        code = run(["recommend", word, "-"])
        out, err = capsys.readouterr()
        assert (code, out) == (2, "")
        assert "standard input is closed" in err


def test_empty_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    code, out, err = asked(capsys, "--fleet", "-")
    assert (code, out) == (12, "")
    assert "standard input: holds no hardware document" in err
