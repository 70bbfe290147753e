"""Builds the compiled catalog that a wheel carries, and lets nothing wrong into it."""

from __future__ import annotations

from pathlib import Path

from llmadvise.catalog.checks.run import raise_on_violations
from llmadvise.catalog.compile import complete, encode, write_compiled
from llmadvise.catalog.opened import open_compiled
from llmadvise.catalog.tree import read_tree


def compile_catalog(directory: Path, label: str | None = None) -> bytes:
    """Compile a complete catalog directory.

    Raises InvalidFileError if a file is wrong, if one that a complete catalog needs is missing, or if the facts
    contradict each other.
    """
    tree = read_tree(directory, label)
    content = write_compiled(complete(tree), encode(tree))
    raise_on_violations(open_compiled(content, tree.label), tree)
    return content
