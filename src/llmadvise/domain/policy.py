"""What a company does with models, and what it accepts: the facts that license terms are held against."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.record import dataclass


class OnUnknown(StrEnum):
    """What an unknown verdict means to a build."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in a currency; amounts in different currencies are never compared."""

    amount: int
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFacts:
    """What is true of the use. None: not stated, and asked for by name where a clause turns on it."""

    commercial: bool | None = None
    internal_only: bool | None = None
    annual_revenue: Money | None = None
    monthly_revenue: Money | None = None
    group_annual_revenue: Money | None = None
    group_monthly_revenue: Money | None = None
    product_annual_revenue: Money | None = None
    """Of the products and services in which the model works."""
    product_monthly_revenue: Money | None = None
    monthly_users: int | None = None
    """Of the product in which the model works, now."""
    daily_users: int | None = None
    """Of the product in which the model works, now."""
    edge_devices: int | None = None
    """Phones, vehicles, appliances … on which the model runs."""
    group_monthly_users: int | None = None
    """Of all products of the company and its affiliates, now."""
    monthly_users_at_release: tuple[UsersAtRelease, ...] = ()
    """Of all products in the month before a license's date, where the license counts them then."""
    domicile: tuple[str, ...] | None = None
    """Where the company sits: `EU` and ISO 3166 country codes."""
    territories: tuple[str, ...] | None = None
    """Where the model is used: `EU` and ISO 3166 country codes."""
    distributes_weights: bool | None = None
    offers_model_as_a_service: bool | None = None
    ai_coding_or_office_product: bool | None = None
    provides_software_or_cloud_services: bool | None = None
    trains_on_outputs: bool | None = None
    research_only: bool | None = None
    """Only research, testing, evaluation or teaching, and nothing in production."""
    competes_with: tuple[str, ...] | None = None
    """Licenses with whose licensor's products, or models, one's own compete; an empty list: none."""
    geforce_in_datacenter: bool | None = None
    """Consumer GPUs in a data center."""
    agreements: tuple[str, ...] | None = None
    """Licenses for which what they ask beforehand was obtained: a registration, a contract, a permission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersAtRelease:
    """Users in the calendar month before the release date of the license's version, or of the model."""

    license: str
    users: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Licenses and models named by id or by category."""

    licenses: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """What somebody who read a model's license text says it is, as long as the text stays the same."""

    model: str
    license: str
    text_sha256: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A finding that somebody answers for, until a day."""

    model: str
    rule: str | None = None
    """None: every finding of the model."""
    reason: str
    owner: str
    expires: str
    """The last day on which it holds, as YYYY-MM-DD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A license policy."""

    use: UseFacts = UseFacts()
    allow: Selection | None = None
    """Where given, what it does not name is denied."""
    deny: Selection = Selection()
    accepted_duties: tuple[str, ...] | None = None
    """Where given, a duty outside it is denied."""
    clarifications: tuple[Clarification, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    unknown: OnUnknown = OnUnknown.FAIL
