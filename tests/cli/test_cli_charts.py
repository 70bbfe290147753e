"""`--chart`: pictures below the answer, and nothing else changes."""

from __future__ import annotations

import pytest
from cli_program import Ask

GPU = ("--gpu", "RTX 3060", "--ram", "32GiB")


def test_each_chart_comes_below_the_answer(ask: Ask) -> None:
    plain = ask("recommend", *GPU).out
    answer = ask("recommend", *GPU, "--chart", "context,pareto", "--chart", "pareto")
    assert answer.code == 0, answer.err
    assert answer.out.startswith(plain.rstrip())
    assert answer.out.index("Quality against memory") < answer.out.index("Memory against context")
    assert answer.out.count("Quality against memory") == 1
    assert "\x1b" not in answer.out


def test_explain_draws_too(ask: Ask) -> None:
    answer = ask("explain", "qwen3-8b", *GPU, "--chart", "all")
    assert answer.code == 0, answer.err
    assert "Memory against context" in answer.out


def test_a_report_has_the_curve_without_asking(ask: Ask) -> None:
    answer = ask("recommend", *GPU, "--format", "html")
    assert answer.code == 0, answer.err
    assert "Memory against context" in answer.out


@pytest.mark.parametrize("wrong", [("--chart", "pie"), ("--chart", "pareto", "--json")])
def test_what_cannot_be_drawn_is_wrong_usage(ask: Ask, wrong: tuple[str, ...]) -> None:
    answer = ask("recommend", *GPU, *wrong)
    assert answer.code == 2
    assert answer.out == ""
