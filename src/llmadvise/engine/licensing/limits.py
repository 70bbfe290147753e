"""A license's limits held against the facts of a policy."""

from __future__ import annotations

from typing import assert_never

from llmadvise.domain.license import BusinessModel, License, Limit, LimitKind, LimitPeriod, LimitScope
from llmadvise.domain.policy import Money, UseFacts
from llmadvise.engine.licensing.judgement import Decision
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Whether a limit closes the use: True, False, or None with the fact that would tell."""

    beyond: bool | None
    fact: str | None = None


_WITHIN = Held(beyond=False)


def hold(limit: Limit, text: License, use: UseFacts) -> Held:
    """Whether the use lies beyond the limit; a fact that is not stated is named, never assumed."""
    if use.commercial is False and not limit.any_use:
        return _WITHIN
    if limit.internal_exempt and use.internal_only:
        return _WITHIN
    size = _kind(limit, text, use)
    if size.beyond is False:
        return size
    gates = (size, _business(limit, use), _exemption(limit, use), _commerce(limit, use))
    if any(gate.beyond is False for gate in gates):
        return _WITHIN
    return next((gate for gate in gates if gate.beyond is None), Held(beyond=True))


def decision(held: Held) -> Decision | None:
    """What a held limit decides; None where the use is within it."""
    if held.beyond is None:
        return Decision.UNKNOWN
    return Decision.DENIED if held.beyond else None


def _kind(limit: Limit, text: License, use: UseFacts) -> Held:
    match limit.kind:
        case LimitKind.MONTHLY_USERS:
            return _users(limit, text, use)
        case LimitKind.REVENUE:
            return _revenue(limit, use)
        case LimitKind.TERRITORY:
            return _territory(limit, use)
        case LimitKind.BUSINESS_MODEL:
            return Held(beyond=True)
        case LimitKind.AGREEMENT:
            agreed = use.agreements
            return Held(beyond=None, fact="agreements") if agreed is None else Held(beyond=text.id not in agreed)
        case LimitKind.OTHER:
            return Held(beyond=None)
        case _ as never:
            assert_never(never)


def _users(limit: Limit, text: License, use: UseFacts) -> Held:
    if limit.at_release:
        counted = next((item.users for item in use.monthly_users_at_release if item.license == text.id), None)
        return _more(counted, limit, "monthly_users_at_release")
    if limit.scope is LimitScope.AFFILIATES:
        return _more(use.group_monthly_users, limit, "group_monthly_users")
    return _more(use.monthly_users, limit, "monthly_users")


def _revenue(limit: Limit, use: UseFacts) -> Held:
    group = limit.scope is LimitScope.AFFILIATES
    monthly = limit.period is LimitPeriod.MONTH
    if monthly:
        money, fact = (
            (use.group_monthly_revenue, "group_monthly_revenue") if group else (use.monthly_revenue, "monthly_revenue")
        )
    else:
        money, fact = (
            (use.group_annual_revenue, "group_annual_revenue") if group else (use.annual_revenue, "annual_revenue")
        )
    return _more(_amount(money, limit), limit, fact)


def _amount(money: Money | None, limit: Limit) -> int | None:
    """The amount, where it is stated in the license's own currency."""
    return money.amount if money is not None and money.currency == limit.currency else None


def _more(value: int | None, limit: Limit, fact: str) -> Held:
    if value is None or limit.threshold is None:
        return Held(beyond=None, fact=fact if value is None else None)
    return Held(beyond=value > limit.threshold)


def _territory(limit: Limit, use: UseFacts) -> Held:
    places, fact = (use.domicile, "domicile") if limit.domicile else (use.territories, "territories")
    if places is None:
        return Held(beyond=None, fact=fact)
    return Held(beyond=any(place in limit.territories for place in _with_union(places)))


_EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905 - 27 codes on one line
"""The member states by ISO 3166 code, since 2020-02-01."""


def _with_union(places: tuple[str, ...]) -> tuple[str, ...]:
    """The places, and EU where one of them is a member state; GB is UK in licenses."""
    also = ("EU",) if any(place in _EU for place in places) else ()
    return (*places, *also, *(("UK",) if "GB" in places else ()))


def _business(limit: Limit, use: UseFacts) -> Held:
    if not limit.business:
        return Held(beyond=True)
    stated = {
        BusinessModel.MODEL_AS_A_SERVICE: (use.offers_model_as_a_service, "offers_model_as_a_service"),
        BusinessModel.AI_WORK_ASSISTANT: (use.ai_coding_or_office_product, "ai_coding_or_office_product"),
    }
    answers = [stated[item] for item in limit.business]
    if any(answer for answer, _ in answers):
        return Held(beyond=True)
    missing = next((fact for answer, fact in answers if answer is None), None)
    return Held(beyond=None, fact=missing) if missing else _WITHIN


def _exemption(limit: Limit, use: UseFacts) -> Held:
    if limit.internal_exempt and use.internal_only is None:
        return Held(beyond=None, fact="internal_only")
    return Held(beyond=True)


def _commerce(limit: Limit, use: UseFacts) -> Held:
    if not limit.any_use and use.commercial is None:
        return Held(beyond=None, fact="commercial")
    return Held(beyond=True)
