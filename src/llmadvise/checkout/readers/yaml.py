"""YAML by its nodes: keys, environment lists, arguments, and commands in scalars; text by lines where it is a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from llmadvise.checkout.places import SILENT, Candidate, Slot, kind_of_key_is_uri, slot_of_key, words_of
from llmadvise.checkout.plain_names import DATA_WORDS
from llmadvise.checkout.readers.assigned import read_lines
from llmadvise.checkout.readers.source import PartlyReadError, Source
from llmadvise.checkout.shell import candidates, of_command
from llmadvise.checkout.variables import Variables
from llmadvise.checkout.words import Word

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_DEEPEST = 200
_PROSE = frozenset(("description", "summary", "readme", "notes", "title", "help", "message", "comment", "abstract"))
_MOST_AT_USE = 8
_MOST_KEYS = 200
_MOST_ROWS = 2000
_LONGEST_SCALAR = 200_000
_LONGEST = 4_000_000
_SCRIPTS = frozenset(("run", "command", "args", "script", "entrypoint", "cmd", "cmds", "before_script", "after_script", "commands", "bash", "shell", "exec", "test"))  # fmt: skip


@cache
def _expression() -> re.Pattern[str]:
    return re.compile(r"\$\{\{\s*([\w.-]{1,80})\s*(?:\|\|\s*'([^'{}]*)'\s*)?\}\}")


def read_yaml(source: Source) -> Iterator[Candidate]:
    """Candidates of all the documents of one file."""
    if len(source.text) > _LONGEST:
        yield from read_lines(source)
        return
    template = "{{" in source.text.replace("${{", "") or "{%" in source.text
    if template:
        from llmadvise.checkout.readers.templates import without_actions  # noqa: PLC0415 - only where there are any

        source = replace(source, text=without_actions(source.text, source.beside()))
    try:
        roots = _composed(source.text)
    except PartlyReadError:
        yield from read_lines(source)
        if template:
            return
        raise
    rows = source.text.split("\n")
    for root in roots:
        yield from _Document(source, root, rows).candidates()


def _composed(text: str) -> list[Node]:
    import yaml  # noqa: PLC0415 - slow to import, only needed where there is YAML

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    if _deepest(text) > _DEEPEST:
        raise PartlyReadError("nested deeper than 200 levels; read line by line")
    try:
        return list(yaml.compose_all(text, Loader=loader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PartlyReadError(f"not valid YAML ({type(error).__name__}); read line by line") from error


def _deepest(text: str) -> int:
    """An upper bound of the nesting: brackets open at once, and indentation."""
    deepest = depth = 0
    if text.count("[") + text.count("{") > _DEEPEST:
        for letter in re.findall(r"[\[\]{}]", text):
            depth += 1 if letter in "[{" else -1
            deepest = max(deepest, depth)
    indents = len(set(re.findall(r"^[ \t]*", text, re.MULTILINE)))
    dashes = max((line.count("- ") for line in re.findall(r"^\s*- - -.*", text, re.MULTILINE)), default=0)
    return max(deepest, indents, dashes)


class _Document:
    """One document: its variables first, then its places."""

    def __init__(self, source: Source, root: Node, rows: list[str]) -> None:
        self.source = source
        self.root = root
        self.variables = Variables()
        self.rows = rows
        if "compose" in source.name.rpartition("/")[2].lower() and "$" in source.text:
            for name, text in source.beside().items():
                self.variables.add(name, text)

    def candidates(self) -> Iterator[Candidate]:
        from yaml.nodes import ScalarNode, SequenceNode  # noqa: PLC0415 - as above

        for key, node in self.nodes():
            if isinstance(node, SequenceNode):
                yield from self.arguments(node.value)
            elif isinstance(node, ScalarNode):
                yield from self.scalar(key, node)

    def nodes(self) -> list[tuple[str, Node]]:
        """Every node under its key, in order; an anchored scalar under each key that repeats it, what holds others once."""
        from yaml.nodes import MappingNode, ScalarNode, SequenceNode  # noqa: PLC0415 - as above

        seen: set[int] = set()
        waiting: list[tuple[str, Node]] = [("", self.root)]
        found: list[tuple[str, Node]] = []
        while waiting:
            key, node = waiting.pop()
            if id(node) in seen and not isinstance(node, ScalarNode):
                continue
            seen.add(id(node))
            found.append((key, node))
            if isinstance(node, MappingNode):
                waiting += reversed([(self.full(key, name), item) for name, item in self.pairs(node)])
                if slot_of_key(key) is not None or len(node.value) < _MOST_KEYS:
                    found += [
                        (key, name)
                        for name, item in node.value
                        if "/" in name.value and not isinstance(item, ScalarNode)
                    ]
            elif isinstance(node, SequenceNode):
                self.environment(node)
                waiting += [(key, item) for item in reversed(node.value)]
        return found

    def environment(self, node: SequenceNode) -> None:
        """Variables as a list of `NAME=value`."""
        for item in node.value:
            name, equals, value = item.value.partition("=") if isinstance(item.value, str) else ("", "", "")
            if equals and name.isidentifier() and " " not in value:
                self.known(name, value)

    def pairs(self, node: MappingNode) -> list[tuple[str, Node]]:
        """The entries of a mapping; `{name: A, value: x}` is one of its own, `A: x`."""
        from yaml.nodes import ScalarNode, SequenceNode  # noqa: PLC0415 - as above

        pairs = [(name.value, value) for name, value in node.value if isinstance(name, ScalarNode)]
        named = dict(pairs)
        owner, value = named.get("name"), named.get("value") or named.get("default")
        if isinstance(owner, ScalarNode) and isinstance(value, ScalarNode):
            self.known(owner.value, value.value)
            pairs = [(owner.value if item is value else name, item) for name, item in pairs if item is not owner]
        for name, item in pairs:
            for one in item.value if isinstance(item, SequenceNode) else [item]:
                if isinstance(one, ScalarNode):
                    self.known(name.replace("-", "_"), one.value)
        return pairs

    def known(self, name: str, text: str) -> None:
        """A variable; an expression of a workflow is one that another gives."""
        self.variables.add(name, _expression().sub(_variable, text) if "${{" in text else text)

    def full(self, above: str, name: str) -> str:
        """A key together with the one above where it says nothing by itself: `model: {name: …}`, `models: {pull: […]}`."""
        if name in ("pull", "run", "preload") and above == "models" and self.source.ollama:
            return "ollama_model"
        if name not in SILENT or not above:
            return name
        if name in ("options", "choices", "enum"):
            return above
        return (
            f"{above}_{name}" if slot_of_key(above) is not None or not DATA_WORDS.isdisjoint(words_of(above)) else name
        )

    def arguments(self, items: list[Node]) -> Iterator[Candidate]:
        from yaml.nodes import ScalarNode  # noqa: PLC0415 - as above

        scalars = [
            item
            for item in items
            if isinstance(item, ScalarNode) and "\n" not in item.value and " " not in item.value.strip()
        ]
        for given in of_command([Word(text=item.value, offset=at) for at, item in enumerate(scalars)]):
            if given.kind != "shell-address":
                node = scalars[given.word.offset]
                yield from self.made(node, given.value, given.slot, "yaml-argument", given.hint)

    def scalar(self, key: str, node: ScalarNode) -> Iterator[Candidate]:
        text = node.value
        if len(text) > _LONGEST_SCALAR:
            return
        if key in _PROSE:
            return
        if text.lstrip().startswith(("[", "{")) and '"' in text:
            yield from self.json(key, node)
            return
        if (" " in text.strip() or node.style in ("|", ">")) and not _expression().fullmatch(text.strip()):
            yield from self.script(key, node)
            return
        name, equals, value = text.partition("=")
        if equals and name.replace("_", "").isalnum() and not key.startswith("http"):
            named = slot_of_key(name)
            if named is not None:
                yield from self.made(node, value, named, "yaml-environment", name)
                return
        slot = _slot(key, text)
        if slot is not None:
            yield from self.made(node, text, slot, "yaml-key", key)

    def script(self, key: str, node: ScalarNode) -> Iterator[Candidate]:
        """A scalar of several words: a command, or a document of its own in a block."""
        text, block = node.value, node.style in ("|", ">")
        line = node.start_mark.line + (2 if block else 1)
        if key in _SCRIPTS or block or "--" in text or "=" in text or "ollama " in text:
            script = _expression().sub(_variable, text)
            found = candidates(
                script, line, 1 if block else node.start_mark.column + 1, "yaml-command", variables=self.variables
            )
            yield from self.placed(found, node)
        if block:
            inner = Source(name="", text=_expression().sub(_variable, text), ollama=self.source.ollama)
            moved = (replace(item, line=item.line + line - 1, kind="yaml-in-yaml") for item in read_lines(inner))
            yield from self.placed((each for item in moved for each in self.filled(item)), node)
            if "from_pretrained" in text or "import " in text:
                yield from self.python(text, line)

    def placed(self, found: Iterator[Candidate], node: ScalarNode) -> Iterator[Candidate]:
        """Candidates of a scalar whose lines are folded, at the lines where they stand."""
        first, last = node.start_mark.line, node.end_mark.line
        folded = node.style != "|" and first < last < first + _MOST_ROWS
        for item in found:
            line = item.line
            if folded:
                shown = re.compile(rf"(?<![\w.-]){re.escape(item.via or item.value)}(?![\w.-])")
                places = (*range(first, min(last + 1, len(self.rows))), *range(node.start_mark.line, first))
                line = next((at + 1 for at in places if shown.search(self.rows[at])), line)
                first = max(first, line - 1)
            yield item if line == item.line else replace(item, line=line)

    def json(self, key: str, node: ScalarNode) -> Iterator[Candidate]:
        """A scalar that is a document of JSON, under the key that it is given to."""
        from llmadvise.checkout.readers.json import read_json  # noqa: PLC0415 - rare

        block = node.style in ("|", ">")
        wrapped = Source(name="", text=f'{{"{key}": {node.value}}}', ollama=self.source.ollama)
        line = node.start_mark.line + (2 if block else 1)
        yield from self.placed((replace(item, line=item.line + line - 1) for item in read_json(wrapped)), node)

    def python(self, text: str, line: int) -> Iterator[Candidate]:
        from llmadvise.checkout.readers.python import read_python  # noqa: PLC0415 - rare

        try:
            for item in read_python(Source(name="", text=text, ollama=self.source.ollama)):
                yield replace(item, line=item.line + line - 1, kind="yaml-python")
        except PartlyReadError:
            return

    def made(self, node: ScalarNode, value: str, slot: Slot, kind: str, hint: str | None) -> Iterator[Candidate]:
        mark = node.start_mark
        yield from self.filled(
            Candidate(value=value, line=mark.line + 1, column=mark.column + 1, kind=kind, slot=slot, hint=hint)
        )

    def filled(self, item: Candidate) -> Iterator[Candidate]:
        """A variable of the document in place of its name; of many values none is told where it is used."""
        value = _expression().sub(_variable, item.value.strip("\"'"))
        texts = self.variables.fill(value, 0) if "$" in value else []
        if not texts:
            yield item
        elif len(texts) <= _MOST_AT_USE:
            for filled in texts:
                yield replace(item, value=filled.text, via=filled.via)


def _variable(found: re.Match[str]) -> str:
    """An expression of a workflow as a variable of a shell."""
    default = found.group(2)
    name = found.group(1).rpartition(".")[2].replace("-", "_")
    return f"${{{name}:-{default}}}" if default else f"${{{name}}}"


def _slot(key: str, text: str) -> Slot | None:
    """What a key takes; under one that takes no model, only what may say by itself that it is one."""
    slot = slot_of_key(key)
    if slot is not None and not kind_of_key_is_uri(key):
        return Slot.MODEL if slot is Slot.HUB else slot
    if text.startswith("oci://") and not text.startswith("oci://registry.ollama.ai/"):
        return Slot.MODEL if "storage" in key.lower() else None
    speaks = "://" in text or text.startswith(("hf:", "hf.co/")) or text.endswith(".gguf") or "/" in text or ":" in text
    return Slot.ANY if speaks and key not in ("image", "uses", "name") else None
