"""Which license text a tag or a name stands for: one id, or the candidates among which only the text decides."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.license import License
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a declaration stands for."""

    id: str | None
    """None: unknown without candidates, ambiguous with them."""
    candidates: tuple[str, ...] = ()


_PLACEHOLDERS = frozenset({"other", "unknown"})
"""Hub tags that name no text."""
_OWNED: tuple[tuple[str, str, str], ...] = (
    ("modified-mit", "moonshotai", "kimi-modified-mit"),
    ("modified-mit", "mistralai", "mistral-modified-mit"),
    ("modified-mit", "minimaxai", "minimax-modified-mit"),
    ("cc-by-nc-4.0", "coherelabs", "cohere-cc-by-nc-aup"),
    ("cc-by-nc-4.0", "cohereforai", "cohere-cc-by-nc-aup"),
)
"""Tag or name, owner of the repository, and the text that this owner means by it."""


def resolve(tag: str | None, name: str | None, owner: str | None, licenses: Mapping[str, License]) -> Resolved:
    """The license that a card declares. `name` (license_name) counts where the tag names no text."""
    said = (tag or "").lower()
    if not said or said in _PLACEHOLDERS:
        said = (name or "").lower()
    if not said or said in _PLACEHOLDERS:
        return Resolved(id=None)
    for word, publisher, id_ in _OWNED:
        if word == said and publisher == (owner or "").lower():
            return Resolved(id=id_)
    if said == "modified-mit":
        return Resolved(id=None, candidates=tuple(id_ for word, _, id_ in _OWNED if word == said))
    if said in licenses:
        return Resolved(id=said)
    found = tuple(id_ for id_, text in licenses.items() if said in {item.lower() for item in text.tags})
    return Resolved(id=found[0]) if len(found) == 1 else Resolved(id=None, candidates=found)
