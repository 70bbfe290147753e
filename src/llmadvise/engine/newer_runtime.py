"""Whether an installed runtime is too old for a model: what it needs, and how versions compare."""

from __future__ import annotations

import re

from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The version that something needs."""

    version: str
    what: str
    """An architecture, a format or a quantization, by id."""


def needed_version(runtime: Runtime, architecture: str | None, quantization: Quantization | None) -> Need | None:
    """The newest of the versions that added what the model needs; None where none is known."""
    needs: list[Need] = []
    added = None if architecture is None else runtime.architectures.get(architecture)
    if architecture is not None and added:
        needs.append(Need(version=added, what=architecture))
    if quantization is not None:
        names = (quantization.id, quantization.format)
        needs += [Need(version=runtime.since[name], what=name) for name in names if name in runtime.since]
    return max(needs, key=lambda need: _numbers(need.version), default=None)


def older(installed: str, needed: str) -> bool:
    """Whether a version comes before another; versions without a number are not compared."""
    have, need = _numbers(installed), _numbers(needed)
    return bool(have and need) and have < need


def _numbers(version: str) -> tuple[int, ...]:
    """`0.33.0` of `v0.33.0-rc2`, 6096 of `b6096`; without zeros at the end."""
    found = re.search(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in found.group().split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
