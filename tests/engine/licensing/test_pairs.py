"""Published models under policies: what a careful reader of the licenses would say, with the clause and the duties.

Each expectation is read from the quotes and clauses in catalog/licenses and the line of descent, never from a run. The
licenses by themselves are held against facts in test_judge.py. Nothing here is legal advice.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.policy import Money, Policy, Selection, UseFacts, UsersAtRelease
from llmadvise.engine.licensing.judge import judge
from llmadvise.engine.licensing.judgement import Judgement
from llmadvise.engine.licensing.lineage import ancestors

WORK = UseFacts(commercial=True, distributes_weights=False, trains_on_outputs=False)
PRIVATE = UseFacts(commercial=False, distributes_weights=False, trains_on_outputs=False)


def few(*licenses: str, **facts: object) -> UseFacts:
    """Work with a thousand users when these versions were released."""
    counted = tuple(UsersAtRelease(license=license_, users=1000) for license_ in licenses)
    return replace(WORK, monthly_users_at_release=counted, **facts)  # type: ignore[arg-type]  # facts by their own names


def many(license_: str) -> UseFacts:
    return replace(WORK, monthly_users_at_release=(UsersAtRelease(license=license_, users=700_000_001),))


def usd(amount: int) -> Money:
    return Money(amount=amount)


PAIRS: list[tuple[str, UseFacts, str, tuple[str, str | None] | None, set[str]]] = [
    # Model, use, verdict, the license and clause that close it or leave it open, duties among those due.
    # Inherited: a label frees nobody from what the weights carry.
    ("deepseek-ai/deepseek-r1-distill-llama-8b", few("llama3.1"), "allowed", None, {"display-text", "name-prefix", "notice-file"}),
    ("deepseek-ai/deepseek-r1-distill-llama-8b", WORK, "unknown", ("llama3.1", "2"), {"display-text"}),
    ("deepseek-ai/deepseek-r1-distill-llama-70b", many("llama3.3"), "denied", ("llama3.3", "2"), {"display-text"}),
    ("deepseek-ai/deepseek-r1-distill-llama-70b", few("llama3.1"), "unknown", ("llama3.3", "2"), {"display-text"}),
    ("mradermacher/deepseek-r1-distill-llama-70b-gguf", many("llama3.3"), "denied", ("llama3.3", "2"), {"notice-file"}),
    ("docker:ai/deepseek-r1-distill-llama", few("llama3.3"), "allowed", None, {"acceptable-use-policy"}),
    ("deepseek-ai/deepseek-r1-distill-qwen-7b", WORK, "allowed", None, {"attribution"}),
    ("nousresearch/hermes-3-llama-3.1-8b", few("llama3"), "unknown", ("llama3.1", "2"), {"name-prefix"}),
    ("nousresearch/hermes-3-llama-3.1-8b", few("llama3", "llama3.1"), "allowed", None, {"display-text", "name-prefix"}),
    ("tloen/alpaca-lora-7b", WORK, "denied", ("llama1", "1a, 2a(i)"), set()),
    ("tloen/alpaca-lora-7b", PRIVATE, "allowed", None, {"attribution"}),
    ("lmsys/vicuna-13b-delta-v1.1", WORK, "denied", ("llama1", "1a, 2a(i)"), set()),
    ("vidore/colqwen2.5-v0.2", WORK, "denied", ("qwen-research", "2.b"), {"display-text", "notice-file"}),
    ("madeagents/hammer2.0-3b", WORK, "denied", ("qwen-research", "2.b"), {"display-text"}),
    ("madeagents/hammer2.0-3b", PRIVATE, "allowed", None, {"display-text"}),
    ("tencent/points-reader", WORK, "denied", ("qwen-research", "2.b"), set()),
    ("redhatai/pixtral-large-instruct-2411-hf-quantized.w4a16", WORK, "denied", ("mrl", "preamble, 2-3"), set()),
    ("novachronoai/lfm2.5-1.2b-nova-function-calling-gguf", replace(WORK, annual_revenue=usd(10_000_001)), "denied", ("lfm1.0", "commercial use section"), {"attribution"}),
    ("novachronoai/lfm2.5-1.2b-nova-function-calling-gguf", replace(WORK, annual_revenue=usd(9_999_999)), "allowed", None, {"attribution"}),
    ("nexusflow/starling-lm-7b-beta", WORK, "unknown", ("apache-2.0", None), {"attribution"}),
    ("knutjaegersberg/qwen-1_8b-llamafied", WORK, "denied", ("tongyi-qianwen-research", "2.b"), set()),
    ("ollama:llava", few("llama2"), "allowed", None, {"notice-file"}),
    ("ollama:llava", many("llama2"), "denied", ("llama2", "2"), {"notice-file"}),
    # Outputs: what the teacher's own clause asks of a student, and what a provider's terms do not.
    ("teknium/openhermes-2.5-mistral-7b", WORK, "allowed", None, {"attribution"}),
    ("tokyotech-llm/llama-3.1-swallow-8b-instruct-v0.5", few("llama3.1"), "allowed", None, {"pass-on-restrictions", "display-text", "derivative-by-outputs"}),
    ("nvidia/nvidia-nemotron-nano-12b-v2", WORK, "allowed", None, {"display-text", "notice-file"}),
    ("google/gemma-3-27b-it", replace(WORK, trains_on_outputs=True), "allowed", None, {"derivative-by-outputs", "acceptable-use-policy"}),
    ("meta-llama/meta-llama-3-8b-instruct", few("llama3", trains_on_outputs=True), "denied", ("llama3", "1.b.v"), {"display-text"}),
    ("meta-llama/llama-3.1-8b-instruct", few("llama3.1", trains_on_outputs=True), "allowed", None, {"name-prefix"}),
    ("lmsys/vicuna-7b-v1.5", few("llama2", trains_on_outputs=True), "denied", ("llama2", "1.b.v"), set()),
    ("qwen/qwen1.5-14b-chat", replace(WORK, monthly_users=5, trains_on_outputs=True), "denied", ("tongyi-qianwen", "5.b"), {"notice-file"}),
    ("tencent/hunyuan-7b-instruct", few("tencent-hunyuan-community", territories=("US",), trains_on_outputs=True), "denied", ("tencent-hunyuan-community", "5.b"), {"notice-file"}),
    # Territory, for any use.
    ("meta-llama/llama-3.2-11b-vision-instruct", few("llama3.2", domicile=("DE",)), "denied", ("llama3.2", "Acceptable Use Policy, closing paragraph"), set()),
    ("meta-llama/llama-3.2-11b-vision-instruct", few("llama3.2", domicile=("CH",)), "allowed", None, {"display-text"}),
    ("meta-llama/llama-3.2-3b-instruct", few("llama3.2", domicile=("DE",)), "allowed", None, {"display-text"}),
    ("meta-llama/llama-4-scout-17b-16e-instruct", replace(few("llama4", domicile=("FR",)), commercial=False), "denied", ("llama4", "Acceptable Use Policy, closing paragraph"), set()),
    ("tencent/hunyuan-a13b-instruct", replace(few("tencent-hunyuan-community", territories=("US", "KR")), commercial=False), "denied", ("tencent-hunyuan-community", "1.l, 5.c"), set()),
    # Thresholds.
    ("qwen/qwen2.5-72b-instruct", replace(WORK, monthly_users=100_000_001), "denied", ("qwen", "4"), {"display-text"}),
    ("qwen/qwen2.5-72b-instruct", replace(WORK, monthly_users=100_000_000), "allowed", None, {"display-text"}),
    ("moonshotai/kimi-k2-instruct", WORK, "allowed", None, {"display-text"}),
    ("zai-org/glm-4-9b-chat", replace(WORK, agreements=()), "denied", ("glm-4", "2"), {"display-text", "name-prefix"}),
    ("zai-org/glm-4-9b-chat", replace(WORK, agreements=("glm-4",)), "allowed", None, {"display-text", "name-prefix"}),
    ("zai-org/glm-4-9b-chat", WORK, "unknown", ("glm-4", "2"), {"display-text"}),
    ("stabilityai/stablelm-2-12b-chat", replace(PRIVATE, trains_on_outputs=True), "denied", None, set()),
    ("mistralai/ministral-8b-instruct-2410", replace(WORK, commercial=None), "unknown", ("mrl", "preamble, 2-3"), set()),
]  # fmt: skip


def judged(catalog: Catalog, id_: str, policy: Policy) -> Judgement:
    model = catalog.models.get(id_) or catalog.lineage[id_]
    line = ancestors(model, catalog.models, catalog.lineage)
    return judge(model, line, catalog.licenses, policy, as_of="2026-11-20")


@pytest.mark.parametrize(("id_", "use", "verdict", "closing", "duties"), PAIRS)
def test_a_model_under_a_policy(  # noqa: PLR0917 - one row of the table
    catalog: Catalog,
    id_: str,
    use: UseFacts,
    verdict: str,
    closing: tuple[str, str | None] | None,
    duties: set[str],
) -> None:
    found = judged(catalog, id_, Policy(use=use))
    assert found.verdict == verdict, found.findings
    assert duties <= {duty.id for duty in found.obligations}
    if closing is not None:
        assert closing in {(item.license, item.clause) for item in found.findings if item.verdict == verdict}


def test_there_are_enough() -> None:
    assert len(PAIRS) >= 30


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


@pytest.mark.parametrize(("id_", "use"), [(row[0], row[1]) for row in PAIRS])
def test_a_stricter_policy_never_gives_a_laxer_verdict(catalog: Catalog, id_: str, use: UseFacts) -> None:
    plain = judged(catalog, id_, Policy(use=use)).verdict
    for stricter in (
        Policy(use=use, deny=Selection(categories=("research-only",))),
        Policy(use=use, allow=Selection(categories=("permissive",))),
        Policy(use=use, accepted_duties=("attribution",)),
    ):
        assert _STRICTNESS[judged(catalog, id_, stricter).verdict] >= _STRICTNESS[plain]
