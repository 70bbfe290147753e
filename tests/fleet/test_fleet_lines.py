"""Documents as they are read: where they begin and end, what of them counts, and what is said of broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fleet_data import GIB, machine
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.fleet import Place
from llmadvise.errors import InvalidFileError
from llmadvise.probe import fleet as source
from llmadvise.probe.fleet import Piece, Tally, batches, reduced, rounded_down, split, tally


def pieces(text: str) -> list[Piece]:
    return list(split("f", text.encode().splitlines(keepends=True)))


def raw(**more: object) -> bytes:
    return json.dumps({**machine(64, "RTX 4090"), **more}).encode()


def test_one_a_line() -> None:
    assert [(piece.line, piece.raw) for piece in pieces('{"a": 1}\n\n  \n{"b": 2}')] == [
        (1, b'{"a": 1}'),
        (4, b'{"b": 2}'),
    ]


def test_indented_as_the_program_prints_them() -> None:
    one = json.dumps(machine(64, "RTX 4090"), indent=2)
    found = pieces(f"{one}\n{one}\n")
    assert [piece.line for piece in found] == [1, len(one.splitlines()) + 1]
    assert [json.loads(piece.raw) for piece in found] == [machine(64, "RTX 4090")] * 2


def test_one_that_is_cut_off_does_not_take_the_next_with_it() -> None:
    one = json.dumps(machine(16), indent=2)
    cut = "\n".join(one.splitlines()[:3])
    counted = tally(pieces(f"{cut}\n{one}\n"))
    assert (counted.invalid, [count for count, _ in counted.counts.values()]) == (1, [1])


def test_a_byte_order_mark_is_no_problem() -> None:
    assert tally(split("f", ["\ufeff{}\n".encode()])).invalid == 0


def test_what_differs_by_chance_makes_no_difference() -> None:
    one = raw(sources=[{"source": "a", "status": "read"}], name="desk 1", downloads=[], version="1")
    other = raw(sources=[{"source": "b", "status": "read"}], name="desk 2", runtimes=[{"id": "ollama"}], version="2")
    assert reduced(one) == reduced(other)


def test_free_memory_makes_one_only_by_steps() -> None:
    sizes = [GIB * 48, GIB * 48 + 12345, GIB * 49, GIB * 52]
    found = [reduced(raw(memory={"total_bytes": 64 * GIB, "available_bytes": size})) for size in sizes]
    assert found[0] == found[1] == found[2] != found[3]


@pytest.mark.parametrize("name", source.GPU_FIELDS)
def test_every_fact_of_a_gpu_that_counts_makes_a_difference(name: str) -> None:
    gpu = {field: f"a {field}" for field in source.GPU_FIELDS}
    assert reduced(raw(gpus=[gpu])) != reduced(raw(gpus=[{**gpu, name: "another"}]))


@given(st.integers(0, 1 << 60), st.sampled_from([source.GPU_BITS, source.RAM_BITS]))
def test_rounding_takes_away_little_and_never_adds(size: int, bits: int) -> None:
    kept = rounded_down(size, bits)
    assert size - size / 2 ** (bits - 1) <= kept <= size
    assert rounded_down(kept, bits) == kept


@given(st.integers(0, 1 << 50), st.integers(0, 1 << 50))
def test_rounding_keeps_the_order(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert rounded_down(low, 6) <= rounded_down(high, 6)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"[1]", "is not an object in braces"),
        (b"{", "is not JSON"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": 1, "a": 2}', "the key 'a' is there twice"),
        (b'{"a": "\xff"}', "is not UTF-8"),
        (b'{"a":' * 100_000, "is nested too deeply"),
    ],
)
def test_what_is_no_document(text: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        reduced(text)


def test_problems_are_all_counted_and_the_first_ones_told() -> None:
    counted = Tally()
    for line in reversed(range(1, 101)):
        counted.refuse(Place(file="f", line=line), "is not JSON")
    assert counted.invalid == 100
    assert [place.line for place, _ in counted.first_told()] == list(range(1, Tally.MOST_TOLD + 1))


@given(st.permutations(list(range(6))))
def test_the_order_of_documents_makes_no_difference(order: list[int]) -> None:
    texts = [Piece("f", line, raw(memory={"total_bytes": (line % 3) * GIB})) for line in range(6)]
    counted = tally([texts[place] for place in order])
    assert counted.counts == tally(texts).counts


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(raw())
    (tmp_path / "b.jsonl").write_bytes(raw() + b"\n" + raw())
    (tmp_path / "notes.txt").write_text("no machine", encoding="utf-8")
    found = [piece for batch in batches(str(tmp_path)) for piece in batch]
    assert sorted((Path(piece.file).name, piece.line) for piece in found) == [
        ("a.json", 1),
        ("b.jsonl", 1),
        ("b.jsonl", 2),
    ]


def test_no_batch_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BATCH_BYTES", 1000)
    file = tmp_path / "f.jsonl"
    file.write_bytes((raw() + b"\n") * 50)
    sizes = [sum(len(piece.raw) for piece in batch) for batch in batches(str(file))]
    assert max(sizes) < 1000 + len(raw())
    assert len(sizes) > 5


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="cannot be read"):
        list(batches(str(tmp_path / "nothing.jsonl")))
