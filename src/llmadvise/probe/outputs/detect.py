"""Whether a file holds outputs of tools or is a hardware file of this program; cheap for the latter."""

from __future__ import annotations

import json
import os

from llmadvise.probe.standard_input import STANDARD_INPUT
from llmadvise.probe.text import decoded

LARGEST = 4 << 20
"""Bytes that are read of one file."""
_SCHEMA = b'"llmadvise.hardware/'
_OWN_KEYS = frozenset(
    {"platform", "gpus", "cpu", "memory", "runtimes", "downloads", "sources", "findings", "schema", "version", "name"}
)


def is_outputs(path: str) -> bool:
    """Whether a file is to be read as outputs: one that is no hardware file of this program."""
    if path == STANDARD_INPUT or os.path.isdir(path):  # noqa: PTH112
        return True
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            raw = file.read(LARGEST)
    except OSError:
        return False
    if _SCHEMA in raw:
        return False
    return not _is_hardware_file(raw, path)


def _is_hardware_file(raw: bytes, path: str) -> bool:
    """JSON with a hardware file's own keys; other text in a file called so, for which that reader has the better words."""
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and ("platform" in value or value.keys() <= _OWN_KEYS):
        return True
    return path.endswith(".json") and not _says_something(raw)


def _says_something(raw: bytes) -> bool:
    from llmadvise.probe.outputs.readers import read_pieces  # noqa: PLC0415 - not for hardware files
    from llmadvise.probe.outputs.sighting import Piece  # noqa: PLC0415

    return bool(read_pieces([Piece(text=decoded(raw))]))
