"""Candidates of an expression in a place of Python that takes models: literals, tables, and names followed to their values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from llmadvise.checkout.places import SILENT, Candidate, Slot, is_silent
from llmadvise.checkout.readers.python_tree import (
    constants,
    dotted,
    environment_name,
    given_names,
    imports,
    in_folder,
    known_text,
    name_of,
    text_of,
    walk,
)
from llmadvise.checkout.readers.python_values import Values
from llmadvise.checkout.readers.source import Source

_MOST_AT_USE = 8
_DEEPEST = 4
_FIELDS = frozenset(("Field", "field", "Option", "Argument", "Input"))
GETTERS = frozenset(("getenv", "get", "env", "pop", "setdefault", "config", "str", "getattr"))


class Taker:
    """One tree, what its names hold, and which literals were already taken."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.nodes, self.parents = walk(tree)
        self.taken: set[int] = set()
        self.ollama = source.ollama
        self.lines = source.text.split("\n")
        self.constants = constants(self.nodes)
        self.source = source

    @cached_property
    def known(self) -> set[str]:
        """Names that are given a value in the file."""
        return given_names(self.nodes)

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        """Names that come from another module."""
        return imports(self.nodes)

    @cached_property
    def values(self) -> Values:
        """What names hold; made where the first of them stands in a model's place."""
        return Values(self.nodes, self.parents, self.constants)

    def take(  # noqa: C901, PLR0912 - one case a form, flat on purpose
        self,
        node: ast.expr,
        slot: Slot,
        kind: str,
        *,
        revision: str | None = None,
        hint: str | None = None,
        depth: int = 0,
    ) -> Iterator[Candidate]:
        """Candidates of an expression in a place that takes models."""
        match node:
            case ast.Constant(value=str() as text):
                if id(node) not in self.taken:
                    self.taken.add(id(node))
                    yield self.made(node, text, slot, kind, revision, hint)
            case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() if depth < _DEEPEST:
                yield from self.table(node, slot, kind, hint, depth)
            case ast.IfExp(body=body, orelse=other):
                for item in (body, other):
                    yield from self.take(item, slot, kind, hint=hint, depth=depth + 1)
            case ast.BoolOp(values=values):
                for item in values:
                    yield from self.take(item, slot, kind, hint=hint, depth=depth + 1)
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                joined = known_text(node, self.constants)
                if joined and not (joined.count("/") == 1 and in_folder(node)):
                    self.taken.update(id(part) for part in ast.walk(node))
                    yield self.made(node, joined, slot, "python-f-string", revision, hint)
            case ast.Call(func=func, keywords=words) if name_of(func) in _FIELDS:
                for item in [*node.args[:1], *(word.value for word in words if word.arg == "default")]:
                    yield from self.take(item, slot, "python-default", hint=hint, depth=depth + 1)
            case ast.Call(func=func, args=[_, ast.Constant()]) if name_of(func) in GETTERS and depth < _DEEPEST:
                yield from self.take(node.args[1], slot, "python-environment-default", hint=hint)
                yield from self.followed(node, slot, kind, revision, hint)
            case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call() | ast.BinOp():
                yield from self.followed(node, slot, kind, revision, hint)
            case _:
                return

    def table(
        self, node: ast.List | ast.Tuple | ast.Set | ast.Dict, slot: Slot, kind: str, hint: str | None, depth: int
    ) -> Iterator[Candidate]:
        """The elements of a list, and the entries of a table that say nothing else of themselves, or are named so."""
        slot = Slot.MODEL if slot is Slot.HUB and depth else slot
        if not isinstance(node, ast.Dict):
            for item in node.elts:
                if isinstance(item, ast.Call):
                    yield from self.named_first(item, kind, hint)
                elif not isinstance(item, ast.Name | ast.Attribute):
                    yield from self.take(item, slot, kind, hint=hint, depth=depth + 1)
            return
        for key, item in zip(node.keys, node.values, strict=True):
            name = text_of(key)
            if key is not None and "/" in (name or "") and text_of(item) is None:
                yield from self.take(key, Slot.MODEL, kind, hint=hint, depth=depth + 1)
            if isinstance(item, ast.Call):
                yield from self.named_first(item, kind, hint)
            elif not isinstance(item, ast.Name | ast.Attribute) and _holds(name, item, depth):
                yield from self.take(item, Slot.MODEL, kind, hint=hint, depth=depth + 1)

    def named_first(self, call: ast.Call, kind: str, hint: str | None) -> Iterator[Candidate]:
        """The first argument of a call, or its `name`, where it is `owner/name`."""
        for item in (*call.args[:1], *(word.value for word in call.keywords if word.arg in SILENT)):
            if "/" in (text_of(item) or ""):
                yield from self.take(item, Slot.MODEL, kind, hint=hint, depth=1)

    def followed(
        self, node: ast.expr, slot: Slot, kind: str, revision: str | None, hint: str | None
    ) -> Iterator[Candidate]:
        """What an expression may hold, told where it is used and where it is written; or where it comes from."""
        name = name_of(node) or dotted(node)
        found = self.values.texts(node)
        for text, origin in found:
            if len(found) <= _MOST_AT_USE:
                yield self.made(node, text, slot, kind, revision, hint, via=name or None)
            if isinstance(origin, ast.Constant) and id(origin) not in self.taken:
                self.taken.add(id(origin))
                yield self.made(origin, text, slot, "python-constant", revision, hint)
        if not found:
            yield from self.elsewhere(node, slot, kind, revision, hint)

    def elsewhere(
        self, node: ast.expr, slot: Slot, kind: str, revision: str | None, hint: str | None
    ) -> Iterator[Candidate]:
        """A name whose value stands in another file or in the environment."""
        match node:
            case ast.Name(id=name):
                value = self.constants.get(name)
                if value is None and name in self.imports and self.source.imported is not None:
                    value = self.source.imported(self.source.name, *self.imports[name])
                if value is not None:
                    yield self.made(node, value, slot, kind, revision, hint, via=name)
                elif name not in self.known and slot is not Slot.MODEL:
                    yield self.made(node, "{" + name + "}", slot, kind, revision, hint)
            case ast.Attribute(value=ast.Name(), attr=name) if slot is Slot.HUB and name in self.constants:
                yield self.made(node, self.constants[name], slot, kind, revision, hint, via=name)
            case ast.Subscript() | ast.Call(args=[ast.Constant()]) if slot is not Slot.MODEL:
                variable = environment_name(node)
                if variable is not None:
                    yield self.made(node, "{" + variable + "}", slot, "python-environment", revision, hint)
            case _:
                return

    def made(  # noqa: PLR0917 - the parts of a candidate, in its order
        self,
        node: ast.expr,
        text: str,
        slot: Slot,
        kind: str,
        revision: str | None,
        hint: str | None,
        via: str | None = None,
    ) -> Candidate:
        """A candidate at the place of an expression."""
        return Candidate(value=text, line=node.lineno, column=self.column(node), kind=kind, slot=slot, revision=revision, hint=hint, via=via)  # fmt: skip

    def column(self, node: ast.expr) -> int:
        """The tree counts bytes; a person counts characters."""
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        if line.isascii():
            return node.col_offset + 1
        return len(line.encode("utf-8", "replace")[: node.col_offset].decode("utf-8", "replace")) + 1


def _holds(key: str | None, item: ast.expr, depth: int) -> bool:
    """Whether an entry of a table of models may be one, or hold one: deeper down only under a key that says nothing."""
    return isinstance(item, ast.Dict | ast.List | ast.Tuple) or (key in SILENT if depth else is_silent(key))
