"""A checkout made to hurt: nothing hangs or crashes, and what was not read is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.domain.compliance import Scan

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
