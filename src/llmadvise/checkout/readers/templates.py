"""Templates of YAML (Helm, Jinja, Taskfile) as the YAML that they become: actions left blank, values that are not known as variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache


@cache
def _pattern(name: str) -> re.Pattern[str]:
    action = r"\{\{(?:[^{}]|\{(?!\{)|\}(?!\})){0,600}\}\}"
    return re.compile(
        {
            "inline": r"(?<!\$)" + action,
            "line": r"(?m)^[ \t]*(?:(?<!\$)" + action + r"[ \t]*)+$",
            "statement": r"\{%(?:[^%]|%(?!\})){0,600}%\}",
            "default": r"default\s*\(?\s*\\?[\"']([^\"'\\{}]+)\\?[\"']",
            "literal": r"^\{\{-?\s*\\?[\"']([^\"'\\{}]+)\\?[\"']",
            "asked": r"\{\{-?\s*(?:(?:quote|squote|toString|trim|required\s+\"[^\"]*\"|default\s+\"[^\"]*\")\s+)?\$?\.(Values(?:\.\w+)+)\s*(?:\|[^{}]*)?-?\}\}",
            "name": r"\.?([A-Za-z_][\w.]*)",
        }[name]
    )


def without_actions(text: str, given: Mapping[str, str]) -> str:
    """The text with its lines where they were, and no actions in it; `given`: what is known of the values, by name."""
    if "{%" in text:
        text = _pattern("statement").sub(_blank, text)
    if "{{" not in text:
        return text
    return _pattern("inline").sub(lambda found: _value(found, given), _pattern("line").sub(_blank, text))


def _blank(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")


def _value(found: re.Match[str], given: Mapping[str, str]) -> str:
    """What an action within a line becomes: the value that it puts there, its default, or a variable named after it."""
    text = found.group()
    asked = _pattern("asked").fullmatch(text) if given else None
    value = given.get(asked.group(1)) if asked is not None else None
    if value is not None:
        return value + "\n" * text.count("\n")
    known = _pattern("default").search(text) or _pattern("literal").search(text)
    if known is not None:
        return known.group(1) + "\n" * text.count("\n")
    name = _pattern("name").search(text)
    shown = name.group(1).replace(".", "_") if name is not None else "template"
    return f"$({shown})" + "\n" * text.count("\n")
