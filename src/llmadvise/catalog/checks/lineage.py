"""Lines of descent: parents that name something, no circles, and nothing known twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.lineage import Descended
from llmadvise.domain.model import BaseModel

_REPO: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*", re.ASCII)


def check_lineage(catalog: Catalog) -> Iterator[Problem]:
    """Find models that descend from themselves, rows for what has an entry, and parents that name nothing."""
    everyone: dict[str, Descended] = {**catalog.lineage, **catalog.models}
    parents = {id_: [base.model for base in model.base_models] for id_, model in everyone.items()}
    by_repo = {model.repo.lower(): id_ for id_, model in everyone.items()}
    for subject, row in subjects("lineage", catalog.lineage):
        if row.id in catalog.models:
            yield subject.block("catalog-duplicate-model", f"{row.id} has an entry of its own")
        if row.id != row.repo.lower() and "/" in row.repo:
            yield subject.warn("catalog-parent-spelling", f"the row of {row.repo} is called `{row.id}`", "repo")
    for section in ("models", "lineage"):
        entries: Mapping[str, Descended] = getattr(catalog, section)
        for id_, model in entries.items():
            subject = Subject(section, id_)
            if _reaches(id_, id_, parents):
                yield subject.block("catalog-lineage-cycle", "the model descends from itself", "base_models")
            for index, base in enumerate(model.base_models):
                yield from _parent(subject, base, index, everyone, by_repo, catalog)


def _parent(  # noqa: PLR0917 - where it stands and what is known
    subject: Subject,
    base: BaseModel,
    index: int,
    everyone: Mapping[str, Descended],
    by_repo: Mapping[str, str],
    catalog: Catalog,
) -> Iterator[Problem]:
    if base.service is not None:
        if base.service not in catalog.services:
            message = f"there are no terms of a service `{base.service[:80]}`"
            yield subject.block("catalog-unknown-service", message, "base_models", index, "service")
        return
    if base.model in everyone:
        return
    if not _REPO.fullmatch(base.model):
        message = f"the parent {base.model[:80]!r} is neither an entry nor a repository"
        yield subject.block("catalog-unknown-parent", message, "base_models", index, "model")
    known = by_repo.get(base.model.lower())
    if known is not None:
        message = f"the parent {base.model} is in the catalog as `{known}`"
        yield subject.warn("catalog-parent-spelling", message, "base_models", index, "model")


def _reaches(start: str, goal: str, parents: Mapping[str, list[str]]) -> bool:
    pending, seen = list(parents.get(start, ())), set[str]()
    while pending:
        here = pending.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            pending.extend(parents.get(here, ()))
    return False
