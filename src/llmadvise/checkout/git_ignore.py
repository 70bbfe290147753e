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
        compiled = re.compile(("" if anchored else "(?:.*/)?") + _expression(text))
    except re.error:
        return None
    return Rule(pattern=compiled, negated=negated, directories_only=directories)


def _expression(text: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if text.startswith("**/", at) and (at == 0 or text[at - 1] == "/"):
            out.append("(?:[^/]+/)*")
            at += 3
            continue
        if text.startswith("/**", at) and at + 3 == len(text):
            out.append("/.+")
            break
        if letter == "*":
            while text.startswith("*", at + 1):
                at += 1
            out.append("[^/]*")
        elif letter == "?":
            out.append("[^/]")
        elif letter == "[" and "]" in text[at + 2 :]:
            end = text.index("]", at + 2)
            inner = text[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out.append(f"[{'^' + inner[1:] if inner[0] == '!' else inner}]")
            at = end
        elif letter == "\\" and at + 1 < len(text):
            at += 1
            out.append(re.escape(text[at]))
        else:
            out.append(re.escape(letter))
        at += 1
    return "".join(out)
