"""Runtimes that are installed: programs on PATH and packages beside this one; no program is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping

from llmadvise.domain.hardware import InstalledRuntime, Platform
from llmadvise.domain.runtime import Runtime


def find_program(name: str, folders: Iterable[str], *, suffixes: tuple[str, ...] = ("",)) -> str | None:
    """The first executable file of that name in the folders."""
    if os.path.basename(name) != name:  # noqa: PTH119 - a name, never a path
        return None
    for folder in folders:
        for suffix in suffixes:
            path = os.path.join(folder, name + suffix)  # noqa: PTH118
            if os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
                return path
    return None


def package_versions(folders: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Version and folder by normalized name of the packages whose metadata lies in these folders."""
    found: dict[str, tuple[str, str]] = {}
    for folder in folders:
        try:
            names = os.listdir(folder)  # noqa: PTH208
        except OSError:
            continue
        for entry in names:
            if entry.endswith(".dist-info"):
                name, _, version = entry.removesuffix(".dist-info").partition("-")
                found.setdefault(_normalized(name), (version, folder))
    return found


def read_runtimes(
    runtimes: Mapping[str, Runtime],
    *,
    environment: Mapping[str, str],
    platform: Platform,
    search: list[str] | None = None,
) -> tuple[InstalledRuntime, ...]:
    """The runtimes found, by id; versions only where a package's metadata give them for free."""
    folders = [folder for folder in environment.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]  # noqa: PTH117
    suffixes = (".exe", ".cmd", ".bat") if platform is Platform.WINDOWS else ("",)
    packages: dict[str, tuple[str, str]] | None = None
    found = []
    for identity, runtime in sorted(runtimes.items()):
        paths = (find_program(name, folders, suffixes=suffixes) for name in runtime.detection.binaries)
        path = next((path for path in paths if path is not None), None)
        version = None
        if runtime.detection.python_package:
            packages = package_versions(search if search is not None else sys.path) if packages is None else packages
            version, folder = packages.get(_normalized(runtime.detection.python_package), (None, None))
            path = path or folder
        if path is not None:
            found.append(InstalledRuntime(id=identity, version=version, path=path))
    return tuple(found)


def _normalized(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
