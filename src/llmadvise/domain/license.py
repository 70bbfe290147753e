"""Licenses as facts. Nothing here is legal advice."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.record import dataclass


class Permission(StrEnum):
    """Whether a license permits something."""

    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """Something the license asks for, or a condition it sets."""

    id: str
    """Tag from catalog/licenses/tags.yaml: attribution, notice, name-prefix, user-limit, revenue-limit, territory …"""
    text: str
    clause: str | None = None
    quote: str | None = None


class LimitKind(StrEnum):
    """What a condition on commercial use, or on any use, turns on."""

    MONTHLY_USERS = "monthly-users"
    REVENUE = "revenue"
    TERRITORY = "territory"
    BUSINESS_MODEL = "business-model"
    AGREEMENT = "agreement"
    """Something has to be agreed, registered or granted first."""
    OTHER = "other"
    """A condition that no fact of a policy decides: a person has to."""


class LimitPeriod(StrEnum):
    """Over which time revenue is counted."""

    MONTH = "month"
    ANY_TWELVE_MONTHS = "any-12-months"
    YEAR = "year"


class LimitScope(StrEnum):
    """Whose users or revenue count."""

    PRODUCT = "product"
    LICENSEE = "licensee"
    AFFILIATES = "affiliates"
    """The licensee and its affiliates, or the employer's whole group."""


class BusinessModel(StrEnum):
    """What a business offers, where a license asks."""

    MODEL_AS_A_SERVICE = "model-as-a-service"
    AI_WORK_ASSISTANT = "ai-work-assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One condition in terms that a policy's facts can be held against."""

    kind: LimitKind
    text: str
    """What is closed beyond it."""
    threshold: int | None = None
    """Users, or an amount of money: more than this is beyond the limit."""
    currency: str | None = None
    period: LimitPeriod | None = None
    scope: LimitScope | None = None
    counted_at: str | None = None
    """The date on which it is counted once (YYYY-MM-DD); None: all the time."""
    at_release: bool = False
    """Counted once, when the version was released."""
    territories: tuple[str, ...] = ()
    """Excluded: EU, or ISO 3166 codes."""
    domicile: bool = False
    """The exclusion asks where the licensee sits, not where the model is used."""
    business: tuple[BusinessModel, ...] = ()
    """Applies only to who offers one of these."""
    capability: str | None = None
    """Binds only models that can do this (vision)."""
    any_use: bool = False
    """Closes all use beyond it, not only commercial use."""
    internal_exempt: bool = False
    """Does not bind purely internal use."""
    clause: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One license text."""

    id: str
    """SPDX id in lower case where one exists, else our own; the file's name."""
    name: str
    category: str
    """permissive, copyleft, weak-restriction, use-restricted, non-commercial, research-only, proprietary, unknown."""
    commercial_use: Permission
    redistribution: Permission = Permission.UNKNOWN
    output_training: Permission = Permission.UNKNOWN
    """May outputs train other models?"""
    conditions: tuple[Obligation, ...] = ()
    """Who may use it at all: users, revenue, territory, purpose."""
    obligations: tuple[Obligation, ...] = ()
    """What must be done when it is used or passed on."""
    spdx: str | None = None
    tags: tuple[str, ...] = ()
    """Hub license tags and names that mean this text."""
    url: str | None = None
    verified: str | None = None
    """How far the text was read: full_text, standard_text, key_clauses, summary_page, secondary, memory."""
    notes: tuple[str, ...] = ()
    """Which models carry it, and traps in telling it from others."""
    sources: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    """The conditions that facts about the use decide."""
    students_are_derivatives: bool = False
    """A model trained on outputs is a derivative by the license's own definition."""
    licensors: tuple[str, ...] = ()
    """Owners on the Hub who grant it for their own models; empty: a text that anybody may use."""

    @property
    def spdx_id(self) -> str:
        """The SPDX id, or the `LicenseRef-` id where the SPDX list has none."""
        return self.spdx or f"LicenseRef-{self.id.replace('+', '-plus')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTerms:
    """What a provider of hosted models asks of whoever uses the outputs.

    A contract with the holder of the account, not a license: it is reported, and never inherited.
    """

    id: str
    name: str
    provider: str
    text: str
    clause: str | None = None
    quote: str | None = None
    url: str | None = None
    verified: str | None = None
    """How far it was read, as for a license."""
    sources: tuple[str, ...] = ()
