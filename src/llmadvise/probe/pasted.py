"""A folder of pasted answers: `about.json`, which tells the command, beside the text that was printed."""

from __future__ import annotations

import json
import os
import re

from llmadvise.domain.hardware import Platform
from llmadvise.errors import InvalidFileError
from llmadvise.probe.replay import CapturedSources, add_answer, read_inside
from llmadvise.probe.sessions import split_answers
from llmadvise.probe.sources import Answer

ABOUT = "about.json"
_MOST_FILES = 64
_TELLING = 4000
"""Characters of an answer that may name the system where nothing else does."""
_BESIDE = frozenset({ABOUT, "expected.json"})
_PLATFORMS = (
    (r"\b(?:wsl2?|linux|ubuntu|debian|jetson|container|docker)\b", Platform.LINUX),
    (r"\b(?:windows|win1[01]|powershell|win32_\w+|pnp device id)\b|\\pci\\ven_", Platform.WINDOWS),
    (r"\b(?:mac ?os|macos|mac|macbook|imac|darwin|apple)\b", Platform.MACOS),
)


def is_pasted(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, ABOUT))  # noqa: PTH113, PTH118


def open_pasted(folder: str, hint: str) -> CapturedSources:
    """The sources of such a folder. Raises InvalidFileError where `about.json` is missing or no JSON object."""
    if not is_pasted(folder):
        raise InvalidFileError(f"{folder}: is a folder without manifest.yaml, so it is no capture", hint)
    about = _about(folder, hint)
    command, machine = str(about.get("command", "")), str(about.get("machine", ""))
    names = [name for name in sorted(os.listdir(folder))[:_MOST_FILES] if name not in _BESIDE]  # noqa: PTH208
    answers: dict[str, Answer] = {}
    for name in names:
        text = read_inside(folder, name, f"{folder}: {name}")
        if text is None:
            continue
        source = command if len(names) == 1 and command else name
        for part, answer in split_answers(source, Answer(text=text, status="read")):
            add_answer(answers, part, answer)
    texts = [(answer.text or "")[:_TELLING] for answer in answers.values()]
    return CapturedSources(_platform(about.get("platform"), machine, command, *answers, *texts), answers)


def _about(folder: str, hint: str) -> dict[str, object]:
    text = read_inside(folder, ABOUT, f"{folder}: {ABOUT}")
    try:
        about: object = json.loads(text or "")
    except (ValueError, RecursionError) as error:
        raise InvalidFileError(f"{os.path.join(folder, ABOUT)}: is not JSON", hint) from error  # noqa: PTH118
    if not isinstance(about, dict):
        raise InvalidFileError(f"{os.path.join(folder, ABOUT)}: is no JSON object", hint)  # noqa: PTH118
    return {str(key): value for key, value in about.items()}


def _platform(said: object, *texts: str) -> Platform:
    """What the folder says, else the first system that its words name; Linux where none does, as its tools are everywhere."""
    known = {item.value: item for item in Platform}
    if isinstance(said, str) and said.lower() in known:
        return known[said.lower()]
    for text in texts:
        found = [
            (match.start(), platform) for pattern, platform in _PLATFORMS if (match := re.search(pattern, text.lower()))
        ]
        if found:
            return min(found, key=lambda item: item[0])[1]
    return Platform.LINUX
