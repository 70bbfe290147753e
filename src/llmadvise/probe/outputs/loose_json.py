"""JSON in a text: whole, behind lines of warnings, or cut off in the middle."""

from __future__ import annotations

import json
import re

_MOST_VALUES = 64
_MOST_CUTS = 40
_DEEPEST = 100
"""Deeper than any tool writes."""


def find_json(text: str) -> list[object]:
    """Objects and lists in a text, in their order; what is cut off is closed where its last value ended."""
    found: list[object] = []
    decoder = json.JSONDecoder()
    place = 0
    while len(found) < _MOST_VALUES:
        start = re.compile(r"^[^\n\S]*(?=[{\[]\s*[\"{\[\]}\n]|[{\[]\s*$)|(?<=: )(?=\{\")", re.MULTILINE).search(
            text, place
        )
        if start is None:
            break
        try:
            value, end = decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            repaired = _closed(text[start.end() :], decoder)
            if repaired is not None:
                found.append(repaired)
            break
        if isinstance(value, dict | list) and value:
            found.append(value)
        place = max(end, start.end() + 1)
    return found


def _closed(text: str, decoder: json.JSONDecoder) -> object | None:
    """The value with its open brackets closed; the last unfinished members are dropped one after another."""
    ends, stacks = _commas(text)
    for end, stack in list(zip(ends, stacks, strict=True))[::-1][:_MOST_CUTS]:
        try:
            value, _ = decoder.raw_decode(text[:end] + "".join(reversed(stack)))
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict | list) and value else None
    return None


def _commas(text: str) -> tuple[list[int], list[str]]:
    """Places where the text may be cut, each with the brackets that are open there; the last ones only."""
    ends: list[int] = []
    stacks: list[str] = []
    stack: list[str] = []
    # Strings are skipped whole; one that does not end is the last thing that is looked at.
    for match in re.finditer(r'"(?:[^"\\]|\\.)*+"|"|[{}\[\],]', text, re.DOTALL):
        mark, place = match.group(0), match.start()
        if mark == '"' or (mark in "}]" and (not stack or stack[-1] != mark)):
            return ends, stacks
        if len(mark) > 1:
            continue
        if mark in "}]":
            stack.pop()
        elif mark != ",":
            stack.append("}" if mark == "{" else "]")
        if len(stack) > _DEEPEST:
            return ends, stacks
        ends.append(place if mark == "," else place + 1)
        stacks.append("".join(stack))
        if len(ends) > 2 * _MOST_CUTS:
            del ends[:_MOST_CUTS], stacks[:_MOST_CUTS]
    return [*ends, len(text.rstrip())], [*stacks, "".join(stack)]


def walk(value: object, *, most: int = 20_000) -> list[tuple[str, dict[str, object]]]:
    """Every object within a value, outermost first, with the key or place it stands under."""
    found: list[tuple[str, dict[str, object]]] = []
    queue: list[tuple[str, object]] = [("", value)]
    seen = 0
    while queue and seen < most:
        name, current = queue.pop(0)
        seen += 1
        if isinstance(current, dict):
            fields = {str(key): item for key, item in current.items()}
            found.append((name, fields))
            queue.extend((key, item) for key, item in fields.items() if isinstance(item, dict | list))
        elif isinstance(current, list):
            queue.extend((f"{name}[]", item) for item in current[:1000] if isinstance(item, dict | list))
    return found
