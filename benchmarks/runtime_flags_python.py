"""Flags of command lines written in Python, read from the syntax tree: nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime_flags_shape import Flag

_STORES = {"store_true", "store_false", "store_const", "count", "version", "help"}


@dataclass(frozen=True)
class Field:
    """One annotated name of a class."""

    name: str
    annotation: ast.expr
    value: ast.expr | None


def argparse_flags(path: Path, kinds: Mapping[str, ast.expr] | None = None, *, within: str | None = None) -> list[Flag]:
    """Every `add_argument` of a file, or of one function of it, that names a flag.

    `kinds`: annotations by field, for options that take their settings from a table (`**kwargs["field"]`).
    """
    found = []
    for call in _calls(_scope(path, within), "add_argument"):
        names = [name for item in call.args if (name := _text(item)) and name.startswith("-")]
        if names:
            found.append(_argparse_flag(names, call, kinds or {}))
    return found


def click_flags(path: Path, within: str) -> list[Flag]:
    """Options of one command of click: those of the decorators of a function."""
    function = _function(ast.parse(path.read_text(encoding="utf-8")), within)
    found = []
    for call in function.decorator_list:
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "option":
            continue
        names = tuple(name for item in call.args if (name := _text(item)) and name.startswith("-"))
        switch = any(item.arg == "is_flag" and _constant(item.value) is True for item in call.keywords)
        found.append(Flag(names=names, value="none" if switch else "one"))
    return found


def typer_flags(path: Path, within: str) -> list[Flag]:
    """Options of one function of Typer: parameters annotated with `typer.Option`."""
    function = _function(ast.parse(path.read_text(encoding="utf-8")), within)
    found = []
    for argument in function.args.args:
        if argument.annotation is None or "typer.Option" not in ast.unparse(argument.annotation):
            continue
        name = argument.arg.replace("_", "-")
        if _is_switch(argument.annotation):
            found.append(Flag(names=(f"--{name}",), value="none"))
            found.append(Flag(names=(f"--no-{name}",), value="none"))
        else:
            found.append(Flag(names=(f"--{name}",), value="one"))
    return found


def fields(path: Path, classes: Sequence[str] | None = None) -> Iterator[Field]:
    """Annotated names of the classes of a file, in order."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and (classes is None or node.name in classes):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    yield Field(item.target.id, item.annotation, item.value)


def field_flags(found: Iterator[Field], *, switches: bool) -> list[Flag]:
    """Flags that a program derives from fields by their names; `switches`: a bool becomes `--name` and `--no-name`."""
    flags = []
    for field in found:
        if field.name.startswith("_"):
            continue
        name = field.name.replace("_", "-")
        if switches and _is_switch(field.annotation):
            flags += [Flag(names=(f"--{name}",), value="none"), Flag(names=(f"--no-{name}",), value="none")]
        else:
            many = "ist[" in ast.unparse(field.annotation)
            flags.append(Flag(names=(f"--{name}",), value="many" if many else "one"))
    return flags


def annotated_flags(path: Path, names: Mapping[str, tuple[str, ...]]) -> list[Flag]:
    """Flags of fields annotated `A[type, "help"]` or `A[type, Arg(...)]`; `names`: lists that choices refer to."""
    flags = []
    for field in fields(path):
        if not isinstance(field.annotation, ast.Subscript) or ast.unparse(field.annotation.value) != "A":
            continue
        parts = field.annotation.slice
        kind, about = parts.elts if isinstance(parts, ast.Tuple) else (parts, None)
        said = {item.arg: item.value for item in about.keywords} if isinstance(about, ast.Call) else {}
        if _constant(said.get("no_cli")) is True:
            continue
        cli = _text(said.get("cli_name")) or f"--{field.name.replace('_', '-')}"
        spelled = (cli, *_texts(said.get("aliases"), names))
        value = "none" if _is_switch(kind) else "many" if "List[" in ast.unparse(kind) else "one"
        choices = _texts(said.get("choices"), names) or _literal(kind, names)
        flags.append(Flag(names=spelled, value=value, choices=choices))
        if "BooleanOptionalAction" in ast.unparse(said.get("action", ast.Constant(""))):
            flags.append(Flag(names=(f"--no-{cli[2:]}",), value="none"))
    return flags


def text_lists(*paths: Path) -> dict[str, tuple[str, ...]]:
    """Lists of texts that stand at the top of files under a name: `CHOICES = ["a", "b"]`, `Kind = Literal["a"]`."""
    found: dict[str, tuple[str, ...]] = {}
    for path in paths:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                texts = _texts(node.value, found) or _literal(node.value, found)
                if texts:
                    found[node.targets[0].id] = texts
    return found


def with_choices(
    flags: Sequence[Flag], kinds: Mapping[str, ast.expr], names: Mapping[str, tuple[str, ...]]
) -> list[Flag]:
    """The same with the choices of fields whose type is a list of words."""
    found = []
    for flag in flags:
        kind = kinds.get(flag.names[0].lstrip("-").replace("-", "_"))
        choices = flag.choices or (_literal(kind, names) if kind is not None else ())
        found.append(Flag(names=flag.names, value=flag.value, choices=choices))
    return found


def _argparse_flag(names: list[str], call: ast.Call, kinds: Mapping[str, ast.expr]) -> Flag:
    said = {item.arg: item.value for item in call.keywords if item.arg}
    action, count = _text(said.get("action")), said.get("nargs")
    table = next((key for item in call.keywords if item.arg is None and (key := _key(item.value))), None)
    switch = action in _STORES or "Optional" in ast.unparse(said.get("action", ast.Constant("")))
    if table is not None and table in kinds and _is_switch(kinds[table]):
        switch = True
        names = [*names, *(f"--no-{name[2:]}" for name in names if name.startswith("--"))]
    value = "none" if switch else {"?": "optional", "*": "many", "+": "many"}.get(_text(count) or "", "one")
    return Flag(names=tuple(names), value=value, choices=_texts(said.get("choices"), {}))


def _key(node: ast.expr) -> str | None:
    """The field of `kwargs["field"]`."""
    return _text(node.slice) if isinstance(node, ast.Subscript) else None


def _is_switch(annotation: ast.expr) -> bool:
    text = ast.unparse(annotation).removeprefix("Annotated[").removeprefix("Optional[")
    return text.partition(",")[0].strip("] ") in {"bool", "bool | None"} or text.startswith("bool,")


def _literal(node: ast.expr, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    for item in ast.walk(node):
        if isinstance(item, ast.Subscript) and ast.unparse(item.value) == "Literal":
            return _texts(item.slice, names)
        if isinstance(item, ast.Name) and item.id in names:
            return names[item.id]
    return ()


def _texts(node: ast.expr | None, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return names.get(node.id, ())
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return tuple(str(item.value) for item in node.elts if isinstance(item, ast.Constant) and item.value is not None)
    return (str(node.value),) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ()


def _scope(path: Path, within: str | None) -> ast.AST:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tree if within is None else _function(tree, within)


def _function(tree: ast.AST, name: str) -> ast.FunctionDef:
    return next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name)


def _calls(tree: ast.AST, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _text(node: ast.expr | None) -> str | None:
    value = _constant(node)
    return value if isinstance(value, str) else None
