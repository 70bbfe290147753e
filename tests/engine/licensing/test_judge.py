"""Verdicts that a reader of the license texts would give; the expectations come from the clauses, not from the program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import BaseModel, Model
from llmadvise.domain.policy import Money, Policy, Selection, UseFacts, UsersAtRelease, Waiver
from llmadvise.engine.licensing.judge import judge, unused_waivers
from llmadvise.engine.licensing.judgement import Decision, Judgement
from llmadvise.engine.licensing.lineage import ancestors

AS_OF = "2026-11-20"
WORK = UseFacts(commercial=True, distributes_weights=False, trains_on_outputs=False)


def judged(catalog: Catalog, id_: str, policy: Policy) -> Judgement:
    return judge_model(catalog, catalog.models[id_], policy)


def judge_model(catalog: Catalog, model: Model, policy: Policy) -> Judgement:
    return judge(model, ancestors(model, catalog.models), catalog.licenses, policy, as_of=AS_OF)


def under(catalog: Catalog, license_: str, use: UseFacts) -> Judgement:
    """A model without ancestors under one license."""
    model = catalog.models["qwen/qwen2.5-7b-instruct"]
    alone = replace(model, base_models=(), license=replace(model.license, declared=license_))
    return judge_model(catalog, alone, Policy(use=use))


def usd(amount: int) -> Money:
    return Money(amount=amount)


def at_release(license_: str, users: int) -> UseFacts:
    return replace(WORK, monthly_users_at_release=(UsersAtRelease(license=license_, users=users),))


PAIRS = [
    ("apache-2.0", WORK, "allowed", None),
    ("mit", WORK, "allowed", None),
    ("qwen-research", WORK, "denied", "2.b"),
    ("llama1", WORK, "denied", None),
    ("llama3.1", at_release("llama3.1", 700_000_000), "allowed", None),
    ("llama3.1", at_release("llama3.1", 700_000_001), "denied", "2"),
    ("llama3.1", at_release("llama3.2", 1), "unknown", "2"),
    ("qwen", replace(WORK, monthly_users=100_000_000), "allowed", None),
    ("qwen", replace(WORK, monthly_users=100_000_001), "denied", "4"),
    ("qwen", WORK, "unknown", "4"),
    ("llama4", replace(at_release("llama4", 5), domicile=("US",)), "allowed", None),
    ("llama4", replace(at_release("llama4", 5), domicile=("DE",)), "denied", "Acceptable Use Policy, closing paragraph"),
    ("llama4", at_release("llama4", 5), "unknown", "Acceptable Use Policy, closing paragraph"),
    ("tencent-hunyuan-community", replace(at_release("tencent-hunyuan-community", 5), territories=("US",)), "allowed", None),
    ("tencent-hunyuan-community", replace(at_release("tencent-hunyuan-community", 5), territories=("KR",)), "denied", "1.l, 5.c"),
    ("tencent-hunyuan-community", replace(at_release("tencent-hunyuan-community", 5), territories=("GB",)), "denied", "1.l, 5.c"),
    ("mistral-modified-mit", replace(WORK, group_monthly_revenue=usd(20_000_000)), "allowed", None),
    ("mistral-modified-mit", replace(WORK, group_monthly_revenue=usd(20_000_001)), "denied", "2"),
    ("mistral-modified-mit", replace(WORK, commercial=False, group_monthly_revenue=usd(20_000_001)), "denied", "2"),
    ("mistral-modified-mit", replace(WORK, group_monthly_revenue=Money(amount=1, currency="EUR")), "unknown", "2"),
    ("kimi-k3", replace(WORK, internal_only=True), "allowed", None),
    ("kimi-k3", replace(WORK, internal_only=False, offers_model_as_a_service=False, group_annual_revenue=usd(10**9)), "allowed", None),
    ("kimi-k3", replace(WORK, internal_only=False, offers_model_as_a_service=True, group_annual_revenue=usd(10**9)), "denied", "2"),
    ("kimi-k3", replace(WORK, internal_only=False, offers_model_as_a_service=True, group_annual_revenue=usd(20_000_000)), "allowed", None),
    ("qwen-community-1.0", replace(WORK, offers_model_as_a_service=False, ai_coding_or_office_product=True), "denied", "2"),
    ("qwen-community-1.0", replace(WORK, offers_model_as_a_service=False, ai_coding_or_office_product=False), "allowed", None),
    ("lfm1.0", replace(WORK, annual_revenue=usd(10_000_001)), "denied", "commercial use section"),
    ("lfm1.0", replace(WORK, annual_revenue=usd(9_000_000)), "allowed", None),
    ("llama3", replace(at_release("llama3", 5), trains_on_outputs=True), "denied", "1.b.v"),
    ("yi-license-1.0", replace(WORK, agreements=()), "denied", "2 (last paragraph)"),
    ("yi-license-1.0", replace(WORK, agreements=("yi-license-1.0",)), "allowed", None),
    # As written it is closed to commerce: an authorization that nobody states does not open the question.
    ("yi-license-1.0", WORK, "denied", "2 (last paragraph)"),
]  # fmt: skip


@pytest.mark.parametrize(("license_", "use", "verdict", "clause"), PAIRS)
def test_the_clause_decides(catalog: Catalog, license_: str, use: UseFacts, verdict: str, clause: str | None) -> None:
    found = under(catalog, license_, use)
    assert found.verdict == verdict, found.findings
    if clause is not None:
        assert clause in {finding.clause for finding in found.findings if finding.verdict == verdict}


def test_one_family_has_three_answers(catalog: Catalog) -> None:
    sizes = ("3b", "7b", "72b")
    found = [judged(catalog, f"qwen/qwen2.5-{size}-instruct", Policy(use=WORK)).verdict for size in sizes]
    assert found == [Decision.DENIED, Decision.ALLOWED, Decision.UNKNOWN]


def test_a_missing_fact_is_asked_for_by_name(catalog: Catalog) -> None:
    assert judged(catalog, "qwen/qwen2.5-72b-instruct", Policy(use=WORK)).missing_facts == ("monthly_users",)


def test_allowing_one_version_does_not_allow_the_next(catalog: Catalog) -> None:
    policy = Policy(use=UseFacts(commercial=False), allow=Selection(licenses=("llama3.1",)))
    found = judged(catalog, "meta-llama/llama-3.2-1b-instruct", policy)
    assert found.verdict is Decision.DENIED
    assert "license-not-allowed" in {finding.rule for finding in found.findings}


def test_a_mit_tag_does_not_free_a_llama(catalog: Catalog) -> None:
    policy = Policy(use=WORK, allow=Selection(licenses=("mit",)))
    found = judged(catalog, "deepseek-ai/deepseek-r1-distill-llama-8b", policy)
    assert (found.declared, found.verdict) == ("mit", Decision.DENIED)
    conflict = next(finding for finding in found.findings if finding.rule == "license-conflict")
    assert conflict.license == "llama3.1"
    assert conflict.path[-1] == "meta-llama/llama-3.1-8b"


@pytest.mark.parametrize(("expires", "verdict"), [("2026-11-20", "waived"), ("2026-11-19", "denied")])
def test_a_waiver_ends_with_its_day(catalog: Catalog, expires: str, verdict: str) -> None:
    waiver = Waiver(model="Qwen/Qwen2.5-3B-Instruct", reason="trial", owner="ada", expires=expires)
    found = judged(catalog, "qwen/qwen2.5-3b-instruct", Policy(use=WORK, waivers=(waiver,)))
    assert found.verdict == verdict


def test_a_waiver_that_nothing_needs_is_named(catalog: Catalog) -> None:
    waiver = Waiver(model="Qwen/Qwen2.5-7B-Instruct", reason="trial", owner="ada", expires="2027-01-01")
    policy = Policy(use=WORK, waivers=(waiver,))
    assert unused_waivers(policy, (judged(catalog, "qwen/qwen2.5-7b-instruct", policy),)) == (waiver,)


_RANK = {Decision.ALLOWED: 0, Decision.WAIVED: 1, Decision.UNKNOWN: 2, Decision.DENIED: 3}


@pytest.mark.parametrize("parent", ["qwen/qwen2.5-3b-instruct", "qwen/qwen2.5-72b-instruct", "acme/unheard-of"])
@pytest.mark.parametrize(
    "child", ["qwen/qwen2.5-7b-instruct", "mistralai/mistral-7b-instruct-v0.3", "google/gemma-2-9b-it"]
)
def test_an_ancestor_never_loosens(catalog: Catalog, parent: str, child: str) -> None:
    model = replace(catalog.models[child], org="acme")
    more = replace(model, base_models=(*model.base_models, BaseModel(model=parent, relation="merge")))
    before, after = (judge_model(catalog, item, Policy(use=WORK)).verdict for item in (model, more))
    assert _RANK[after] >= _RANK[before]
