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


class LimitKind(StrEnum):
    """What a condition on commercial use, or on any use, turns on."""

    MONTHLY_USERS = "monthly-users"
    REVENUE = "revenue"
    TERRITORY = "territory"
    BUSINESS_MODEL = "business-model"
    AGREEMENT = "agreement"
    """Something has to be agreed, registered or granted first."""
    DAILY_USERS = "daily-users"
    PURPOSE = "purpose"
    """Only research, testing, evaluation or teaching is licensed."""
    COMPETITION = "competition"
    """Products that compete with the licensor's are not licensed."""
    UNREAD = "unread"
    """Conditions exist that nobody here has read."""
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
    SOFTWARE_OR_CLOUD_SERVICES = "software-or-cloud-services"


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
    inclusive: bool = False
    """The threshold itself is beyond it: what is open is less than that."""
    or_devices: int | None = None
    """Also within it: at most so many edge devices."""
    agreement_lifts: bool = False
    """Does not bind whoever has the licensor's agreement (`use.agreements`)."""


class Occasion(StrEnum):
    """When a duty falls due."""

    USE = "use"
    """Whatever is done with the model, or nobody has read when."""
    DISTRIBUTION = "distribution"
    """Copies of the weights, changed or not, go to others."""
    OFFERING = "offering"
    """Copies go to others, or others are offered a product or a service in which the model works."""
    TRAINED_MODEL = "trained-model"
    """A model made from this one or trained on its outputs goes to others or is offered to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """Something the license asks for, or a condition it sets."""

    id: str
    """Tag from catalog/licenses/tags.yaml: attribution, notice, name-prefix, user-limit, revenue-limit, territory …"""
    text: str
    clause: str | None = None
    quote: str | None = None
    due: Occasion = Occasion.USE
    literal: str | None = None
    """The very words to be shown, kept or used as a name."""
    commercial: bool = False
    """Only in commercial use."""
    beyond: tuple[Limit, ...] = ()
    """Only beyond one of these."""


class OutputReach(StrEnum):
    """Which models outputs may train, as the license has it."""

    ANY = "any"
    STUDENTS_BOUND = "students-bound"
    """Any, but a distributed student owes what the duties say, or is a derivative."""
    OWN = "own"
    """Only the licensor's own models, or derivatives of this one."""
    NOT_COMPETING = "not-competing"
    """None that compete with this one."""
    NON_COMMERCIAL = "non-commercial"
    """The limits on the use of the model hold for its outputs too."""
    NOT_ADDRESSED = "not-addressed"
    """The text does not speak of outputs."""
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTerms:
    """What the license says of outputs."""

    reach: OutputReach
    owned_by_licensor: bool = False
    clause: str | None = None
    quote: str | None = None


class Copyleft(StrEnum):
    """What has to be passed on under the same license."""

    NONE = "none"
    FILE = "file"
    LIBRARY = "library"
    WORK = "work"
    NETWORK = "network"
    """The work, also to those who only reach it over a network."""
    UNKNOWN = "unknown"


class PatentGrant(StrEnum):
    """Whether patents are licensed."""

    EXPLICIT = "explicit"
    NONE = "none"
    """Not mentioned."""
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptableUse:
    """A list of forbidden uses that the license makes part of itself."""

    place: str
    """Its address, or where in the license it stands."""
    passed_on: bool = False
    """Recipients have to be bound to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A way in which a publisher declares this text. Every part that is given has to fit."""

    word: str | None = None
    """The tag (`license`) or the name (`license_name`), in lower case."""
    owner: str | None = None
    """Of the repository, in lower case."""
    repo: str | None = None
    """A pattern for the repository's name without its owner, in lower case; `*` stands for anything."""
    link: str | None = None
    """Part of the address in `license_link`, in lower case."""
    text_sha256: str | None = None
    """Of the license file, byte by byte."""


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
    derivatives: Permission = Permission.UNKNOWN
    """May changed versions be made and passed on?"""
    hosting: Permission = Permission.UNKNOWN
    """May others be offered the model as a service?"""
    outputs: OutputTerms | None = None
    """None: not known."""
    copyleft: Copyleft = Copyleft.UNKNOWN
    patents: PatentGrant = PatentGrant.UNKNOWN
    litigation: str | None = None
    """What ends for whoever sues."""
    acceptable_use: AcceptableUse | None = None
    ends: str | None = None
    """How it may end or change other than by a breach."""
    effective: str | None = None
    """The date of this version, as far as it is known."""
    declared_as: tuple[Declaration, ...] = ()
    """Ways of declaring it that a tag alone does not settle; `tags` are those that it does."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformTerms:
    """What the maker of a device or a driver asks, whatever model runs on it: reported, never part of a verdict."""

    id: str
    name: str
    fact: str
    """The key under `use:` in a policy with which it is told."""
    text: str
    clause: str | None = None
    quote: str | None = None
    url: str | None = None
    verified: str | None = None
    """How far it was read, as for a license."""
    sources: tuple[str, ...] = ()
