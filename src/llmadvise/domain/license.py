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
