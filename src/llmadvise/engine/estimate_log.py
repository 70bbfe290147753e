"""A log of llama.cpp: the buffers it says that it allocated, and the settings under which it did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from llmadvise.engine.memory.llama_cpp import EngineMemory
from llmadvise.engine.memory.settings import KV_TYPE_BLOCKS
from llmadvise.units import MIB

_ROUNDING: Final = 5243
"""Half of the last decimal of a mebibyte, in bytes: how far a printed size may be off."""
_LONGEST_LINE: Final = 400
_LARGEST_MIB: Final = 1 << 32
_LARGEST_COUNT: Final = 1 << 40
_COPIES: Final = ("CPU_REPACK", "CPU_AARCH64", "AMX")
"""Weights that the CPU holds a second time, laid out for its instructions."""
_TERMS: Final = {"model": "model", "KV": "kv", "RS": "recurrent", "compute": "compute", "output": "output", "": "model"}
_NEW_MODEL: Final = "loaded meta data"
_NEW_CONTEXT: Final = ("constructing llama_context", "llama_new_context_with_model: n_ctx ")
_WORDS: Final = {"true": True, "1": True, "enabled": True, "false": False, "0": False, "disabled": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One buffer as the log has it."""

    line: int
    """Counted from 1."""
    buffer: str
    """`CUDA0`, `CPU_Mapped`, `CUDA_Host` …"""
    term: str
    """model, copy, kv, recurrent, compute or output."""
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSettings:
    """What the engine was told, as far as the log says; None: it does not."""

    context_length: int | None = None
    slots: int | None = None
    batch: int | None = None
    ubatch: int | None = None
    kv_unified: bool | None = None
    flash_attention: bool | None = None
    kv_types: tuple[str, str] | None = None
    gpu_layers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLog:
    """One load of a model, out of a log that may hold several."""

    printed: tuple[Printed, ...]
    settings: LoggedSettings

    @property
    def on_gpus(self) -> bool:
        """Whether any buffer lies on a GPU."""
        return any(device_of(item.buffer) != "host" for item in self.printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One term on one device: real beside predicted."""

    line: int
    """The first line of the log that says it, counted from 1."""
    lines: tuple[int, ...]
    device: str
    """`gpu0`, `gpu1` … or `host`."""
    term: str
    real_bytes: int
    predicted_bytes: int | None
    """None: not predicted."""
    difference_bytes: int | None
    """Predicted less real."""
    tolerance_bytes: int
    """How far the printed sizes may be off: half of the last decimal a line."""


@dataclass(slots=True)
class _Load:
    """What one load has printed so far."""

    printed: list[Printed] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)

    @property
    def weights(self) -> int:
        return sum(item.bytes for item in self.printed if item.term == "model")


def parse_log(text: str) -> EngineLog | None:
    """The load of the largest model in a log, the latest of equals; None where no load is. Unknown lines are skipped."""
    size = re.compile(
        r"(?:^|\s)([A-Za-z][\w.\[\]:]{0,63})\s+(?:(model|KV|RS|compute|output)\s+)?buffer size\s*=\s*(\d{1,12}(?:\.\d{1,4})?) MiB"
    )
    setting = re.compile(
        r"(?:llama_context|_with_model): (n_ctx|n_seq_max|n_batch|n_ubatch|kv_unified|flash_attn)\s+= (\w{1,20})"
    )
    cache = re.compile(r"K \((\w{1,8})\):.{1,30}V \((\w{1,8})\):")
    offloaded = re.compile(r"offloaded (\d{1,6})/\d{1,6} layers to GPU")
    loads = [_Load()]
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole[:_LONGEST_LINE]
        if _NEW_MODEL in line:
            loads.append(_Load())
        elif any(mark in line for mark in _NEW_CONTEXT):
            _drop_context(loads[-1])
        if "buffer size" in line and (match := size.search(line)):
            _add(loads[-1], number, match, bare="load_tensors" in line)
        elif match := setting.search(line):
            loads[-1].found[match.group(1)] = match.group(2)
        elif match := cache.search(line):
            loads[-1].found["kv_types"] = f"{match.group(1)},{match.group(2)}"
        elif match := offloaded.search(line):
            loads[-1].found["gpu_layers"] = match.group(1)
    kept = [load for load in loads if load.printed]
    if not kept:
        return None
    best = max(reversed(kept), key=lambda load: load.weights)
    return EngineLog(printed=tuple(best.printed), settings=_settings(best.found))


def _drop_context(load: _Load) -> None:
    """A context made anew replaces the one before it."""
    load.printed = [item for item in load.printed if item.term in {"model", "copy"}]


def _add(load: _Load, number: int, match: re.Match[str], *, bare: bool) -> None:
    buffer, word, size = match.group(1), match.group(2) or "", float(match.group(3))
    if size > _LARGEST_MIB or (not word and not bare):
        return
    term = "copy" if buffer in _COPIES else _TERMS[word]
    if term in {"compute", "output"}:
        # Reserved anew, these replace what was reserved before; shards and kinds of cache add up.
        load.printed = [item for item in load.printed if (item.buffer, item.term) != (buffer, term)]
    load.printed.append(Printed(line=number, buffer=buffer, term=term, bytes=round(size * MIB)))


def _settings(found: dict[str, str]) -> LoggedSettings:
    key, _, value = found.get("kv_types", "").partition(",")
    return LoggedSettings(
        context_length=_count(found.get("n_ctx")),
        slots=_count(found.get("n_seq_max")),
        batch=_count(found.get("n_batch")),
        ubatch=_count(found.get("n_ubatch")),
        kv_unified=_WORDS.get(found.get("kv_unified", "")),
        flash_attention=_WORDS.get(found.get("flash_attn", "")),
        kv_types=(key, value) if key in KV_TYPE_BLOCKS and value in KV_TYPE_BLOCKS else None,
        gpu_layers=int(found["gpu_layers"]) if "gpu_layers" in found else None,
    )


def _count(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdecimal() or not 0 < int(text) <= _LARGEST_COUNT:
        return None
    return int(text)


def device_of(buffer: str) -> str:
    """`host`, or `gpu0`, `gpu1` … for a buffer of any backend: CUDA0, ROCm1, Vulkan0, MTL0_Mapped, Metal."""
    name = buffer.removesuffix("_Mapped").removesuffix("_Split")
    if name.startswith(("CPU", "BLAS")) or name in _COPIES or name.endswith("_Host"):
        return "host"
    digits = re.search(r"(\d{1,3})$", name)
    return f"gpu{int(digits.group(1)) if digits else 0}"


def compare(log: EngineLog, forecast: EngineMemory) -> tuple[LogRow, ...]:
    """Real beside predicted, a row for each device and term, in the order of the log.

    What was predicted and is not in the log has no row.
    """
    groups: dict[tuple[str, str], list[Printed]] = {}
    for item in log.printed:
        groups.setdefault((device_of(item.buffer), item.term), []).append(item)
    return tuple(_row(device, term, items, forecast) for (device, term), items in groups.items())


def _row(device: str, term: str, items: Sequence[Printed], forecast: EngineMemory) -> LogRow:
    real = sum(item.bytes for item in items)
    predicted = _predicted(device, term, forecast)
    lines = tuple(_in_order(item.line for item in items))
    return LogRow(
        line=lines[0],
        lines=lines,
        device=device,
        term=term,
        real_bytes=real,
        predicted_bytes=predicted,
        difference_bytes=None if predicted is None else predicted - real,
        tolerance_bytes=_ROUNDING * len(items),
    )


def _in_order(lines: Iterable[int]) -> list[int]:
    return sorted(set(lines))


def _predicted(device: str, term: str, forecast: EngineMemory) -> int | None:
    terms = next((item for item in forecast.by_device if item.device == device), None)
    if terms is None:
        return None
    known = {
        "model": terms.model,
        "kv": terms.kv,
        "recurrent": terms.recurrent,
        "compute": terms.compute,
        "output": terms.output,
    }
    return known.get(term)
