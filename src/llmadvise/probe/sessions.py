"""Pastes of several answers in one text, taken apart: `grep -r`, `head`, and terminal sessions."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from llmadvise.probe.outputs.split import split_session
from llmadvise.probe.sources import Answer

_MOST_PARTS = 1000
"""Of one paste; who has more has no terminal session there."""


def split_answers(source: str, answer: Answer) -> list[tuple[str, Answer]]:
    """The sources that one entry stands for; most are just one."""
    name = plain_source(source)
    text = answer.text
    if text is None:
        return [(name, answer)]
    if name.startswith("grep "):
        files = _grep_lines(text)
        if files:
            return [(path, replace(answer, text=body)) for path, body in files.items()]
    if name.partition(" ")[0] in {"head", "tail", "more"} and "==>" in text:
        parts = re.split(r"^==> (\S+) <==$\n?", text, flags=re.MULTILINE)
        pairs = zip(parts[1::2], parts[2::2], strict=False)
        return [(path, replace(answer, text=body)) for path, body in islice(pairs, _MOST_PARTS)]
    told = [(piece.command, piece.text) for piece in split_session(text)[:_MOST_PARTS]]
    asked = [(plain_source(command), replace(answer, text=body)) for command, body in told if command is not None]
    return asked or [(name, answer)]


def plain_source(source: str) -> str:
    """The path that `cat` prints and the like; other commands as they are, without `sudo`."""
    words = source.split()
    if words and words[0] == "sudo":
        words = words[1:]
    if len(words) == 2 and words[0] in {"cat", "type", "gc", "Get-Content", "less"}:  # noqa: PLR2004 - program and path
        return words[1]
    return " ".join(words)


def _grep_lines(text: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"^(/(?:sys|proc|dev|etc|run)/\S*?[^:\s]):(?!\d+\.\d)(.*)$", line)
        if match:
            # Addresses on the PCI bus hold colons, so the path goes on as long as one could.
            path, value = _path_and_value(line)
            files[path] = files.get(path, "") + value + "\n"
    return files


def _path_and_value(line: str) -> tuple[str, str]:
    match = re.match(r"^((?:/(?:[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.\d|\+dmi:id|[^:/\s]+))+):(.*)$", line)
    return (match.group(1), match.group(2)) if match else line.partition(":")[::2]
