"""Calls in Python: functions that take models, options of a command line, commands, parameters of tests, and choices."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from llmadvise.checkout.calls import concerns_data, slot_of_call, writes
from llmadvise.checkout.places import SILENT, Candidate, Slot, is_table, slot_of_key, words_of
from llmadvise.checkout.readers.python_take import GETTERS, Taker
from llmadvise.checkout.readers.python_tree import annotated, dotted, name_of, text_of
from llmadvise.checkout.shell import candidates, of_command
from llmadvise.checkout.words import Word

_SHELLS = frozenset(("system", "run", "Popen", "check_call", "check_output", "call", "getoutput", "run_commands"))
_OPTIONS = frozenset(("add_argument", "Option", "option", "Argument", "argument", "DEFINE_string", "add_option"))
_CHOICES = frozenset(("choices", "options", "value", "default", "values"))
_OF_DATA = (["subset"], ["split"], ["splits"])
"""Last words of parameters beside which a repository is a data set."""
_NOT_SHOWN = "{?}"
_TABLES = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_OF_TEXTS = frozenset(("removeprefix", "removesuffix", "replace", "split", "startswith", "strip", "lstrip", "rstrip", "join", "partition", "encode", "sub", "match", "glob", "open"))  # fmt: skip


class Calls(Taker):
    """What calls and signatures of a file take."""

    @cached_property
    def of_data(self) -> bool:
        """Whether the file says that its repositories are data sets."""
        return any(value in ("dataset", "space") and words_of(name)[-2:] == ["repo", "type"] for name, value in self.constants.items())  # fmt: skip

    def call(self, node: ast.Call) -> Iterator[Candidate]:
        """Candidates of one call."""
        called = dotted(node.func)
        name = called.rpartition(".")[2]
        if name in _SHELLS:
            yield from self.shell(node)
        elif name == "parametrize":
            yield from self.parameters(node)
        if name in _OPTIONS:
            yield from self.option(node)
        if name in GETTERS and len(node.args) == len(("name", "default")) and isinstance(node.args[0], ast.Constant):
            yield from self.given(str(node.args[0].value), node.args[1], "python-environment-default")
        yield from self.arguments(node, called, name)
        yield from self.labelled(node)

    def arguments(self, node: ast.Call, called: str, name: str) -> Iterator[Candidate]:
        """What a function takes by position and by name."""
        revision = text_of(next((word.value for word in node.keywords if word.arg == "revision"), None))
        away = writes(name) or concerns_data(called) or any(words_of(word.arg or "")[-1:] in _OF_DATA for word in node.keywords)  # fmt: skip
        data = any(word.arg == "repo_type" and text_of(word.value) in ("dataset", "space") for word in node.keywords)
        ollama = "ollama" in called.lower() or any(text_of(word.value) == "ollama" for word in node.keywords)
        for at, argument in enumerate(node.args[:3]):
            slot = Slot.DATA if (data or writes(name)) and not at else slot_of_call(name, called, at)
            slot = Slot.OLLAMA if slot is Slot.MODEL and ollama else slot
            if slot is not None and (at == 0 or slot is not Slot.HUB or name == "pipeline" or "/" in (text_of(argument) or "/")):  # fmt: skip
                yield from self.take(argument, slot, "python-call", revision=revision, hint=name)
        for word in node.keywords:
            slot = slot_of_key(word.arg) if word.arg is not None else None
            if word.arg == "model_args" and "=" in (text_of(word.value) or ""):
                yield from self.command(ast.List(elts=[ast.Constant(value="--model_args"), word.value]))
            if word.arg in SILENT and "/" in (text_of(word.value) or "") and slot_of_call(name, called, 0) is not None:
                slot = Slot.MODEL
            if ollama and (slot is Slot.MODEL or word.arg == "from_"):
                slot = Slot.OLLAMA if name != "create" or word.arg == "from_" else Slot.DATA
            if slot is not None:
                slot = Slot.DATA if data or (away and slot is Slot.HUB) else slot
                yield from self.take(word.value, slot, "python-call", revision=revision, hint=word.arg)

    def option(self, node: ast.Call) -> Iterator[Candidate]:
        """The default and the choices of an option whose name takes a model."""
        names = [text for text in map(text_of, node.args) if text]
        slot = next((slot for name in names if (slot := slot_of_key(name.strip("-"))) is not None), None)
        hint = names[0] if names else None
        for word in node.keywords:
            if word.arg in ("default", "choices") and slot is not None:
                yield from self.take(word.value, slot, "python-option-default", hint=hint)
            elif word.arg == "help" and isinstance(word.value, ast.Constant):
                self.taken.add(id(word.value))
        if slot is None or not node.args:
            return
        if dotted(node.func).endswith("DEFINE_string") and len(node.args) > 1:
            yield from self.take(node.args[1], slot, "python-option-default", hint=hint)
        elif hint is not None and not hint.startswith("-") and any(name.startswith("--") for name in names[1:]):
            yield from self.take(node.args[0], slot, "python-option-default", hint=names[1])

    def shell(self, node: ast.Call) -> Iterator[Candidate]:
        """The command of `subprocess.run` and its like."""
        for argument in node.args[:1]:
            if isinstance(argument, ast.List | ast.Tuple):
                yield from self.command(argument)
            else:
                script = text_of(argument)
                if script:
                    self.taken.add(id(argument))
                    yield from candidates(script, argument.lineno, argument.col_offset + 2, "python-command")

    def command(self, node: ast.List | ast.Tuple) -> Iterator[Candidate]:
        """A command as a list of words; a name among them is followed."""
        words = [Word(text=text_of(item) or _NOT_SHOWN, offset=at) for at, item in enumerate(node.elts)]
        for given in of_command(words):
            item = node.elts[given.word.offset]
            if given.value == _NOT_SHOWN:
                yield from self.take(item, given.slot, "python-command", hint=given.hint)
            elif id(item) not in self.taken:
                self.taken.add(id(item))
                yield self.made(item, given.value, given.slot, "python-command", given.revision, given.hint)

    def parameters(self, node: ast.Call) -> Iterator[Candidate]:
        """The values of `pytest.mark.parametrize` for a parameter that takes a model."""
        if len(node.args) < len(("names", "values")):
            return
        first, values = node.args[:2]
        if isinstance(first, ast.Tuple | ast.List):
            names = [text_of(item) or "" for item in first.elts]
        else:
            names = [name.strip() for name in (text_of(first) or "").split(",")]
        slots = [slot_of_key(name) for name in names]
        if any(slots) and isinstance(values, ast.List | ast.Tuple):
            for item in values.elts:
                parts = item.args if isinstance(item, ast.Call) else [item]
                if len(slots) > 1 and isinstance(item, ast.Tuple | ast.List):
                    parts = item.elts
                for slot, part, name in zip(slots, parts, names, strict=False):
                    if slot is not None:
                        yield from self.take(part, slot, "python-parameter", hint=name)

    def labelled(self, node: ast.Call) -> Iterator[Candidate]:
        """The choices of a field that is labelled as one for models: `selectbox("Model", […])`."""
        texts = [text_of(item) for item in node.args[:1]] + [text_of(word.value) for word in node.keywords if word.arg == "label"]  # fmt: skip
        label = next((text for text in texts if text and "/" not in text), None)
        if label is None or slot_of_key("_".join(words_of(label)[:8])) is None:
            return
        lists = [item for item in node.args[1:2] if isinstance(item, ast.List | ast.Tuple | ast.Name)]
        for item in [*lists, *(word.value for word in node.keywords if word.arg in _CHOICES)]:
            if isinstance(item, ast.List | ast.Tuple):
                yield from self.take(item, Slot.MODEL, "python-choices", hint="model")
            else:
                yield from self.choices(item)

    def choices(self, node: ast.expr) -> Iterator[Candidate]:
        """A list of choices that stands elsewhere, or one text."""
        if isinstance(node, ast.Constant):
            yield from self.take(node, Slot.MODEL, "python-choices", hint="model")
        elif isinstance(node, ast.Name):
            for item in self.values.elements(node):
                yield from self.take(item, Slot.MODEL, "python-choices", hint="model")

    def defaults(self, args: ast.arguments) -> Iterator[Candidate]:
        """The defaults of parameters that take models."""
        positional = [*args.posonlyargs, *args.args]
        pairs = list(zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True))
        pairs += [
            (arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None
        ]
        data = any(words_of(arg.arg)[-1:] in _OF_DATA for arg, _ in pairs)
        for arg, value in pairs:
            slot = slot_of_key(arg.arg) or annotated(arg.annotation)
            slot = Slot.DATA if data and slot is Slot.HUB else slot
            if slot is not None:
                yield from self.take(value, slot, "python-default", hint=arg.arg)

    def given(self, name: str, value: ast.expr, kind: str) -> Iterator[Candidate]:
        """What a variable, an attribute or a key of this name is given."""
        slot = slot_of_key(name)
        if slot is Slot.HUB:
            slot = Slot.DATA if self.of_data and "repo" in words_of(name) else Slot.MODEL
        if slot is None and isinstance(value, _TABLES) and is_table(name):
            slot = Slot.MODEL
        if slot is None:
            return
        if (
            isinstance(value, ast.Call)
            and value.args
            and name_of(value.func) not in _OF_TEXTS
            and not dotted(value.func).endswith("hub.load")  # a repository of GitHub
            and "/" in (text_of(value.args[0]) or "")
        ):
            yield from self.take(value.args[0], slot, kind, hint=name)
        yield from self.take(value, slot, kind, hint=name)
