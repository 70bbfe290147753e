"""A large checkout that several processes read is read as one would read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout import scan as scanning
from llmadvise.checkout.scan import ScanOptions, scan
from llmadvise.checkout.side_by_side import processors


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty files: a constant that others import, files that cannot be read as text, places of several kinds."""
    root = tmp_path_factory.mktemp("large")
    (root / "names.py").write_text("MODEL = 'acme/named-7b'\n", encoding="utf-8")
    for number in range(56):
        folder = root / f"part{number % 7}"
        folder.mkdir(exist_ok=True)
        lines = f"from names import MODEL\nload_model(MODEL)\nAutoModel.from_pretrained('acme/model-{number}b')\n"
        (folder / f"use{number}.py").write_text(lines, encoding="utf-8")
    (root / "start.sh").write_text("llama-server -hf Qwen/Qwen3-8B-GGUF:Q4_K_M\n", encoding="utf-8")
    (root / "bad.yaml").write_bytes(b"model: \xff\xfe\x00\n")
    (root / "skipped.py").write_text("AutoModel.from_pretrained('acme/left-out-7b')\n", encoding="utf-8")
    return root


def _only(name: str) -> bool:
    return name != "skipped.py"


def test_two_processes_find_what_one_finds(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "WORTH", 10)
    alone = scan([checkout], ScanOptions(only=_only))
    together = scan([checkout], ScanOptions(only=_only, processes=2))
    assert together == alone
    assert len(alone.mentions) > 100
    assert not any("left-out" in (item.model or "") for item in alone.mentions)


def test_where_there_is_too_much_one_process_decides_where_to_stop(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "WORTH", 10)
    alone = scan([checkout], ScanOptions(most_mentions=40))
    together = scan([checkout], ScanOptions(most_mentions=40, processes=2))
    assert together == alone
    assert any(item.cut for item in alone.skipped)


def test_without_room_for_processes_one_reads_all(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> object:
        raise OSError(11, "no more processes")

    monkeypatch.setattr(scanning, "WORTH", 10)
    monkeypatch.setattr(scanning, "read_in_processes", refuse)
    assert scan([checkout], ScanOptions(processes=2)) == scan([checkout])


def test_there_is_at_least_one_processor() -> None:
    assert 1 <= processors() <= 8
