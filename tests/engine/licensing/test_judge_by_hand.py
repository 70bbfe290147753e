"""Licenses made to order under policies made to order: one term, one fact, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from engine_parts import a_model, child

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.license import (
    BusinessModel,
    Declaration,
    License,
    Limit,
    LimitKind,
    LimitPeriod,
    LimitScope,
    Obligation,
    Occasion,
    OutputReach,
    OutputTerms,
    Permission,
)
from llmadvise.domain.model import BaseModel, DeclaredLicense, Model
from llmadvise.domain.policy import (
    Clarification,
    Money,
    OnUnknown,
    Policy,
    Selection,
    UseFacts,
    UsersAtRelease,
    Waiver,
)
from llmadvise.engine.licensing.amounts import daily_users, monthly_users, revenue
from llmadvise.engine.licensing.duties import due
from llmadvise.engine.licensing.effective import assess_license
from llmadvise.engine.licensing.held import BEYOND, WITHIN, Held, unstated
from llmadvise.engine.licensing.judge import judge, unused_waivers
from llmadvise.engine.licensing.judgement import Decision, Judgement
from llmadvise.engine.licensing.limits import hold
from llmadvise.engine.licensing.lineage import StudentBond, ancestors, binds_students, inherited_licenses
from llmadvise.engine.licensing.places import within_territory
from llmadvise.engine.licensing.resolve import Said, resolve
from llmadvise.engine.licensing.terms import conditional_licenses, forbids_commerce

OPEN = License(
    id="open", name="Open", category="permissive", commercial_use=Permission.YES, redistribution=Permission.YES,
    output_training=Permission.YES, derivatives=Permission.YES, hosting=Permission.YES, verified="full_text",
    url="https://example.org/open",
)  # fmt: skip
WORK = UseFacts(commercial=True)
PRIVATE = UseFacts(commercial=False)


def judged(text: License, use: UseFacts = WORK, *, path: int = 1, **policy: object) -> Judgement:
    """A model under one license, or made from one under it (`path` 2)."""
    licenses = {OPEN.id: OPEN, text.id: text}
    rules = Policy(use=use, **policy)  # type: ignore[arg-type]  # the tests name fields of Policy
    if path == 1:
        return judge(a_model(license_=text.id), (), licenses, rules, as_of="2026-11-21")
    parent = a_model("beta/parent", license_=text.id)
    made = child("acme/child", parent, license_="open")
    return judge(made, ancestors(made, {parent.id: parent}), licenses, rules, as_of="2026-11-21")


def rules(found: Judgement, verdict: Decision | None = None) -> list[str]:
    return [item.rule for item in found.findings if verdict is None or item.verdict is verdict]


def a(**changes: object) -> License:
    return replace(OPEN, id="made", name="Made", **changes)  # type: ignore[arg-type]  # the tests name fields


@pytest.mark.parametrize(
    ("category", "permission", "commercial", "rule"),
    [
        ("permissive", Permission.YES, True, None),
        ("permissive", Permission.NO, True, "license-non-commercial"),
        ("non-commercial", Permission.YES, True, "license-non-commercial"),
        ("research-only", Permission.YES, True, "license-non-commercial"),
        ("permissive", Permission.UNKNOWN, True, "license-unknown"),
        ("unknown", Permission.YES, True, "license-unknown"),
        ("unknown", Permission.YES, False, "license-unknown"),
        ("permissive", Permission.UNKNOWN, False, None),
        ("non-commercial", Permission.NO, False, None),
        ("non-commercial", Permission.NO, None, "policy-fact-missing"),
        ("permissive", Permission.CONDITIONAL, True, None),
    ],
)
def test_commercial_use(category: str, permission: Permission, commercial: bool | None, rule: str | None) -> None:
    found = judged(a(category=category, commercial_use=permission), UseFacts(commercial=commercial))
    assert rules(found) == ([rule] if rule else [])


def test_the_clause_that_closes_commerce_is_the_first_that_is_known() -> None:
    conditions = (Obligation(id="x", text="x"), Obligation(id="y", text="y", clause="4"))
    [found] = judged(a(commercial_use=Permission.NO, conditions=conditions)).findings
    assert (found.clause, found.source, found.license) == ("4", "https://example.org/open", "made")
    asks = (Limit(kind=LimitKind.AGREEMENT, text="ask first", clause="2"),)
    closed = a(commercial_use=Permission.NO, conditions=conditions, limits=asks)
    assert judged(closed, replace(WORK, agreements=())).findings[0].clause == "2"
    assert rules(judged(closed, replace(WORK, agreements=("made",)))) == []


ACTS = [
    ("redistribution", "distributes_weights", "license-no-redistribution"),
    ("hosting", "offers_model_as_a_service", "license-no-hosting"),
    ("output_training", "trains_on_outputs", "license-no-output-training"),
]


@pytest.mark.parametrize(("term", "fact", "rule"), ACTS)
def test_what_is_done_beside_using_it(term: str, fact: str, rule: str) -> None:
    closed, unread = a(**{term: Permission.NO}), a(**{term: Permission.UNKNOWN})
    for stated in (True, False, None):
        use = replace(WORK, **{fact: stated})
        expected = {True: [rule], False: [], None: ["policy-fact-missing"]}[stated]
        assert rules(judged(closed, use)) == expected
        assert rules(judged(unread, use)) == expected
        assert rules(judged(a(**{term: Permission.CONDITIONAL}), use)) == []
    assert judged(closed, replace(WORK, **{fact: True})).verdict is Decision.DENIED
    assert judged(unread, replace(WORK, **{fact: True})).verdict is Decision.UNKNOWN
    assert judged(closed, replace(WORK, **{fact: None})).missing_facts == (fact,)


def test_an_act_is_closed_by_the_clause_about_it() -> None:
    duties = (
        Obligation(id="output-training", text="none", clause="7"),
        Obligation(id="redistribution-limits", text="none", clause="8"),
    )
    for (term, fact, rule), clause in zip(ACTS, ("8", "8", "7"), strict=True):
        found = judged(a(**{term: Permission.NO}, obligations=duties), replace(WORK, **{fact: True}))
        assert [item.clause for item in found.findings if item.rule == rule] == [clause]


@pytest.mark.parametrize(
    ("trains", "rivals", "found"),
    [
        (True, ("made",), ["license-no-output-training"]),
        (True, ("other",), []),
        (True, (), []),
        (False, ("made",), []),
        (True, None, ["policy-fact-missing"]),
        (None, ("made",), ["policy-fact-missing"]),
        (None, None, ["policy-fact-missing", "policy-fact-missing"]),
        (None, (), []),
    ],
)
def test_outputs_that_may_train_no_rival(trains: bool | None, rivals: tuple[str, ...] | None, found: list[str]) -> None:
    text = a(output_training=Permission.CONDITIONAL, outputs=OutputTerms(reach=OutputReach.NOT_COMPETING, clause="3"))
    use = replace(WORK, trains_on_outputs=trains, competes_with=rivals)
    assert rules(judged(text, use)) == found
    assert all(item.clause == "3" for item in judged(text, use).findings)


@pytest.mark.parametrize(
    ("trains", "verdict"), [(True, Decision.UNKNOWN), (None, Decision.UNKNOWN), (False, Decision.ALLOWED)]
)
def test_a_clause_on_outputs_that_nobody_read(trains: bool | None, verdict: Decision) -> None:
    text = a(output_training=Permission.CONDITIONAL, outputs=OutputTerms(reach=OutputReach.UNREAD))
    assert judged(text, replace(WORK, trains_on_outputs=trains)).verdict is verdict


def test_a_clause_on_outputs_says_nothing_beside_a_closed_permission() -> None:
    text = a(output_training=Permission.NO, outputs=OutputTerms(reach=OutputReach.UNREAD))
    assert rules(judged(text, replace(WORK, trains_on_outputs=True))) == ["license-no-output-training"]


@pytest.mark.parametrize(
    ("path", "passes_on", "expected"),
    [
        (1, True, []), (2, True, ["license-no-derivatives"]), (2, None, ["policy-fact-missing"]), (2, False, []),
    ],
)  # fmt: skip
def test_changed_versions(path: int, passes_on: bool | None, expected: list[str]) -> None:
    duty = Obligation(id="no-derivatives", text="unchanged only", clause="5")
    text = a(derivatives=Permission.NO, obligations=(Obligation(id="notice", text="x", clause="1"), duty))
    found = judged(text, replace(WORK, distributes_weights=passes_on), path=path)
    assert rules(found) == expected
    assert all(item.clause == "5" for item in found.findings)
    assert rules(judged(a(), replace(WORK, distributes_weights=True), path=2)) == []


@pytest.mark.parametrize(
    ("verified", "read"),
    [
        ("full_text", True),
        ("standard_text", True),
        ("key_clauses", True),
        ("summary_page", False),
        ("memory", False),
        (None, False),
    ],
)
def test_a_text_that_was_not_read_is_told(verified: str | None, read: bool) -> None:
    found = judged(a(verified=verified))
    assert rules(found) == ([] if read else ["license-not-read"])
    assert found.verdict is Decision.ALLOWED
    if not read:
        assert (verified or "nothing said").replace("_", " ") in found.findings[0].message


LISTS = [
    (Selection(licenses=("made",)), True),
    (Selection(licenses=("LicenseRef-made",)), True),
    (Selection(licenses=("other",)), False),
    (Selection(categories=("permissive",)), True),
    (Selection(categories=("copyleft",)), False),
    (Selection(models=("ACME/Anvil",)), True),
    (Selection(models=("acme/other",)), False),
    (Selection(), False),
]


@pytest.mark.parametrize(("selection", "named"), LISTS)
def test_lists_of_licenses_categories_and_models(selection: Selection, named: bool) -> None:
    assert rules(judged(a(), deny=selection)) == (["license-denied"] if named else [])
    assert rules(judged(a(), allow=selection)) == ([] if named else ["license-not-allowed"])


def test_duties_that_a_policy_does_not_accept() -> None:
    text = a(obligations=(
        Obligation(id="attribution", text="name us", clause="1"),
        Obligation(id="notice", text="keep this", clause="2", due=Occasion.DISTRIBUTION),
        Obligation(id="share-alike", text="same terms", clause="3", due=Occasion.OFFERING),
    ))  # fmt: skip
    assert rules(judged(text)) == []
    assert rules(judged(text, accepted_duties=("attribution", "notice", "share-alike"))) == []
    passing = replace(WORK, distributes_weights=True)
    assert [item.clause for item in judged(text, passing, accepted_duties=("attribution",)).findings] == ["2", "3"]
    assert rules(judged(text, passing, accepted_duties=())) == ["license-duty-not-accepted"] * 3
    keeping = replace(WORK, distributes_weights=False, internal_only=True)
    assert [item.clause for item in judged(text, keeping, accepted_duties=()).findings] == ["1"]
    asked = judged(text, replace(WORK, internal_only=True), accepted_duties=("attribution",))
    assert [(item.rule, item.clause, item.missing_fact) for item in asked.findings] == [
        ("policy-fact-missing", "2", "distributes_weights"),
        ("policy-fact-missing", "3", "distributes_weights"),
    ]


@pytest.mark.parametrize(
    ("duty", "use", "held"),
    [
        (Obligation(id="x", text="x"), UseFacts(), BEYOND),
        (Obligation(id="x", text="x", commercial=True), UseFacts(), unstated("commercial")),
        (Obligation(id="x", text="x", commercial=True), WORK, BEYOND),
        (Obligation(id="x", text="x", commercial=True), PRIVATE, WITHIN),
        (Obligation(id="x", text="x", due=Occasion.DISTRIBUTION), UseFacts(), unstated("distributes_weights")),
        (Obligation(id="x", text="x", due=Occasion.DISTRIBUTION), UseFacts(distributes_weights=False), WITHIN),
        (Obligation(id="x", text="x", due=Occasion.OFFERING), UseFacts(distributes_weights=True), BEYOND),
        (Obligation(id="x", text="x", due=Occasion.OFFERING), UseFacts(offers_model_as_a_service=True), BEYOND),
        (Obligation(id="x", text="x", due=Occasion.OFFERING), UseFacts(internal_only=False), BEYOND),
        (Obligation(id="x", text="x", due=Occasion.OFFERING), UseFacts(),
         Held(beyond=None, facts=("distributes_weights", "internal_only"))),
        (Obligation(id="x", text="x", due=Occasion.TRAINED_MODEL), UseFacts(internal_only=True), unstated("distributes_weights")),
        (Obligation(id="x", text="x", due=Occasion.OFFERING), UseFacts(internal_only=True, distributes_weights=False), WITHIN),
        # What is settled not to be due is so, whatever else is open.
        (Obligation(id="x", text="x", commercial=True, due=Occasion.DISTRIBUTION), UseFacts(distributes_weights=False), WITHIN),
        (Obligation(id="x", text="x", commercial=True, due=Occasion.DISTRIBUTION), UseFacts(),
         Held(beyond=None, facts=("commercial", "distributes_weights"))),
    ],
)  # fmt: skip
def test_when_a_duty_is_due(duty: Obligation, use: UseFacts, held: Held) -> None:
    assert due(duty, OPEN, use) == held


USERS = Limit(kind=LimitKind.DAILY_USERS, text="many", threshold=10, any_use=True)
RESEARCH = Limit(kind=LimitKind.PURPOSE, text="research", any_use=True)


@pytest.mark.parametrize(
    ("use", "held"),
    [
        (UseFacts(daily_users=11, research_only=True), BEYOND),
        (UseFacts(daily_users=10, research_only=False), BEYOND),
        (UseFacts(daily_users=10, research_only=True), WITHIN),
        (UseFacts(daily_users=10), unstated("research_only")),
        (UseFacts(), Held(beyond=None, facts=("daily_users", "research_only"))),
        (UseFacts(daily_users=11), BEYOND),
    ],
)
def test_a_duty_beyond_one_of_several_limits(use: UseFacts, held: Held) -> None:
    assert due(Obligation(id="x", text="x", beyond=(USERS, RESEARCH)), OPEN, use) == held


def test_a_limit_needs_all_that_it_asks_for() -> None:
    limit = replace(USERS, any_use=False, internal_exempt=True, business=(BusinessModel.MODEL_AS_A_SERVICE,))
    whole = UseFacts(commercial=True, internal_only=False, offers_model_as_a_service=True, daily_users=11)
    assert hold(limit, OPEN, whole) == BEYOND
    for fact, within in (
        ("commercial", False), ("internal_only", True), ("offers_model_as_a_service", False), ("daily_users", 10),
    ):  # fmt: skip
        assert hold(limit, OPEN, replace(whole, **{fact: within})) == WITHIN
        assert hold(limit, OPEN, replace(whole, **{fact: None})) == unstated(fact)
    assert hold(limit, OPEN, UseFacts()).facts == (
        "commercial", "internal_only", "offers_model_as_a_service", "daily_users",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "fact", "within", "beyond"),
    [
        (LimitKind.AGREEMENT, "agreements", ("open",), ("other",)),
        (LimitKind.PURPOSE, "research_only", True, False),
        (LimitKind.COMPETITION, "competes_with", (), ("open",)),
    ],
)
def test_kinds_of_limits_that_one_fact_decides(kind: LimitKind, fact: str, within: object, beyond: object) -> None:
    limit = Limit(kind=kind, text="x", any_use=True)
    assert hold(limit, OPEN, replace(UseFacts(), **{fact: within})) == WITHIN
    assert hold(limit, OPEN, replace(UseFacts(), **{fact: beyond})) == BEYOND
    assert hold(limit, OPEN, UseFacts()) == unstated(fact)


@pytest.mark.parametrize("kind", [LimitKind.UNREAD, LimitKind.OTHER])
def test_a_condition_that_no_fact_decides_is_for_a_person(kind: LimitKind) -> None:
    text = a(limits=(Limit(kind=kind, text="be good", any_use=True, clause="9"),))
    [found] = judged(text).findings
    assert (found.rule, found.verdict, found.clause) == ("license-condition-open", Decision.UNKNOWN, "9")


def test_an_agreement_lifts_what_it_lifts() -> None:
    use = UseFacts(daily_users=11, agreements=("open",))
    assert hold(USERS, OPEN, use) == BEYOND
    assert hold(replace(USERS, agreement_lifts=True), OPEN, use) == WITHIN
    assert hold(replace(USERS, agreement_lifts=True), OPEN, replace(use, agreements=None)) == BEYOND


def test_several_lines_of_business() -> None:
    limit = Limit(
        kind=LimitKind.BUSINESS_MODEL, text="x", any_use=True,
        business=(BusinessModel.AI_WORK_ASSISTANT, BusinessModel.SOFTWARE_OR_CLOUD_SERVICES),
    )  # fmt: skip
    one, other = "ai_coding_or_office_product", "provides_software_or_cloud_services"
    assert hold(limit, OPEN, UseFacts()).facts == (one, other)
    assert hold(limit, OPEN, replace(UseFacts(), **{one: False})).facts == (other,)
    assert hold(limit, OPEN, replace(UseFacts(), **{one: False, other: False})) == WITHIN
    assert hold(limit, OPEN, replace(UseFacts(), **{one: False, other: True})) == BEYOND


def test_a_limit_on_what_a_model_can_do_binds_those_that_can() -> None:
    text = a(limits=(replace(RESEARCH, capability="vision"),))
    licenses = {"made": text, "open": OPEN}
    blind, seeing = a_model(license_="made"), a_model(license_="made", capabilities=("vision",))
    policy = Policy(use=replace(WORK, research_only=False))
    assert judge(blind, (), licenses, policy, as_of="2026-11-21").verdict is Decision.ALLOWED
    assert judge(seeing, (), licenses, policy, as_of="2026-11-21").verdict is Decision.DENIED
    # Of a copy nobody says that it sees, but what it copies does.
    copy = child("gamma/copy", replace(seeing, id="acme/seeing"), "quantization", license_="open")
    line = ancestors(copy, {"acme/seeing": replace(seeing, id="acme/seeing")})
    assert judge(copy, line, licenses, policy, as_of="2026-11-21").verdict is Decision.DENIED


MONEY = Limit(kind=LimitKind.REVENUE, text="rich", threshold=100, currency="USD", period=LimitPeriod.YEAR, any_use=True)


def usd(amount: int, currency: str = "USD") -> Money:
    return Money(amount=amount, currency=currency)


@pytest.mark.parametrize(
    ("scope", "facts", "held"),
    [
        (LimitScope.LICENSEE, {"annual_revenue": usd(101)}, BEYOND),
        (LimitScope.LICENSEE, {"annual_revenue": usd(100)}, WITHIN),
        (LimitScope.LICENSEE, {"annual_revenue": usd(101, "EUR")}, unstated("annual_revenue")),
        # A part beyond it puts the whole beyond it, and a whole within it leaves the part within.
        (LimitScope.LICENSEE, {"product_annual_revenue": usd(101)}, BEYOND),
        (LimitScope.LICENSEE, {"product_annual_revenue": usd(99)}, unstated("annual_revenue")),
        (LimitScope.LICENSEE, {"group_annual_revenue": usd(99)}, WITHIN),
        (LimitScope.LICENSEE, {"group_annual_revenue": usd(101)}, unstated("annual_revenue")),
        (LimitScope.PRODUCT, {"annual_revenue": usd(99)}, WITHIN),
        (LimitScope.PRODUCT, {"annual_revenue": usd(101)}, unstated("product_annual_revenue")),
        (LimitScope.AFFILIATES, {"annual_revenue": usd(101)}, BEYOND),
        (None, {"annual_revenue": usd(99)}, unstated("group_annual_revenue")),
        (LimitScope.LICENSEE, {"monthly_revenue": usd(101)}, unstated("annual_revenue")),
    ],
)
def test_revenue_of_parts_and_wholes(scope: LimitScope | None, facts: dict[str, Money], held: Held) -> None:
    assert revenue(replace(MONEY, scope=scope), replace(UseFacts(), **facts)) == held


@pytest.mark.parametrize(
    ("scope", "prefix"),
    [(LimitScope.PRODUCT, "product_"), (LimitScope.LICENSEE, ""), (LimitScope.AFFILIATES, "group_")],
)
def test_revenue_of_a_month(scope: LimitScope, prefix: str) -> None:
    limit = replace(MONEY, scope=scope, period=LimitPeriod.MONTH)
    assert revenue(limit, UseFacts()) == unstated(f"{prefix}monthly_revenue")
    assert revenue(limit, replace(UseFacts(), **{f"{prefix}monthly_revenue": usd(101)})) == BEYOND
    assert (
        revenue(replace(limit, inclusive=True), replace(UseFacts(), **{f"{prefix}monthly_revenue": usd(100)})) == BEYOND
    )


def test_a_limit_without_a_threshold_is_for_a_person() -> None:
    assert revenue(replace(MONEY, threshold=None), UseFacts(group_annual_revenue=usd(1))) == Held(beyond=None)


MONTHLY = Limit(kind=LimitKind.MONTHLY_USERS, text="many", threshold=100, scope=LimitScope.PRODUCT)


@pytest.mark.parametrize(
    ("scope", "use", "held"),
    [
        (LimitScope.PRODUCT, UseFacts(monthly_users=101), BEYOND),
        (LimitScope.PRODUCT, UseFacts(monthly_users=100), WITHIN),
        (LimitScope.PRODUCT, UseFacts(group_monthly_users=100), WITHIN),
        (LimitScope.PRODUCT, UseFacts(group_monthly_users=101), unstated("monthly_users")),
        (LimitScope.LICENSEE, UseFacts(monthly_users=101), BEYOND),
        (LimitScope.AFFILIATES, UseFacts(monthly_users=100), unstated("group_monthly_users")),
        (None, UseFacts(), unstated("monthly_users")),
    ],
)
def test_users_in_a_month(scope: LimitScope | None, use: UseFacts, held: Held) -> None:
    assert monthly_users(replace(MONTHLY, scope=scope), OPEN, use) == held


def test_users_at_the_release_of_a_version() -> None:
    counted = UseFacts(monthly_users=5, monthly_users_at_release=(UsersAtRelease(license="open", users=101),))
    once = replace(MONTHLY, at_release=True)
    assert monthly_users(once, OPEN, counted) == BEYOND
    assert monthly_users(once, a(), counted) == unstated("monthly_users_at_release")


@pytest.mark.parametrize(
    ("users", "devices", "held"),
    [
        (11, 6, BEYOND), (10, 5, WITHIN), (11, 5, Held(beyond=None)), (10, 6, Held(beyond=None)),
        (None, 5, unstated("daily_users")), (10, None, unstated("edge_devices")),
    ],
)  # fmt: skip
def test_few_users_or_few_devices(users: int | None, devices: int | None, held: Held) -> None:
    assert daily_users(replace(USERS, or_devices=5), UseFacts(daily_users=users, edge_devices=devices)) == held
    if users is not None:
        assert daily_users(USERS, UseFacts(daily_users=users)).beyond is (users > 10)


@pytest.mark.parametrize(
    ("places", "beyond"),
    [
        (("DE",), True),
        (("EU",), True),
        (("US",), False),
        (("US", "FR"), True),
        ((), False),
        (("GB",), True),
        (("UK",), True),
        (("CH",), False),
    ],
)
def test_places_where_nothing_is_granted(places: tuple[str, ...], beyond: bool) -> None:
    limit = Limit(kind=LimitKind.TERRITORY, text="x", territories=("EU", "UK"))
    assert within_territory(limit, UseFacts(territories=places, domicile=("DE",))) == Held(beyond=beyond)
    assert within_territory(replace(limit, domicile=True), UseFacts(domicile=places)) == Held(beyond=beyond)
    assert within_territory(limit, UseFacts()) == unstated("territories")
    assert within_territory(replace(limit, domicile=True), UseFacts(territories=places)) == unstated("domicile")


def test_waivers_answer_for_what_they_name() -> None:
    closed = a(commercial_use=Permission.NO, redistribution=Permission.NO)
    use = replace(WORK, distributes_weights=True)

    def waived(**changes: object) -> tuple[Decision, int]:
        waiver = Waiver(model="Acme/Anvil", reason="trial", owner="ada", expires="2026-11-21")
        found = judged(closed, use, waivers=(replace(waiver, **changes),))  # type: ignore[arg-type]
        assert unused_waivers(Policy(waivers=(replace(waiver, **changes),)), (found,)) == (  # type: ignore[arg-type]
            (replace(waiver, **changes),) if waiver_is_idle(changes) else ()  # type: ignore[arg-type]
        )
        return found.verdict, len(rules(found, Decision.WAIVED))

    def waiver_is_idle(changes: dict[str, object]) -> bool:
        return changes.get("model") == "acme/other" or changes.get("rule") == "license-denied"

    assert waived() == (Decision.WAIVED, 2)
    assert waived(expires="2026-11-20") == (Decision.DENIED, 0)
    assert waived(rule="license-non-commercial") == (Decision.DENIED, 1)
    assert waived(rule="license-denied") == (Decision.DENIED, 0)
    assert waived(model="acme/other") == (Decision.DENIED, 0)


def test_notes_need_no_waiver() -> None:
    policy = Policy(use=WORK, waivers=(Waiver(model="acme/anvil", reason="x", owner="ada", expires="2027-01-01"),))
    found = judged(a(verified="memory"), waivers=policy.waivers)
    assert (found.verdict, rules(found)) == (Decision.ALLOWED, ["license-not-read"])
    assert unused_waivers(policy, (found,)) == policy.waivers


def test_a_clarification_holds_for_the_text_that_somebody_read() -> None:
    licenses = {"open": OPEN, "made": a(commercial_use=Permission.NO)}
    model = a_model(license_="made")

    def under(read: str, now: str | None, who: str = "Acme/Anvil") -> Judgement:
        said = Clarification(model=who, license="open", text_sha256=read)
        return judge(model, (), licenses, Policy(use=WORK, clarifications=(said,)), as_of="2026-11-21", text_sha256=now)

    assert under("a" * 64, "a" * 64).declared == "open"
    assert under("a" * 64, "a" * 64, "acme/anvil").declared == "open"
    assert under("a" * 64, "a" * 64, "acme/other").declared == "made"
    assert rules(under("a" * 64, "b" * 64)) == ["clarification-void", "license-non-commercial"]
    assert rules(under("a" * 64, "b" * 64, "acme/other")) == ["license-non-commercial"]
    assert rules(under("a" * 64, None)) == ["license-non-commercial"]


@pytest.mark.parametrize(
    ("changes", "bond"),
    [
        ({}, StudentBond.NOTHING),
        ({"output_training": Permission.CONDITIONAL}, StudentBond.DUTIES),
        ({"output_training": Permission.NO}, StudentBond.EVERYTHING),
        ({"output_training": Permission.UNKNOWN}, StudentBond.NOTHING),
        ({"students_are_derivatives": True}, StudentBond.EVERYTHING),
        ({"outputs": OutputTerms(reach=OutputReach.NON_COMMERCIAL)}, StudentBond.EVERYTHING),
        ({"outputs": OutputTerms(reach=OutputReach.ANY)}, StudentBond.NOTHING),
    ],
)
def test_how_far_a_teachers_license_reaches(changes: dict[str, object], bond: StudentBond) -> None:
    assert binds_students(a(**changes)) is bond
    assert binds_students(None) is StudentBond.NOTHING


def test_of_two_ancestors_under_one_license_the_one_with_weights_binds() -> None:
    teaching = a(output_training=Permission.CONDITIONAL)
    teacher, parent = a_model("beta/teacher", license_="made"), a_model("gamma/parent", license_="made")
    bases = (
        BaseModel(model=teacher.id, relation="distillation"),
        BaseModel(model=parent.id, relation="finetune"),
    )
    made = a_model("acme/child", base_models=bases)
    known: Mapping[str, Model] = {teacher.id: teacher, parent.id: parent}
    licenses = {"made": teaching, "open": OPEN}
    assert inherited_licenses(ancestors(made, known), licenses)["made"].id == "gamma/parent"
    turned = replace(made, base_models=bases[::-1])
    assert inherited_licenses(ancestors(turned, known), licenses)["made"].id == "gamma/parent"
    other = replace(parent, id="delta/parent", org="delta")
    two = replace(made, base_models=(bases[1], BaseModel(model=other.id, relation="merge")))
    both = inherited_licenses(ancestors(two, {**known, other.id: other}), licenses)
    assert both["made"].id == "gamma/parent", "the nearest, named first"


def test_ancestors_come_by_generations() -> None:
    """Both parents go before the grandparent, whichever line it is in."""
    grand = a_model("delta/grand")
    first = child("beta/first", grand)
    second = a_model("gamma/second")
    bases = (BaseModel(model=first.id, relation="merge"), BaseModel(model=second.id, relation="merge"))
    made = a_model("acme/child", base_models=bases)
    line = ancestors(made, {item.id: item for item in (grand, first, second)})
    assert [(item.id, len(item.path)) for item in line] == [("beta/first", 2), ("gamma/second", 2), ("delta/grand", 3)]


def test_an_unknown_parent_of_the_same_publisher_is_its_own_work() -> None:
    for base, told in (("Acme/Unheard", []), ("beta/unheard", ["lineage-unknown"])):
        made = a_model("acme/child", base_models=(BaseModel(model=base, relation="finetune"),))
        found = judge(made, ancestors(made, {}), {"open": OPEN}, Policy(use=WORK), as_of="2026-11-21")
        assert rules(found) == told


def told(model: Model, *others: Model, policy: Policy | None = None, **licenses: License) -> tuple[Finding, ...]:
    known = {"open": OPEN, **{text.id: text for text in licenses.values()}}
    line = ancestors(model, {item.id: item for item in others})
    return assess_license(model, line, known, commercial=True, policy=policy).findings


def test_evidence_is_the_line_of_descent_or_the_clause() -> None:
    closed = a(
        category="non-commercial", commercial_use=Permission.NO, conditions=(Obligation(id="x", text="x", clause="4"),)
    )
    parent = a_model("beta/parent", license_="made")
    policy = Policy(use=WORK)
    [own] = [item for item in told(parent, closed=closed, policy=policy) if item.verdict is Verdict.BLOCK]
    assert own.evidence == "4, https://example.org/open"
    made = child("acme/child", parent, license_="open")
    found = {item.rule: item for item in told(made, parent, closed=closed, policy=policy)}
    assert found["license-non-commercial"].evidence == "acme/child < beta/parent, 4"
    assert found["license-conflict"].evidence == "acme/child < beta/parent"
    assert found["license-conflict"].verdict is Verdict.WARN


@pytest.mark.parametrize(("unknown", "verdict"), [(OnUnknown.FAIL, Verdict.BLOCK), (OnUnknown.WARN, Verdict.WARN)])
def test_what_a_policy_makes_of_the_unknown(unknown: OnUnknown, verdict: Verdict) -> None:
    [found] = told(a_model(license_=None), policy=Policy(use=WORK, unknown=unknown))
    assert (found.rule, found.verdict) == ("license-unknown", verdict)
    [alone] = told(a_model(license_=None))
    assert alone.verdict is Verdict.WARN


def test_a_note_stays_a_note_under_a_policy() -> None:
    [found] = told(a_model(license_="made"), made=a(verified="memory"), policy=Policy(use=WORK))
    assert (found.rule, found.verdict) == ("license-not-read", Verdict.NOTE)


def test_licenses_that_are_open_to_commerce_under_conditions() -> None:
    licenses = {"open": OPEN, "made": a(commercial_use=Permission.CONDITIONAL)}
    assert [text.id for text in conditional_licenses(("open", "gone", "made"), licenses)] == ["made"]
    assert not forbids_commerce(licenses["made"])


def declared(**ways: tuple[Declaration, ...]) -> dict[str, License]:
    return {id_: replace(OPEN, id=id_, declared_as=way) for id_, way in ways.items()}


def test_the_way_of_declaring_that_asks_for_most_decides() -> None:
    licenses = declared(
        plain=(Declaration(word="own", owner="acme"),),
        exact=(Declaration(word="own", owner="acme", repo="anvil*"),),
        linked=(Declaration(word="own", link="example.org"),),
    )
    assert resolve(Said(name="own", repo="Acme/Anvil-2"), licenses).id == "exact"
    assert resolve(Said(name="own", repo="acme/hammer"), licenses).id == "plain"
    assert resolve(Said(name="own", repo="acme/hammer", link="https://EXAMPLE.org/x"), licenses).candidates == (
        "linked",
        "plain",
    )
    assert resolve(Said(name="own", repo="beta/x"), licenses).candidates == ("exact", "linked", "plain")
    assert resolve(Said(name="own", repo="acme"), licenses).candidates == ("exact", "linked", "plain")


def test_a_text_that_two_licenses_claim_decides_nothing() -> None:
    digest = "ab" * 32
    one = declared(one=(Declaration(text_sha256=digest),))
    assert resolve(Said(tag="mit", text_sha256=digest), one).id == "one"
    two = declared(one=(Declaration(text_sha256=digest),), two=(Declaration(text_sha256=digest),))
    assert resolve(Said(tag="zzz", text_sha256=digest), two).id is None
    worded = declared(one=(Declaration(word="own", text_sha256=digest),), two=(Declaration(word="own", owner="acme"),))
    assert resolve(Said(name="own", text_sha256="cd" * 32), worded).candidates == ("one", "two")


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("anvil", "anvil", True), ("anvil", "anvils", False), ("anvil*", "anvil", True), ("*anvil", "my-anvil", True),
        ("*anvil", "anvils", False), ("a*l", "anvil", True), ("a*l", "l", False), ("a*a", "a", False), ("a*a", "aa", True),
        ("a*v*l", "anvil", True), ("a*v*l", "avl", True), ("a*v*l", "al", False), ("a*vi*il", "anvil", False), ("*", "", True),
        ("*v*", "anvil", True), ("n*", "anvil", False), ("a*nn*l", "anvnl", False),
    ],
)  # fmt: skip
def test_stars_stand_for_anything(pattern: str, name: str, fits: bool) -> None:
    licenses = declared(one=(Declaration(word="own", repo=pattern),), two=(Declaration(word="own", owner="never"),))
    assert (resolve(Said(name="own", repo=f"acme/{name}"), licenses).id == "one") is fits


def test_words_that_name_no_text_leave_it_to_the_name() -> None:
    licenses = {**declared(own=()), "spdx": replace(OPEN, id="spdx", spdx="Spdx-1.0")}
    for tag in (None, "other", "Unknown", "none", "  "):
        assert resolve(Said(tag=tag, name="Own"), licenses).id == "own"
    assert resolve(Said(tag="own", name="spdx"), licenses).id == "own"
    assert resolve(Said(tag="spdx-1.0"), licenses).id == "spdx"
    assert resolve(Said(name="LicenseRef-Own"), licenses).id == "own"


def test_a_label_other_than_that_of_what_was_copied() -> None:
    other = replace(OPEN, id="made", name="Made", licensors=("gamma",))
    parent = a_model("beta/parent", license_="open")
    copy = child("acme/copy", parent, "quantization", license_="made")
    assert [item.message for item in told(copy, parent, made=other)] == [
        "Acme/Copy declares made, yet is a copy of beta/parent, which is under open"
    ]
    tuned = child("acme/tuned", parent, license_="made")
    assert [item.rule for item in told(tuned, parent, made=other)] == ["license-label"]
    assert told(replace(tuned, org="Gamma"), parent, made=other) == ()
    assert told(tuned, parent, made=replace(other, licensors=())) == ()
    # An earlier ancestor may be the one that it names.
    grand = a_model("gamma/grand", license_="made")
    middle = child("beta/parent", grand, license_="open")
    assert "license-label" not in {item.rule for item in told(tuned, middle, grand, made=other)}
    unnamed = replace(copy, license=DeclaredLicense(declared=None))
    assert [item.rule for item in told(unnamed, parent, made=other)] == ["license-unknown"]


def test_inherited_terms_that_a_label_hides() -> None:
    strict = a(category="use-restricted")
    parent = a_model("beta/parent", license_="made")
    made = child("acme/child", parent, license_="open")
    assert [item.rule for item in told(made, parent, made=strict)] == ["license-conflict"]
    assert told(made, parent, made=a()) == (), "permissive terms hide behind no label"
    vague = replace(OPEN, id="other", category="unknown")
    assert "license-conflict" not in {
        item.rule for item in told(child("acme/child", parent, license_="other"), parent, made=strict, other=vague)
    }


def test_an_inherited_license_that_nobody_knows_is_told_once() -> None:
    parent = a_model("beta/parent", license_="lost")
    assert [item.message for item in told(child("acme/child", parent), parent)] == [
        "the license lost is not in the catalog"
    ]
    assert len(told(child("acme/child", parent, license_="lost"), parent)) == 1
