"""Python, by its syntax tree: literals where models stand, constants, defaults, and strings that say it themselves."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import replace

from llmadvise.checkout.calls import slot_of_call
from llmadvise.checkout.places import Candidate, Slot, is_silent, slot_of_key, words_of
from llmadvise.checkout.plain_names import may_speak
from llmadvise.checkout.readers.assigned import read_lines
from llmadvise.checkout.readers.python_tree import (
    annotated,
    constants,
    dotted,
    environment_name,
    given_names,
    imports,
    known_text,
    name_of,
    text_of,
    walk,
)
from llmadvise.checkout.readers.source import PartlyReadError, Source
from llmadvise.checkout.shell import Word, candidates, of_command

_LONGEST_PROGRAM = 1_500_000
"""A tree takes some 250 times the memory of its text."""
_LONGEST = 200
_LONGEST_DOCUMENT = 20_000
_SHELLS = frozenset(("system", "run", "Popen", "check_call", "check_output", "call", "getoutput", "run_commands"))
_GETTERS = frozenset(("getenv", "get", "env", "pop", "setdefault", "config", "str", "getattr"))
_OPTIONS = frozenset(("add_argument", "Option", "option", "Argument", "argument", "DEFINE_string", "add_option"))


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


_READ = frozenset((ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Dict, ast.Expr))  # fmt: skip


class _File:
    """One tree, its constants and which literals were already taken."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.nodes, self.parents = walk(tree)
        self.taken: set[int] = set()
        self.ollama = source.ollama
        self.lines = source.text.split("\n")
        self.constants = constants(self.nodes)
        self.known = given_names(self.nodes)
        self.imports = imports(self.nodes)
        self.source = source
        self.of_data = any(value in ("dataset", "space") and words_of(name)[-2:] == ["repo", "type"] for name, value in self.constants.items())  # fmt: skip

    def candidates(self) -> Iterator[Candidate]:
        for node in self.nodes:
            if type(node) in _READ:
                yield from self.statement(node)
        yield from self.rest()

    def statement(self, node: ast.AST) -> Iterator[Candidate]:
        """What one node of a kind that may take a model says."""
        match node:
            case ast.Call():
                yield from self.call(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from self.defaults(node.args)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from self.given(name_of(target), value, "python-constant")
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                yield from self.given(name_of(target), value, "python-constant")
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield from self.given(text_of(key) or "", value, "python-dictionary")
            case ast.Expr(value=ast.Constant() as text):
                self.taken.add(id(text))
            case _:
                pass

    def call(self, node: ast.Call) -> Iterator[Candidate]:  # noqa: C901 - one case a form, flat on purpose
        called = dotted(node.func)
        name = called.rpartition(".")[2]
        if name in _SHELLS:
            yield from self.shell(node)
        revision = text_of(next((word.value for word in node.keywords if word.arg == "revision"), None))
        if name in _OPTIONS:
            yield from self.option(node)
        if name in _GETTERS and len(node.args) == len(("name", "default")) and isinstance(node.args[0], ast.Constant):
            yield from self.given(str(node.args[0].value), node.args[1], "python-environment-default")
        for at, argument in enumerate(node.args[:3]):
            slot = slot_of_call(name, called, at)
            if slot is not None:
                yield from self.take(argument, slot, "python-call", revision=revision)
        data = any(word.arg == "repo_type" and text_of(word.value) in ("dataset", "space") for word in node.keywords)
        if data:
            for argument in node.args[:1]:
                yield from self.take(argument, Slot.DATA, "python-call")
        for word in node.keywords:
            if word.arg is None:
                continue
            slot = slot_of_key(word.arg)
            if slot is Slot.MODEL and "ollama" in called.lower():
                slot = Slot.OLLAMA
            if slot is not None:
                yield from self.take(
                    word.value, Slot.DATA if data else slot, "python-call", revision=revision, hint=word.arg
                )

    def option(self, node: ast.Call) -> Iterator[Candidate]:
        names = [text for text in map(text_of, node.args) if text]
        slot = next((slot for name in names if (slot := slot_of_key(name.strip("-"))) is not None), None)
        for word in node.keywords:
            if word.arg == "default" and slot is not None:
                yield from self.take(word.value, slot, "python-option-default", hint=names[0])
            elif word.arg == "help" and isinstance(word.value, ast.Constant):
                self.taken.add(id(word.value))
        if slot is not None and dotted(node.func).endswith("DEFINE_string") and len(node.args) > 1:
            yield from self.take(node.args[1], slot, "python-option-default", hint=names[0])

    def shell(self, node: ast.Call) -> Iterator[Candidate]:
        for argument in node.args[:1]:
            if isinstance(argument, ast.List):
                words = [
                    Word(text=text, offset=at)
                    for at, item in enumerate(argument.elts)
                    if (text := text_of(item) or "{?}")
                ]
                for given in of_command(words):
                    item = argument.elts[given.word.offset]
                    self.taken.add(id(item))
                    yield Candidate(value=given.value, line=item.lineno, column=item.col_offset + 1, kind="python-command", slot=given.slot, hint=given.hint)  # fmt: skip
            else:
                script = text_of(argument)
                if script:
                    self.taken.add(id(argument))
                    yield from candidates(script, argument.lineno, argument.col_offset + 2, "python-command")

    def defaults(self, args: ast.arguments) -> Iterator[Candidate]:
        positional = [*args.posonlyargs, *args.args]
        pairs = list(zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True))
        pairs += [
            (arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None
        ]
        for arg, value in pairs:
            slot = slot_of_key(arg.arg) or annotated(arg.annotation)
            if slot is not None:
                yield from self.take(value, slot, "python-default", hint=arg.arg)

    def given(self, name: str, value: ast.expr, kind: str) -> Iterator[Candidate]:
        slot = slot_of_key(name)
        if slot is Slot.HUB:
            slot = Slot.DATA if self.of_data and "repo" in words_of(name) else Slot.MODEL
        if slot is not None:
            yield from self.take(value, slot, kind, hint=name)

    def take(  # noqa: C901, PLR0912 - one case a form, flat on purpose
        self, node: ast.expr, slot: Slot, kind: str, *, revision: str | None = None, hint: str | None = None
    ) -> Iterator[Candidate]:
        """Candidates of an expression in a place that takes models."""
        match node:
            case ast.Constant(value=str() as text) if id(node) not in self.taken:
                self.taken.add(id(node))
                yield self.made(node, text, slot, kind, revision, hint)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                for item in items:
                    if isinstance(item, ast.Constant):
                        yield from self.take(item, slot, kind, hint=hint)
            case ast.Dict(keys=keys, values=items):
                for key, item in zip(keys, items, strict=True):
                    if isinstance(item, ast.Constant) and is_silent(text_of(key)):
                        yield from self.take(item, Slot.MODEL, kind, hint=hint)
            case ast.IfExp(body=body, orelse=other):
                yield from self.take(body, slot, kind, hint=hint)
                yield from self.take(other, slot, kind, hint=hint)
            case ast.BoolOp(values=values):
                for item in values:
                    yield from self.take(item, slot, kind, hint=hint)
            case ast.JoinedStr() | ast.BinOp():
                joined = known_text(node, self.constants)
                if joined:
                    self.taken.update(id(part) for part in ast.walk(node))
                    yield self.made(node, joined, slot, "python-f-string", revision, hint)
            case ast.Name(id=name) if slot is not Slot.MODEL:
                yield from self.named(node, name, slot, kind, revision=revision, hint=hint)
            case ast.Attribute(value=ast.Name(), attr=name) if slot is Slot.HUB and name in self.constants:
                yield self.made(node, self.constants[name], slot, kind, revision, hint, via=name)
            case ast.Subscript() | ast.Call(args=[ast.Constant()]) if slot is not Slot.MODEL:
                variable = environment_name(node)
                if variable is not None:
                    yield self.made(node, "{" + variable + "}", slot, "python-environment", revision, hint)
            case ast.Call(func=func, args=[_, ast.Constant()]) if dotted(func).rpartition(".")[2] in _GETTERS:
                yield from self.take(node.args[1], slot, "python-environment-default", hint=hint)
            case ast.Call(keywords=words) if dotted(node.func).rpartition(".")[2] in (
                "Field",
                "field",
                "Option",
                "Argument",
                "Input",
            ):
                for item in [*node.args[:1], *(word.value for word in words if word.arg == "default")]:
                    yield from self.take(item, slot, "python-default", hint=hint)
            case _:
                return

    def named(
        self, node: ast.Name, name: str, slot: Slot, kind: str, *, revision: str | None, hint: str | None
    ) -> Iterator[Candidate]:
        """A name in a place that takes models: its value, from here or where it is imported from."""
        value = self.constants.get(name)
        if value is None and name in self.imports and self.source.imported is not None:
            value = self.source.imported(self.source.name, *self.imports[name])
        if value is not None:
            yield self.made(node, value, slot, kind, revision, hint, via=name)
        elif name not in self.known:
            yield self.made(node, "{" + name + "}", slot, kind, revision, hint)

    def made(  # noqa: PLR0917 - one case a form, flat on purpose
        self,
        node: ast.expr,
        text: str,
        slot: Slot,
        kind: str,
        revision: str | None,
        hint: str | None,
        via: str | None = None,
    ) -> Candidate:
        return Candidate(value=text, line=node.lineno, column=self.column(node), kind=kind, slot=slot, revision=revision, hint=hint, via=via)  # fmt: skip

    def column(self, node: ast.expr) -> int:
        """The tree counts bytes; a person counts characters."""
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        if line.isascii():
            return node.col_offset + 1
        return len(line.encode("utf-8", "replace")[: node.col_offset].decode("utf-8", "replace")) + 1

    def rest(self) -> Iterator[Candidate]:
        """Strings anywhere else: commands, documents, and what says by itself that it is a model."""
        for node in self.nodes:
            if not isinstance(node, ast.Constant | ast.JoinedStr) or id(node) in self.taken:
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
