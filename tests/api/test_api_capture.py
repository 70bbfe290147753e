"""`hardware capture`, `--hardware DIR` and `doctor --report` from end to end."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmadvise.api.capture import capture_machine
from llmadvise.api.facts import load_facts
from llmadvise.api.machine import find_hardware
from llmadvise.api.report import write_report
from llmadvise.api.request import Request
from llmadvise.catalog import load
from llmadvise.domain.catalog import Catalog
from llmadvise.errors import LLMAdviseError


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    compiled = load.built_in()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "built_in", lambda: compiled)
        yield load_facts(None)


def test_the_machine_at_hand_replays(catalog: Catalog, tmp_path: Path) -> None:
    done = capture_machine(str(tmp_path / "capture"), catalog)
    assert done.differs == ()
    again = find_hardware(Request(hardware=str(tmp_path / "capture")), catalog)
    assert again == done.hardware
    assert done.written.files == len(list((tmp_path / "capture").glob("*.txt")))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux")
def test_an_affinity_mask_replays(catalog: Catalog, tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        done = capture_machine(str(tmp_path / "capture"), catalog)
    finally:
        os.sched_setaffinity(0, before)
    assert done.hardware.cpu.cores == 1
    assert find_hardware(Request(hardware=str(tmp_path / "capture")), catalog).cpu.cores == 1


def test_a_report_holds_a_capture(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "somebody-with-a-name")
    folder = tmp_path / "report"
    done = write_report(folder, Request())
    assert find_hardware(Request(hardware=str(folder / "capture")), catalog) == done.captured.hardware
    report = json.loads((folder / "report.json").read_text())
    assert report["schema"] == "llmadvise.doctor/1"
    assert (folder / "report.txt").read_text().startswith("llmadvise ")
    write_report(folder, Request())  # again, over itself
    write_report(tmp_path / "report.zip", Request())
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        names = archive.namelist()
    assert {"report.json", "report.txt", "capture/manifest.yaml"} <= set(names)
    write_report(tmp_path / "report.md", Request())
    assert "manifest.yaml" in (tmp_path / "report.md").read_text()
    for path in (*folder.rglob("*.*"), tmp_path / "report.md"):
        assert "somebody-with-a-name" not in path.read_text()


@pytest.mark.usefixtures("catalog")
def test_nothing_of_the_user_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LLMAdviseError, match="is no report"):
        write_report(tmp_path, Request())
