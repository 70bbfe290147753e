"""Where a license grants no rights."""

from __future__ import annotations

from llmadvise.domain.license import Limit
from llmadvise.domain.policy import UseFacts
from llmadvise.engine.licensing.held import Held, unstated

_EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905 - 27 codes on one line
"""The member states by ISO 3166 code, since 2020-02-01."""


def within_territory(limit: Limit, use: UseFacts) -> Held:
    """Whether the company sits, or the model is used, where the license grants nothing."""
    places, fact = (use.domicile, "domicile") if limit.domicile else (use.territories, "territories")
    if places is None:
        return unstated(fact)
    return Held(beyond=any(place in limit.territories for place in _with_union(places)))


def _with_union(places: tuple[str, ...]) -> tuple[str, ...]:
    """The places, and EU where one of them is a member state; GB is UK in licenses."""
    also = ("EU",) if any(place in _EU for place in places) else ()
    return (*places, *also, *(("UK",) if "GB" in places else ()))
