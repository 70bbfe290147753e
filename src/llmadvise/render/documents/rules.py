"""`llmadvise.rules/1`: every rule and criterion, with what it does and why."""

from __future__ import annotations

from typing import Literal

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """One rule, which allows or forbids, or one criterion, which grades."""

    id: str
    kind: Literal["rule", "criterion"]
    summary: str
    """What it does, in a sentence."""
    why: str | None = None
    """The reason for it."""
    verdicts: tuple[str, ...] = ()
    """What its findings can be: block, warn, note."""
    page: str | None = None
    """Where it is documented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesDocument:
    """The rules and criteria asked for, rules first, in the order in which they are applied."""

    schema: Literal["llmadvise.rules/1"]
    version: str
    """Of the program."""
    rules: tuple[RuleEntry, ...]


def rules_document(rules: tuple[RuleEntry, ...], *, version: str) -> RulesDocument:
    """Build the document of some rules."""
    return RulesDocument(schema="llmadvise.rules/1", version=version, rules=rules)
