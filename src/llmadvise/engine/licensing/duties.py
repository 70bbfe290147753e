"""Which duties are due for a use; one is left out only where stated facts settle that it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from llmadvise.domain.license import License, Obligation, Occasion
from llmadvise.domain.policy import UseFacts
from llmadvise.engine.licensing.held import BEYOND, WITHIN, Held, stated
from llmadvise.engine.licensing.limits import hold


def due(item: Obligation, text: License, use: UseFacts) -> Held:
    """`beyond` is whether it is due; None with the facts that would tell."""
    parts = (_commercial(item, use), _occasion(item.due, use), _threshold(item, text, use))
    if any(part.beyond is False for part in parts):
        return WITHIN
    facts = tuple(dict.fromkeys(fact for part in parts for fact in part.facts))
    return Held(beyond=None, facts=facts) if any(part.beyond is None for part in parts) else BEYOND


def duties_due(items: Iterable[Obligation], text: License, use: UseFacts) -> Iterator[tuple[Obligation, Held]]:
    """Those that are due or may be, each with what is still to be stated."""
    for item in items:
        held = due(item, text, use)
        if held.beyond is not False:
            yield item, held


def _commercial(item: Obligation, use: UseFacts) -> Held:
    return stated("commercial", use.commercial) if item.commercial else BEYOND


def _occasion(occasion: Occasion, use: UseFacts) -> Held:
    match occasion:
        case Occasion.USE:
            return BEYOND
        case Occasion.DISTRIBUTION:
            return stated("distributes_weights", use.distributes_weights)
        case Occasion.OFFERING | Occasion.TRAINED_MODEL:
            return _offered(use)
        case _ as never:
            assert_never(never)


def _offered(use: UseFacts) -> Held:
    """Others get the weights, or reach a product or a service in which the model works."""
    if use.distributes_weights or use.offers_model_as_a_service or use.internal_only is False:
        return BEYOND
    missing = tuple(
        fact
        for fact, value in (
            ("distributes_weights", use.distributes_weights),
            ("internal_only", use.internal_only),
        )
        if value is None
    )
    return Held(beyond=None, facts=missing) if missing else WITHIN


def _threshold(item: Obligation, text: License, use: UseFacts) -> Held:
    if not item.beyond:
        return BEYOND
    held = [hold(limit, text, use) for limit in item.beyond]
    if any(one.beyond for one in held):
        return BEYOND
    open_ones = [one for one in held if one.beyond is None]
    return Held(beyond=None, facts=tuple(fact for one in open_ones for fact in one.facts)) if open_ones else WITHIN
