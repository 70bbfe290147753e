"""Options of the engine, and of a start of it: what `estimate`, `run` and `serve` take, and what that comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmadvise.cli.option import Kind, Option
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.errors import UsageError
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from pathlib import Path

_ENGINE: Final = "Engine"
_START: Final = "Start"
_ALL_LAYERS: Final = 1 << 20
_MOST: Final = 1 << 24
"""Tokens of a batch, slots: more than any engine takes."""
_SWITCHES: Final = {"on": True, "off": False, "auto": None}

_GPU_LAYERS: Final = Option("gpu_layers", ("--gpu-layers",), Kind.TEXT, "Blocks plus one on the GPU, or all.", _ENGINE)
_N_CPU_MOE: Final = Option(
    "n_cpu_moe", ("--n-cpu-moe",), Kind.INTEGER, "Experts of so many blocks in RAM.", _ENGINE, least=0
)
_UBATCH: Final = Option("ubatch", ("--ubatch",), Kind.INTEGER, "Micro-batch, in tokens.", _ENGINE, least=1, most=_MOST)
_FLASH_ATTENTION: Final = Option(
    "flash_attention", ("--flash-attention",), Kind.TEXT, "on, off, auto.", _ENGINE, default="auto"
)

ENGINE: Final = (
    _GPU_LAYERS,
    Option("cpu_moe", ("--cpu-moe",), Kind.FLAG, "All experts in RAM.", _ENGINE),
    _N_CPU_MOE,
    Option("batch", ("--batch",), Kind.INTEGER, "Batch, in tokens.", _ENGINE, least=1, most=_MOST),
    _UBATCH,
    Option("parallel", ("--parallel",), Kind.INTEGER, "Slots.", _ENGINE, least=1, most=_MOST),
    Option("kv_unified", ("--kv-unified/--no-kv-unified",), Kind.SWITCH, "One cache for all slots.", _ENGINE),
    Option("outputs", ("--outputs",), Kind.INTEGER, "Tokens of a batch that return logits; 0: all.", _ENGINE, least=0),
    _FLASH_ATTENTION,
    Option("tensor_split", ("--tensor-split",), Kind.TEXT, "Parts of each GPU: 3,1.", _ENGINE),
    Option("split_mode", ("--split-mode",), Kind.TEXT, "none, layer, row.", _ENGINE),
    Option(
        "kv_offload", ("--kv-offload/--no-kv-offload",), Kind.SWITCH, "Keep the cache where its layers are.", _ENGINE,
        default=True,
    ),
    Option("swa_full", ("--swa-full",), Kind.FLAG, "Whole caches for sliding windows.", _ENGINE),
    Option("engine_build", ("--engine-build",), Kind.TEXT, "Which build of llama.cpp.", _ENGINE),
)  # fmt: skip
"""Options of llama.cpp that change its memory, under the engine's own names."""

START: Final = (
    Option("port", ("--port",), Kind.INTEGER, "Default: a free one.", _START),
    _GPU_LAYERS,
    _N_CPU_MOE,
    _UBATCH,
    _FLASH_ATTENTION,
    Option("wait", ("--wait",), Kind.NUMBER, "Seconds to become ready.", _START, least=0),
    Option("log", ("--log",), Kind.PATH, "Keep the engine's output in this file.", _START),
    Option("fetch", ("--pull",), Kind.FLAG, "Fetch the file first if it is not here.", _START),
    Option(
        "keep_measurement", ("--keep-measurement/--no-keep-measurement",), Kind.SWITCH,
        "Let later estimates rest on what was measured.", _START, default=True,
    ),
    Option("dry_run", ("--dry-run",), Kind.FLAG, "Print the command, start nothing.", _START),
    Option("anyway", ("--anyway",), Kind.FLAG, "Start it although it should not fit.", _START),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a model is to be started."""

    options: EngineOptions
    port: int | None
    wait_seconds: float | None
    log: Path | None
    fetch: bool
    keep_measurement: bool
    dry_run: bool
    anyway: bool


def engine_of(
    *,
    gpu_layers: str | None,
    cpu_moe: bool,
    n_cpu_moe: int | None,
    batch: int | None,
    ubatch: int | None,
    parallel: int | None,
    kv_unified: bool | None,
    outputs: int | None,
    flash_attention: str,
    tensor_split: str | None,
    split_mode: str | None,
    kv_offload: bool,
    swa_full: bool,
    engine_build: str | None,
) -> EngineOptions:
    """The engine's settings. Raises UsageError for what is none."""
    return EngineOptions(
        gpu_layers=_layers(gpu_layers),
        cpu_moe_layers=_ALL_LAYERS if cpu_moe else n_cpu_moe,
        batch=batch,
        ubatch=ubatch,
        slots=parallel,
        kv_unified=kv_unified,
        outputs=outputs,
        flash_attention=_switch(flash_attention),
        swa_full=swa_full,
        kv_offload=kv_offload,
        tensor_split=_split(tensor_split),
        split_mode=split_mode,
        engine_build=engine_build,
    )


def start_of(
    *,
    port: int | None,
    gpu_layers: str | None,
    n_cpu_moe: int | None,
    ubatch: int | None,
    flash_attention: str,
    wait: float | None,
    log: Path | None,
    fetch: bool,
    keep_measurement: bool,
    dry_run: bool,
    anyway: bool,
) -> Start:
    """How a model is to be started. Raises UsageError for a setting of the engine that is none."""
    options = EngineOptions(
        gpu_layers=_layers(gpu_layers),
        cpu_moe_layers=n_cpu_moe,
        ubatch=ubatch,
        flash_attention=_switch(flash_attention),
    )
    return Start(
        options=options,
        port=port,
        wait_seconds=wait,
        log=log,
        fetch=fetch,
        keep_measurement=keep_measurement,
        dry_run=dry_run,
        anyway=anyway,
    )


def _layers(text: str | None) -> int | None:
    if text is None:
        return None
    if text.lower() == "all":
        return _ALL_LAYERS
    # Digits of other scripts, and raised ones, are digits to Python but no numbers to the engine.
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--gpu-layers {text[:20]!r} is not a number", "Give a number of layers, or all.")
    return min(int(text[:9]), _ALL_LAYERS)


def _switch(text: str) -> bool | None:
    if text.lower() not in _SWITCHES:
        raise UsageError(f"--flash-attention {text[:20]!r} is unknown", "Give on, off or auto.")
    return _SWITCHES[text.lower()]


def _split(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        parts = tuple(float(part) for part in text.split(","))
    except ValueError:
        parts = ()
    if not parts or any(not 0 <= part < float("inf") for part in parts) or not sum(parts):
        raise UsageError(f"--tensor-split {text[:40]!r} is not a list of parts", "Give parts such as 3,1.")
    return parts
