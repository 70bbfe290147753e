"""Checks a catalog directory from end to end, and goes on where a single file is wrong."""

from __future__ import annotations

from pathlib import Path

from llmadvise.catalog.checks.run import check_tree
from llmadvise.catalog.compile import as_catalog, complete
from llmadvise.catalog.load import built_in, checkout_directory
from llmadvise.catalog.overlay import merge
from llmadvise.catalog.tree import read_tree
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.errors import InvalidFileError


def check_directory(directory: Path | None = None) -> tuple[Finding, ...]:
    """Examine a user's directory against the built-in catalog, or the built-in catalog of a checkout itself.

    A file that cannot be read is a finding too (`catalog-invalid-file`). Raises InvalidFileError only if there is no
    directory to examine.
    """
    findings: list[Finding] = []

    def note(error: InvalidFileError) -> None:
        findings.extend(
            Finding(rule="catalog-invalid-file", verdict=Verdict.BLOCK, message=line)
            for line in error.message.split("\n")
        )

    own = directory is None
    tree = read_tree(directory or checkout_directory(), "catalog" if own else None, note)
    try:
        catalog = as_catalog(complete(tree), tree) if own else merge(built_in(), tree)
    except InvalidFileError as error:
        note(error)
        return tuple(findings)
    return (*findings, *check_tree(catalog, tree))
