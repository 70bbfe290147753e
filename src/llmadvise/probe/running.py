"""A closer look at runtimes: their versions, the backends they were built with, and those that answer at a port."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from llmadvise.domain.hardware import Backend, InstalledRuntime, Platform
from llmadvise.domain.runtime import Runtime
from llmadvise.domain.version_question import is_simple_pattern, version_question
from llmadvise.probe.parallel import Part
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean

_LIBRARIES = {
    "cuda": Backend.CUDA, "hip": Backend.ROCM, "metal": Backend.METAL, "vulkan": Backend.VULKAN, "sycl": Backend.SYCL,
}  # fmt: skip
"""What llama.cpp calls the library of a backend (ggml/src/CMakeLists.txt: `ggml-<name>`)."""
_FORMS = {
    Platform.LINUX: ("libggml-{}.so",), Platform.MACOS: ("libggml-{}.so", "libggml-{}.dylib"),
    Platform.WINDOWS: ("ggml-{}.dll",),
}  # fmt: skip
"""On macOS a module that is loaded at run time ends in `.so`, a library that is linked in `.dylib` (CMake)."""
_FOLDERS = ("", "/../lib", "/../lib/llama.cpp", "/../libexec")
_OLLAMA = ("cuda_v11", "cuda_v12", "cuda_v13", "cuda_jetpack5", "cuda_jetpack6", "rocm", "vulkan")
"""Folders of ollama's own libraries (its CMakePresets.json)."""
_NUMBER = re.compile(r"\bv?(\d+\.\d+(?:\.\d+)*)\b")
_ENOUGH = 4096
_MOST_LINES = 40
_LONGEST_LINE = 120
"""Letters; what is_simple_pattern reckons with."""
_MOST_LINKS = 4


def look_closer(
    found: Mapping[str, InstalledRuntime], runtimes: Mapping[str, Runtime], record: Record
) -> dict[str, InstalledRuntime]:
    """The runtimes with what their programs, folders and servers say, all asked at the same time."""
    ports = _greetings(runtimes, record)
    parts = {
        identity: Part(f"{identity} version", partial(_asked, item, runtimes[identity]), record)
        for identity, item in found.items()
    }
    done = {identity: part.take() or found[identity] for identity, part in parts.items()}
    for port, greeting in ports.items():
        text = greeting.take()
        owner = _owner(port, text, runtimes, found) if text is not None else None
        if owner is not None:
            address = f"http://127.0.0.1:{port}"
            done[owner] = replace(done.get(owner) or InstalledRuntime(id=owner), address=address)
            record.look(address, "read", owner)
    return done


def _greetings(runtimes: Mapping[str, Runtime], record: Record) -> dict[int, Part[str | None]]:
    ports = sorted({runtime.detection.port for runtime in runtimes.values() if runtime.detection.port})
    return {port: Part(f"port {port}", partial(_greeting, port), record) for port in ports}


def _greeting(port: int, record: Record) -> str | None:
    return record.door.listen(port).text


def _owner(port: int, text: str, runtimes: Mapping[str, Runtime], found: Iterable[str]) -> str | None:
    """Whose server it is: the one whose greeting it gives, else the only installed runtime of that port."""
    usual = [identity for identity in sorted(runtimes) if runtimes[identity].detection.port == port]
    said = text.lower()
    greeted = [name for name in usual if (words := runtimes[name].detection.greeting) and words.lower() in said]
    if greeted:
        installed = [name for name in greeted if name in found]
        return (installed or greeted)[0]
    silent = [name for name in usual if name in found and not runtimes[name].detection.greeting]
    return silent[0] if len(silent) == 1 else None


def _asked(item: InstalledRuntime, runtime: Runtime, record: Record) -> InstalledRuntime:
    paths = ((name, record.door.find_program(name)) for name in runtime.detection.binaries)
    name, program = next(((name, path) for name, path in paths if path), ("", None))
    if program is None:
        return item
    version, question = item.version, version_question(runtime.detection, name)
    if version is None and question is not None:
        answer = record.run((program, *question))
        version = parse_version(answer.text, runtime.detection.version_pattern)
    return replace(item, version=version, backends=_build_backends(program, record))


def parse_version(text: str | None, pattern: str | None) -> str | None:
    """What the pattern of the catalog finds in a line, else the first number with a point."""
    beginning = (text or "")[:_ENOUGH]
    try:
        form = re.compile(pattern) if pattern and is_simple_pattern(pattern) else _NUMBER
    except re.error:
        form = _NUMBER
    lines = (line[:_LONGEST_LINE] for line in beginning.splitlines()[:_MOST_LINES])
    match = next((match for line in lines if (match := form.search(line))), None)
    if match is None:
        return None
    return clean((match.group(1) if form.groups else match.group()) or "") or None


def _build_backends(program: str, record: Record) -> tuple[Backend, ...]:
    """The backends whose libraries lie where the program looks for them; empty where it was built in one piece."""
    folder = _resolved(program, record).replace("\\", "/").rpartition("/")[0]
    places = [folder + place for place in _FOLDERS]
    places += [f"{folder}{root}/ollama/{name}" for root in ("/../lib", "/lib") for name in _OLLAMA]
    if not program.replace("\\", "/").endswith(("/ollama", "/ollama.exe")):
        places = places[: len(_FOLDERS)]
    forms = _FORMS[record.door.platform]
    found = [
        backend
        for name, backend in _LIBRARIES.items()
        if any(record.exists(f"{place}/{form.format(name)}") for place in places for form in forms)
    ]
    return (*found, Backend.CPU) if found else ()


def _resolved(path: str, record: Record) -> str:
    """The program behind a few links, such as those of package managers."""
    for _ in range(_MOST_LINKS):
        target = record.door.link(path)
        if not target:
            break
        path = target if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"
    return path
