"""Holds a command against what the runtime's own parser knows, as stored in tests/data/runtime_flags."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data" / "runtime_flags"
_MANY = 10_000


@dataclass(frozen=True)
class CommandLine:
    """What one version of a runtime understands."""

    runtime: str
    version: str
    programs: dict[str, Any]
    environment: frozenset[str]

    def problems(self, arguments: Sequence[str], environment: Sequence[str] = ()) -> list[str]:
        """What the parser would refuse; nothing if it takes every word."""
        found = [f"{name} is no variable of it" for name in environment if name not in self.environment]
        name = next(
            (name for name in self._by_length() if tuple(arguments[: len(name.split())]) == (*name.split(),)), None
        )
        if name is None:
            return [*found, f"no program of it: {' '.join(arguments[:3])}"]
        return found + self._words(name, arguments[len(name.split()) :])

    def _by_length(self) -> list[str]:
        return sorted(self.programs, key=lambda name: -len(name.split()))

    def _words(self, program: str, words: Sequence[str]) -> list[str]:
        spec = self.programs[program]
        known = {name: flag for flag in spec["flags"] for name in flag["names"]}
        found, positional, index = [], 0, 0
        while index < len(words):
            word = words[index]
            index += 1
            if word == "--" and "rest" in spec:
                return found + self._words(spec["rest"], words[index:])
            if not word.startswith("-"):
                positional += 1
                continue
            flag = known.get(word)
            if flag is None:
                found.append(f"{program} has no {word}")
                continue
            least, most = {"none": (0, 0), "one": (1, 1), "optional": (0, 1), "many": (1, _MANY)}[flag["value"]]
            if word in _NOTHING_WILL_DO:
                least = 0
            taken: list[str] = []
            while len(taken) < most and index < len(words) and not _is_flag(words[index], known):
                taken.append(words[index])
                index += 1
            if len(taken) < least:
                found.append(f"{word} lacks a value")
            found += [
                f"{word} takes no {item}" for item in taken if flag.get("choices") and item not in flag["choices"]
            ]
        if positional > spec["positional"]:
            found.append(f"{program} takes {spec['positional']} words without a flag, not {positional}")
        return found


_NOTHING_WILL_DO = frozenset({"--usecuda", "--usevulkan"})
"""Flags of KoboldCpp with `nargs="*"`."""


def _is_flag(word: str, known: dict[str, Any]) -> bool:
    return word in known or word == "--" or (word.startswith("--") and len(word) > 2)


def command_lines() -> dict[str, CommandLine]:
    """All that are stored, by runtime."""
    found = {}
    for path in sorted(DATA.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found[document["runtime"]] = CommandLine(
            document["runtime"], document["version"], document["programs"], frozenset(document["environment"])
        )
    return found
