"""What single licenses say of commercial use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from llmadvise.domain.license import License, Permission

_CLOSED_CATEGORIES = frozenset({"non-commercial", "research-only"})


def forbids_commerce(text: License) -> bool:
    """Whether commercial use is closed under this license."""
    return text.commercial_use is Permission.NO or text.category in _CLOSED_CATEGORIES


def conditional_licenses(ids: Iterable[str], licenses: Mapping[str, License]) -> tuple[License, ...]:
    """Those that permit commercial use only under conditions."""
    return tuple(
        licenses[id_] for id_ in ids if id_ in licenses and licenses[id_].commercial_use is Permission.CONDITIONAL
    )
