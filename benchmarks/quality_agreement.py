"""How far the order of models agrees with tests that the estimate has not seen, as a part of docs/quality.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Rank agreement (Kendall's tau) with one benchmark that was left out."""

    benchmark: str
    group: str
    models: int
    ours: float
    card: float
    size: float
    shared: int
    """Models that llmfit knows too."""
    ours_shared: float | None
    """On these alone; None: too few."""
    peer: float | None


def agreement(rows: Sequence[Row], covered: float) -> list[str]:
    """Tabulate rank agreement by group, and tell how often the interval held."""
    lines = [
        "## Does it rank models as tests do that it has not seen?",
        "",
        (
            "Each independent suite was left out with all its editions and parts, everything fitted anew, and the order of "
            "models compared with the suite's. Kendall's tau: 1 is the same order, 0 is chance."
        ),
        "",
        "| group | tests | results | llmadvise | card alone | parameter count |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    groups = sorted({row.group for row in rows})
    lines += [_mean_row(group, [row for row in rows if row.group == group]) for group in groups]
    lines += [
        _mean_row("**all**", rows),
        "",
        (
            f"The 80 % interval held {covered:.0%} of the left-out results. The card goes far, because size, date and thinking "
            "explain most of the differences between models years apart; results add most between models of like size and date. "
            "Advisors that rank by parameter count do no better than its column."
        ),
        "",
        *_beside_llmfit(rows),
    ]
    return lines


def _beside_llmfit(rows: Sequence[Row]) -> list[str]:
    """Tabulate the same beside a peer, on the models that both know."""
    both = [row for row in rows if row.peer is not None]
    lines = [
        (
            "Beside the quality component of llmfit's score (`benchmarks/quality_peers.py`), on the models that both know. "
            "whichllm cannot be compared fairly: what it ranks by holds the results that are left out here, and is fetched "
            "at each run."
        ),
        "",
        "| group | tests | results | llmadvise | llmfit |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for group in (*sorted({row.group for row in both}), None):
        chosen = [row for row in both if group in {None, row.group}]
        weights = [row.shared for row in chosen]
        ours, peer = (
            np.average([getattr(row, key) for row in chosen], weights=weights) for key in ("ours_shared", "peer")
        )
        lines.append(f"| {group or '**all**'} | {len(chosen)} | {sum(weights)} | {ours:.2f} | {peer:.2f} |")
    return [*lines, ""]


def _mean_row(name: str, rows: Sequence[Row]) -> str:
    weights = [row.models for row in rows]
    ours, card, size = (
        np.average([getattr(row, key) for row in rows], weights=weights) for key in ("ours", "card", "size")
    )
    return f"| {name} | {len(rows)} | {sum(weights)} | {ours:.2f} | {card:.2f} | {size:.2f} |"
