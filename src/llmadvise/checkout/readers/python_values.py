"""What the names, attributes and tables of a Python file may hold: every text they are given, wherever in the file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from llmadvise.checkout.readers.python_tree import dotted, in_folder, known_text, name_of
from llmadvise.record import dataclass

_DEEPEST = 8
_MOST = 60
_MOST_STEPS = 4000
_MOST_STEPS_IN_FILE = 400_000
_GIVES = frozenset((ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))  # fmt: skip
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SAME = frozenset(("str", "Path", "strip", "lower", "PurePath", "abspath", "expanduser", "cast"))
_GETTERS = frozenset(("getenv", "get", "getattr", "pop", "setdefault"))
_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a name is given: an expression, one of its elements, or a part of each element."""

    node: ast.expr
    each: bool = False
    part: int | None = None


class Values:
    """Names by the function they are given in, attributes by their owner, and the arguments of the file's functions."""

    def __init__(self, nodes: list[ast.AST], parents: dict[int, ast.AST], constants: dict[str, str]) -> None:
        self.parents = parents
        self.constants = constants
        self.names: dict[tuple[int, str], list[Held]] = {}
        self.attributes: dict[str, list[Held]] = {}
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.scopes: dict[int, ast.AST] = {}
        self.steps = 0
        self.left = _MOST_STEPS_IN_FILE
        calls: list[ast.Call] = []
        for node in nodes:
            if isinstance(node, ast.Call):
                calls.append(node)
            elif type(node) in _GIVES:
                self._given(node)
        for call in calls:
            self._called(call)

    def _given(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._store(target, Held(node=value))
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._store(target, Held(node=value))
            case ast.For(target=target, iter=iterated) | ast.AsyncFor(target=target, iter=iterated):
                self._loop(target, iterated)
            case ast.comprehension(target=target, iter=iterated):
                self._loop(target, iterated)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.Lambda(args=args):
                self._defaults(node, args)
            case _:
                pass

    def _store(self, target: ast.expr, held: Held) -> None:
        match target:
            case ast.Name(id=name):
                self.names.setdefault((self.scope(target), name), []).append(held)
                owner = self.parents.get(id(self.parents.get(id(target))))
                if isinstance(owner, ast.ClassDef):
                    self.attributes.setdefault(f"{owner.name}.{name}", []).append(held)
                    self.attributes.setdefault(f"self.{name}", []).append(held)
            case ast.Attribute(value=owner_node, attr=name):
                self.attributes.setdefault(f"{_owner(owner_node)}.{name}", []).append(held)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, held)
            case _:
                pass

    def _unpack(self, targets: list[ast.expr], held: Held) -> None:
        for at, target in enumerate(targets):
            match held:
                case Held(node=ast.Tuple(elts=items) | ast.List(elts=items), each=False) if at < len(items):
                    self._store(target, Held(node=items[at]))
                case Held(each=True, part=None):
                    self._store(target, replace(held, part=at))
                case _:
                    pass

    def _loop(self, target: ast.expr, iterated: ast.expr) -> None:
        match iterated:
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if isinstance(target, ast.Tuple):
                self._loop(target.elts[-1], inner)
            case ast.Call(func=ast.Name(id="zip"), args=items) if isinstance(target, ast.Tuple):
                for one, inner in zip(target.elts, items, strict=False):
                    self._loop(one, inner)
            case _:
                self._store(target, Held(node=iterated, each=True))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        owner = self.parents.get(id(node))
        name = owner.name if node.name == "__init__" and isinstance(owner, ast.ClassDef) else node.name
        self.functions[name] = node
        self._defaults(node, node.args)

    def _defaults(self, node: ast.AST, args: ast.arguments) -> None:
        self.scopes[id(node)] = node
        positional = [*args.posonlyargs, *args.args]
        for arg in (*positional, *args.kwonlyargs):
            self.names.setdefault((id(node), arg.arg), [])
        pairs = list(zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True))
        pairs += [(arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None]  # fmt: skip
        for arg, value in pairs:
            self.names[id(node), arg.arg].append(Held(node=value))

    def _called(self, call: ast.Call) -> None:
        """The arguments that a function of this file is called with."""
        function = self.functions.get(name_of(call.func))
        if function is None:
            return
        positional = [*function.args.posonlyargs, *function.args.args]
        if positional and positional[0].arg in ("self", "cls"):
            positional = positional[1:]
        for arg, value in zip(positional, call.args, strict=False):
            self.names[id(function), arg.arg].append(Held(node=value))
        for word in call.keywords:
            held = self.names.get((id(function), word.arg or ""))
            if held is not None:
                held.append(Held(node=word.value))

    def scope(self, node: ast.AST) -> int:
        """The function that a node stands in; 0: none."""
        above = self.parents.get(id(node))
        while above is not None and not isinstance(above, _SCOPES):
            above = self.parents.get(id(above))
        return 0 if above is None else id(above)

    def texts(self, node: ast.expr) -> list[tuple[str, ast.expr | None]]:
        """The texts that an expression may have, each with its literal where it is one; empty: not known here."""
        if self.left <= 0:
            return []
        self.steps = 0
        out: dict[str, ast.expr | None] = {}
        for text, origin in self._texts(node, 0):
            out.setdefault(text, origin)
            if len(out) >= _MOST:
                break
        self.left -= self.steps
        return list(out.items())

    def elements(self, node: ast.expr) -> list[ast.expr]:
        """The elements of a list that a name stands for."""
        if self.left <= 0:
            return []
        self.steps = 0
        found = self._children(node, None, 0)[:_MOST]
        self.left -= self.steps
        return found

    def _texts(self, node: ast.expr, depth: int) -> Iterator[tuple[str, ast.expr | None]]:  # noqa: C901 - one case a form, flat on purpose
        self.steps += 1
        if depth > _DEEPEST or self.steps > _MOST_STEPS:
            return
        match node:
            case ast.Constant(value=str() as text):
                yield text, node
            case ast.Name() | ast.Attribute():
                for held in self._held(node):
                    for inner in self._of(held, depth):
                        yield from self._texts(inner, depth + 1)
            case ast.IfExp(body=body, orelse=other):
                yield from self._texts(body, depth + 1)
                yield from self._texts(other, depth + 1)
            case ast.BoolOp(values=values):
                for inner in values:
                    yield from self._texts(inner, depth + 1)
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                joined = known_text(node, self.constants)
                if joined and "{" not in joined and not (joined.count("/") == 1 and in_folder(node)):
                    yield joined, None
            case ast.BinOp() | ast.Call() | ast.Subscript():
                yield from self._composed(node, depth)
            case _:
                return

    def _composed(self, node: ast.expr, depth: int) -> Iterator[tuple[str, ast.expr | None]]:  # noqa: C901 - as above
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr="format"), args=args, keywords=[]):  # fmt: skip
                yield from self._formatted(text.split("{}"), args)
            case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod(), right=right):
                yield from self._formatted(text.split("%s"), right.elts if isinstance(right, ast.Tuple) else [right])
            case ast.Call(func=ast.Attribute(value=ast.Constant(value="/"), attr="join"), args=[ast.List(elts=args)]):
                yield from self._formatted(["", *["/"] * (len(args) - 1), ""], args)
            case ast.Call(func=func, args=args) if dotted(func).endswith("path.join") and args:
                yield from self._formatted(["", *["/"] * (len(args) - 1), ""], args)
            case ast.Call(func=func, args=[first, *_]) if name_of(func) in _SAME:
                yield from self._texts(first, depth + 1)
            case ast.Call(func=ast.Attribute(value=inner, attr="strip" | "lower"), args=[]):
                yield from self._texts(inner, depth + 1)
            case ast.Call(func=func, args=args) if name_of(func) in _GETTERS:
                if isinstance(func, ast.Attribute) and func.attr == "get" and args:
                    yield from self._entries(func.value, args[0], depth)
                for inner in args[1:_PAIR]:
                    yield from self._texts(inner, depth + 1)
            case ast.Subscript(value=table, slice=key):
                yield from self._entries(table, key, depth)
            case _:
                return

    def _formatted(self, pieces: list[str], args: list[ast.expr]) -> Iterator[tuple[str, None]]:
        """A text put together of pieces and arguments that are known to be one text each."""
        known = [known_text(item, self.constants) for item in args]
        if len(pieces) == len(known) + 1 and all(text and "{" not in text for text in known):
            yield "".join(piece + (text or "") for piece, text in zip(pieces, [*known, ""], strict=True)), None

    def _entries(self, table: ast.expr, key: ast.expr, depth: int) -> Iterator[tuple[str, ast.expr | None]]:
        for entry in self._children(table, key, depth + 1):
            yield from self._texts(entry, depth + 1)

    def _held(self, node: ast.Name | ast.Attribute) -> list[Held]:
        if isinstance(node, ast.Attribute):
            return self.attributes.get(f"{_owner(node.value)}.{node.attr}", [])
        scope = self.scope(node)
        while scope:
            held = self.names.get((scope, node.id))
            if held is not None:
                return held
            scope = self.scope(self.scopes[scope])
        return self.names.get((0, node.id), [])

    def _of(self, held: Held, depth: int) -> list[ast.expr]:
        """The expressions that a name stands for: what it is given, or each element of that."""
        if not held.each:
            return [held.node]
        items = self._children(held.node, None, depth + 1)
        if held.part is None:
            return items
        return [item.elts[held.part] for item in items if isinstance(item, ast.Tuple | ast.List) and held.part < len(item.elts)]  # fmt: skip

    def _children(self, node: ast.expr, key: ast.expr | None, depth: int) -> list[ast.expr]:  # noqa: PLR0911 - one case a form, flat on purpose
        """The elements of a list or table, under one key if it is known; iterating a table gives its keys."""
        self.steps += 1
        if depth > _DEEPEST or self.steps > _MOST_STEPS:
            return []
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return [item.value if isinstance(item, ast.Starred) else item for item in items]
            case ast.Dict(keys=keys, values=values):
                if key is None:
                    return [item for item in keys if item is not None]
                wanted = key.value if isinstance(key, ast.Constant) else None
                exact = [value for name, value in zip(keys, values, strict=True) if isinstance(name, ast.Constant) and name.value == wanted]  # fmt: skip
                return exact if wanted is not None else values
            case ast.Name() | ast.Attribute():
                inner = [item for held in self._held(node) for item in self._of(held, depth)]
                return [item for one in inner[:_MOST] for item in self._children(one, key, depth + 1)]
            case ast.Subscript(value=table, slice=above):
                inner = self._children(table, above, depth + 1)
                return [item for one in inner[:_MOST] for item in self._children(one, key, depth + 1)]
            case ast.Call(func=ast.Attribute(value=table, attr="values" | "items" | "keys" as what), args=[]):
                return self._view(table, what, depth)
            case ast.Call(func=ast.Name(id="list" | "tuple" | "set" | "sorted" | "reversed"), args=[inner_node, *_]):
                return self._children(inner_node, key, depth + 1)
            case _:
                return []

    def _view(self, table: ast.expr, what: str, depth: int) -> list[ast.expr]:
        keys = self._children(table, None, depth + 1)
        if what == "keys":
            return keys
        values = self._children(table, ast.Constant(value=None), depth + 1)
        if what == "values":
            return values
        return [ast.Tuple(elts=[key, value]) for key, value in zip(keys, values, strict=False)]


def _owner(node: ast.expr) -> str:
    name = name_of(node)
    return "self" if name == "cls" else name
