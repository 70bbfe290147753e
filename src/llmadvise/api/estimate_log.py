"""Reads a log of llama.cpp, and asks for the settings under which it was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from llmadvise.api.request import Request
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.engine.estimate_log import EngineLog, parse_log
from llmadvise.errors import InvalidFileError
from llmadvise.gguf.source import FileSource
from llmadvise.shown import shown

_LONGEST_LOG = 64 << 20
_LONGEST_NAME = 200


def read_log(path: Path) -> EngineLog:
    """The load that a log tells of. Raises InvalidFileError where it tells of none, UsageError without such a file."""
    source = FileSource(path)
    text = source.read_at(0, min(source.size, _LONGEST_LOG)).decode(errors="replace")
    log = parse_log(text)
    if log is None:
        raise InvalidFileError(
            f"{shown(str(path), _LONGEST_NAME)}: no buffer sizes of llama.cpp are in it",
            "Give what llama-server or llama-cli prints while it loads; newer builds print it with `-lv 4`.",
        )
    return log


def under_settings(request: Request, options: EngineOptions, log: EngineLog) -> tuple[Request, EngineOptions]:
    """The request and the options with what the log says of those that the user left open."""
    logged, asked = log.settings, set(request.requirements.asked)
    requirements = request.requirements
    if logged.context_length and "context_length" not in asked:
        # The engine counts tokens of all slots together.
        requirements = replace(requirements, context_length=max(1, logged.context_length // requirements.users))
    if logged.kv_types and "kv_type" not in asked:
        key, value = logged.kv_types
        requirements = replace(requirements, kv_type=key if key == value else f"{key},{value}")
    if not log.on_gpus and options.gpu_layers is None:
        requirements = replace(requirements, cpu_only=True)
    layers = options.gpu_layers
    if layers is None and log.on_gpus and options.cpu_moe_layers is None:
        layers = logged.gpu_layers
    said = replace(
        options,
        gpu_layers=layers,
        batch=options.batch or logged.batch,
        ubatch=options.ubatch or logged.ubatch,
        slots=options.slots or logged.slots,
        kv_unified=logged.kv_unified if options.kv_unified is None else options.kv_unified,
        flash_attention=logged.flash_attention if options.flash_attention is None else options.flash_attention,
    )
    return replace(request, requirements=requirements), said
