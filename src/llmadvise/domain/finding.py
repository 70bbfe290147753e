"""What a rule says of a case, a machine, a model or a catalog."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.record import dataclass


class Verdict(StrEnum):
    """How much a finding weighs."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One judgement: by which rule, how heavy, in words, and on what evidence."""

    rule: str
    """Stable kebab-case id; each has its section in docs/rules.md."""
    verdict: Verdict
    message: str
    evidence: str | None = None
    """The fact it rests on: a number, a path, a source."""
