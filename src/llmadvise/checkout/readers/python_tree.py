"""Questions about the syntax tree of a Python file."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache

from llmadvise.checkout.places import Slot, slot_of_key, words_of

_MOST_PARTS = 40
_NO_CHILDREN = frozenset((ast.Constant, ast.Pass, ast.Name, ast.Global, ast.Nonlocal, ast.Break, ast.Continue))
_MARKS = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)


@cache
def _placed() -> frozenset[type]:
    """The kinds of nodes that have a place of their own; asking for the exact kind is the quickest question there is."""
    kinds = (item for item in vars(ast).values() if isinstance(item, type) and issubclass(item, ast.AST))
    return frozenset(item for item in kinds if not issubclass(item, _MARKS))


def walk(tree: ast.Module) -> tuple[list[ast.AST], dict[int, ast.AST]]:
    """Every node that has a place, breadth first, and the parent of each by identity; no recursion, however deep."""
    nodes: list[ast.AST] = [tree]
    parents: dict[int, ast.AST] = {}
    placed = _placed()
    for node in nodes:
        if type(node) in _NO_CHILDREN:
            continue
        for value in vars(node).values():
            kind = type(value)
            if kind is list:
                for item in value:
                    if type(item) in placed:
                        parents[id(item)] = node
                        nodes.append(item)
            elif kind in placed:
                parents[id(value)] = node
                nodes.append(value)
    return nodes, parents


def constants(nodes: list[ast.AST]) -> dict[str, str]:
    """Simple names that are given one text in the file and nothing else; the default of a variable of the environment
    is such a text.
    """
    found: dict[str, str | None] = {}
    for node in nodes:
        kind = type(node)
        if kind is ast.Name:
            _stored(node, found)
        elif kind is ast.arg:
            found[getattr(node, "arg", "")] = None
        elif kind is ast.Assign or kind is ast.AnnAssign:
            _assigned(node, found)
    return {name: text for name, text in found.items() if text is not None}


def _stored(node: ast.AST, found: dict[str, str | None]) -> None:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        found.setdefault(node.id, None)


def _assigned(node: ast.AST, found: dict[str, str | None]) -> None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            pass
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            pass
        case _:
            return
    text = likely_text(value)
    found[name] = text if found.get(name, text) == text else None


def likely_text(node: ast.expr) -> str | None:
    """The text of a literal, or the default of `os.getenv(…)` and `… or "…"`."""
    match node:
        case ast.Call(func=func, args=[_, default]) if dotted(func).rpartition(".")[2] in ("getenv", "get"):
            return text_of(default)
        case ast.BoolOp(op=ast.Or(), values=[_, default]):
            return text_of(default)
        case _:
            return text_of(node)


def environment_name(node: ast.expr) -> str | None:
    """The variable that an expression takes from the environment without a default."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str() as name)) if dotted(value).endswith("environ"):
            return name
        case ast.Call(func=func, args=[ast.Constant(value=str() as name)]) if dotted(func).endswith(
            ("getenv", "environ.get")
        ):
            return name
        case _:
            return None


def imports(nodes: list[ast.AST]) -> dict[str, tuple[str, str]]:
    """Names that come from another module: (module, name there)."""
    return {
        item.asname or item.name: ("." * node.level + (node.module or ""), item.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for item in node.names
    }


def given_names(nodes: list[ast.AST]) -> set[str]:
    """Names that are assigned, looped over or imported in the file: their value stands elsewhere in it."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def text_of(node: ast.AST | None) -> str | None:
    """The text of a literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def known_text(node: ast.expr, known: Mapping[str, str]) -> str | None:
    """The text of an expression, unknown parts in braces; None: too deep or no text."""
    parts: list[str] = []
    waiting: list[ast.expr] = [node]
    while waiting and len(parts) < _MOST_PARTS:
        match waiting.pop():
            case ast.Constant(value=str() as text):
                parts.append(text)
            case ast.JoinedStr(values=values):
                waiting.extend(reversed(values))
            case ast.FormattedValue(value=ast.Name(id=name)) | ast.Name(id=name):
                parts.append(known.get(name, "{" + name + "}"))
            case ast.FormattedValue(value=value):
                parts.append("{" + (dotted(value) or "expression") + "}")
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                waiting += [right, left]
            case _:
                return None
    return "".join(parts)


def in_folder(node: ast.expr) -> bool:
    """Whether a text that is put together begins with a folder's name: `f"{OUTPUT_DIR}/encoder"`."""
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.FormattedValue):
        node = node.values[0].value
    return words_of(name_of(node))[-1:] in (["dir"], ["directory"], ["folder"], ["root"])


def name_of(node: ast.expr) -> str:
    """The last name of what is assigned to or called; empty where it has none."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case _:
            return ""


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of attributes, calls and subscripts."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        else:
            node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def annotated(node: ast.expr | None) -> Slot | None:
    """What an option of typer takes, by the flags in its annotation."""
    if node is None:
        return None
    for part in ast.walk(node):
        text = text_of(part)
        if text is not None and text.startswith("--"):
            return slot_of_key(text.strip("-"))
    return None
