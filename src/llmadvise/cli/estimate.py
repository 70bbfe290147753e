"""`llmadvise estimate`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.options import shared_options
from llmadvise.cli.sink import Sink
from llmadvise.domain.cost import CostTerms
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.errors import UsageError

_ENGINE = "Engine (llama.cpp)"
_ALL_LAYERS = 1 << 20
_Count = Annotated[int | None, typer.Option(min=1, max=1 << 24, rich_help_panel=_ENGINE)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("estimate")(shared_options(_estimate))


def _estimate(
    *,
    target: Annotated[
        str,
        typer.Argument(
            help="A catalog id, perhaps with :QUANTIZATION; the path of a .gguf; or hf:org/repo:QUANTIZATION."
        ),
    ],
    gpu_layers: Annotated[
        str | None, typer.Option(help="Blocks plus one on the GPU, or all.", rich_help_panel=_ENGINE)
    ] = None,
    cpu_moe: Annotated[
        bool, typer.Option("--cpu-moe", help="All experts on the host.", rich_help_panel=_ENGINE)
    ] = False,
    n_cpu_moe: Annotated[
        int | None, typer.Option(min=0, help="Experts of so many blocks on the host.", rich_help_panel=_ENGINE)
    ] = None,
    batch: _Count = None,
    ubatch: _Count = None,
    parallel: _Count = None,
    kv_unified: Annotated[bool | None, typer.Option(help="One cache for all slots.", rich_help_panel=_ENGINE)] = None,
    outputs: Annotated[
        int | None, typer.Option(min=0, help="Tokens of a batch that return logits; 0: all.", rich_help_panel=_ENGINE)
    ] = None,
    flash_attention: Annotated[str, typer.Option(help="on, off, auto.", rich_help_panel=_ENGINE)] = "auto",
    tensor_split: Annotated[str | None, typer.Option(help="Parts of each GPU: 3,1.", rich_help_panel=_ENGINE)] = None,
    split_mode: Annotated[str | None, typer.Option(help="none, layer, row.", rich_help_panel=_ENGINE)] = None,
    kv_offload: Annotated[
        bool, typer.Option(help="Keep the cache where its layers are.", rich_help_panel=_ENGINE)
    ] = True,
    swa_full: Annotated[
        bool, typer.Option("--swa-full", help="Whole caches for sliding windows.", rich_help_panel=_ENGINE)
    ] = False,
    engine_build: Annotated[str | None, typer.Option(help="Which build of llama.cpp.", rich_help_panel=_ENGINE)] = None,
    from_log: Annotated[
        Path | None, typer.Option(help="A log of llama.cpp to hold the estimate against.", rich_help_panel=_ENGINE)
    ] = None,
    request: Request,
    cost: CostTerms | None,
    sink: Sink,
) -> None:
    """Memory and speed of a model, device by device, in the engine's own terms too."""
    from llmadvise.api.estimate import estimate  # noqa: PLC0415 - the engine is not needed to print help

    options = EngineOptions(
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
    document = estimate(replace(request, cost=cost), target, options, from_log=from_log)
    sink.emit(document, ids=[f"{document.target.model or document.target.asked}:{document.target.quantization}"])


def _layers(text: str | None) -> int | None:
    if text is None:
        return None
    if text.lower() == "all":
        return _ALL_LAYERS
    if not text.isdigit():
        raise UsageError(f"--gpu-layers {text[:20]!r} is not a number", "Give a number of layers, or all.")
    return min(int(text[:9]), _ALL_LAYERS)


def _switch(text: str) -> bool | None:
    known = {"on": True, "off": False, "auto": None}
    if text.lower() not in known:
        raise UsageError(f"--flash-attention {text[:20]!r} is unknown", "Give on, off or auto.")
    return known[text.lower()]


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
