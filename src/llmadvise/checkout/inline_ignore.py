"""The comment by which a line is let through: `# llmadvise: ignore[rule, rule] reason`."""

from __future__ import annotations

import re
from functools import cache

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """What one such comment says; no rules means all of them."""

    rules: tuple[str, ...]
    reason: str
    alone: bool
    """It stands on a line of its own, and so speaks of the next line."""


@cache
def _comment() -> re.Pattern[str]:
    return re.compile(r"(?:\#|//|<!--|;|--|/\*)\s*llmadvise:\s*ignore(?:\[([^\]\n]{0,200})\])?[ \t:]*([^\n]{0,300})")


def ignores(text: str) -> dict[int, Ignore]:
    """The comments of a file by the line they speak of."""
    if "llmadvise:" not in text:
        return {}
    out: dict[int, Ignore] = {}
    for number, line in enumerate(text.split("\n"), 1):
        found = _comment().search(line)
        if found is None:
            continue
        rules = tuple(item.strip() for item in (found.group(1) or "").split(",") if item.strip())
        reason = found.group(2).replace("-->", "").replace("*/", "").strip().strip('",').removesuffix("\\n").strip()
        alone = not line[: found.start()].strip(" \t\"'")
        out[number + alone] = Ignore(rules=rules, reason=reason, alone=alone)
    return out
