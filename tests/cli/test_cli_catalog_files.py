"""`--catalog DIR`: what is wrong in such a directory is told with file and line, whatever it holds."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from cli_program import ESCAPE, Answer, Ask, Program

CATALOG = Path(__file__).parents[2] / "catalog"
MODEL = Path("models/qwen/qwen3-8b.yaml")
WHOLE = (CATALOG / MODEL).read_text(encoding="utf-8")
LAUGHS = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [*{last},*{last},*{last},*{last}]\n" for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)

WRONG = {
    "not YAML": "name: [unclosed\n",
    "a tab": "name:\n\t- x\n",
    "cut off": WHOLE[: len(WHOLE) // 2],
    "cut off in a string": WHOLE + 'notes: "never ends\n',
    "a key twice": WHOLE + "family: qwen3\n",
    "an unknown key": WHOLE + "favourite: true\n",
    "a list": "- name: x\n",
    "a word": "qwen\n",
    "two documents": WHOLE + "---\nname: x\n",
    "text for a number": re.sub(r"total: \d+", "total: many", WHOLE, count=1),
    "a number for text": re.sub(r"family: \S+", "family: 3", WHOLE, count=1),
    "a boolean for text": re.sub(r"family: \S+", "family: no", WHOLE, count=1),
    "a list for text": re.sub(r"family: \S+", "family: [a, b]", WHOLE, count=1),
    "infinity": re.sub(r"total: \d+", "total: .inf", WHOLE, count=1),
    "anchors": LAUGHS,
    "a tag that runs code": "name: !!python/object/apply:os.system ['touch owned']\n",
    "deep nesting": "name: " + "[" * 5000 + "]" * 5000 + "\n",
    "an escape sequence": 'name: "\\e[31mred"\n',
    "a raw control character": "name: \x07bell\n",
    "a bidirectional mark": "name: a\u202eb\n",
    "another id": "id: qwen/other\n" + WHOLE,
}


def refused(answer: Answer) -> str:
    """Check that the file was refused in words, and return them on one line."""
    assert (answer.code, answer.out) == (12, "")
    assert "Traceback" not in answer.err
    assert ESCAPE not in answer.err
    error = json.loads(answer.err)["error"]
    assert error["code"] == "invalid-file"
    assert error["hint"]
    return str(error["message"])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A place for a model in a catalog directory of the user's."""
    (tmp_path / MODEL).parent.mkdir(parents=True)
    return tmp_path / MODEL


def listed(ask: Ask, directory: Path) -> Answer:
    return ask("models", "list", "--json", "--catalog", directory)


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_files_are_told_with_file_and_line(wrong: str, ask: Ask, place: Path, tmp_path: Path) -> None:
    place.write_text(WRONG[wrong], encoding="utf-8")
    message = refused(listed(ask, tmp_path))
    assert re.search(r"models/qwen/qwen3-8b\.yaml:\d+: ", message)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00name", b"name: \xc3\x28\n", b"", b"\x00" * 100, b"name: x\n" + b"#" * (9 << 20)]
)
def test_wrong_bytes_are_told_with_the_file(raw: bytes, ask: Ask, place: Path, tmp_path: Path) -> None:
    place.write_bytes(raw)
    assert "models/qwen/qwen3-8b.yaml" in refused(listed(ask, tmp_path))


def test_a_duplicate_key_names_the_line_of_the_second(ask: Ask, place: Path, tmp_path: Path) -> None:
    place.write_text(WRONG["a key twice"], encoding="utf-8")
    message = refused(listed(ask, tmp_path))
    assert f"qwen3-8b.yaml:{WHOLE.count(chr(10)) + 1}:" in message


PLACES = {
    "missing": "a directory that is not there",
    "file": "a file",
    "empty": "an empty directory",
    "folder": "a misspelt folder",
    "suffix": "another suffix",
    "directory": "a directory called as a file",
}


@pytest.mark.parametrize("kind", PLACES, ids=PLACES.values())
def test_wrong_directories(kind: str, ask: Ask, tmp_path: Path) -> None:
    directory = tmp_path / "catalog"
    if kind != "missing":
        directory.mkdir()
    match kind:
        case "file":
            directory.rmdir()
            directory.write_text("x", encoding="utf-8")
        case "folder":
            (directory / "modles").mkdir()
        case "suffix":
            (directory / "quantizations.yml").write_text("x: 1\n", encoding="utf-8")
        case "directory":
            (directory / "quantizations.yaml").mkdir()
    assert "catalog" in refused(listed(ask, directory))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions of POSIX systems; root may read all")
def test_a_directory_that_may_not_be_read(ask: Ask, place: Path, tmp_path: Path) -> None:
    place.parent.chmod(0)
    try:
        assert "ermission" in refused(listed(ask, tmp_path))
    finally:
        place.parent.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX systems")
@pytest.mark.parametrize("kind", ["loop", "dangling", "pipe", "device"])
def test_files_that_are_none_do_not_hang(kind: str, program: Program, place: Path, tmp_path: Path) -> None:
    match kind:
        case "loop":
            place.symlink_to(place)
        case "dangling":
            place.symlink_to(tmp_path / "nowhere")
        case "pipe":
            os.mkfifo(place)
        case "device":
            place.symlink_to("/dev/zero")
    assert "qwen3-8b.yaml" in refused(program.run("models", "list", "--json", "--catalog", tmp_path))


def test_a_good_directory_is_laid_over(ask: Ask, place: Path, tmp_path: Path) -> None:
    place.with_name("mine-8b.yaml").write_text(WHOLE, encoding="utf-8")
    answer = ask("models", "list", "--quiet", "--catalog", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert {"qwen/mine-8b", "qwen/qwen3-8b"} <= set(answer.out.split())


def test_the_order_of_files_changes_nothing(
    ask: Ask, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CATALOG / "models" / "qwen", tmp_path / "models" / "qwen")
    asked = ("recommend", "--json", "--hardware", machine, "--catalog", tmp_path)
    first = ask(*asked)
    walk = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: reversed(list(walk(self))))
    assert first.code == 0
    assert ask(*asked) == first
