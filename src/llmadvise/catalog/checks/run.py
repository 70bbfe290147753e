"""Runs every check on a catalog, and says where each finding stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from llmadvise.catalog.checks.entries import (
    check_dates,
    check_hardware,
    check_licenses,
    check_quantizations,
    check_runtimes,
    check_sources,
)
from llmadvise.catalog.checks.files import check_variants
from llmadvise.catalog.checks.lineage import check_lineage
from llmadvise.catalog.checks.physics import check_age, check_duplicates, check_physics, check_replacements
from llmadvise.catalog.checks.problem import Problem
from llmadvise.catalog.checks.profiles import check_profiles
from llmadvise.catalog.checks.references import check_references
from llmadvise.catalog.checks.shape import check_shapes
from llmadvise.catalog.tree import Tree
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.errors import InvalidFileError

CHECKS: Final[tuple[Callable[[Catalog], Iterator[Problem]], ...]] = (
    check_references,
    check_lineage,
    check_shapes,
    check_variants,
    check_profiles,
    check_quantizations,
    check_licenses,
    check_runtimes,
    check_hardware,
    check_dates,
    check_sources,
    check_physics,
    check_duplicates,
    check_replacements,
    check_age,
)
_SHOWN: Final = 3


def check_catalog(catalog: Catalog, tree: Tree | None = None) -> tuple[Finding, ...]:
    """Examine a whole catalog: BLOCK for what contradicts itself, WARN for what is doubtful.

    With the tree that the catalog, or its upper layer, was read from, the evidence of a finding is its `file:line`.
    """
    return tuple(_finding(problem, tree) for problem in _problems(catalog))


def check_tree(catalog: Catalog, tree: Tree) -> tuple[Finding, ...]:
    """Examine a whole catalog, and report only what stands in this tree: the catalog's upper layer, or all of it."""
    return tuple(
        _finding(problem, tree) for problem in _problems(catalog) if (problem.section, problem.id) in tree.places
    )


def raise_on_violations(catalog: Catalog, tree: Tree) -> None:
    """Raise InvalidFileError, with `file:line`, if anything in the tree contradicts the catalog it is a part of."""
    wrong = [finding for finding in check_tree(catalog, tree) if finding.verdict is Verdict.BLOCK]
    if not wrong:
        return
    lines = [f"{finding.evidence}: {finding.message} ({finding.rule})" for finding in wrong[:_SHOWN]]
    if len(wrong) > _SHOWN:
        lines.append(f"{tree.label}: and {len(wrong) - _SHOWN} more errors")
    raise InvalidFileError("\n".join(lines), "`llmadvise catalog check` lists all that is wrong.")


def _problems(catalog: Catalog) -> list[Problem]:
    found = [problem for check in CHECKS for problem in check(catalog)]
    return sorted(found, key=lambda problem: (problem.section, problem.id, problem.rule, problem.message))


def _finding(problem: Problem, tree: Tree | None) -> Finding:
    place = tree.places.get((problem.section, problem.id)) if tree else None
    return Finding(
        rule=problem.rule,
        verdict=problem.verdict,
        message=problem.message,
        evidence=place.where(*problem.location) if place else None,
    )
