"""What tests of several layers share: the catalog that ships, read once, and questions put to it."""

from __future__ import annotations

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
