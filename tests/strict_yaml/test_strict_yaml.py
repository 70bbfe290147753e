"""Strict YAML: what is read, and what is refused with file, line and hint."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from llmadvise.errors import InvalidFileError
from llmadvise.strict_yaml.read import DEEPEST, LARGEST_FILE, parse_document, read_document


def refusal(text: str) -> str:
    with pytest.raises(InvalidFileError) as caught:
        parse_document(text, "f.yaml")
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("8.5", 8.5),
        # YAML 1.1 as PyYAML reads it makes these two a string.
        ("1.3e14", 1.3e14),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2026-11-20", "2026-11-20"),
        ("1.2.3", "1.2.3"),
        ("10de:2684", "10de:2684"),
        ("8B", "8B"),
        ("'no'", "no"),
        ("'12'", "12"),
        ('"a\\tb"', "a\tb"),
        ("Q4_K_M", "Q4_K_M"),
    ],
)
def test_reads_scalars(text: str, value: object) -> None:
    read = parse_document(f"key: {text}\n", "f.yaml").values["key"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "Yes",
        "on",
        "OFF",
        "y",
        "True",
        "FALSE",
        "12:30",
        "0x1F",
        "0o17",
        "017",
        "1_000",
        ".inf",
        "-.inf",
        ".nan",
        "+.5_0",
    ],
)
def test_refuses_scalars_that_readers_disagree_about(text: str) -> None:
    assert refusal(f"a: 1\nkey: {text}\n").startswith("f.yaml:2: ")


def test_refuses_numbers_too_large_to_be_meant() -> None:
    assert refusal(f"key: {'9' * 5000}\n").startswith("f.yaml:1: ")
    assert refusal("key: 1e999\n").startswith("f.yaml:1: ")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "given twice"),
        ("a: &x [1]\nb: 2\n", 1, "anchors"),
        ("a: 1\nb: *x\n", 2, "aliases"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "tags"),
        ("a: !!str 1\n", 1, "tags"),
        ("1: a\n", 1, "a key must be a string"),
        ("null: a\n", 1, "a key must be a string"),
        ("? [a]\n: b\n", 1, "a key must be a string"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: 'unfinished\n", 2, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("- a\n- b\n", 1, "does not hold a mapping"),
        ("", 1, "does not hold a mapping"),
        ("text\n", 1, "does not hold a mapping"),
        ("a: 1\nname: x\x1b[2J\n", 2, "is not allowed"),
        ('a: 1\nname: "x\\e[2J"\n', 2, "is not allowed"),
        ('a: 1\nname: "x\\u202ey"\n', 2, "is not allowed"),
        ("a: 1\nname: x\u202ey\n", 2, "is not allowed"),
        ('name: "\\ud800"\n', 1, "not valid YAML"),
        ("name: a\x00b\n", 1, "is not allowed"),
    ],
)
def test_refuses_hostile_or_broken_yaml(text: str, line: int, what: str) -> None:
    message = refusal(text)
    assert message.startswith(f"f.yaml:{line}: ")
    assert what in message
    assert message.isprintable()


def test_refuses_a_billion_laughs() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert "anchors are not allowed" in refusal("\n".join(lines))


@pytest.mark.parametrize("deep", ["[", "{a: ", "- "])
def test_refuses_deep_nesting(deep: str) -> None:
    assert f"nested more than {DEEPEST} deep" in refusal(f"a:\n  {deep * 50_000}")


def test_knows_the_line_of_each_value() -> None:
    document = parse_document("a: 1\nb:\n  - x: 1\n    z: 2\n  - {x: 3}\n", "f.yaml")
    assert document.where(()) == "f.yaml:1"
    assert document.where(("b", 0, "z")) == "f.yaml:4"
    assert document.where(("b", 1, "x")) == "f.yaml:5"
    # What does not exist is placed at the nearest container that does.
    assert document.where(("b", 0, "missing", 3)) == "f.yaml:3"


def test_reads_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: two\r\n")
    assert read_document(file).values == {"a": 1, "b": "two"}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x7fELF\x02\x01\x01\x00\xff\xfe", "not UTF-8"),
        (b"a: 1\nb: \xff\n", ":2: not UTF-8"),
        ("a: b\n".encode("utf-16"), "not UTF-8"),
        (b"a: " + b"x" * (9 << 20), f"more than {LARGEST_FILE}"),
    ],
)
def test_refuses_files_that_are_no_text(tmp_path: Path, content: bytes, what: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(content)
    with pytest.raises(InvalidFileError, match=r"f\.yaml") as caught:
        read_document(file)
    assert what in caught.value.message


def test_refuses_what_is_no_file(tmp_path: Path) -> None:
    loop, pipe = tmp_path / "loop.yaml", tmp_path / "pipe.yaml"
    loop.symlink_to(loop)
    if hasattr(os, "mkfifo"):
        # Opening a pipe without a writer would wait for ever.
        os.mkfifo(pipe)
    for path in (loop, pipe, tmp_path, tmp_path / "missing.yaml"):
        with pytest.raises(InvalidFileError) as caught:
            read_document(path)
        assert path.name in caught.value.message
        assert caught.value.hint


def test_escapes_paths_that_are_not_printable(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError) as caught:
        read_document(tmp_path / "a\x1b[2J.yaml")
    assert caught.value.message.isprintable()


def test_names_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("a: 1\n", encoding="utf-8")
    file.chmod(0)
    if os.access(file, os.R_OK):
        pytest.skip("runs as a user who may read everything")
    with pytest.raises(InvalidFileError, match="ermission"):
        read_document(file)
    file.chmod(stat.S_IRWXU)
