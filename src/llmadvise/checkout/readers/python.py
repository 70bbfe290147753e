"""Python, by its syntax tree: literals where models stand, constants, defaults, and strings that say it themselves."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import replace

from llmadvise.checkout.places import SILENT, Candidate, Slot, is_table, slot_of_key
from llmadvise.checkout.plain_names import may_speak
from llmadvise.checkout.readers.assigned import read_lines
from llmadvise.checkout.readers.python_calls import Calls
from llmadvise.checkout.readers.python_tree import known_text, name_of, text_of
from llmadvise.checkout.readers.source import PartlyReadError, Source
from llmadvise.checkout.shell import candidates

_LONGEST_PROGRAM = 1_500_000
"""A tree takes some 160 times the memory of its text."""
_LONGEST = 200
_LONGEST_DOCUMENT = 20_000
_STRINGS = frozenset((ast.Constant, ast.JoinedStr))


def read_python(source: Source) -> Iterator[Candidate]:
    """Candidates of one Python file."""
    if len(source.text) > _LONGEST_PROGRAM:
        raise PartlyReadError(f"longer than {_LONGEST_PROGRAM:,} characters; read as text, not as Python")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PartlyReadError(f"not read as Python ({type(error).__name__}); read as text") from error
    yield from _File(source, tree).candidates()


_READ = frozenset((ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Dict, ast.Expr, ast.List, ast.Return, ast.Compare, ast.Subscript))  # fmt: skip


class _File(Calls):
    """One file: its statements first, then the strings that none of them took."""

    def candidates(self) -> Iterator[Candidate]:
        for node in self.nodes:
            if type(node) in _READ:
                yield from self.statement(node)
        yield from self.rest()

    def statement(self, node: ast.AST) -> Iterator[Candidate]:  # noqa: C901 - one case a form, flat on purpose
        """What one node of a kind that may take a model says."""
        match node:
            case ast.Call():
                yield from self.call(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from self.defaults(node.args)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from self.assigned(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                yield from self.assigned(target, value)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield from self.given(text_of(key) or "", value, "python-dictionary")
            case ast.List(elts=items) if any((text_of(item) or "").startswith("--") for item in items):
                yield from self.command(node)
            case ast.Return(value=ast.expr() as value):
                yield from self.returned(node, value)
            case ast.Compare(left=left, comparators=[right]) | ast.Subscript(value=right, slice=left):
                yield from self.asked_of(left, right)
            case ast.Expr(value=ast.Constant() as text):
                self.taken.add(id(text))
            case _:
                pass

    def assigned(self, target: ast.expr, value: ast.expr) -> Iterator[Candidate]:
        """What a name, an attribute or several of them are given."""
        match target, value:
            case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
                for one, item in zip(targets, values, strict=True):
                    yield from self.assigned(one, item)
                return
            case ast.Attribute(value=above, attr=name), _ if name in SILENT and slot_of_key(name_of(above)) is not None:
                full = f"{name_of(above)}_{name}"
            case _:
                full = name_of(target)
        yield from self.given(full, value, "python-constant")
        owner = self.parents.get(id(self.parents.get(id(target))))
        if isinstance(owner, ast.ClassDef) and slot_of_key(full) is None and is_table(owner.name):
            enum = any("Enum" in name_of(base) for base in owner.bases)
            if (enum or full.isupper()) and "/" in (text_of(value) or ""):
                yield from self.take(value, Slot.MODEL, "python-constant", hint=owner.name)

    def asked_of(self, asked: ast.expr, known: ast.expr) -> Iterator[Candidate]:
        """What a model's name is compared with or looked up in: a text, or the keys of a table."""
        name = name_of(asked) if isinstance(asked, ast.Name | ast.Attribute) else ""
        if not name or slot_of_key(name) is None:
            return
        found = self.values.elements(known) if isinstance(known, ast.Name | ast.List | ast.Tuple | ast.Set) else [known]
        for item in found:
            if "/" in (text_of(item) or ""):
                yield from self.take(item, Slot.MODEL, "python-constant", hint=name)

    def returned(self, node: ast.Return, value: ast.expr) -> Iterator[Candidate]:
        """What a function returns whose name is that of a model."""
        if "/" not in (text_of(value) or ""):
            return
        above = self.parents.get(id(node))
        while above is not None and not isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            above = self.parents.get(id(above))
        name = getattr(above, "name", "")
        if slot_of_key(name) is not None:
            yield from self.take(value, Slot.MODEL, "python-constant", hint=name)

    def rest(self) -> Iterator[Candidate]:
        """Strings anywhere else: commands, documents, and what says by itself that it is a model."""
        for node in self.nodes:
            if (
                type(node) not in _STRINGS
                or not isinstance(node, ast.Constant | ast.JoinedStr)
                or id(node) in self.taken
            ):
                continue
            if isinstance(node, ast.Constant) and not isinstance(node.value, str):
                continue
            text = known_text(node, self.constants)
            if text is None or isinstance(self.parents.get(id(node)), ast.JoinedStr):
                continue
            if " " in text or "\n" in text:
                yield from self.document(node, text)
            elif isinstance(node, ast.Constant) and len(text) < _LONGEST:
                hint = self.around(node)
                if may_speak(text, hint, ollama=self.ollama):
                    yield self.made(node, text, Slot.ANY, "python-string", None, hint)

    def document(self, node: ast.expr, text: str) -> Iterator[Candidate]:
        """A string of several words: a command with flags, or lines of a configuration."""
        if len(text) > _LONGEST_DOCUMENT:
            return
        if "\n" in text and ": " in text:
            # A backslash after the opening quotes takes the first end of line away.
            start = (
                node.lineno if "".join(self.lines[node.lineno - 1 : node.lineno]).endswith("\\") else node.lineno - 1
            )
            for item in read_lines(Source(name="", text=text, ollama=self.ollama)):
                yield replace(item, line=item.line + start, kind="python-document")
        elif " --" in text:
            yield from candidates(text, node.lineno, self.column(node) + 1, "python-command")

    def around(self, node: ast.AST) -> str | None:
        """The name of the variable or function that a string is the value of."""
        parent = self.parents.get(id(node))
        for _ in range(3):
            match parent:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    return name
                case ast.Assign(targets=[target, *_]):
                    return name_of(target)
                case _:
                    parent = self.parents.get(id(parent))
        return None
