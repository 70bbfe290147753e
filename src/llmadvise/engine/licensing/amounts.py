"""Users and revenue of a product, a company or its group, held against a threshold.

A part is never larger than the whole that it belongs to. So a product beyond a threshold puts the company and the group
beyond it, and a group within it leaves the company and the product within it.
"""

from __future__ import annotations

from llmadvise.domain.license import License, Limit, LimitPeriod, LimitScope
from llmadvise.domain.policy import Money, UseFacts
from llmadvise.engine.licensing.held import BEYOND, WITHIN, Held, unstated

_SCOPES = (LimitScope.PRODUCT, LimitScope.LICENSEE, LimitScope.AFFILIATES)
"""From the part to the whole."""


def monthly_users(limit: Limit, text: License, use: UseFacts) -> Held:
    """Users in a month: of now, or of the month before the release where the license counts them once."""
    if limit.at_release:
        counted = next((item.users for item in use.monthly_users_at_release if item.license == text.id), None)
        return unstated("monthly_users_at_release") if counted is None else _compare(limit, counted)
    group = limit.scope in {LimitScope.LICENSEE, LimitScope.AFFILIATES}
    fact = "group_monthly_users" if group else "monthly_users"
    values = (use.monthly_users, None, use.group_monthly_users)
    return _nested(limit, LimitScope.AFFILIATES if group else LimitScope.PRODUCT, values, fact)


def daily_users(limit: Limit, use: UseFacts) -> Held:
    """Users in a day. Where a license leaves open few devices or few users, one beyond and one within is for a person."""
    if use.daily_users is None:
        return unstated("daily_users")
    users = _compare(limit, use.daily_users)
    if limit.or_devices is None:
        return users
    if use.edge_devices is None:
        return unstated("edge_devices")
    agree = users.beyond == (use.edge_devices > limit.or_devices)
    return users if agree else Held(beyond=None)


def revenue(limit: Limit, use: UseFacts) -> Held:
    """Revenue in a month or a year, where it is stated in the license's own currency."""
    scope = limit.scope or LimitScope.AFFILIATES
    period = "monthly" if limit.period is LimitPeriod.MONTH else "annual"
    if period == "monthly":
        stated = (use.product_monthly_revenue, use.monthly_revenue, use.group_monthly_revenue)
    else:
        stated = (use.product_annual_revenue, use.annual_revenue, use.group_annual_revenue)
    prefix = {LimitScope.PRODUCT: "product_", LimitScope.LICENSEE: "", LimitScope.AFFILIATES: "group_"}[scope]
    return _nested(limit, scope, tuple(_amount(money, limit) for money in stated), f"{prefix}{period}_revenue")


def _amount(money: Money | None, limit: Limit) -> int | None:
    return money.amount if money is not None and money.currency == limit.currency else None


def _nested(limit: Limit, scope: LimitScope, values: tuple[int | None, ...], fact: str) -> Held:
    """`values` are those of product, company and group."""
    place = _SCOPES.index(scope)
    exact = values[place]
    if exact is not None:
        return _compare(limit, exact)
    if any(value is not None and _compare(limit, value).beyond for value in values[:place]):
        return BEYOND
    if any(value is not None and _compare(limit, value).beyond is False for value in values[place + 1 :]):
        return WITHIN
    return unstated(fact)


def _compare(limit: Limit, value: int) -> Held:
    if limit.threshold is None:
        return Held(beyond=None)
    return Held(beyond=value >= limit.threshold if limit.inclusive else value > limit.threshold)
