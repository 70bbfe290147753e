"""Files that make one GGUF model together: its shards, and the vision projector beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from llmadvise.errors import UsageError

_SHARD: Final = r"(.*)-([0-9]{5})-of-([0-9]{5})\.gguf"
_BITS: Final = r"(?:^|[^A-Za-z0-9])(?:I?Q|BF|F|FP|MXFP)([0-9]{1,2})"
_UNKNOWN_BITS: Final = 16


def shards_of(first: str, names: Collection[str]) -> tuple[str, ...]:
    """All files of the model that this file begins, in order. Raises UsageError where one is not in the repository."""
    match = re.fullmatch(_SHARD, first, re.IGNORECASE)
    if match is None:
        return (first,)
    stem, _, count = match.groups()
    wanted = [f"{stem}-{number:05d}-of-{count}.gguf" for number in range(1, int(count) + 1)]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise UsageError(
            f"the repository lacks {len(missing)} of the {len(wanted)} parts of {stem[-80:]!r}",
            "Take another quantization, or another repository.",
        )
    return tuple(wanted)


def projector_beside(model: str, names: Iterable[str]) -> str | None:
    """The vision projector that llama.cpp takes with this model: the deepest folder first, then the nearest bits.

    (llama.cpp common/download.cpp, find_best_mmproj)
    """
    folder = model.rpartition("/")[0]
    found = [
        name
        for name in names
        if name.lower().endswith(".gguf") and "mmproj" in name.lower() and _holds(name.rpartition("/")[0], folder)
    ]
    if not found:
        return None
    bits = _bits(model)
    return min(found, key=lambda name: (-len(name.rpartition("/")[0]), abs(_bits(name) - bits), name))


def _holds(outer: str, inner: str) -> bool:
    return not outer or inner == outer or inner.startswith(f"{outer}/")


def _bits(name: str) -> int:
    found = re.findall(_BITS, name.rpartition("/")[2], re.IGNORECASE)
    return int(found[-1]) if found else _UNKNOWN_BITS
