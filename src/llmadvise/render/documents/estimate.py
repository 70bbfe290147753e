"""`llmadvise.estimate/1`: memory and speed of any model, whether or not the catalog knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from llmadvise.domain.assessment import MemoryEstimate, Placement, PlacementKind, SpeedEstimate
from llmadvise.domain.cost import CostEstimate
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.model import Architecture, Parameters
from llmadvise.record import dataclass
from llmadvise.render.documents.assessment import whole_bytes
from llmadvise.render.documents.hardware import HardwareDocument, hardware_document


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateTarget:
    """What was asked about, and what it turned out to be."""

    asked: str
    """The words on the command line."""
    kind: Literal["catalog", "file", "hub"]
    model: str | None = None
    """Catalog id or Hub id, where there is one."""
    name: str | None = None
    repo: str | None = None
    revision: str | None = None
    files: tuple[str, ...] = ()
    format: str | None = None
    quantization: str | None = None
    bytes: int | None = None
    bits_per_weight: float | None = None
    context_native: int | None = None
    """Tokens it was trained for."""
    license: str | None = None
    """As declared: in the catalog an id, in a file whatever the file says."""
    base_models: tuple[str, ...] = ()
    """As declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDevice:
    """The engine's own terms on one device, in bytes."""

    device: str
    kind: Literal["gpu", "host"]
    model: int
    kv: int
    recurrent: int
    compute: int
    output: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineMemory:
    """The terms that llama.cpp prints while it loads, in bytes: a log can be held against them."""

    model: int
    kv: int
    recurrent: int
    compute: int
    output: int
    by_device: tuple[EngineDevice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedMemory(MemoryEstimate):
    """All memory, with the engine's own terms where the engine is llama.cpp."""

    engine: EngineMemory | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """What another context length and cache type would take, laid out anew."""

    context: int
    """Tokens for each user."""
    kv_type: str
    total_bytes: int
    fits: bool
    placement: PlacementKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeMemory:
    """The same model and context under one runtime; the file is another where it loads another format."""

    runtime: str
    format: str
    quantization: str
    context: int
    """Tokens for each user."""
    weights_bytes: int
    kv_cache_bytes: int
    total_bytes: int
    fits: bool
    own_context: int | None
    """The context length that it gives when nothing is said; null: the model's own."""
    why: str
    """What makes it differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedTerm:
    """One of the engine's terms on one device, as its log has it and as it was predicted."""

    line: int
    """The first line of the log that says it, counted from 1."""
    lines: tuple[int, ...]
    """All that were added up: shards, and caches of several kinds of layers."""
    device: str
    """`gpu0`, `gpu1` … or `host`."""
    term: str
    """model, kv, recurrent, compute or output; copy: weights that the CPU lays out a second time."""
    real_bytes: int
    predicted_bytes: int | None
    """null: not predicted."""
    difference_bytes: int | None
    """Predicted less real."""
    tolerance_bytes: int
    """How far the printed sizes may be off: half of the last decimal a line."""


Setting = str | int | float | bool | None | tuple[str | int | float, ...]
"""A value of one setting of the runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateDocument:
    """What one model takes and how fast it runs, with every setting filled in."""

    schema: Literal["llmadvise.estimate/1"]
    version: str
    """Of the program."""
    target: EstimateTarget
    architecture: Architecture | None
    """As read; null where nothing could be read."""
    parameters: Parameters | None
    runtime: str
    settings: dict[str, Setting]
    """All of them, defaults filled in."""
    placement: Placement | None
    memory: EstimatedMemory
    speed: SpeedEstimate
    hardware: HardwareDocument | None
    """The machine it was laid out on."""
    findings: tuple[Finding, ...]
    grid: tuple[GridCell, ...] = ()
    """By context, then by cache type."""
    by_runtime: tuple[RuntimeMemory, ...] = ()
    """The one that was planned with first; those that take memory alike are one."""
    from_log: tuple[LoggedTerm, ...] | None = None
    """Predicted beside real, where a log was given."""
    cost: CostEstimate | None = None
    """What its tokens cost; null: no price was given."""


def estimate_document(
    *,
    version: str,
    target: EstimateTarget,
    architecture: Architecture | None,
    parameters: Parameters | None,
    runtime: str,
    settings: Mapping[str, Setting],
    placement: Placement | None,
    memory: MemoryEstimate,
    engine: EngineMemory | None,
    speed: SpeedEstimate,
    hardware: Hardware | None = None,
    findings: tuple[Finding, ...] = (),
    grid: tuple[GridCell, ...] = (),
    by_runtime: tuple[RuntimeMemory, ...] = (),
    from_log: tuple[LoggedTerm, ...] | None = None,
    cost: CostEstimate | None = None,
) -> EstimateDocument:
    """Build the document of one estimate."""
    return EstimateDocument(
        schema="llmadvise.estimate/1",
        version=version,
        target=target,
        architecture=architecture,
        parameters=parameters,
        runtime=runtime,
        settings=dict(settings),
        placement=placement,
        memory=_with_engine(memory, engine),
        speed=speed,
        hardware=None if hardware is None else hardware_document(hardware, version=version),
        findings=findings,
        grid=grid,
        by_runtime=by_runtime,
        from_log=from_log,
        cost=cost,
    )


def _with_engine(memory: MemoryEstimate, engine: EngineMemory | None) -> EstimatedMemory:
    whole = whole_bytes(memory)
    return EstimatedMemory(
        total=whole.total,
        weights=whole.weights,
        kv_cache=whole.kv_cache,
        compute=whole.compute,
        overhead=whole.overhead,
        by_device=whole.by_device,
        fit_chance=whole.fit_chance,
        savings=whole.savings,
        engine=engine,
    )
