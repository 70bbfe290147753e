"""A captured machine: answers from the files of a capture, on any platform."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from llmadvise.domain.hardware import Platform
from llmadvise.errors import InvalidFileError
from llmadvise.probe.nvml_tape import PlayedLibrary
from llmadvise.probe.sessions import split_answers
from llmadvise.probe.sources import READ_LIMIT, Answer, Sources
from llmadvise.probe.text import decoded, number_list

_HINT = "`llmadvise hardware capture DIR` writes a folder of this kind."
_MOST_SOURCES = 20_000
_MOST_REPEATED = 64
_LARGEST_MANIFEST = 8 << 20
_LARGEST_CAPTURE = 64 << 20
"""Of all texts together; an honest capture has a few hundred kilobytes."""
_MANIFESTS = ("manifest.yaml", "manifest.yml", "manifest.json")
_ASKING = frozenset({"ls", "test", "readlink", "which", "pip", "curl"})


def manifest_of(folder: str) -> str | None:
    """The manifest of a capture, or None where the folder has none."""
    paths = (os.path.join(folder, name) for name in _MANIFESTS)  # noqa: PTH118
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113


class CapturedSources(Sources):
    """What a capture holds. What it lacks is absent, and what nobody asks for is handed to those who read anything."""

    def __init__(self, platform: Platform, answers: Mapping[str, Answer], *, composed: bool = False) -> None:
        super().__init__("/nowhere", seconds=10.0)
        self.platform = platform
        self._answers = dict(answers)
        self._composed = composed
        self._asked: set[str] = set()
        self._folders: dict[str, set[str]] = {}
        for source in self._answers:
            if source.startswith("/") and self._answers[source].text is not None:
                self._add_parents(source)

    def _add_parents(self, path: str) -> None:
        while path not in {"", "/"}:
            parent, _, name = path.rpartition("/")
            known = self._folders.setdefault(parent or "/", set())
            if name in known:
                return
            known.add(name)
            path = parent

    def _ask(self, source: str) -> Answer | None:
        self._asked.add(source)
        return self._answers.get(source)

    def read(self, path: str) -> Answer:
        return self._ask(path) or Answer(text=None, status="absent")

    def names(self, path: str) -> list[str]:
        listed = self._ask(f"ls {path}") or self._ask(f"ls {path}/")
        names = set(self._folders.get(path.rstrip("/"), ()))
        if listed is not None and listed.text:
            names.update(line.strip() for line in listed.text.splitlines() if "/" not in line.strip())
        return sorted(name for name in names if name)

    def exists(self, path: str) -> bool:
        tested = self._ask(f"test -e {path}")
        if tested is not None:
            return tested.exit == 0
        answer = self._answers.get(path)
        return (
            (answer is not None and answer.status != "absent") or path in self._folders or bool(self._ask(f"ls {path}"))
        )

    def may_use(self, path: str) -> bool:
        tested = self._ask(f"test -w {path}")
        return tested is not None and tested.exit == 0

    def link(self, path: str) -> str | None:
        answer = self._ask(f"readlink {path}") or self._ask(f"readlink -f {path}")
        return answer.text.strip() if answer is not None and answer.exit == 0 and answer.text else None

    def run(self, command: tuple[str, ...]) -> Answer:
        return self._ask(" ".join(command)) or Answer(text=None, status="absent")

    def library(self, name: str) -> object:
        answer = self._ask(name) or next(
            (found for source, found in self._answers.items() if source.lower() in {name, f"py{name}", f"lib{name}"}),
            None,
        )
        if answer is None or answer.text is None:
            raise ImportError(name)
        try:
            return PlayedLibrary(json.loads(answer.text))
        except (ValueError, RecursionError) as error:
            raise ImportError(name) from error

    def system_values(self, name: str) -> Answer:
        return self._ask(name) or Answer(text=None, status="absent")

    def environment(self) -> Mapping[str, str]:
        answer = self._ask("env") or self._ask("printenv")
        pairs = (line.partition("=") for line in (answer.text or "").splitlines()) if answer is not None else ()
        return {name: value for name, found, value in pairs if found}

    def find_program(self, name: str) -> str | None:
        answer = self._ask(f"which {name}")
        return (answer.text or "").strip() or None if answer is not None and answer.status == "read" else None

    def find_package(self, name: str) -> tuple[str, str] | None:
        answer = self._ask(f"pip show {name}")
        pairs = (line.partition(": ") for line in ((answer.text if answer is not None else None) or "").splitlines())
        fields = {key: value.strip() for key, _, value in pairs}
        return (fields["Version"], fields.get("Location", "")) if "Version" in fields else None

    def listen(self, port: int) -> Answer:
        from llmadvise.probe.capture import port_command  # noqa: PLC0415 - the two sides of one name

        return self._ask(port_command(port)) or Answer(text=None, status="absent")

    def allowed_processors(self) -> frozenset[int]:
        answer = self._ask("sched_getaffinity")
        text = answer.text if answer is not None else None
        if text is None and (status := self._answers.get("/proc/self/status")) is not None:
            match = re.search(r"^Cpus_allowed_list:\s*(\S+)$", status.text or "", re.MULTILINE)
            text = match.group(1) if match else None
        return number_list(text)

    def answered(self, beginning: str) -> list[str]:
        found = (name for name, answer in self._answers.items() if name.startswith(beginning))
        return [name for name in found if self._answers[name].status != "absent"]

    def lost(self, part: str) -> bool:
        answer = self._ask(f"probe {part}")
        return answer is not None and answer.status == "timed out"

    def architecture(self) -> str | None:
        answer = self._ask("uname -m")
        return answer.text.strip() if answer is not None and answer.text else None

    def answers(self) -> list[tuple[str, Answer]]:
        return list(self._answers.items())

    def others(self) -> list[tuple[str, Answer]]:
        rest = []
        for source, answer in self._answers.items():
            first = source.partition(" ")[0]
            if source not in self._asked and first not in _ASKING and answer.status != "absent":
                rest.append((source, answer))
        return rest

    def is_composed(self) -> bool:
        return self._composed

    def is_capture(self) -> bool:
        return True


def open_capture(folder: str) -> CapturedSources:
    """The sources of a capture. Raises InvalidFileError where the folder is none; a file that is missing is absent."""
    path = manifest_of(folder)
    if path is None:
        raise InvalidFileError(f"{folder}: is a folder without manifest.yaml, so it is no capture", _HINT)
    values = _manifest(path)
    platform = platform_named(values.get("platform"))
    if platform is None:
        raise InvalidFileError(f"{path}: platform: must be one of {', '.join(Platform)}", _HINT)
    sources = values.get("sources")
    if not isinstance(sources, list) or len(sources) > _MOST_SOURCES:
        raise InvalidFileError(f"{path}: sources: must be a list of at most {_MOST_SOURCES}", _HINT)
    answers: dict[str, Answer] = {}
    room = _LARGEST_CAPTURE
    for place, entry in enumerate(sources):
        if not isinstance(entry, dict) or not isinstance(entry.get("source"), str):
            raise InvalidFileError(f"{path}: sources[{place}].source: is missing", _HINT)
        answer = _answer(folder, entry, f"{path}: sources[{place}]")
        room -= len(answer.text or "")
        if room < 0:
            raise InvalidFileError(f"{folder}: holds more than {_LARGEST_CAPTURE >> 20} MiB of text", _HINT)
        for source, part in split_answers(str(entry["source"]), answer):
            add_answer(answers, source, part)
    # The program itself writes down how each look went, absent sources too.
    composed = not any(isinstance(entry, dict) and "status" in entry for entry in sources)
    return CapturedSources(platform, answers, composed=composed)


def platform_named(value: object) -> Platform | None:
    """The platform of a word such as `darwin`, `win32` or `wsl2`."""
    text = str(value).strip().lower()
    words = {
        "darwin": "macos",
        "mac": "macos",
        "osx": "macos",
        "win32": "windows",
        "win": "windows",
        "wsl": "linux",
        "wsl2": "linux",
    }
    return {item.value: item for item in Platform}.get(words.get(text, text))


def add_answer(answers: dict[str, Answer], source: str, answer: Answer) -> None:
    """The same source again is kept under a name that only readers of anything see; too many of it are dropped."""
    name, number = source, 2
    while name in answers and answers[name].text is not None:
        name = f"{source} #{number}"
        number += 1
        if number > _MOST_REPEATED:
            return
    if len(answers) < _MOST_SOURCES:
        answers[name] = answer


def _manifest(path: str) -> dict[str, object]:
    from llmadvise.strict_yaml.read import parse_document  # noqa: PLC0415 - only for captures

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            raw = file.read(_LARGEST_MANIFEST + 1)
    except OSError as error:
        raise InvalidFileError(f"{path}: {error.strerror or error}", _HINT) from error
    if len(raw) > _LARGEST_MANIFEST:
        raise InvalidFileError(f"{path}: is larger than {_LARGEST_MANIFEST >> 20} MiB", _HINT)
    text = decoded(raw)
    values: dict[str, object] = dict(parse_document(text, path).values)
    if values.get("schema") != "llmadvise.capture/1":
        raise InvalidFileError(f"{path}: schema: is not 'llmadvise.capture/1'", _HINT)
    return values


def _answer(folder: str, entry: Mapping[str, object], where: str) -> Answer:
    code = entry.get("exit")
    given = entry.get("status")
    status = given if isinstance(given, str) else "read"
    exit_ = code if isinstance(code, int) and not isinstance(code, bool) else None
    name, detail = entry.get("file"), entry.get("detail")
    text: str | None = None
    if isinstance(name, str):
        text = read_inside(folder, name, where)
        status = "absent" if text is None else status
    elif not isinstance(given, str):
        status = "absent" if exit_ != 0 else "read"
    if text is not None and exit_ and not isinstance(given, str):
        status = "failed"
        detail = detail or f"exit {exit_}: {text.strip().partition(chr(10))[0]}"
    return Answer(text=text, status=status[:40], exit=exit_, detail=detail if isinstance(detail, str) else None)


def read_inside(folder: str, name: str, where: str) -> str | None:
    """The text of a file of the capture; a name that leads out of it is refused, whatever link it takes."""
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, name))  # noqa: PTH118
    if not path.startswith(root + os.sep):
        raise InvalidFileError(f"{where}.file: leads out of the capture", "Name a file inside the folder.")
    if not os.path.isfile(path):  # noqa: PTH113 - a pipe would never answer
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return decoded(file.read(READ_LIMIT))
    except OSError:
        return None
