"""What holds of every verdict, whatever the model and the policy."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import BaseModel, DeclaredLicense, Model
from llmadvise.domain.policy import Clarification, Money, Policy, Selection, UseFacts, UsersAtRelease, Waiver
from llmadvise.engine.licensing.judge import judge
from llmadvise.engine.licensing.judgement import Decision, Judgement
from llmadvise.engine.licensing.lineage import ancestors

CATALOG: Catalog = load_catalog()
LICENSES = sorted(CATALOG.licenses)
CATEGORIES = sorted({text.category for text in CATALOG.licenses.values()})
DUTIES = sorted(CATALOG.license_tags)
TEMPLATE = replace(
    CATALOG.models["qwen/qwen2.5-7b-instruct"], base_models=(), org="acme", id="acme/child", repo="Acme/Child"
)
RANK = {Decision.ALLOWED: 0, Decision.WAIVED: 1, Decision.UNKNOWN: 2, Decision.DENIED: 3}

maybe = st.sampled_from([None, True, False])
money = st.one_of(
    st.none(), st.sampled_from([0, 999_999, 10_000_000, 20_000_001, 10**11]).map(lambda n: Money(amount=n))
)
number = st.one_of(st.none(), st.sampled_from([0, 4_999, 999_999, 10_000_001, 100_000_001, 700_000_001]))
places = st.one_of(st.none(), st.lists(st.sampled_from(["DE", "EU", "US", "GB", "KR", "JP"]), unique=True).map(tuple))
some_ids = st.one_of(st.none(), st.lists(st.sampled_from(LICENSES), max_size=40, unique=True).map(tuple))
uses = st.builds(
    UseFacts,
    commercial=maybe, internal_only=maybe, distributes_weights=maybe, offers_model_as_a_service=maybe,
    ai_coding_or_office_product=maybe, provides_software_or_cloud_services=maybe, trains_on_outputs=maybe,
    research_only=maybe, annual_revenue=money, monthly_revenue=money, group_annual_revenue=money,
    group_monthly_revenue=money, product_annual_revenue=money, product_monthly_revenue=money, monthly_users=number,
    group_monthly_users=number, daily_users=number, edge_devices=number, domicile=places, territories=places,
    competes_with=some_ids, agreements=some_ids,
    monthly_users_at_release=st.sampled_from([0, 10_000_001, 700_000_001]).flatmap(
        lambda users: st.sampled_from([(), tuple(UsersAtRelease(license=id_, users=users) for id_ in LICENSES)])
    ),
)  # fmt: skip
selections = st.builds(
    Selection,
    licenses=st.lists(st.sampled_from(LICENSES), max_size=20, unique=True).map(tuple),
    categories=st.lists(st.sampled_from(CATEGORIES), max_size=4, unique=True).map(tuple),
)
duties = st.one_of(st.none(), st.lists(st.sampled_from(DUTIES), unique=True).map(tuple))
policies = st.builds(Policy, use=uses, allow=st.one_of(st.none(), selections), deny=selections, accepted_duties=duties)
models = st.sampled_from(LICENSES).map(lambda id_: replace(TEMPLATE, license=DeclaredLicense(declared=id_)))


def judged(model: Model, policy: Policy, *parents: Model) -> Judgement:
    known = {**CATALOG.models, **{parent.id: parent for parent in parents}}
    return judge(model, ancestors(model, known), CATALOG.licenses, policy, as_of="2026-11-20")


def rank(model: Model, policy: Policy, *parents: Model) -> int:
    return RANK[judged(model, policy, *parents).verdict]


@given(models, policies, selections, duties)
def test_a_stricter_policy_never_gives_a_laxer_verdict(
    model: Model, policy: Policy, more: Selection, fewer: tuple[str, ...] | None
) -> None:
    before = rank(model, policy)
    deny = Selection(
        licenses=(*policy.deny.licenses, *more.licenses), categories=(*policy.deny.categories, *more.categories)
    )
    assert rank(model, replace(policy, deny=deny)) >= before
    allowed = policy.allow or Selection(licenses=tuple(LICENSES))
    allow = Selection(
        licenses=tuple(id_ for id_ in allowed.licenses if id_ in more.licenses),
        categories=tuple(word for word in allowed.categories if word in more.categories),
    )
    assert rank(model, replace(policy, allow=allow)) >= before
    accepted = tuple(set(DUTIES if policy.accepted_duties is None else policy.accepted_duties) & set(fewer or ()))
    assert rank(model, replace(policy, accepted_duties=accepted)) >= before


@given(models, policies)
def test_the_order_of_lists_changes_nothing(model: Model, policy: Policy) -> None:
    def turned(selection: Selection) -> Selection:
        return replace(selection, licenses=selection.licenses[::-1], categories=selection.categories[::-1])

    use = policy.use
    other = replace(
        policy,
        use=replace(
            use,
            domicile=use.domicile and use.domicile[::-1],
            territories=use.territories and use.territories[::-1],
            agreements=use.agreements and use.agreements[::-1],
            competes_with=use.competes_with and use.competes_with[::-1],
            monthly_users_at_release=use.monthly_users_at_release[::-1],
        ),
        allow=policy.allow and turned(policy.allow),
        deny=turned(policy.deny),
        accepted_duties=policy.accepted_duties and policy.accepted_duties[::-1],
    )
    assert judged(model, other) == judged(model, policy)


@given(
    models,
    models,
    policies,
    st.sampled_from(["finetune", "merge", "quantization", "distillation", "trained-on-outputs-of"]),
)
def test_an_ancestor_never_loosens(model: Model, parent: Model, policy: Policy, relation: str) -> None:
    above = replace(parent, id="beta/parent", org="beta", repo="Beta/Parent")
    child = replace(model, base_models=(BaseModel(model=above.id, relation=relation),))
    assert rank(child, policy, above) >= rank(model, policy)


@given(models, uses, st.data())
def test_a_fact_that_is_stated_later_never_changes_what_was_decided_without_it(
    model: Model, use: UseFacts, data: st.DataObject
) -> None:
    """So nothing is assumed of what nobody stated: allowed and denied hold whatever it turns out to be."""
    before = judged(model, Policy(use=use))
    full = data.draw(uses)
    names = [name for name in UseFacts.__slots__ if getattr(use, name) in {None, ()}]
    after = judged(
        model, Policy(use=replace(use, **{name: getattr(full, name) for name in names if consistent(name, use)}))
    )
    if before.verdict is not Decision.UNKNOWN:
        assert after.verdict is before.verdict


def consistent(name: str, use: UseFacts) -> bool:
    """Amounts of a part and of its whole cannot be drawn apart from each other."""
    families = ("revenue", "users", "devices")
    about = [family for family in families if name.endswith(family)]
    related = [getattr(use, other) for other in UseFacts.__slots__ if any(other.endswith(family) for family in about)]
    # An agreement lifts what nobody's silence can: it is stated, or there is none.
    return name != "agreements" and (not about or all(value in {None, ()} for value in related))


@given(models, policies)
def test_what_is_undecided_says_why(model: Model, policy: Policy) -> None:
    found = judged(model, policy)
    deciding = [item for item in found.findings if item.verdict is found.verdict]
    if found.verdict is not Decision.ALLOWED:
        assert deciding
        assert all(item.message and item.path for item in deciding)
    asked = {item.missing_fact for item in found.findings if item.missing_fact}
    assert set(found.missing_facts) == asked
    assert asked <= set(UseFacts.__slots__)


def test_approving_one_version_never_passes_another() -> None:
    """By id, SPDX id or LicenseRef-: each names one text."""
    use = UseFacts(commercial=False, distributes_weights=False, trains_on_outputs=False)
    families = [
        id_ for id_ in LICENSES if id_.startswith(("llama", "qwen", "exaone", "kimi", "minimax", "gpl", "cc-by"))
    ]
    for id_ in families:
        for name in {id_, CATALOG.licenses[id_].spdx_id}:
            policy = Policy(use=use, allow=Selection(licenses=(name,)))
            for other in families:
                model = replace(TEMPLATE, license=DeclaredLicense(declared=other))
                rules = {item.rule for item in judged(model, policy).findings}
                assert ("license-not-allowed" in rules) != (other == id_), (name, other)


def test_a_clarification_binds_to_its_text() -> None:
    model = replace(TEMPLATE, license=DeclaredLicense(declared="qwen-research", text_sha256="ab" * 32))
    use = UseFacts(commercial=True, distributes_weights=False, trains_on_outputs=False)

    def under(digest: str) -> Judgement:
        said = Clarification(model="Acme/Child", license="mit", text_sha256=digest)
        return judged(model, Policy(use=use, clarifications=(said,)))

    assert (under("ab" * 32).declared, under("ab" * 32).verdict) == ("mit", Decision.ALLOWED)
    void = under("cd" * 32)
    assert (void.declared, void.verdict) == ("qwen-research", Decision.DENIED)
    assert "clarification-void" in {item.rule for item in void.findings}


def test_a_waiver_of_one_rule_leaves_the_others() -> None:
    use = UseFacts(commercial=True, distributes_weights=True, trains_on_outputs=False, research_only=False)
    model = replace(TEMPLATE, license=DeclaredLicense(declared="microsoft-research-license"))
    waiver = Waiver(model=model.repo, rule="license-non-commercial", reason="x", owner="ada", expires="2027-01-01")
    found = judged(model, Policy(use=use, waivers=(waiver,)))
    assert found.verdict is Decision.DENIED
    assert {item.rule for item in found.findings if item.verdict is Decision.DENIED} == {
        "license-purpose",
        "license-no-redistribution",
    }
