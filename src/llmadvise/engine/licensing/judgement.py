"""What a policy makes of a model: the result that every output shows. Nothing here is legal advice."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.record import dataclass


class Decision(StrEnum):
    """May the model be used as the policy says it is used?"""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFinding:
    """One clause, or one gap in what is known, in the light of the policy."""

    rule: str
    verdict: Decision | None
    """DENIED or UNKNOWN where it decides; WAIVED where somebody answers for it; None: a note."""
    message: str
    license: str | None = None
    clause: str | None = None
    source: str | None = None
    path: tuple[str, ...] = ()
    """From the model down to the ancestor whose license says so."""
    missing_fact: str | None = None
    """The key under `use:` in the policy that would decide it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something to do when the model is used or passed on."""

    id: str
    text: str
    license: str
    clause: str | None = None
    source: str | None = None
    literal: str | None = None
    """The very words to be shown, kept or used as a name."""
    turns_on: tuple[str, ...] = ()
    """Facts that the policy does not state and on which it turns whether it is due; empty: it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageStep:
    """One ancestor, and the license that binds it."""

    model: str
    relation: str
    license: str | None
    inherited: bool
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A model under a policy."""

    model: str
    verdict: Decision
    declared: str | None
    effective: tuple[str, ...]
    lineage: tuple[LineageStep, ...] = ()
    findings: tuple[TermFinding, ...] = ()
    obligations: tuple[Duty, ...] = ()
    missing_facts: tuple[str, ...] = ()
