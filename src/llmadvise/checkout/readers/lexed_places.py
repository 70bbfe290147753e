"""Where a string of source code stands, by the text before it: a call, a key, a default."""

from __future__ import annotations

import re
from functools import cache

from llmadvise.checkout.calls import slot_of_builder, slot_of_call
from llmadvise.checkout.places import Slot, kind_of_key_is_uri, slot_of_key
from llmadvise.record import dataclass

_OPENS = frozenset("=:>-([{|?&r")
"""What a text may end in that gives its key; a letter: the `or` of some languages."""
_NAMED_FIRST = frozenset(("getenv", "get", "env", "string", "stringvar", "option", "setdefault", "getordefault", "getproperty", "stringp", "stringvarp", "envor", "getenvor"))  # fmt: skip
"""Functions that take a name and then its value: of a variable, or of a flag."""


@cache
def pattern(name: str) -> re.Pattern[str]:
    """What the text before a string or a bracket may be; matched at its end."""
    typed = r"(?:\s*\??\s*:\s*(?:[&\w'\[\]|.? ]|<(?:[^<>;={}\"\n]|<[^<>;={}\"\n]{0,40}>){1,60}>){1,40}?)?(?:\s+(?:string|String|\[\]string)\b)?"
    return re.compile(
        {
            "key": r"(?<![\w/-])([A-Za-z_][\w-]{0,60})[\"']?\]?"
            + typed
            + r"\s*(?::=|:|=>|=|<-)\s*(?:[A-Za-z_.:&]{1,30}\()?(?:[A-Za-z_.]{1,40}(?:\[['\"]\w+['\"]\])?\s*(?:\|\||\?\?|or)\s*)?(?:&?\[\]\w+|new\s*\w*\[\]|vec!)?\s*&?[\[({]?\s*$",
            "late": r"(?<![\w/-])([A-Za-z_][\w-]{0,60})[\"']?\]?"
            + typed
            + r"\s*(?::=|:|=)\s*[^;\n{}]{1,120}(?:[?:]\s*|unwrap_or(?:_else)?\(\s*(?:\|\|)?\s*|orElse\(\s*|\|\|\s*|\?\?\s*|\bor\s+|default\(\s*)$",
            "call": r"([A-Za-z_][\w.:]{0,80}|\.\w{1,80})\s*(?:<[^<>()]{0,40}>)?!?\(\s*$",
            "second": r"([A-Za-z_][\w.]{0,80})\s*\(\s*(?:[^()\"'\n]{0,60},\s*)?[\"'][\w-]{1,60}[\"']\s*,\s*$",
            "field": r"[^\n]*\n\s*(?:#\[[^\n]*\n\s*)*(?:pub(?:\([^)]*\))?\s+)?(\w+)\s*:",
            "import": r"(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\(|\blibrary\s*\()\s*$",
            "hub": r"\{\s*:hf,\s*$|\bhgf$",
            "function": r"\b(?:fn|func|function|def|fun)\s+(?:\([^()]{0,60}\)\s*)?(\w+)\b[^{};]{0,120}$",
            "class": r"\b(?:class|enum|object|struct|interface|module)\s+(\w+)\b[^{};=]{0,80}$",
            "block": r"^[ \t]*variable[ \t]+\"([\w-]+)\"[ \t]*$",
            "opened": r"(?<![\w/-])([A-Za-z_$][\w-]{0,60})[\"']?\]?"
            + typed
            + r"\s*(?::=|:|=>|=|<-)\s*(?:new\s+)?[\w.&*\[\]<>!]{0,60}\s*\(?\s*&?$",
            "match": r"(?:([A-Za-z_]\w{0,60})\s*(?::[^=\n]{1,30})?(?:=>|:?=)\s*)?\b(?:match|switch|when)\b[^{};]{0,80}$",
            "made": r"([A-Za-z_][\w.:]{0,80})\s*(?:<[^<>()]{0,40}>)?!?\s*$",
        }[name]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a string stands."""

    slot: Slot
    how: str = "string"
    hint: str | None = None


ANYWHERE = Place(slot=Slot.ANY)


def own_place(before: str, text: str, end: int, *, hub: bool) -> Place:
    """What the text right before a string says of it."""
    last = before.rstrip()[-1:]
    call = pattern("call").search(before) if last == "(" else None
    called = _of_call(call.group(1), hub=hub) if call is not None else None
    if called is not None:
        return called
    if (":hf" in before or last == "f") and pattern("hub").search(before) is not None:
        return Place(slot=Slot.HUB, how="call")
    key = pattern("key").search(before) if last in _OPENS else None
    if key is not None:
        return _of_key(key.group(1), text, end)
    if pattern("import").search(before) is not None:
        return Place(slot=Slot.DATA, how="import")
    return (_second(before) if last == "," else None) or _late(before, text, end)


def _second(before: str) -> Place | None:
    """The argument after a name: `getenv("MODEL", …)`, `pipeline("task", …)`."""
    second = pattern("second").search(before)
    if second is None:
        return None
    name = second.group(1)
    last = name.rpartition(".")[2]
    slot = slot_of_call(last, name, 1)
    if slot is None and last.lower() in _NAMED_FIRST:
        slot = _environment(before)
    return Place(slot=slot, how="call") if slot is not None else ANYWHERE


def _late(before: str, text: str, end: int) -> Place:
    """A default or a choice behind an expression: `model = given ?? …`, `model = large ? … : …`."""
    if not any(mark in before for mark in ("?", "|", "unwrap_or", "orElse", " or", "default")):
        return ANYWHERE
    late = pattern("late").search(before)
    return _of_key(late.group(1), text, end) if late is not None else ANYWHERE


def _of_call(name: str, *, hub: bool) -> Place | None:
    last = name.rpartition(".")[2]
    slot = slot_of_call(last, name, 0) or slot_of_builder(name, hub=hub)
    return Place(slot=slot, how="call", hint=last) if slot is not None else None


def _of_key(name: str, text: str, end: int) -> Place:
    if name in ("default_value", "default", "default_value_t"):
        field = pattern("field").match(text, end, min(len(text), end + 400))
        name = field.group(1) if field is not None else name
    slot = slot_of_key(name)
    if slot is not None and not kind_of_key_is_uri(name):
        return Place(slot=Slot.MODEL if slot is Slot.HUB else slot, how="key", hint=name)
    return Place(slot=Slot.ANY, hint=name)


def _environment(before: str) -> Slot | None:
    quoted = before.rstrip(", \n\t").rstrip("\"'")
    return slot_of_key(quoted[max(quoted.rfind('"'), quoted.rfind("'")) + 1 :])
