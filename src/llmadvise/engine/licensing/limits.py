"""A license's limits held against the facts of a policy."""

from __future__ import annotations

from typing import assert_never

from llmadvise.domain.license import BusinessModel, License, Limit, LimitKind
from llmadvise.domain.policy import UseFacts
from llmadvise.engine.licensing.amounts import daily_users, monthly_users, revenue
from llmadvise.engine.licensing.held import BEYOND, WITHIN, Held, stated
from llmadvise.engine.licensing.judgement import Decision
from llmadvise.engine.licensing.places import within_territory


def hold(limit: Limit, text: License, use: UseFacts) -> Held:
    """Whether the use lies beyond the limit; facts that are not stated are named, never assumed.

    A limit closes the use where everything that it asks for is so. One part that is not so settles it, and as long as
    none is, every part that nobody stated is asked for.
    """
    parts = (
        _commerce(limit, use),
        _exemption(limit, use),
        _business(limit, use),
        _agreement(limit, text, use),
        _kind(limit, text, use),
    )
    if any(part.beyond is False for part in parts):
        return WITHIN
    open_parts = [part for part in parts if part.beyond is None]
    if not open_parts:
        return BEYOND
    return Held(beyond=None, facts=tuple(dict.fromkeys(fact for part in open_parts for fact in part.facts)))


def decision(held: Held) -> Decision | None:
    """What a held limit decides; None where the use is within it."""
    if held.beyond is None:
        return Decision.UNKNOWN
    return Decision.DENIED if held.beyond else None


def _kind(limit: Limit, text: License, use: UseFacts) -> Held:
    match limit.kind:
        case LimitKind.MONTHLY_USERS:
            held = monthly_users(limit, text, use)
        case LimitKind.DAILY_USERS:
            held = daily_users(limit, use)
        case LimitKind.REVENUE:
            held = revenue(limit, use)
        case LimitKind.TERRITORY:
            held = within_territory(limit, use)
        case LimitKind.BUSINESS_MODEL:
            held = BEYOND
        case LimitKind.AGREEMENT:
            held = stated("agreements", None if use.agreements is None else text.id not in use.agreements)
        case LimitKind.PURPOSE:
            held = stated("research_only", None if use.research_only is None else not use.research_only)
        case LimitKind.COMPETITION:
            held = stated("competes_with", None if use.competes_with is None else text.id in use.competes_with)
        case LimitKind.UNREAD | LimitKind.OTHER:
            held = Held(beyond=None)
        case _ as never:
            assert_never(never)
    return held


def _commerce(limit: Limit, use: UseFacts) -> Held:
    return BEYOND if limit.any_use else stated("commercial", use.commercial)


def _exemption(limit: Limit, use: UseFacts) -> Held:
    if not limit.internal_exempt:
        return BEYOND
    return stated("internal_only", None if use.internal_only is None else not use.internal_only)


def _agreement(limit: Limit, text: License, use: UseFacts) -> Held:
    """The licensor's agreement lifts some limits; one that nobody states lifts none."""
    return WITHIN if limit.agreement_lifts and text.id in (use.agreements or ()) else BEYOND


def _business(limit: Limit, use: UseFacts) -> Held:
    if not limit.business:
        return BEYOND
    facts = {
        BusinessModel.MODEL_AS_A_SERVICE: (use.offers_model_as_a_service, "offers_model_as_a_service"),
        BusinessModel.AI_WORK_ASSISTANT: (use.ai_coding_or_office_product, "ai_coding_or_office_product"),
        BusinessModel.SOFTWARE_OR_CLOUD_SERVICES: (
            use.provides_software_or_cloud_services,
            "provides_software_or_cloud_services",
        ),
    }
    answers = [facts[item] for item in limit.business]
    if any(answer for answer, _ in answers):
        return BEYOND
    missing = tuple(fact for answer, fact in answers if answer is None)
    return Held(beyond=None, facts=missing) if missing else WITHIN
