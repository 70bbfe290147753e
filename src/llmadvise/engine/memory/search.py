"""Where an answer turns from no to yes, found by a cheap question first and a dear one near its answer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable


def first_count(counts: range, roughly: Callable[[int], bool], exactly: Callable[[int], bool]) -> int:
    """The first of consecutive counts for which `exactly` holds, the one past the last if none does.

    Both questions must turn from no to yes once. The dear one is asked next to the place where the cheap one turns,
    and then in growing steps away from it.
    """
    low, high = counts.start, counts.stop
    if low >= high:
        return high
    guess = min(low + bisect_left(counts, True, key=roughly), high - 1)
    down = exactly(guess)
    low, high = (low, guess) if down else (guess + 1, high)
    step = 1
    while low < high:
        probe = max(low, high - step) if down else min(high - 1, low + step - 1)
        holds = exactly(probe)
        low, high = (low, probe) if holds else (probe + 1, high)
        if holds is not down:
            break
        step *= 2
    return low + bisect_left(range(low, high), True, key=exactly)
