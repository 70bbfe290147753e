"""Runtimes that are installed: programs on PATH and packages beside this one; no program is started."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.hardware import InstalledRuntime
from llmadvise.domain.runtime import Runtime
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean


def read_runtimes(runtimes: Mapping[str, Runtime], record: Record) -> tuple[InstalledRuntime, ...]:
    """The runtimes found, by id; versions only where a package's metadata give them for free."""
    found = []
    for identity, runtime in sorted(runtimes.items()):
        paths = (record.door.find_program(name) for name in runtime.detection.binaries)
        path = next((path for path in paths if path is not None), None)
        package = runtime.detection.python_package
        version, folder = (record.door.find_package(package) if package else None) or (None, None)
        path = path or folder
        if path is not None:
            found.append(InstalledRuntime(id=identity, version=clean(version) if version else None, path=clean(path)))
    return tuple(found)
