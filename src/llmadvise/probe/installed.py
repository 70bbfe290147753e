"""Runtimes that are installed: programs on PATH and packages beside this one; no program is started."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.hardware import InstalledRuntime
from llmadvise.domain.runtime import Runtime
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean


def read_runtimes(
    runtimes: Mapping[str, Runtime], record: Record, *, thorough: bool = False
) -> tuple[InstalledRuntime, ...]:
    """The runtimes found, by id. A `thorough` look asks the programs for their versions and the ports for servers."""
    found = {identity: _find(identity, runtime, record) for identity, runtime in sorted(runtimes.items())}
    present = {identity: item for identity, item in found.items() if item is not None}
    if thorough:
        from llmadvise.probe.running import look_closer  # noqa: PLC0415 - never on the fast path

        present = look_closer(present, runtimes, record)
    return tuple(present[identity] for identity in sorted(present))


def _find(identity: str, runtime: Runtime, record: Record) -> InstalledRuntime | None:
    """A version only where a package's metadata gives it for free."""
    paths = (record.door.find_program(name) for name in runtime.detection.binaries)
    path = next((path for path in paths if path is not None), None)
    package = runtime.detection.python_package
    version, folder = (record.door.find_package(package) if package else None) or (None, None)
    path = path or folder
    if path is None:
        return None
    shown = path if path.isprintable() else clean(path)
    return InstalledRuntime(id=identity, version=clean(version) if version else None, path=shown)
