"""`llmadvise.licenses/1`, `llmadvise.license/1` and `llmadvise.license-comparison/1`: terms as facts. Not legal advice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from llmadvise.domain.license import License
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseRow:
    """One license in a line."""

    id: str
    name: str
    spdx: str | None
    category: str
    commercial_use: str
    redistribution: str
    output_training: str
    """May outputs train other models?"""
    tags: tuple[str, ...]
    """Of its conditions and duties."""
    verified: str | None
    """How far the text was read."""
    models: int
    """Models of the catalog that declare it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicensesDocument:
    """The licenses of the catalog that pass the filters, in ascending order of id."""

    schema: Literal["llmadvise.licenses/1"]
    version: str
    """Of the program."""
    licenses: tuple[LicenseRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseDocument:
    """One license, whole, as the catalog has it."""

    schema: Literal["llmadvise.license/1"]
    version: str
    """Of the program."""
    license: License
    models: tuple[str, ...]
    """Catalog ids of the models that declare it."""
    spdx_expression: str
    """The SPDX id, or the LicenseRef- that stands for it in a bill of materials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTerm:
    """One term, license by license, in the order asked."""

    term: str
    values: tuple[str, ...]
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseComparisonDocument:
    """Licenses side by side, term by term."""

    schema: Literal["llmadvise.license-comparison/1"]
    version: str
    """Of the program."""
    licenses: tuple[str, ...]
    terms: tuple[ComparedTerm, ...]


def license_row(license_: License, models: int) -> LicenseRow:
    """One license in a line."""
    return LicenseRow(
        id=license_.id,
        name=license_.name,
        spdx=license_.spdx,
        category=str(license_.category),
        commercial_use=license_.commercial_use.value,
        redistribution=license_.redistribution.value,
        output_training=license_.output_training.value,
        tags=tuple(dict.fromkeys(item.id for item in (*license_.conditions, *license_.obligations))),
        verified=license_.verified,
        models=models,
    )


def licenses_document(rows: Iterable[LicenseRow], *, version: str) -> LicensesDocument:
    """Build the list."""
    return LicensesDocument(schema="llmadvise.licenses/1", version=version, licenses=tuple(rows))
