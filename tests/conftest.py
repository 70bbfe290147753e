"""What tests of several layers share: the catalog that ships, read once, and questions put to it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import settings

from llmadvise.api.request import Request
from llmadvise.api.setting import ask as put
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.question import Question

Ask = Callable[..., Question]

# How long an example takes depends on what else the machine does; no test asserts on a clock.
settings.register_profile("no-clock", deadline=None)
settings.load_profile("no-clock")

# A run in the background, or under nohup, ignores these signals, and so would every program that a test starts. What is
# handled here in any way starts with the usual answer there.
for _name in ("SIGINT", "SIGHUP"):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _name == "SIGINT" else lambda *_: None)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The catalog that ships."""
    return load_catalog()


@pytest.fixture(scope="session")
def ask(catalog: Catalog) -> Ask:
    """A question about a described machine; `models` keeps some of the catalog's models, the rest are requirements."""

    def question(hardware: Hardware, *, models: tuple[str, ...] | None = None, **asked: object) -> Question:
        requirements = replace(Requirements(), asked=tuple(asked), **asked)  # type: ignore[arg-type]
        kept = catalog if models is None else replace(catalog, models={id_: catalog.models[id_] for id_ in models})
        return put(Request(requirements=requirements, gpus=("described",)), kept, hardware)

    return question
