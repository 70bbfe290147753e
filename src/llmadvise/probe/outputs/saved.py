"""A machine from saved outputs: a file, standard input, or a folder that a terminal session was pasted into."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, Platform, ProbeSource
from llmadvise.errors import InvalidFileError
from llmadvise.probe.outputs.detect import LARGEST
from llmadvise.probe.outputs.readers import read_pieces
from llmadvise.probe.outputs.settle import settle
from llmadvise.probe.outputs.sighting import Piece
from llmadvise.probe.outputs.split import plain_command
from llmadvise.probe.standard_input import STANDARD_INPUT, standard_input
from llmadvise.probe.text import clean, decoded

_MOST_FILES = 200
_HINT = (
    "Save what a tool prints, such as `nvidia-smi -q > gpu.txt`, rocm-smi, lspci -nn, system_profiler, dxdiag or /proc/meminfo; "
    "several in one file are read together. `llmadvise hardware --json` prints a hardware file."
)


def read_saved(
    path: str,
    *,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    ram_bytes: int | None = None,
) -> Hardware:
    """The machine that the outputs in a file, a folder without a manifest or standard input describe.

    Raises InvalidFileError where no tool's output is recognised in them.
    """
    pieces, platform = _pieces(path)
    observed = read_pieces(pieces)
    if not observed:
        raise InvalidFileError(f"{path}: no output of a tool that is known was found in it", _HINT)
    found = settle(observed, gpus=gpus, cpus=cpus, calibration=calibration, platform=platform, ram_bytes=ram_bytes)
    name = "standard input" if path == STANDARD_INPUT else os.path.basename(path.rstrip("/\\")) or path  # noqa: PTH119
    source = ProbeSource(source=clean(path), status="read")
    return replace(found, name=found.name or clean(name), sources=(*found.sources, source))


def _pieces(path: str) -> tuple[list[Piece], Platform | None]:
    if path == STANDARD_INPUT:
        return [Piece(text=decoded(standard_input(_HINT).read(LARGEST)))], None
    if os.path.isdir(path):  # noqa: PTH112
        return _folder(path)
    return [Piece(text=decoded(_bytes(path)))], None


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(LARGEST)
    except OSError as error:
        raise InvalidFileError(f"{path}: cannot be read: {error.strerror}", _HINT) from error


def _folder(folder: str) -> tuple[list[Piece], Platform | None]:
    """Every text of the folder but those about it; `about.json` names command, exit status and platform."""
    about = _about(os.path.join(folder, "about.json"))  # noqa: PTH118
    command, status = about.get("command"), about.get("exit")
    pieces = []
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except OSError as error:
        raise InvalidFileError(f"{folder}: cannot be read: {error.strerror}", _HINT) from error
    texts = [name for name in names if not name.startswith(".") and name not in {"about.json", "expected.json"}][
        :_MOST_FILES
    ]
    for name in texts:
        path = os.path.join(folder, name)  # noqa: PTH118
        if os.path.isfile(path) and not os.path.islink(path):  # noqa: PTH113, PTH114
            given = plain_command(command) if isinstance(command, str) else None
            exit_ = status if isinstance(status, int) and not isinstance(status, bool) else None
            pieces.append(Piece(text=decoded(_bytes(path)), command=given, exit=exit_))
    if not pieces:
        raise InvalidFileError(f"{folder}: holds no saved output", _HINT)
    return pieces, next((item for item in Platform if item.value == about.get("platform")), None)


def _about(path: str) -> dict[str, object]:
    if not os.path.isfile(path):  # noqa: PTH113
        return {}
    try:
        value = json.loads(_bytes(path).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidFileError(
            f"{path}: is not JSON", "Give `command`, `source`, `platform`, or leave the file out."
        ) from error
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}
