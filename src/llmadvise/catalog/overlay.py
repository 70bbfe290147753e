"""Lays a user's own catalog directory over a compiled catalog."""

from __future__ import annotations

from pathlib import Path

from llmadvise.catalog.checks.run import raise_on_violations
from llmadvise.catalog.compile import encode, write_compiled
from llmadvise.catalog.compiled import CompiledCatalog
from llmadvise.catalog.layout import KINDS
from llmadvise.catalog.opened import open_compiled
from llmadvise.catalog.tree import Identity, Tree, read_tree
from llmadvise.domain.catalog import Catalog


def lay_over(base: bytes, directory: Path) -> Catalog:
    """Return the compiled catalog with the directory's entries over it.

    Raises InvalidFileError if the directory cannot be read or anything in it is wrong or contradicts the rest.
    """
    tree = read_tree(directory)
    catalog = merge(base, tree)
    raise_on_violations(catalog, tree)
    return catalog


def merge(base: bytes, tree: Tree) -> Catalog:
    """Return the compiled catalog with the tree's entries over it, unchecked.

    An entry replaces the whole entry with its id, and `origins` says where it stands. The version ends in `+user`, the
    date is the newer of both, the digest that of the facts together.
    """
    origins = {f"{section}/{id_}": place.where() for (section, id_), place in sorted(tree.places.items())}
    return open_compiled(_merged(base, tree), tree.label, origins)


def compile_over(base: bytes, directory: Path) -> bytes:
    """The directory's entries over a compiled catalog, compiled and checked: what loads as fast as the built-in one."""
    tree = read_tree(directory)
    content = _merged(base, tree)
    raise_on_violations(open_compiled(content, tree.label), tree)
    return content


def _merged(base: bytes, tree: Tree) -> bytes:
    file = CompiledCatalog(base, "the built-in catalog")
    rows = {name: dict(file.rows(name)) for name in (*KINDS, "calibration")}
    for name, entries in encode(tree).items():
        rows[name].update(entries)
    as_of = max(file.identity.as_of, tree.identity.as_of) if tree.identity else file.identity.as_of
    return write_compiled(Identity(version=f"{file.identity.version}+user", as_of=as_of), rows)
