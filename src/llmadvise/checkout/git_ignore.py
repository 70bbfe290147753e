"""The rules of .gitignore files: nested, negated, anchored, as git matches them."""

from __future__ import annotations

import re

from llmadvise.record import dataclass

_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a .gitignore."""

    pattern: re.Pattern[str]
    negated: bool
    directories_only: bool


def rules_of(text: str) -> tuple[Rule, ...]:
    """The rules of one file in order; lines that are no pattern are left out."""
    out: list[Rule] = []
    for line in text.splitlines()[:10_000]:
        rule = _rule(line)
        if rule is not None:
            out.append(rule)
    return tuple(out)


def ignored(path: str, *, directory: bool, levels: list[tuple[str, tuple[Rule, ...]]]) -> bool:
    """Whether the last rule that matches ignores the path; `levels` are (directory, rules) from the root down."""
    verdict = False
    for base, rules in levels:
        inner = path[len(base) + 1 :] if base else path
        for rule in rules:
            if (directory or not rule.directories_only) and rule.pattern.fullmatch(inner):
                verdict = not rule.negated
    return verdict


def _rule(line: str) -> Rule | None:
    text = line.rstrip("\r")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#") or len(text) > _LONGEST:
        return None
    negated = text.startswith("!")
    text = text.removeprefix("!").removeprefix("\\") if text[:2] in ("\\#", "\\!") or negated else text
    directories = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    text = text.lstrip("/")
    if not text:
        return None
    try:
        compiled = re.compile(("" if anchored else r"(?:[\s\S]*/)?") + _expression(text))
    except re.error:
        return None
    return Rule(pattern=compiled, negated=negated, directories_only=directories)


def _expression(text: str) -> str:
    """A pattern as an expression that gives nothing back once it has matched up to a star.

    The first match of what stands between two stars is as good as any later one, so each is taken for good; otherwise a
    line of many stars would be tried in more ways than there is time for.
    """
    groups: list[list[str]] = [[]]
    parts = text.split("/")
    for part in parts:
        if part != "**":
            groups[-1].append(_segment(part))
        elif groups[-1] or len(groups) == 1:
            groups.append([])
    below = parts[-1] == "**"
    out: list[str] = []
    for at, group in enumerate(groups):
        inner = "/".join(group)
        if at == len(groups) - 1 and not below:
            out.append(f"(?:[^/]+/)*{inner}" if at else inner)
        else:
            inner += "/" if group else ""
            out.append(f"(?>(?:[^/]+/)*?{inner})" if at else inner)
    return "".join(out) + (r"[\s\S]+" if below else "")


def _segment(text: str) -> str:
    """What stands between two slashes; a star goes no further than the next of them."""
    pieces = [""]
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif letter == "?":
            pieces[-1] += "[^/]"
        elif letter == "[" and "]" in text[at + 2 :]:
            end = text.index("]", at + 2)
            inner = text[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            pieces[-1] += f"(?!/)[{'^' + inner[1:] if inner[0] == '!' else inner}]"
            at = end
        elif letter == "\\" and at + 1 < len(text):
            at += 1
            pieces[-1] += re.escape(text[at])
        else:
            pieces[-1] += re.escape(letter)
        at += 1
    first, middle, last = pieces[0], pieces[1:-1], pieces[-1]
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + (f"[^/]*{last}" if len(pieces) > 1 else "")
