"""What running a model costs, on request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_program import Ask

PRICES = (
    "--electricity-price", "0.30", "--currency", "EUR", "--hardware-price", "1800", "--years", "3", "--hours-per-day", "4",
    "--hosted-price", "0.20,0.60",
)  # fmt: skip


def test_no_price_no_cost(ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, "--json")
    assert {item["cost"] for item in json.loads(answer.out)["recommendations"]} == {None}
    assert "\nCost" not in ask("explain", "qwen/qwen3-8b", "--hardware", machine).out


@pytest.mark.parametrize("command", [("explain", "qwen/qwen3-8b:Q4_K_M"), ("estimate", "qwen/qwen3-8b:Q4_K_M")])
def test_by_the_speed_and_the_watts(command: tuple[str, ...], ask: Ask, machine: Path) -> None:
    asked = (*command, "--hardware", machine, "--power", "450", *PRICES)
    document = json.loads(ask(*asked, "--json").out)
    found = document.get("assessment", document)
    writing = found["cost"]["writing"]
    assert writing["energy_kwh"]["value"] == pytest.approx(450 / 3.6 / found["speed"]["decode"]["value"], rel=1e-4)
    assert writing["electricity"]["value"] == pytest.approx(0.3 * writing["energy_kwh"]["value"], rel=1e-4)
    total = writing["electricity"]["value"] + writing["hardware"]["value"]
    assert writing["total"]["value"] == pytest.approx(total, rel=1e-4)
    even = found["cost"]["break_even"]
    assert even["answer_tokens"] == even["prompt_tokens"]
    assert even["capacity_per_month"]["value"] > 0
    text = ask(*asked).out
    assert "Cost of a million tokens, EUR" in text


def test_every_format_says_it(ask: Ask, machine: Path) -> None:
    for form in ("text", "markdown", "html"):
        out = ask("recommend", "--hardware", machine, *PRICES, "--format", form).out
        assert "a million tokens written" in " ".join(out.split()), form
    compared = ask("compare", "qwen/qwen3-8b", "qwen/qwen3-4b", "--hardware", machine, *PRICES).out
    assert "a million tokens" in compared


def test_the_score_does_not_depend_on_prices(ask: Ask, machine: Path) -> None:
    plain, priced = (
        [
            (item["model"], item["score"])
            for item in json.loads(ask("recommend", "--hardware", machine, "--json", *more).out)["recommendations"]
        ]
        for more in ((), PRICES)
    )
    assert plain == priced


@pytest.mark.parametrize(
    "words",
    [
        ("--currency", "EUR"),
        ("--power", "300"),
        ("--hardware-price", "1800"),
        ("--hardware-price", "1800", "--years", "3"),
        ("--hosted-price", "0.2"),
        ("--electricity-price", "0.3", "--hosted-price", "a,b"),
        ("--electricity-price", "0.3", "--hosted-price", "1,2,3"),
        ("--electricity-price", "0.3", "--hosted-price", "nan"),
        ("--electricity-price", "-1"),
        ("--electricity-price", "nan"),
        ("--electricity-price", "0.3", "--currency", "\x1b[31m"),
        ("--electricity-price", "0.3", "--hours-per-day", "25"),
        ("--electricity-price", "0.3", "--answer", "0"),
    ],
)
def test_half_of_a_question_is_wrong_usage(words: tuple[str, ...], ask: Ask, machine: Path) -> None:
    answer = ask("recommend", "--hardware", machine, *words)
    assert (answer.code, answer.out) == (2, "")
