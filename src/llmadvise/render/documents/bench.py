"""`llmadvise.bench/1`: what was measured on a machine, beside what was said of it before."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.estimate import Estimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.measurement import KnownMachine
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSpeed:
    """One rate of a model."""

    id: str
    """To forget it by."""
    date: str
    phase: Literal["decode", "prefill"]
    model: str
    quantization: str | None
    backend: str
    """Of all devices that worked: `cuda`, `cuda+cpu`."""
    rate: Estimate
    """Tokens a second; the interval is that of a repeat."""
    tokens: int
    """Read or decoded in a round."""
    depth: int
    """Tokens in the context before that."""
    runtime: str
    build: str | None
    source: str
    new: bool
    """Kept by this very command."""
    calibrates: bool
    """Whether later estimates rest on it; false where its model is not known."""
    predicted: Estimate | None
    """What is said of this run where nothing was measured; null: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredBandwidth:
    """How fast the processor read its memory."""

    id: str
    date: str
    rate: Estimate
    """Bytes a second: the fastest round; the lower end is the median of the rounds."""
    threads: int
    bytes: int
    """Read in a round."""
    cache_bytes: int | None
    """Of the last level."""
    method: str
    new: bool
    said_before: Estimate | None
    """What estimates counted with until now; null: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchDocument:
    """What was measured on this machine, now and before, and where it is kept."""

    schema: Literal["llmadvise.bench/1"]
    version: str
    """Of the program."""
    action: Literal["list", "take", "run", "memory", "forget"]
    store: str | None
    """The file that measurements are kept in; null: this one is not kept."""
    machine: KnownMachine
    speeds: tuple[MeasuredSpeed, ...]
    bandwidths: tuple[MeasuredBandwidth, ...]
    others: int
    """Measurements of other machines in the same file."""
    forgotten: int
    findings: tuple[Finding, ...]
