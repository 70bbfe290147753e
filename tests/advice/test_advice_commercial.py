"""`--commercial` lets nothing through whose terms, inherited ones included, are closed to commerce or unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Cpu, Hardware, Memory, Platform
from llmadvise.domain.license import Permission
from llmadvise.domain.model import Model
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import rank

PASSING_ON = frozenset({"finetune", "quantization", "merge", "adapter", "pruning", "conversion"})
CLOSED = frozenset({"non-commercial", "research-only", "unknown"})


@pytest.fixture(scope="session")
def boundless(ask: Callable[..., Question]) -> Question:
    """A machine that every model fits and that no speed limits."""
    hardware = Hardware(
        platform=Platform.LINUX,
        cpu=Cpu(architecture="x86_64", cores=96, memory_bandwidth=10**12),
        memory=Memory(total_bytes=1 << 43),
    )
    return ask(hardware, use_case="coding", commercial=True, minimum_speed=0.0, context_length=512, minimum_bits=1.0)


def _terms(model: Model, catalog: Catalog) -> Iterator[str | None]:
    """The licenses of a model and of every foreign ancestor whose weights are in it, walked here once more."""
    yield model.license.declared
    stack, seen = [model], {model.id}
    while stack:
        for base in stack.pop().base_models:
            parent = catalog.models.get(base.model.lower())
            if parent is None or parent.id in seen or base.relation not in PASSING_ON:
                continue
            seen.add(parent.id)
            stack.append(parent)
            if parent.org.lower() != model.org.lower() and parent.license.declared is not None:
                yield parent.license.declared


def test_no_closed_or_unknown_license_in_the_whole_ranking(boundless: Question, catalog: Catalog) -> None:
    cases = rank(boundless).cases
    assert len(cases) > 100
    for case in cases:
        model = case.candidate.model
        assert case.candidate.license.verdict == "allowed", model.id
        for id_ in _terms(model, catalog):
            assert id_ is not None, model.id
            text = catalog.licenses[id_]
            assert text.category not in CLOSED, f"{model.id}: {id_}"
            assert text.commercial_use in {Permission.YES, Permission.CONDITIONAL}, f"{model.id}: {id_}"
            if text.commercial_use is Permission.CONDITIONAL:
                assert "license-conditional" in {finding.rule for finding in case.findings}, model.id


def test_every_model_with_closed_terms_is_blocked(boundless: Question, catalog: Catalog) -> None:
    """Judged one by one, whatever its role or size."""
    anything = replace(boundless.profile, roles=tuple({model.role for model in catalog.models.values()}))
    closed = 0
    for model in catalog.models.values():
        terms = [catalog.licenses.get(id_) if id_ else None for id_ in _terms(model, catalog)]
        if any(text is None or text.category in CLOSED or text.commercial_use is Permission.NO for text in terms):
            closed += 1
            candidate, blocked = judge_model(model, replace(boundless, profile=anything))
            rules = {finding.rule for finding in candidate.findings}
            assert blocked is not None, model.id
            assert rules & {"license-non-commercial", "license-unknown"}, model.id
    assert closed > 20
