"""Questions about the syntax tree of a Python file."""

from __future__ import annotations

import ast

from llmadvise.checkout.places import Slot, slot_of_key


def walk(tree: ast.Module) -> tuple[list[ast.AST], dict[int, ast.AST]]:
    """Every node, breadth first, and the parent of each by identity; no recursion, however deep the tree is."""
    nodes: list[ast.AST] = [tree]
    parents: dict[int, ast.AST] = {}
    for node in nodes:
        for child in ast.iter_child_nodes(node):
            parents[id(child)] = node
            nodes.append(child)
    return nodes, parents


def constants(nodes: list[ast.AST]) -> dict[str, str]:
    """Simple names that are given one text in the file and nothing else; the default of a variable of the environment
    is such a text.
    """
    found: dict[str, str | None] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                text = likely_text(value)
                found[name] = text if found.get(name, text) == text else None
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                text = likely_text(value)
                found[name] = text if found.get(name, text) == text else None
            case ast.Name(id=name, ctx=ast.Store()) if name not in found:
                found.setdefault(name, None)
            case ast.arg(arg=name):
                found[name] = None
            case _:
                pass
    return {name: text for name, text in found.items() if text is not None}


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
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def text_of(node: ast.AST | None) -> str | None:
    """The text of a literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


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
