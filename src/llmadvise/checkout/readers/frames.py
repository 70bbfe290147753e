"""The brackets that a string of source code stands in, and what opened them: `MODELS = {`, `enum Model {`, `args: [`."""

from __future__ import annotations

import re
from functools import cache

from llmadvise.checkout.calls import slot_of_call
from llmadvise.checkout.places import SILENT, Slot, is_silent, is_table, slot_of_key
from llmadvise.checkout.plain_names import is_distinct, is_tag
from llmadvise.checkout.readers.lexed_places import Place, pattern
from llmadvise.checkout.shell import of_command
from llmadvise.checkout.words import Word

_DEEPEST = 400
_OUTWARD = 5
_AHEAD = 160
_VALUES = frozenset(("value", "default", "defaultvalue", "default_value"))


class _Frame:
    """One open bracket, with its first string, the one before, and the text that its `name` is."""

    __slots__ = ("bracket", "first", "label", "last", "named", "start")

    def __init__(self, bracket: str, start: int) -> None:
        self.bracket = bracket
        self.start = start
        self.label: tuple[str, str] | None = None
        self.first: str | None = None
        self.last: str | None = None
        self.named: str | None = None


@cache
def _default() -> re.Pattern[str]:
    return re.compile(r"[$#]\{([\w.-]+):")


@cache
def _name() -> re.Pattern[str]:
    return re.compile(r"\b[Nn]ame[\"']?\s*[:=]\s*$")


@cache
def _returns() -> re.Pattern[str]:
    return re.compile(r"(?:\breturn|=>|->)\s*$")


class Frames:
    """The open brackets at a point of a program; deeper ones than are kept are left out."""

    def __init__(self, text: str, *, ollama: bool) -> None:
        self.text = text
        self.ollama = ollama
        self.open: list[_Frame] = []

    def bracket(self, mark: str, start: int) -> None:
        """One more bracket, opening or closing."""
        if mark in "[({":
            if len(self.open) < _DEEPEST:
                self.open.append(_Frame(mark, start))
        elif self.open:
            self.open.pop()

    def string(self, value: str, start: int) -> str | None:
        """One more string; returns the one before it in its bracket."""
        if not self.open:
            return None
        frame = self.open[-1]
        if "ame" in self.text[max(0, start - 12) : start] and _name().search(self.text, max(0, start - 20), start):
            frame.named = value
        before, frame.last = frame.last, value
        frame.first = value if frame.first is None else frame.first
        return before

    def asked(self, place: Place) -> Place:
        """A place, or one for a tag where the call around speaks to Ollama: `OllamaEmbeddings(model: …)`."""
        if not self.ollama or place.slot is not Slot.MODEL:
            return place
        call = next((frame for frame in reversed(self.open[-_OUTWARD:]) if frame.bracket == "("), None)
        kind, label = self._label(call) if call is not None else ("", "")
        return Place(slot=Slot.OLLAMA, how=place.how, hint=place.hint) if kind == "call" and "ollama" in label.lower() else place  # fmt: skip

    def place(self, value: str, own: Place, before: str | None, start: int) -> Place:
        """What the brackets around say of a string that its own key leaves open."""
        named = _default().match(value)
        if named is not None:
            slot = slot_of_key("_".join(named.group(1).split(".")[-2:])) or slot_of_key(named.group(1).rpartition(".")[2])  # fmt: skip
            return Place(slot=slot, how="default", hint=named.group(1)) if slot is not None else own
        key = own.hint
        speaks = "/" in value or is_tag(value, ollama=False) or (self.ollama and is_distinct(value))
        if not self.open or not speaks or "://" in value or value[0] in "/.":
            return own
        frame = self.open[-1]
        if key is not None and key.lower() in _VALUES and frame.named is not None:
            slot = slot_of_key(frame.named)
            return Place(slot=slot, how="environment", hint=frame.named) if slot is not None else own
        if before is not None and (key is None or before.startswith("-")):
            given = next(of_command([Word(text=item, offset=at) for at, item in enumerate((before, value))]), None)
            if given is not None and given.value == value:
                return Place(slot=given.slot, how="argument", hint=given.hint)
        return self._around(key, own, start)

    def _around(self, key: str | None, own: Place, start: int) -> Place:
        if key is not None and not is_silent(key.lower()):
            return own
        depth = -1
        for frame in reversed(self.open[-_OUTWARD:]):
            kind, label = self._label(frame)
            depth += label != "" and label.lower() not in SILENT
            if kind == "function":
                spoken = slot_of_key(label) is not None and _returns().search(self.text, max(0, start - 20), start)
                return Place(slot=Slot.MODEL, how="returned", hint=label) if spoken else own
            if kind == "call" and frame.first is not None and frame.first.startswith("--"):
                label = frame.first.strip("-").split(" ")[0].split("=")[0]
            if _holds(kind, label) and (key is None or key.lower() in SILENT or (depth <= 0 and _maps(kind, key))):
                return Place(slot=Slot.MODEL, how="table", hint=label)
        return own

    def _label(self, frame: _Frame) -> tuple[str, str]:
        """What opened a bracket: its kind and its name."""
        if frame.label is None:
            frame.label = _opened(self.text[max(0, frame.start - _AHEAD) : frame.start], frame.bracket)
        return frame.label


def _opened(ahead: str, bracket: str) -> tuple[str, str]:
    if bracket == "{":
        for kind in ("function", "class"):
            found = pattern(kind).search(ahead)
            if found is not None:
                return kind, found.group(1)
        found = pattern("block").search(ahead.rpartition("\n")[2])
        if found is not None:
            return "key", found.group(1)
    matched = pattern("match").search(ahead) if bracket == "{" else None
    if matched is not None:
        name = matched.group(1) or ""
        return ("key", name) if slot_of_key(name) is not None else ("", "")
    made = pattern("made").search(ahead) if bracket in "({" else None
    if made is not None and bracket == "(" and _holds("call", made.group(1)):
        return "call", made.group(1)
    found = pattern("opened").search(ahead)
    if found is not None:
        return "key", found.group(1)
    return ("call", made.group(1)) if made is not None else ("", "")


def _maps(kind: str, key: str) -> bool:
    """Whether a key of its own is one of a table, or of an enumeration."""
    return kind == "key" or (kind == "class" and key[0].isupper())


def _holds(kind: str, label: str) -> bool:
    """Whether what is opened under this name holds models."""
    if kind in ("key", "class"):
        return slot_of_key(label) is not None or is_table(label)
    last = label.replace("::", ".").rpartition(".")[2]
    return kind == "call" and slot_of_call(last, label, 0) is not None
