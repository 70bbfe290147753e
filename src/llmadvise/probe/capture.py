"""Keeps every raw answer that a probe run gets, and writes them to a folder that `--hardware` can replay."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from llmadvise.errors import LLMAdviseError
from llmadvise.probe.nvml_tape import TapedLibrary
from llmadvise.probe.scrub import Scrubber
from llmadvise.probe.sources import Answer, Sources
from llmadvise.probe.text import clean
from llmadvise.record import dataclass

SCHEMA = "llmadvise.capture/1"
VARIABLES = (
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "NVIDIA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
    "HSA_OVERRIDE_GFX_VERSION", "GGML_VK_VISIBLE_DEVICES", "ONEAPI_DEVICE_SELECTOR", "ZE_AFFINITY_MASK", "SYSTEMROOT",
)  # fmt: skip
"""What may change the devices that programs see; nothing else of the environment is ever written."""
LOST = "probe"
"""What a part of the probe that gave no answer stands under, so that a replay leaves out the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A capture on the disk."""

    folder: str
    files: int
    bytes: int


class CapturingSources(Sources):
    """The machine, with every answer kept under the command line that gives the same."""

    def __init__(self, door: Sources | None = None, *, seconds: float | None = None) -> None:
        super().__init__(seconds=seconds)
        self._door = Sources() if door is None else door
        self.platform = self._door.platform
        self.kept: dict[str, Answer] = {}
        self._tapes: dict[str, TapedLibrary] = {}

    def _keep(self, source: str, ask: Callable[[], Answer]) -> Answer:
        """The first answer stands for all: a replay has only one, and this run must mean the same."""
        kept = self.kept.get(source)
        return self.kept.setdefault(source, ask()) if kept is None else kept

    def read(self, path: str) -> Answer:
        return self._keep(path, lambda: self._door.read(path))

    def names(self, path: str) -> list[str]:
        answer = self._keep(f"ls {path}", lambda: _said("\n".join(self._door.names(path))))
        return (answer.text or "").splitlines()

    def exists(self, path: str) -> bool:
        return self._keep(f"test -e {path}", lambda: _yes(self._door.exists(path))).exit == 0

    def may_use(self, path: str) -> bool:
        return self._keep(f"test -w {path}", lambda: _yes(self._door.may_use(path))).exit == 0

    def link(self, path: str) -> str | None:
        return self._keep(f"readlink {path}", lambda: _perhaps(self._door.link(path))).text

    def run(self, command: tuple[str, ...]) -> Answer:
        return self._keep(" ".join(command), lambda: self._door.run(command))

    def library(self, name: str) -> object:
        if name not in self._tapes:
            try:
                self._tapes[name] = TapedLibrary(self._door.library(name))
            except ImportError:
                self.kept[name] = Answer(text=None, status="absent")
                raise
        return self._tapes[name]

    def system_values(self, name: str) -> Answer:
        return self._keep(name, lambda: self._door.system_values(name))

    def environment(self) -> Mapping[str, str]:
        known = {name: value for name, value in self._door.environment().items() if name in VARIABLES}
        self._keep("env", lambda: _said("\n".join(f"{name}={value}" for name, value in sorted(known.items()))))
        return self._door.environment()

    def find_program(self, name: str) -> str | None:
        return self._keep(f"which {name}", lambda: _perhaps(self._door.find_program(name))).text

    def find_package(self, name: str) -> tuple[str, str] | None:
        found = self._door.find_package(name)
        said = f"Name: {name}\nVersion: {found[0]}\nLocation: {found[1]}" if found else None
        self._keep(f"pip show {name}", lambda: _perhaps(said))
        return found

    def listen(self, port: int) -> Answer:
        return self._keep(port_command(port), lambda: self._door.listen(port))

    def allowed_processors(self) -> frozenset[int]:
        allowed = self._door.allowed_processors()
        self._keep("sched_getaffinity", lambda: _perhaps(",".join(str(number) for number in sorted(allowed)) or None))
        return allowed

    def lose(self, part: str) -> None:
        self.kept[f"{LOST} {part}"] = Answer(text=None, status="timed out")

    def architecture(self) -> str | None:
        return self._keep("uname -m", lambda: _perhaps(self._door.architecture())).text

    def close(self) -> None:
        """Write down what the libraries said."""
        for name, tape in self._tapes.items():
            self.kept[name] = _said(json.dumps(tape.calls, indent=1))


def port_command(port: int) -> str:
    """The command line that asks a port of this host the same."""
    return f"curl -s -i -m 0.1 http://127.0.0.1:{port}/"


def _said(text: str) -> Answer:
    return Answer(text=text, status="read", exit=0)


def _perhaps(text: str | None) -> Answer:
    return _said(text) if text is not None else _yes(False)


def _yes(found: bool) -> Answer:
    return Answer(text=None, status="read" if found else "absent", exit=0 if found else 1)


def write_capture(folder: str, sources: CapturingSources, *, scrubber: Scrubber) -> Written:
    """Write the raw texts and their manifest, without what names a person, a host or a single device.

    Raises LLMAdviseError where the folder holds something else, so that no file of the user is overwritten.
    """
    target = _emptied(folder)
    kept = [(source, sources.kept[source]) for source in sorted(sources.kept) if source.isprintable()]
    scrubber.learn(part for source, answer in kept for part in (source, answer.text or ""))
    lines = [f"schema: {SCHEMA}", f"platform: {sources.platform.value}", "sources:"]
    count = size = 0
    for number, (source, answer) in enumerate(kept):
        name = f"{number:03d}-{_file_name(scrubber.clean(source))}.txt"
        lines += _entry(scrubber.clean(source), name, answer, scrubber)
        if answer.text is not None:
            raw = scrubber.clean(answer.text).encode("utf-8", "replace")
            (target / name).write_bytes(raw)
            count, size = count + 1, size + len(raw)
    (target / "manifest.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Written(folder=os.fspath(target), files=count, bytes=size)


def _emptied(folder: str) -> Path:
    """The folder, without the files of an earlier capture."""
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())) and not (target / "manifest.yaml").is_file():
        raise LLMAdviseError(f"{folder}: is there and is no capture", "Name an empty or a new folder.")
    target.mkdir(parents=True, exist_ok=True)
    for file in target.glob("[0-9][0-9][0-9]*-*.txt"):
        file.unlink()
    return target


def _entry(source: str, file: str, answer: Answer, scrubber: Scrubber) -> list[str]:
    """The lines of one source in the manifest."""
    lines = [f"  - source: {_quoted(source)}"]
    lines += [f"    file: {_quoted(file)}"] if answer.text is not None else []
    lines.append(f"    exit: {_exit(source, answer)}")
    lines += [f"    status: {_quoted(answer.status)}"] if answer.status != "read" or answer.exit is None else []
    lines += [f"    detail: {_quoted(clean(scrubber.clean(answer.detail)))}"] if answer.detail else []
    return lines


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _exit(source: str, answer: Answer) -> str:
    """The exit code; of a file, the one that `cat` would have; null for a program that did not come to an end."""
    if answer.exit is not None:
        return str(answer.exit)
    if answer.status == "read":
        return "0"
    return "1" if source.startswith("/") else "null"


def _file_name(source: str) -> str:
    """The source in letters that every file system takes."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in source)
    return "-".join(part for part in plain.split("-") if part)[:60] or "source"
