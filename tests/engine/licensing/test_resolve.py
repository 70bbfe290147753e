"""A tag is no decision: the owner may tell which text is meant, and else it stays open."""

from __future__ import annotations

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.engine.licensing.resolve import resolve


def test_modified_mit_alone_is_ambiguous(catalog: Catalog) -> None:
    found = resolve("other", "modified-mit", None, catalog.licenses)
    assert found.id is None
    assert set(found.candidates) == {"kimi-modified-mit", "mistral-modified-mit", "minimax-modified-mit"}


@pytest.mark.parametrize(
    ("tag", "name", "owner", "id_"),
    [
        ("other", "modified-mit", "moonshotai", "kimi-modified-mit"),
        ("other", "modified-mit", "mistralai", "mistral-modified-mit"),
        ("cc-by-nc-4.0", None, "CohereLabs", "cohere-cc-by-nc-aup"),
        ("cc-by-nc-4.0", None, "acme", "cc-by-nc-4.0"),
        ("llama3.1", None, "acme", "llama3.1"),
        ("other", None, "acme", None),
        (None, None, None, None),
    ],
)
def test_the_owner_tells(
    catalog: Catalog, tag: str | None, name: str | None, owner: str | None, id_: str | None
) -> None:
    assert resolve(tag, name, owner, catalog.licenses).id == id_
