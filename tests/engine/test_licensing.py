"""What the line of descent adds to a declared license."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from engine_parts import LICENSES, a_model, child

from llmadvise.domain.assessment import LicenseAssessment
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Verdict
from llmadvise.domain.model import BaseModel, Model
from llmadvise.domain.policy import OnUnknown, Policy, UseFacts
from llmadvise.engine.licensing.effective import assess_license
from llmadvise.engine.licensing.lineage import ancestors


def assess(model: Model, *others: Model, commercial: bool = False) -> LicenseAssessment:
    """The assessment of a model among others."""
    models = {item.id: item for item in (model, *others)}
    return assess_license(model, ancestors(model, models), LICENSES, commercial=commercial)


def shipped(catalog: Catalog, id_: str, *, commercial: bool = False) -> LicenseAssessment:
    """The assessment of a model of the catalog that ships."""
    model = catalog.models[id_]
    return assess_license(model, ancestors(model, catalog.models), catalog.licenses, commercial=commercial)


def rules(assessment: LicenseAssessment) -> list[str]:
    return [finding.rule for finding in assessment.findings]


PARENT = a_model("beta/parent", license_="closed")


@pytest.mark.parametrize("relation", ["finetune", "quantization", "merge", "adapter", "pruning", "conversion"])
def test_weights_carry_their_license_along(relation: str) -> None:
    found = assess(child("acme/child", PARENT, relation), PARENT, commercial=True)
    assert found.effective == ("open", "closed")
    assert found.verdict == "denied"
    assert rules(found) == ["license-conflict"]


def test_it_is_carried_over_generations_and_named_with_its_path() -> None:
    middle = child("gamma/middle", PARENT)
    found = assess(child("acme/child", middle), middle, PARENT, commercial=True)
    assert found.verdict == "denied"
    assert found.findings[0].evidence == "acme/child < gamma/middle < beta/parent"


@pytest.mark.parametrize("relation", ["distillation", "trained-on-outputs-of"])
def test_a_teacher_binds_only_where_its_license_restricts_outputs(relation: str) -> None:
    free = a_model("beta/teacher", license_="closed")
    assert assess(child("acme/child", free, relation), free).effective == ("open",)
    strict = a_model("beta/teacher", license_="teacher")
    assert assess(child("acme/child", strict, relation), strict).effective == ("open", "teacher")


def test_what_descends_from_a_pupil_descends_from_the_teacher() -> None:
    """Weights of a pupil are not weights of its teacher, but the clause about outputs still binds."""
    strict = a_model("beta/teacher", license_="teacher")
    pupil = child("gamma/pupil", strict, "distillation")
    assert assess(child("acme/child", pupil), pupil, strict).effective == ("open", "teacher")


def test_a_publisher_may_license_its_own_work_anew() -> None:
    earlier = a_model("acme/earlier", license_="closed")
    found = assess(child("acme/child", earlier), earlier, commercial=True)
    assert found.effective == ("open",)
    assert found.verdict == "allowed"
    assert rules(found) == []


def test_but_not_the_work_of_others_that_it_built_upon() -> None:
    earlier = child("acme/earlier", PARENT, license_="closed")
    found = assess(child("acme/child", earlier), earlier, PARENT, commercial=True)
    assert found.effective == ("open", "closed")
    assert found.verdict == "denied"


def test_a_foreign_step_between_ends_the_right_to_license_anew() -> None:
    """acme/child < beta/middle < acme/origin: what beta added is bound by acme's license, and so is what comes of it."""
    origin = a_model("acme/origin", license_="closed")
    middle = child("beta/middle", origin, license_="closed")
    assert "closed" in assess(child("acme/child", middle), middle, origin).effective


def test_an_unknown_ancestor_is_noted() -> None:
    orphan = a_model("acme/child", base_models=(BaseModel(model="Someone/Unknown", relation="finetune"),))
    found = assess(orphan)
    assert rules(found) == ["lineage-unknown"]
    assert found.findings[0].verdict is Verdict.NOTE


def test_a_circle_in_the_data_ends_the_walk() -> None:
    first = a_model("acme/first", base_models=(BaseModel(model="beta/second", relation="finetune"),))
    second = a_model("beta/second", base_models=(BaseModel(model="acme/first", relation="finetune"),))
    line = ancestors(first, {first.id: first, second.id: second})
    assert [ancestor.id for ancestor in line] == ["beta/second"]


def test_a_model_named_in_two_letter_cases_is_one_ancestor() -> None:
    """Own catalogs name parents as the Hub spells them; the catalog's ids are in lower case."""
    parents = tuple(BaseModel(model=name, relation="merge") for name in ("Beta/Parent", "beta/parent", "Acme/Child"))
    line = ancestors(a_model("acme/child", base_models=parents), {PARENT.id: PARENT})
    assert [ancestor.id for ancestor in line] == ["Beta/Parent"]
    assert line[0].model == PARENT


@pytest.mark.parametrize(
    ("license_", "private", "commercial"),
    [
        ("open", "allowed", "allowed"),
        ("limited", "allowed", "allowed"),
        ("closed", "allowed", "denied"),
        ("unread", "unknown", "unknown"),
        ("not-in-the-catalog", "unknown", "unknown"),
        (None, "unknown", "unknown"),
    ],
)
def test_verdicts(license_: str | None, private: str, commercial: str) -> None:
    model = a_model(license_=license_)
    assert assess(model).verdict == private
    assert assess(model, commercial=True).verdict == commercial
    assert rules(assess(model)) == (["license-unknown"] if private == "unknown" else [])


def test_a_mit_tag_on_llama_permits_no_more_than_llama_does(catalog: Catalog) -> None:
    """DeepSeek's cards: the Distill-Llama models derive from Llama-3.1-8B and Llama-3.3-70B under their licenses."""
    for id_, inherited in (
        ("deepseek-ai/deepseek-r1-distill-llama-8b", "llama3.1"),
        ("deepseek-ai/deepseek-r1-distill-llama-70b", "llama3.3"),
    ):
        found = shipped(catalog, id_)
        assert found.declared == "mit"
        assert inherited in found.effective, id_
        assert "license-conflict" in rules(found), id_


def test_sizes_of_one_family_differ(catalog: Catalog) -> None:
    """The Qwen2.5 cards: 3B under the Qwen research license, 72B under the Qwen license, the others Apache 2.0."""
    verdicts: Mapping[str, tuple[str | None, str]] = {
        size: (found.declared, found.verdict)
        for size in ("3b", "7b", "72b")
        for found in (shipped(catalog, f"qwen/qwen2.5-{size}-instruct", commercial=True),)
    }
    assert verdicts["3b"] == ("qwen-research", "denied")
    assert verdicts["7b"] == ("apache-2.0", "allowed")
    assert verdicts["72b"][0] == "qwen"
    assert catalog.licenses["qwen"].commercial_use == "conditional"


def test_an_obligation_is_told_once(catalog: Catalog) -> None:
    for id_ in ("deepseek-ai/deepseek-r1-distill-llama-8b", "meta-llama/llama-3.1-8b-instruct"):
        obligations = shipped(catalog, id_).obligations
        assert len(obligations) == len(set(obligations))
        assert obligations


def test_a_copy_that_declares_something_else_is_noticed() -> None:
    """Quantizing adds no rights and takes none away, so one of both labels is wrong."""
    parent = a_model("beta/parent", license_="open")
    copy = child("acme/copy", parent, "quantization", license_="limited")
    found = assess(copy, parent)
    assert rules(found) == ["license-label"]
    assert found.findings[0].evidence == "acme/copy < beta/parent"
    assert rules(assess(child("acme/tuned", parent, "finetune", license_="limited"), parent)) == []


def test_the_terms_of_a_publisher_need_a_model_of_that_publisher() -> None:
    parent = a_model("beta/parent", license_="open")
    tuned = child("acme/tuned", parent, license_="limited")
    theirs = {**LICENSES, "limited": replace(LICENSES["limited"], licensors=("gamma",))}
    line = ancestors(tuned, {parent.id: parent})
    assert rules(assess_license(tuned, line, theirs, commercial=False)) == ["license-label"]
    own = {**LICENSES, "limited": replace(LICENSES["limited"], licensors=("acme",))}
    assert rules(assess_license(tuned, line, own, commercial=False)) == []


def test_a_condition_on_the_card_leaves_a_policy_undecided() -> None:
    model = a_model("acme/child")
    model = replace(model, license=replace(model.license, addition="not to be used on Sundays"))
    found = assess(model)
    assert rules(found) == ["license-addition"]
    assert found.verdict == "allowed"
    under = assess_license(model, (), LICENSES, commercial=False, policy=Policy(use=UseFacts(commercial=False)))
    assert under.verdict == "unknown"
    assert under.findings[0].verdict is Verdict.BLOCK


def test_a_service_hands_down_nothing() -> None:
    base = BaseModel(model="openai:gpt-4", relation="trained-on-outputs-of", service="openai-terms-output")
    found = assess(a_model("acme/child", base_models=(base,)), commercial=True)
    assert (found.effective, found.verdict, rules(found)) == (("open",), "allowed", ["service-terms"])


def test_under_a_policy_every_finding_is_told_and_denials_block() -> None:
    model = a_model("acme/child", license_="closed")
    policy = Policy(use=UseFacts(commercial=True), unknown=OnUnknown.WARN)
    found = assess_license(model, (), LICENSES, commercial=False, policy=policy)
    assert found.verdict == "denied"
    assert [item.verdict for item in found.findings if item.rule == "license-non-commercial"] == [Verdict.BLOCK]
    unread = assess_license(a_model(license_="unread"), (), LICENSES, commercial=False, policy=policy)
    assert unread.verdict == "unknown"
    assert Verdict.BLOCK not in {item.verdict for item in unread.findings}
