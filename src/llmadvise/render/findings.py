"""Findings in the order in which they matter, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable

from llmadvise.domain.finding import Finding, Verdict


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings, the heaviest first."""
    order = list(Verdict)
    return sorted(findings, key=lambda found: order.index(found.verdict))
