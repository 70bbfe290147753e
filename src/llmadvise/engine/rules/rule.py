"""A rule is a value: an id, what it does, why it exists, and a judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.record import dataclass

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Subject]):
    """One hard judgement. `judge` returns None where the rule has nothing to say."""

    id: str
    summary: str
    """One sentence: what it does to which case."""
    why: str
    """One sentence: what goes wrong without it."""
    judge: Callable[[Subject], Finding | None]


def block(rule: str, message: str, evidence: str | None = None) -> Finding:
    """A finding that forbids the case."""
    return Finding(rule=rule, verdict=Verdict.BLOCK, message=message, evidence=evidence)


def warn(rule: str, message: str, evidence: str | None = None) -> Finding:
    """A finding that the user should read before following the advice."""
    return Finding(rule=rule, verdict=Verdict.WARN, message=message, evidence=evidence)


def note(rule: str, message: str, evidence: str | None = None) -> Finding:
    """A finding worth knowing."""
    return Finding(rule=rule, verdict=Verdict.NOTE, message=message, evidence=evidence)
