"""A checkout made to hurt: nothing hangs or crashes, and what was not read is said."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import ReferenceState, Scan

CALL = 'AutoModel.from_pretrained("Qwen/Qwen3-8B")\n'


def found(result: Scan) -> set[str | None]:
    return {item.model for item in result.mentions}


def reasons(result: Scan) -> str:
    return "; ".join(f"{item.file}: {item.reason}" for item in result.skipped)


def test_deeply_nested_python_is_read_as_text_and_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CALL + "x = " + "(" * 5000 + ")" * 5000 + "\n")
    (tmp_path / "b.py").write_text(CALL + "x = " + "-" * 50000 + "1\n")
    result = scan([tmp_path])
    assert found(result) == {"Qwen/Qwen3-8B"}
    assert len(result.mentions) == 2
    assert "a.py: not read as Python" in reasons(result)


def test_deeply_nested_json_and_yaml_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"model_id": "Qwen/Qwen3-8B", "x": ' + "[" * 100_000 + "]" * 100_000 + "}")
    (tmp_path / "b.yaml").write_text("model_id: Qwen/Qwen3-4B\nx: " + "[" * 10_000 + "]" * 10_000 + "\n")
    result = scan([tmp_path])
    assert found(result) == {"Qwen/Qwen3-8B", "Qwen/Qwen3-4B"}
    assert "b.yaml: nested deeper" in reasons(result)


def test_a_yaml_bomb_is_counted_once(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    (tmp_path / "bomb.yaml").write_text("\n".join([*rows, "model_id: Qwen/Qwen3-8B"]))
    assert found(scan([tmp_path])) == {"Qwen/Qwen3-8B"}


def test_a_sparse_file_of_two_gigabytes_is_skipped_with_a_reason(tmp_path: Path) -> None:
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(2 << 30)
    assert "huge.py: larger than" in reasons(scan([tmp_path]))


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "a.py").write_text(CALL)
    (inside / "loop").symlink_to(inside)
    (inside / "out").symlink_to(outside)
    (inside / "b.py").symlink_to(outside / "a.py")
    result = scan([inside])
    assert not result.mentions
    assert len(result.skipped) == 3


def test_names_with_control_characters_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m\n.py").write_text(CALL)
    (tmp_path / os.fsdecode(b"b\xff.py")).write_text(CALL)
    for item in scan([tmp_path]).mentions:
        assert item.file.isprintable()
        item.file.encode("utf-8")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + CALL.encode(),
        CALL.encode("utf-16"),
        b"# caf\xe9\n" + CALL.encode(),
        CALL.replace("\n", "\r\n").encode(),
    ],
)
def test_encodings_do_not_hide_a_reference(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.py").write_bytes(data)
    assert found(scan([tmp_path])) == {"Qwen/Qwen3-8B"}


def test_references_beyond_the_limit_are_reported_as_not_read(tmp_path: Path) -> None:
    (tmp_path / "many.json").write_text(json.dumps([{"model_id": f"owner/name-{i}"} for i in range(3000)], indent=0))
    result = scan([tmp_path], ScanOptions(most_in_file=1000))
    assert len(result.mentions) == 1000
    assert "more than 1,000 references" in reasons(result)


def test_a_giant_line_and_broken_quotes_end(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("ollama pull qwen3:8b\n" + "\"'\\" * 100_000 + "\n")
    (tmp_path / "b.js").write_text("const a = '" + "x" * 500_000 + "\n'hf:Qwen/Qwen3-8B-GGUF:Q4_K_M'")
    (tmp_path / "c.py").write_text("!!! not python\nmodel_id = 'Qwen/Qwen3-4B'\n")
    names = found(scan([tmp_path]))
    assert {"ollama:qwen3:8b", "Qwen/Qwen3-4B"} <= names


def test_two_scans_are_the_same(tmp_path: Path) -> None:
    for name in ("z.py", "a.py", "b/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(CALL)
    assert scan([tmp_path]) == scan([tmp_path])
    assert [item.file for item in scan([tmp_path]).mentions] == ["a.py", "b/c.py", "z.py"]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("a.py", 'm = "acme/b-7b"\n'),
        ("a.yaml", "model: acme/b-7b\n---\n"),
        ("a.sh", "hf download acme/b-7b\n"),
        ("a.ts", 'f("acme/b-7b");\n'),
        (".env", "MODEL=acme/b-7b\n"),
        ("Dockerfile", "RUN ollama pull qwen3:8b\n"),
    ],
)
def test_a_file_of_references_ends_in_bounded_memory_and_says_so(tmp_path: Path, name: str, unit: str) -> None:
    (tmp_path / name).write_text(unit * (400_000 // len(unit)))
    tracemalloc.start()
    result = scan([tmp_path], ScanOptions(most_in_file=500))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(result.mentions) <= 500
    assert "more than 500 references; the rest was not read" in reasons(result)
    assert peak < 100 << 20


@pytest.mark.parametrize("unit", ['"', "x <<A\n", "'$(", "${", "\\\n", "(" * 9, '{"a":', "\t- -\n"])
@pytest.mark.parametrize("name", ["a.sh", "a.ts", "a.yaml", "a.json", "a.ipynb", "Makefile", "Dockerfile", "a.py"])
def test_what_never_closes_ends(tmp_path: Path, name: str, unit: str) -> None:
    (tmp_path / name).write_text(unit * (20_000 // len(unit)) + "\nmodel_id = 'acme/b-7b'\n")
    tracemalloc.start()
    scan([tmp_path])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 << 20


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\xff\xfe" + b"\x00\xd8" * 9, b"\x80" * 99, b"\xef\xbb\xbf", b"\0"])
def test_bytes_that_are_no_text_are_no_error(tmp_path: Path, data: bytes) -> None:
    for name in ("a.py", "a.yaml", "a.ipynb", "a.sh", "README.md", "Modelfile", ".gitignore"):
        (tmp_path / name).write_bytes(data)
    assert not scan([tmp_path], ScanOptions(markdown=True)).mentions


def test_a_name_that_reorders_text_is_escaped_wherever_it_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a\u202egpj.py").write_text('model_id = "acme/b\u202e-7b"\nmodel_id = "acme/b-7b"  # \u2066x\x1b[31m\n')
    (found,) = scan([tmp_path]).mentions
    assert found.file == "a\\u202egpj.py"
    assert found.text.isprintable()


def test_a_ring_of_imports_and_a_huge_module_end(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from b import X\nLLM(X)\n")
    (tmp_path / "b.py").write_text("from a import X\nfrom huge import Y\nLLM(Y)\n")
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(2 << 30)
    assert {item.state for item in scan([tmp_path]).mentions} == {ReferenceState.UNRESOLVED}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.sh", "".join(f"V{n}=$V{n + 1}$V{n + 1}\n" * 24 for n in range(9)) + "hf download $V0\n" * 3000),
        ("a.sh", "".join(f'V{n}="$V{n + 1} {m}"\n' for n in range(9) for m in range(30)) + "hf download $V0\n" * 3000),
        ("a.py", f"T = {dict.fromkeys(range(4000), 1)}\n" + "LLM(T[x])\n" * 4000),
        ("a.py", "def f(a):\n    return LLM(a)\n" + "f(f(f(a)))\n" * 3000 + "a = a\n"),
        ("a.yaml", "A: [" + ",".join(f"$B{n}" for n in range(500)) + "]\nmodel: $A\n" * 2),
        ("a.ts", "x = `" + "`;y = `" * 20_000),
        ("a.ipynb", '{"outputs":' * 20_000 + '"a","b",' * 20_000),
        ("a.tf", 'variable "model" { default = { a = ' * 5000),
        ("Makefile", "A := $(A) $(A)\nrun:\n" + "\tvllm serve $(A)\n" * 3000),
        ("a.yaml", "x: >\n" + "  --model acme/small\n" * 5000),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_values_that_multiply_are_followed_in_bounded_time(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert scan([tmp_path]).files_read == 1


@pytest.mark.parametrize("path", [r"models\qwen", r"C:\models\qwen", r"\\server\models", "\\"])
def test_a_path_of_windows_is_no_repository_and_no_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "a.py").write_text(f"AutoModel.from_pretrained({path!r})\n{CALL}")
    (tmp_path / "b.json").write_text(json.dumps({"_name_or_path": path}))
    result = scan([tmp_path])
    assert "Qwen/Qwen3-8B" in found(result)
    assert all(
        item.model == "Qwen/Qwen3-8B" or item.model.startswith("local:") for item in result.mentions if item.model
    )
