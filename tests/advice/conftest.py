"""Advice for each described machine and use case, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import pytest
from advice_answers import TOP, USE_CASES, Answer
from simulated_machines import MACHINES, hardware

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import Ranking, rank, recommend


@pytest.fixture(scope="session")
def machines(catalog: Catalog) -> Mapping[str, Hardware]:
    return {name: hardware(machine, catalog) for name, machine in MACHINES.items()}


@pytest.fixture(scope="session")
def answer(machines: Mapping[str, Hardware], ask: Callable[..., Question]) -> Callable[[str, str], Answer]:
    @cache
    def answered(machine: str, use_case: str) -> Answer:
        question = ask(machines[machine], use_case=use_case, top=TOP)
        return Answer(question, recommend(question))

    return answered


@pytest.fixture(scope="session")
def ranked(machines: Mapping[str, Hardware], ask: Callable[..., Question]) -> Callable[[str, str], Ranking]:
    """The whole ranking, not only its head."""

    @cache
    def every(machine: str, use_case: str) -> Ranking:
        return rank(ask(machines[machine], use_case=use_case))

    return every


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that take `machine` and `use_case` run for every pair."""
    if "machine" in metafunc.fixturenames:
        metafunc.parametrize("machine", MACHINES)
    if "use_case" in metafunc.fixturenames:
        metafunc.parametrize("use_case", USE_CASES)
