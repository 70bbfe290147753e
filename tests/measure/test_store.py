"""The file of measurements: what goes in comes out, and nothing in it can break a later run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured_items import GIB, MACHINE, bandwidth, speed

from llmadvise.domain.hardware import Platform
from llmadvise.domain.measurement import KnownMachine, same_machine
from llmadvise.errors import LLMAdviseError
from llmadvise.measure import store
from llmadvise.measure.lines import line_of, measurement_of
from llmadvise.measure.place import store_path


def test_nothing_was_ever_measured(tmp_path: Path) -> None:
    assert store.read(str(tmp_path / "none.jsonl")) == ((), ())


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    path = str(tmp_path / "new folder" / "kept.jsonl")
    items = (speed(), bandwidth())
    assert store.add(path, items) == 2
    assert store.read(path) == (items, ())
    assert store.add(path, items) == 0
    assert store.read(path) == (items, ())


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MOST_LINES", 3)
    path = str(tmp_path / "kept.jsonl")
    items = [speed(float(rate)) for rate in range(1, 6)]
    store.add(path, items)
    assert store.read(path)[0] == tuple(items[2:])


def test_a_file_that_is_too_long_is_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_LARGEST", 1000)
    path = tmp_path / "kept.jsonl"
    path.write_bytes(b"x" * 2000)
    for change in (lambda: store.add(str(path), [speed()]), lambda: store.forget(str(path), lambda _: True)):
        with pytest.raises(LLMAdviseError, match="longer than"):
            change()
    assert path.read_bytes() == b"x" * 2000


def test_lines_that_cannot_be_read_are_told_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    good = line_of(speed())
    bad = [
        "{",
        good.replace("130.0", "1" + "0" * 400),
        good.replace("130.0", "1e400"),
        "null",
        '{"schema": "other/1"}',
        good.replace("130.0", '"fast"'),
        good.replace('"cuda"', '"magic"'),
        "\x1b]0;",
    ]
    path.write_bytes("\n".join([*bad, good, ""]).encode() + b"\xff\xfe\n")
    items, findings = store.read(str(path))
    assert items == (speed(),)
    assert len(findings) == len(bad) + 1
    assert f"{path}:1:" in findings[0].message
    assert store.forget(str(path), lambda _: False) == len(bad) + 1
    assert store.read(str(path)) == ((speed(),), ())


def test_a_file_that_is_far_too_long_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_LARGEST", 100)
    path = tmp_path / "kept.jsonl"
    path.write_text(line_of(speed()), encoding="utf-8")
    items, findings = store.read(str(path))
    assert (items, len(findings)) == ((), 1)


def test_a_place_that_cannot_be_written_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LLMAdviseError) as failed:
        store.add(str(tmp_path / "file" / "kept.jsonl"), [speed()])
    assert "LLMADVISE_HOME" in (failed.value.hint or "")


def test_programs_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    here = str(Path(__file__).parent)
    script = (
        f"import sys; sys.path.insert(0, {here!r})\n"
        "from measured_items import speed\nfrom llmadvise.measure import store\n"
        "for number in range(10): store.add(sys.argv[1], [speed(int(sys.argv[2]) * 100.0 + number + 1)])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(path), str(worker)], stdin=subprocess.DEVNULL)
        for worker in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    items, findings = store.read(str(path))
    assert (len(items), len({item.id for item in items}), findings) == (30, 30, ())


def test_ids_follow_from_the_values() -> None:
    assert speed().id == speed().id
    assert speed().id != speed(131.0).id
    assert len(speed().id) == 10


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_line_with_any_value_changed_is_read_or_refused(data: st.DataObject) -> None:
    values = json.loads(line_of(speed() if data.draw(st.booleans()) else bandwidth()))
    place = values
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        inner = place[key][0] if isinstance(place[key], list) and place[key] else place[key]
        if not isinstance(inner, dict) or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just([]), st.just({}))
    )
    try:
        item = measurement_of(json.dumps(values))
    except ValueError:
        return
    assert item.id is not None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (MACHINE, True),
        (replace(MACHINE, ram_bytes=64 * GIB - 900_000_000), True),
        (replace(MACHINE, ram_bytes=32 * GIB), False),
        (replace(MACHINE, ram_bytes=None), False),
        (replace(MACHINE, cores=8), False),
        (replace(MACHINE, cpu="another"), False),
        (replace(MACHINE, gpus=()), False),
        (replace(MACHINE, gpus=MACHINE.gpus * 2), False),
        (replace(MACHINE, gpus=(replace(MACHINE.gpus[0], memory_bytes=16 * GIB),)), False),
        (replace(MACHINE, platform=Platform.WINDOWS), False),
    ],
)
def test_one_machine_is_told_from_another(other: KnownMachine, same: bool) -> None:
    assert same_machine(MACHINE, other) is same
    assert same_machine(other, MACHINE) is same


def test_only_those_of_the_machine_count() -> None:
    other = replace(MACHINE, cores=8)
    mine = store.of_machine([speed(), speed(machine=other), bandwidth()], MACHINE)
    assert (mine.speeds, mine.bandwidths) == ((speed(),), (bandwidth(),))


def test_places(monkeypatch: pytest.MonkeyPatch) -> None:
    assert store_path({"LLMADVISE_HOME": "/own"}).replace("\\", "/") == "/own/measurements.jsonl"
    monkeypatch.setattr(sys, "platform", "linux")
    assert store_path({"XDG_DATA_HOME": "/data"}).replace("\\", "/") == "/data/llmadvise/measurements.jsonl"
    assert "not-absolute" not in store_path({"XDG_DATA_HOME": "not-absolute"})
