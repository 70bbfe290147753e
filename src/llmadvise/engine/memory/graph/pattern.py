"""Which layers of a network are drawn: where they repeat themselves a few rounds stand for all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

_ROUNDS = 3
"""How often a pattern is drawn: its tensors find the same places from then on."""
_LONGEST_PERIOD = 12
"""Longest pattern that is looked for: windows and mixes of quantizations repeat."""


def rounds(kinds: Sequence[Hashable]) -> list[int]:
    """Indices of the layers that are drawn; the last one always is, for it ends with fewer rows."""
    names = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
    row = [names[kind] for kind in kinds]
    kept: list[int] = []
    drawn: list[int] = []
    index, last = 0, len(row) - 1
    while index <= last:
        for period in range(1, _LONGEST_PERIOD + 1):
            block = row[index : index + period]
            if index + period <= last and drawn[-_ROUNDS * period :] == block * _ROUNDS:
                index += period
                break
        else:
            kept.append(index)
            drawn.append(row[index])
            index += 1
    return kept
