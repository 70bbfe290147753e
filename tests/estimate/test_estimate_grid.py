"""How likely a model fits, and what other contexts and cache types would take."""

from __future__ import annotations

import pytest
from estimate_program import Ask, Whole
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.estimate import Range
from llmadvise.engine.estimate_grid import contexts
from llmadvise.engine.fit_chance import chance_within
from llmadvise.render.text.marks import chance_words, fit_words

GIB = 1 << 30
SIZES = st.integers(1, 1 << 50)


@pytest.mark.parametrize(
    ("budget", "chance"), [(100, 0.5), (110, 0.9), (80, 0.1), (120, 0.994836), (90, 0.260805), (0, 7.4e-11)]
)
def test_ends_of_the_interval_are_its_tenths(budget: int, chance: float) -> None:
    """Values of the normal distribution: Phi(1.2816) = 0.9, Phi(2.5631) = 0.99481, Phi(-0.6408) = 0.2608."""
    assert chance_within(Range(100.0, 80.0, 110.0), budget) == pytest.approx(chance, rel=1e-3)


def test_without_an_interval_it_is_certain() -> None:
    assert chance_within(Range(100.0, 100.0, 100.0), 100) == 1.0
    assert chance_within(Range(100.0, 100.0, 100.0), 99) == 0.0


@given(value=SIZES, below=SIZES, above=SIZES, budgets=st.tuples(SIZES, SIZES))
def test_more_room_is_never_less_likely(value: int, below: int, above: int, budgets: tuple[int, int]) -> None:
    size = Range(value, max(0, value - below), value + above)
    few, many = (chance_within(size, budget) for budget in sorted(budgets))
    assert 0.0 <= few <= many <= 1.0


@given(asked=st.integers(1, 1 << 24), native=st.integers(1, 1 << 40))
def test_contexts_are_powers_of_two_around_the_asked(asked: int, native: int) -> None:
    found = contexts(asked, native)
    assert asked in found
    assert list(found) == sorted(set(found))
    assert len(found) <= 12
    others = [length for length in found if length != asked]
    assert all(length & (length - 1) == 0 and 1024 <= length <= native for length in others)


def test_contexts_go_up_to_the_trained_length() -> None:
    assert contexts(8192, 40960) == (2048, 4096, 8192, 16384, 32768)
    assert contexts(10_000, 4096) == (2048, 4096, 10_000)


def test_grid_holds_the_answer_itself(ask: Ask, whole: Whole) -> None:
    document = ask(whole("qwen3-8b.Q4_K_M"), "--context", "8k", "--json").document
    cells = {(cell["context"], cell["kv_type"]): cell for cell in document["grid"]}
    assert cells[8192, "f16"]["total_bytes"] == document["memory"]["total"]["value"]
    assert {kv_type for _, kv_type in cells} == {"f16", "q8_0", "q4_0"}
    totals = [cells[length, "f16"]["total_bytes"] for length in (2048, 4096, 8192, 16384, 32768)]
    assert totals == sorted(totals)
    for length in (2048, 32768):
        by_type = [cells[length, kv_type]["total_bytes"] for kv_type in ("f16", "q8_0", "q4_0")]
        assert by_type == sorted(by_type, reverse=True)


@pytest.mark.parametrize("target", ["qwen/qwen3-8b:Q4_K_M", "meta-llama/llama-3.3-70b-instruct:Q4_K_M"])
def test_cells_are_what_asking_for_them_gives(ask: Ask, target: str) -> None:
    for cell in ask(target, "--context", "8k", "--json").document["grid"][::5]:
        other = ask(target, "--context", str(cell["context"]), "--kv-type", cell["kv_type"], "--json").document
        # What was asked is drawn, the other cells are computed by formula (docs/accuracy.md holds both against the engine).
        assert other["memory"]["total"]["value"] == pytest.approx(cell["total_bytes"], rel=0.005)
        assert other["placement"]["kind"] == cell["placement"]
        assert cell["fits"] == (not any(item["rule"] == "does-not-fit" for item in other["findings"]))


@pytest.mark.parametrize(
    ("target", "use_case"), [("google/gemma-3-4b-it:Q4_K_M", "vision"), ("baai/bge-m3:Q8_0", "embedding")]
)
def test_every_cell_and_runtime_is_of_the_use_that_was_asked_for(ask: Ask, target: str, use_case: str) -> None:
    """The encoder of pictures, or the lack of a cache, is in what was asked and in what stands beside it alike."""
    document = ask(target, "--use-case", use_case, "--context", "4k", "--json").document
    total = document["memory"]["total"]["value"]
    totals = [cell["total_bytes"] for cell in document["grid"] if cell["kv_type"] == "f16"]
    assert totals == sorted(totals)
    row = next(row for row in document["by_runtime"] if row["runtime"] == "llama.cpp")
    assert row["total_bytes"] == pytest.approx(total, rel=0.005)
    assert row["weights_bytes"] == document["memory"]["weights"]["value"]


def test_chance_agrees_with_the_rule(ask: Ask) -> None:
    """What fits by the rule has every device at nine in ten or more."""
    small = ask("qwen/qwen3-8b:Q4_K_M", "--json").document["memory"]
    assert small["fit_chance"] >= 0.9
    assert [device["fit_chance"] >= 0.9 for device in small["by_device"]] == [True] * len(small["by_device"])
    told = ask("meta-llama/llama-3.3-70b-instruct:Q4_K_M", "--gpu-layers", "all", "--json").document
    assert told["memory"]["fit_chance"] < 0.1
    assert told["memory"]["by_device"][0]["fit_chance"] < 0.1
    assert any(finding["rule"] == "does-not-fit" for finding in told["findings"])


def test_words() -> None:
    assert [chance_words(chance) for chance in (None, 0.0, 0.123, 0.97, 1.0)] == [
        "unknown",
        "<1 %",
        "12 %",
        "97 %",
        ">99 %",
    ]
    assert [fit_words(chance) for chance in (None, 0.97, 0.6, 0.02)] == [
        "", ": fits (97 %)", ": may fit (60 %)", ": does not fit (2 %)"
    ]  # fmt: skip


def test_text_shows_both(ask: Ask) -> None:
    text = ask("qwen/qwen3-8b:Q4_K_M").out
    assert ": fits (>99 %)" in text
    assert "Other contexts and cache types" in text
    assert "KV q4_0" in text
