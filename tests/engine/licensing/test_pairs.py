"""Published models under policies: the table in model_pairs, and what holds of all of its rows."""

from __future__ import annotations

import pytest
from model_pairs import INHERITED, OUTPUTS, PAIRS, TERRITORY, THRESHOLDS, WORK, Pair

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.license import License
from llmadvise.domain.policy import Policy, Selection, UseFacts
from llmadvise.engine.licensing.judge import judge
from llmadvise.engine.licensing.judgement import Judgement
from llmadvise.engine.licensing.lineage import ancestors


def judged(catalog: Catalog, id_: str, policy: Policy) -> Judgement:
    model = catalog.models.get(id_) or catalog.lineage[id_]
    line = ancestors(model, catalog.models, catalog.lineage)
    return judge(model, line, catalog.licenses, policy, as_of="2026-11-20")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.model)
def test_a_model_under_a_policy(catalog: Catalog, pair: Pair) -> None:
    found = judged(catalog, pair.model, Policy(use=pair.use))
    assert found.verdict == pair.verdict, found.findings
    due = {duty.id for duty in found.obligations}
    assert pair.due <= due
    assert not pair.not_due & due
    if pair.by is not None:
        assert pair.by in {(item.license, item.clause) for item in found.findings if item.verdict == pair.verdict}
    if pair.asks:
        assert set(found.missing_facts) == pair.asks


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.quote], ids=lambda pair: pair.model)
def test_a_quote_is_in_the_license(catalog: Catalog, pair: Pair) -> None:
    found = judged(catalog, pair.model, Policy(use=pair.use))
    ids = (pair.by[0],) if pair.by else found.effective
    assert any(pair.quote in quotes(catalog.licenses[id_]) for id_ in ids)


def quotes(text: License) -> set[str]:
    said = (*text.limits, *text.conditions, *text.obligations, *((text.outputs,) if text.outputs else ()))
    return {item.quote for item in said if item.quote}


def test_there_are_enough() -> None:
    assert len(PAIRS) >= 60
    assert len([*THRESHOLDS, *TERRITORY, *OUTPUTS, *INHERITED]) >= 25


def test_a_student_of_a_display_clause_owes_the_display_and_no_limit(catalog: Catalog) -> None:
    """Qwen 5.b asks whoever distributes a model trained on the outputs to show a text; 4 binds users of the materials."""
    found = judged(catalog, "nvidia/nvidia-nemotron-nano-12b-v2", Policy(use=WORK))
    assert "qwen" in found.effective
    assert {duty.id for duty in found.obligations if duty.license == "qwen"} == {"display-text", "output-training"}
    assert found.missing_facts == ()


def test_a_teacher_on_the_deny_list_closes_its_students(catalog: Catalog) -> None:
    policy = Policy(use=WORK, deny=Selection(licenses=("qwen",)))
    assert judged(catalog, "nvidia/nvidia-nemotron-nano-12b-v2", policy).verdict == "denied"


def test_the_order_of_lists_changes_nothing(catalog: Catalog) -> None:
    names = ("llama3.1", "mit", "apache-2.0", "gemma")
    for id_ in ("deepseek-ai/deepseek-r1-distill-llama-8b", "google/gemma-3-27b-it", "qwen/qwen2.5-72b-instruct"):
        there, back = (
            judged(catalog, id_, Policy(use=WORK, allow=Selection(licenses=order))) for order in (names, names[::-1])
        )
        assert there == back


_STRICTNESS = {"allowed": 0, "waived": 1, "unknown": 2, "denied": 3}


@pytest.mark.parametrize(("id_", "use"), [(pair.model, pair.use) for pair in PAIRS])
def test_a_stricter_policy_never_gives_a_laxer_verdict(catalog: Catalog, id_: str, use: UseFacts) -> None:
    plain = judged(catalog, id_, Policy(use=use)).verdict
    for stricter in (
        Policy(use=use, deny=Selection(categories=("research-only",))),
        Policy(use=use, allow=Selection(categories=("permissive",))),
        Policy(use=use, accepted_duties=("attribution",)),
    ):
        assert _STRICTNESS[judged(catalog, id_, stricter).verdict] >= _STRICTNESS[plain]
