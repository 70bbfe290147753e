"""Names in source code that something loads a model by, followed to the one text that they are given in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from llmadvise.checkout.calls import slot_of_call
from llmadvise.checkout.places import Candidate, Slot
from llmadvise.checkout.positions import Lines


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "used": r"(?:\{\s*:hf,\s*|\b([A-Za-z_][\w.]{0,60})\s*\(\s*(?:[\"'][\w-]{1,60}[\"']\s*,\s*)?&?)([A-Za-z_]\w{0,60})\s*[,)}.]",
            "given": r"(?<![\w.])([A-Za-z_]\w{0,60})(?:\s*:\s*[&\w' ]{1,30})?(?:\s+string)?\s*:?=\s*[\"']([^\"'\n]{3,200})[\"']",
        }[name]
    )


def used_names(text: str, lines: Lines, starts: Callable[[], set[int]]) -> Iterator[Candidate]:
    """A name in the place of a repository, told where it is used and where it is written.

    `starts`: where the strings of the program begin, so that what stands in a comment is not taken for one.
    """
    if ":hf" not in text and "retrained" not in text and "pipeline(" not in text:
        return
    used = [found for found in _pattern("used").finditer(text) if _takes(found)]
    if not used:
        return
    given: dict[str, list[re.Match[str]]] = {}
    strings = starts()
    for found in _pattern("given").finditer(text):
        if found.start(2) - 1 in strings:
            given.setdefault(found.group(1), []).append(found)
    for found in used:
        name = found.group(2)
        values = given.get(name, [])
        if len({value.group(2) for value in values}) == 1:
            for place, via in ((found.start(2), name), (values[0].start(2), None)):
                line, column = lines.at(place)
                yield Candidate(value=values[0].group(2), line=line, column=column, kind="code-call", slot=Slot.HUB, via=via)  # fmt: skip


def _takes(found: re.Match[str]) -> bool:
    """Whether the call loads from the Hub."""
    called = found.group(1)
    if called is None:
        return True
    name = called.rpartition(".")[2]
    return slot_of_call(name, called, 1 if name == "pipeline" else 0) is Slot.HUB
