"""YAML by its nodes: keys, environment lists, arguments, and commands in scalars; text by lines where it is a template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from llmadvise.checkout.places import Candidate, Slot, kind_of_key_is_uri, slot_of_key
from llmadvise.checkout.readers.assigned import read_lines
from llmadvise.checkout.readers.source import PartlyReadError, Source
from llmadvise.checkout.shell import Word, candidates, of_command

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

_DEEPEST = 200
_LONGEST_SCALAR = 200_000
_LONGEST = 4_000_000
_SCRIPTS = frozenset(("run", "command", "args", "script", "entrypoint", "cmd", "before_script", "after_script", "commands", "bash", "shell", "exec", "test"))  # fmt: skip


def read_yaml(source: Source) -> Iterator[Candidate]:
    """Candidates of all the documents of one file."""
    if len(source.text) > _LONGEST or "{{" in source.text or "{%" in source.text:
        yield from read_lines(source)
        return
    try:
        roots = _composed(source.text)
    except PartlyReadError:
        yield from read_lines(source)
        raise
    for root in roots:
        yield from _Document(source, root).candidates()


def _composed(text: str) -> list[Node]:
    import yaml  # noqa: PLC0415 - slow to import, only needed where there is YAML

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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
        for letter in text:
            if letter in "[{":
                depth += 1
                deepest = max(deepest, depth)
            elif letter in "]}":
                depth -= 1
    indents = {len(line) - len(line.lstrip()) for line in text.splitlines()}
    dashes = max((line.count("- ") for line in text.splitlines() if line.lstrip().startswith("- - -")), default=0)
    return max(deepest, len(indents), dashes)


class _Document:
    """One document: its variables first, then its places."""

    def __init__(self, source: Source, root: Node) -> None:
        self.source = source
        self.root = root
        self.variables: dict[str, str] = {}

    def candidates(self) -> Iterator[Candidate]:  # noqa: C901 - one case a form, flat on purpose
        from yaml.nodes import MappingNode, ScalarNode, SequenceNode  # noqa: PLC0415 - as above

        seen: set[int] = set()
        waiting: list[tuple[str, Node]] = [("", self.root)]
        found: list[tuple[str, Node]] = []
        while waiting:
            key, node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            found.append((key, node))
            if isinstance(node, MappingNode):
                pairs = [(name.value, value) for name, value in node.value if isinstance(name, ScalarNode)]
                named = dict(pairs)
                owner, value = named.get("name"), named.get("value") or named.get("default")
                if isinstance(owner, ScalarNode) and isinstance(value, ScalarNode):
                    self.variables[owner.value] = value.value
                    pairs = [
                        (owner.value if item is value else name, item) for name, item in pairs if item is not owner
                    ]
                for name, item in pairs:
                    if isinstance(item, ScalarNode):
                        self.variables.setdefault(name, item.value)
                waiting += reversed([(_full(key, name), item) for name, item in pairs])
            elif isinstance(node, SequenceNode):
                waiting += [(key, item) for item in reversed(node.value)]
        for key, node in found:
            if isinstance(node, SequenceNode):
                yield from self.arguments(node.value)
            elif isinstance(node, ScalarNode):
                yield from self.scalar(key, node)

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
                yield self.made(node, given.value, given.slot, "yaml-argument", given.hint)

    def scalar(self, key: str, node: ScalarNode) -> Iterator[Candidate]:  # noqa: C901, PLR0912 - one case a form, flat on purpose
        text = node.value
        if len(text) > _LONGEST_SCALAR:
            return
        block = node.style in ("|", ">")
        if " " in text.strip() or block:
            line = node.start_mark.line + (2 if block else 1)
            if key in _SCRIPTS or block or "--" in text or "ollama " in text:
                for item in candidates(text, line, 1 if block else node.start_mark.column + 1, "yaml-command"):
                    yield self.filled(item)
            if block:
                inner = Source(name="", text=text, ollama=self.source.ollama)
                for item in read_lines(inner):
                    yield self.filled(replace(item, line=item.line + line - 1, kind="yaml-in-yaml"))
            if (block and "from_pretrained" in text) or ("import " in text and block):
                yield from self.python(text, line)
            return
        if "=" in text and text.split("=")[0].replace("_", "").isalnum() and not key.startswith("http"):
            name, _, value = text.partition("=")
            if slot_of_key(name) is not None:
                yield self.made(node, value, slot_of_key(name) or Slot.ANY, "yaml-environment", name)
                return
        slot = slot_of_key(key)
        if slot is None or kind_of_key_is_uri(key):
            slot = Slot.ANY
            if not ("://" in text or text.startswith(("hf:", "hf.co/")) or text.endswith(".gguf") or "/" in text):
                return
            if key in ("image", "repository", "uses", "name"):
                return
        elif slot is Slot.HUB:
            slot = Slot.MODEL
        yield self.made(node, text, slot, "yaml-key", key)

    def python(self, text: str, line: int) -> Iterator[Candidate]:
        from llmadvise.checkout.readers.python import read_python  # noqa: PLC0415 - rare

        try:
            for item in read_python(Source(name="", text=text, ollama=self.source.ollama)):
                yield replace(item, line=item.line + line - 1, kind="yaml-python")
        except PartlyReadError:
            return

    def made(self, node: ScalarNode, value: str, slot: Slot, kind: str, hint: str | None) -> Candidate:
        mark = node.start_mark
        return self.filled(
            Candidate(value=value, line=mark.line + 1, column=mark.column + 1, kind=kind, slot=slot, hint=hint)
        )

    def filled(self, item: Candidate) -> Candidate:
        """A variable of the document in place of its name."""
        name = item.value.strip("\"'")
        for start, end in (("$(", ")"), ("${", "}"), ("$", "")):
            if name.startswith(start) and name.endswith(end):
                variable = name[len(start) : len(name) - len(end)]
                known = self.variables.get(variable)
                if known is not None and "$" not in known:
                    return Candidate(value=known, line=item.line, column=item.column, kind=item.kind, slot=item.slot, revision=item.revision, via=variable, hint=item.hint)  # fmt: skip
        return item


def _full(above: str, name: str) -> str:
    """A key together with the one above where it says nothing by itself: `model: {name: …}`."""
    return f"{above}_{name}" if name in ("name", "id", "repo", "path") and slot_of_key(above) is not None else name
