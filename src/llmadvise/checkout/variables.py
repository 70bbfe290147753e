"""Variables of a script or a Makefile: every text that each is given, and what a word with variables in it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice

from llmadvise.checkout.words import Word
from llmadvise.record import dataclass

_MOST_VALUES = 40
_MOST_TEXTS = 24
_DEEPEST = 6
_LONGEST = 400
_MOST_STEPS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One text that a variable is given, and where it stands; -1: outside this script."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a word may be once its variables are known: the first of them, and where the text stands as a whole."""

    text: str
    via: str
    origin: Value | None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "reference": r"\$\{!?(\w+)(?:\[[^\]{}]*\])?(?::?[-=]([^{}]*)|[#%/:,^@][^{}]*)?\}|\$\((\w+)\)|\$(?:env:)?([A-Za-z_]\w*|\d)|%(\w+)%",
            "assigned": r"([A-Za-z_]\w*)\+?=(.*)",
            "default": r"\$\{(\w+):?=([^{}\s\"']+)\}",
            "list": r"\b([A-Za-z_]\w*)\+?=\(([^()]{0,20000})\)",
            "item": r"#[^\n]*|(?:\[[^\]\n]{0,200}\]=)?(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"'#]+))",
            "loop": r"\bfor\s+([A-Za-z_]\w*)\s+in\s+((?:[^;\n\\]|\\[\s\S])*)",
            "shell": r"(?m)^[ \t]*(?:\$(?:\w+:)?(\w+)[ \t]*=[ \t]*[\"']([^\"'\n]{1,300})[\"']|set(?:[ \t]+-\w+)*[ \t]+(\w+)[ \t]+[\"']?([^\s\"'=-][^\s\"'=]*)[\"']?[ \t]*$)",
            "function": r"(?m)^[ \t]*(?:function[ \t]+)?([A-Za-z_][\w-]*)[ \t]*(?:\([ \t]*\))?[ \t]*\{",
        }[name]
    )


class Variables:
    """What the variables of one script are given, wherever in it; values from outside have no place."""

    def __init__(self, outer: Variables | None = None) -> None:
        self.values: dict[str, list[Value]] = {}
        self.functions: list[tuple[int, int, str]] = []
        self.left = _MOST_STEPS
        if outer is not None:
            for name, values in outer.values.items():
                self.values[name] = [Value(text=item.text, offset=-1) for item in values]

    def add(self, name: str, text: str, offset: int = -1) -> None:
        """One more text of a variable."""
        values = self.values.setdefault(name, [])
        if text and len(text) < _LONGEST and len(values) < _MOST_VALUES and all(item.text != text for item in values):
            values.append(Value(text=text, offset=offset))

    def read(self, text: str, commands: Sequence[Sequence[Word]]) -> None:
        """Every assignment, array and loop of a script, and the arguments of its own functions."""
        for command in commands:
            for word in command:
                found = _pattern("assigned").fullmatch(word.text) if "=" in word.text else None
                if found is not None:
                    self.add(found.group(1), found.group(2).strip("\"'"), word.offset)
        for found in _pattern("default").finditer(text):
            self.add(found.group(1), found.group(2), found.start(2))
        for found in _pattern("list").finditer(text):
            self._items(found.group(1), found.group(2), found.start(2))
        for found in _pattern("loop").finditer(text):
            self._items(found.group(1), found.group(2), found.start(2))
        for found in _pattern("shell").finditer(text):
            name, value = found.group(1) or found.group(3), found.group(2) or found.group(4)
            self.add(name, value, found.end() - len(value) - 1)
        if "$1" in text or "${1" in text:
            self._functions(text, commands)

    def _items(self, name: str, text: str, offset: int) -> None:
        for found in _pattern("item").finditer(text):
            value = found.group(1) or found.group(2) or found.group(3)
            if value:
                self.add(name, value, offset + found.start())

    def _functions(self, text: str, commands: Sequence[Sequence[Word]]) -> None:
        """Where functions stand; `f:1` is what the first argument of f is given."""
        for found in _pattern("function").finditer(text):
            end = text.find("\n}", found.end())
            self.functions.append((found.start(), end if end >= 0 else len(text), found.group(1)))
        named = {name for _, _, name in self.functions}
        for command in commands:
            if command[0].text in named:
                for at, word in enumerate(command[1:10], 1):
                    self.add(f"{command[0].text}:{at}", word.text, word.offset)

    def _known(self, name: str, at: int) -> list[Value]:
        if not name.isdigit():
            return self.values.get(name, [])
        inside = [function for start, end, function in self.functions if start <= at < end]
        return self.values.get(f"{inside[-1]}:{name}", []) if inside else []

    def fill(self, text: str, at: int) -> list[Filled]:
        """What a word that stands at an offset may be; empty if none of its variables is known."""
        out: list[Filled] = []
        for filled in self._fill(text, at, 0):
            pieces = filled.text.split()
            for piece in pieces[:_MOST_TEXTS]:
                origin = filled.origin if len(pieces) == 1 else None
                out.append(Filled(text=piece, via=filled.via, origin=origin))
        return out

    def _fill(self, text: str, at: int, depth: int) -> Iterator[Filled]:
        found = _pattern("reference").search(text)
        self.left -= 1
        if found is None or depth > _DEEPEST or self.left < 0:
            return
        name = next((group for group in (found.group(1), *found.groups()[2:]) if group), "")
        values = list(self._known(name, at))
        if found.group(2):
            values.append(Value(text=found.group(2), offset=-1))
        whole = found.end() - found.start() == len(text)
        for value in values[:_MOST_TEXTS]:
            joined = text[: found.start()] + value.text + text[found.end() :]
            if _pattern("reference").search(joined) is None:
                yield Filled(text=joined, via=name, origin=value if whole and value.offset >= 0 else None)
                continue
            place = value.offset if value.offset >= 0 else at
            for inner in islice(self._fill(joined, place, depth + 1), _MOST_TEXTS):
                yield Filled(text=inner.text, via=name, origin=inner.origin if whole else None)
