"""The answer to whether a use lies beyond something that a license says."""

from __future__ import annotations

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Whether it does: True, False, or None with the facts of the policy that would tell."""

    beyond: bool | None
    facts: tuple[str, ...] = ()


WITHIN = Held(beyond=False)
BEYOND = Held(beyond=True)


def stated(fact: str, beyond: bool | None) -> Held:
    """It turns on this fact; None: nobody stated it."""
    return unstated(fact) if beyond is None else Held(beyond=beyond)


def unstated(fact: str) -> Held:
    """It turns on this fact, which nobody stated."""
    return Held(beyond=None, facts=(fact,))
