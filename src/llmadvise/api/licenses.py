"""Licenses of the catalog: listed, one by one, side by side. Facts with sources, not legal advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from llmadvise import __version__
from llmadvise.api.names import check_known
from llmadvise.domain.catalog import Catalog, summaries
from llmadvise.domain.license import License, Obligation, Permission
from llmadvise.engine.naming import near_names
from llmadvise.errors import UsageError
from llmadvise.render.documents.licenses import (
    ComparedTerm,
    LicenseComparisonDocument,
    LicenseDocument,
    LicensesDocument,
    license_row,
    licenses_document,
)


def listed(
    catalog: Catalog, *, words: tuple[str, ...] = (), category: str | None = None, commercial: str | None = None
) -> LicensesDocument:
    """The licenses whose id, name or tags have all these words, of a category, and with that answer on commerce.

    Raises UsageError for a category or an answer that there is not.
    """
    if category is not None:
        check_known("category", category, {str(license_.category) for license_ in catalog.licenses.values()})
    if commercial is not None:
        check_known("answer", commercial, tuple(Permission))
    used = Counter(item.license for item in summaries(catalog.models))
    found = (
        license_
        for license_ in catalog.licenses.values()
        if all(word.lower() in _searched(license_) for word in words)
        and (category is None or str(license_.category) == category.lower())
        and (commercial is None or license_.commercial_use.value == commercial.lower())
    )
    return licenses_document((license_row(item, used[item.id]) for item in found), version=__version__)


def _searched(license_: License) -> str:
    tags = (*license_.tags, *(item.id for item in (*license_.conditions, *license_.obligations)))
    return f"{license_.id} {license_.name} {license_.spdx or ''} {' '.join(tags)}".lower()


def shown(catalog: Catalog, name: str) -> LicenseDocument:
    """One license whole. Raises UsageError for an unknown one."""
    license_ = find_license(catalog, name)
    return LicenseDocument(
        schema="llmadvise.license/1",
        version=__version__,
        license=license_,
        models=tuple(item.id for item in summaries(catalog.models) if item.license == license_.id),
        spdx_expression=license_.spdx_id,
    )


def find_license(catalog: Catalog, name: str) -> License:
    """A license by its id, its SPDX id or a tag that means it alone, in any letter case. Raises UsageError for others."""
    wanted = name.strip().lower().removeprefix("licenseref-")
    if wanted in catalog.licenses:
        return catalog.licenses[wanted]
    found = [
        item
        for item in catalog.licenses.values()
        if wanted in {(item.spdx or "").lower(), *(tag.lower() for tag in item.tags)}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(item.id for item in found)
        raise UsageError(f"{name[:60]!r} may mean several licenses", f"Say which: {choices}.")
    near = near_names(wanted, catalog.licenses, cutoff=0.5)
    hint = f"Did you mean {', '.join(near)}?" if near else "`llmadvise licenses list` shows them all."
    raise UsageError(f"unknown license {name[:60]!r}", hint)


def compared(catalog: Catalog, names: Iterable[str]) -> LicenseComparisonDocument:
    """Licenses side by side. Raises UsageError for an unknown one, or fewer than two."""
    chosen = [find_license(catalog, name) for name in names]
    if len(chosen) < 2:  # noqa: PLR2004 - a comparison needs two
        raise UsageError("a comparison needs two licenses", "Write `llmadvise licenses compare llama3.1 llama3.2`.")
    rows = [
        ("category", [str(item.category) for item in chosen]),
        ("commercial use", [item.commercial_use.value for item in chosen]),
        ("redistribution", [item.redistribution.value for item in chosen]),
        ("changed versions", [item.derivatives.value for item in chosen]),
        ("as a service", [item.hosting.value for item in chosen]),
        ("outputs may train", [item.output_training.value for item in chosen]),
        ("outputs reach", [item.outputs.reach.value if item.outputs else "unknown" for item in chosen]),
        ("copyleft", [item.copyleft.value for item in chosen]),
        ("patents", [item.patents.value for item in chosen]),
        ("read", [item.verified or "unknown" for item in chosen]),
    ]
    clauses = [_clauses(item) for item in chosen]
    tags = sorted({tag for item in clauses for tag in item})
    rows += [(tag, [item.get(tag, "no") for item in clauses]) for tag in tags]
    return LicenseComparisonDocument(
        schema="llmadvise.license-comparison/1",
        version=__version__,
        licenses=tuple(item.id for item in chosen),
        terms=tuple(ComparedTerm(term=term, values=tuple(values), same=len(set(values)) == 1) for term, values in rows),
    )


def _clauses(license_: License) -> dict[str, str]:
    """Each condition and duty by its tag, in words."""
    found: dict[str, str] = {}
    for item in (*license_.conditions, *license_.obligations):
        found[item.id] = "; ".join(filter(None, (found.get(item.id), _said(item))))
    return found


def _said(item: Obligation) -> str:
    return f"{item.text} ({item.clause})" if item.clause else item.text
