"""A machine from saved outputs in a file or on standard input; folders are captures, which `replay` reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware, ProbeSource
from llmadvise.errors import InvalidFileError
from llmadvise.probe.outputs.detect import LARGEST, STANDARD_INPUT, decoded
from llmadvise.probe.outputs.readers import read_pieces
from llmadvise.probe.outputs.settle import settle
from llmadvise.probe.outputs.sighting import Piece
from llmadvise.probe.text import clean

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
    """The machine that the outputs in a file or on standard input describe.

    Raises InvalidFileError where no tool's output is recognised in them.
    """
    observed = read_pieces([Piece(text=_text(path))])
    if not observed:
        raise InvalidFileError(f"{path}: no output of a tool that is known was found in it", _HINT)
    found = settle(observed, gpus=gpus, cpus=cpus, calibration=calibration, ram_bytes=ram_bytes)
    name = "standard input" if path == STANDARD_INPUT else os.path.basename(path.rstrip("/\\")) or path  # noqa: PTH119
    source = ProbeSource(source=clean(path), status="read")
    return replace(found, name=found.name or clean(name), sources=(*found.sources, source))


def _text(path: str) -> str:
    if path == STANDARD_INPUT:
        return decoded(sys.stdin.buffer.read(LARGEST))
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return decoded(file.read(LARGEST))
    except OSError as error:
        raise InvalidFileError(f"{path}: cannot be read: {error.strerror}", _HINT) from error
