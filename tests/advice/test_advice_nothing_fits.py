"""Impossible requests get no advice, and what is said to help does help."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware, Memory
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import Ranking, rank, recommend
from llmadvise.engine.relax import relaxations
from llmadvise.units import GIB

Ask = Callable[..., Question]

IMPOSSIBLE: dict[str, tuple[str, dict[str, object]]] = {
    "too fast": ("Raspberry Pi 5", {"minimum_speed": 500.0}),
    "too long": ("laptop 16 GB", {"context_length": 2_000_000}),
    "a family of giants": ("laptop 16 GB", {"families": ("glm-5",)}),
    "too many bits": ("Raspberry Pi 5", {"minimum_bits": 15.0, "use_case": "coding", "minimum_speed": 40.0}),
    "a format of other machines": ("laptop 16 GB", {"formats": ("mlx",)}),
}


def _apply(words: str, asked: dict[str, object], machine: Hardware) -> tuple[Hardware, dict[str, object]]:
    """Do what the words say, as the user would."""
    changed = dict(asked)
    if match := re.fullmatch(r"--context (\d+)", words):
        changed["context_length"] = int(match[1])
    elif match := re.fullmatch(r"--min-speed ([\d.]+)", words):
        changed["minimum_speed"] = float(match[1])
    elif match := re.fullmatch(r"--min-bits ([\d.]+)", words):
        changed["minimum_bits"] = float(match[1])
    elif match := re.fullmatch(r"With (\d+) GiB more RAM", words):
        total = (machine.memory.total_bytes or 0) + int(match[1]) * GIB
        return replace(machine, memory=Memory(total_bytes=total)), changed
    elif match := re.fullmatch(r"without --(family|model-format|runtime|commercial)", words):
        field = {"family": "families", "model-format": "formats"}.get(match[1], match[1])
        changed.pop(field)
    else:
        pytest.fail(f"nobody can do {words!r}")
    return machine, changed


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_relaxations_work_when_applied(case: str, ask: Ask, machines: Mapping[str, Hardware], catalog: Catalog) -> None:
    place, asked = IMPOSSIBLE[case]
    question = ask(machines[place], **asked)
    advice = recommend(question)
    assert advice.recommendations == ()
    assert advice.specialists == ()
    assert advice.ruled_out.count > 0
    helpful = relaxations(question)
    assert helpful, case
    for relaxation in helpful:
        machine, changed = _apply(relaxation.words, asked, machines[place])
        ranking: Ranking = rank(ask(machine, **changed), 1)
        assert ranking.cases, relaxation.words
        first = ranking.cases[0]
        if not relaxation.words.startswith("--min-speed"):
            assert relaxation.first == f"{first.candidate.model.name} {first.variant.quantization}"


def test_nothing_is_relaxed_that_was_not_in_the_way(ask: Ask, machines: Mapping[str, Hardware]) -> None:
    words = [item.words for item in relaxations(ask(machines["Raspberry Pi 5"], minimum_speed=500.0))]
    assert words
    assert all(item.startswith("--min-speed") for item in words)
