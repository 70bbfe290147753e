"""The names that a catalog's models go by, gathered once: a checkout may name a hundred thousand."""

from __future__ import annotations

from functools import cached_property

from llmadvise.domain.catalog import Catalog, each, summaries


class NameIndex:
    """Ids by each kind of name, in ascending order; every table is made when it is first asked."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def by_short_name(self) -> dict[str, list[str]]:
        """By what follows the slash of an id."""
        found: dict[str, list[str]] = {}
        for id_ in self.catalog.models:
            found.setdefault(id_.partition("/")[2], []).append(id_)
        return found

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:
        """By the letters and digits of the short name."""
        found: dict[str, list[str]] = {}
        for id_ in self.catalog.models:
            found.setdefault(letters(id_.partition("/")[2]), []).append(id_)
        return found

    @cached_property
    def by_repository(self) -> dict[str, str]:
        """By the Hub id of the model itself, in lower case."""
        return {item.repo.lower(): item.id for item in reversed(list(summaries(self.catalog.models)))}

    @cached_property
    def by_variant_repository(self) -> dict[str, list[str]]:
        """By a repository of one of its variants, in lower case."""
        found: dict[str, list[str]] = {}
        for model in each(self.catalog.models):
            for repo in dict.fromkeys(variant.repo.lower() for variant in model.variants):
                found.setdefault(repo, []).append(model.id)
        return found

    @cached_property
    def by_file(self) -> dict[str, list[str]]:
        """By the name of a file of one of its variants, without folders, in lower case."""
        found: dict[str, list[str]] = {}
        for model in each(self.catalog.models):
            names = (file.name.lower().rpartition("/")[2] for variant in model.variants for file in variant.files)
            for name in dict.fromkeys(names):
                found.setdefault(name, []).append(model.id)
        return found


def letters(text: str) -> str:
    """The letters and digits of a name."""
    return "".join(letter for letter in text.lower() if letter.isalnum())
