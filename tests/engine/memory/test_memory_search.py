"""The search that asks the dear question seldom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llmadvise.engine.memory.search import first_count

_COUNTS = st.tuples(st.integers(1, 4), st.integers(1, 80), st.integers(0, 90), st.integers(0, 90))


@given(_COUNTS)
def test_it_finds_where_the_exact_answer_turns_wherever_the_rough_one_does(case: tuple[int, int, int, int]) -> None:
    start, length, rough, exact = case
    counts = range(start, start + length)
    found = first_count(counts, lambda count: count >= rough, lambda count: count >= exact)
    assert found == next((count for count in counts if count >= exact), counts.stop)


@given(st.integers(1, 500), st.integers(0, 500))
def test_a_good_guess_costs_two_questions(length: int, turn: int) -> None:
    asked: list[int] = []

    def exactly(count: int) -> bool:
        asked.append(count)
        return count >= turn

    first_count(range(1, length + 1), lambda count: count >= turn, exactly)
    assert len(asked) <= 2
