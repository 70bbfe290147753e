"""Applies the options that a user fixed to the settings that were planned."""

from __future__ import annotations

from llmadvise.domain.engine_options import EngineOptions
from llmadvise.engine.memory.settings import EngineSettings, SplitMode, engine_build
from llmadvise.errors import UsageError
from llmadvise.record import replace


def apply_options(planned: EngineSettings, options: EngineOptions) -> EngineSettings:
    """The planned settings with what the user said. Raises UsageError for an unknown split mode or build."""
    build = None if options.engine_build is None else engine_build(options.engine_build).id
    return replace(
        planned,
        batch=planned.batch if options.batch is None else options.batch,
        ubatch=planned.ubatch if options.ubatch is None else options.ubatch,
        slots=planned.slots if options.slots is None else options.slots,
        kv_unified=planned.kv_unified if options.kv_unified is None else options.kv_unified,
        outputs=options.outputs,
        flash_attention=options.flash_attention,
        swa_full=options.swa_full,
        kv_offload=options.kv_offload,
        tensor_split=options.tensor_split,
        split_mode=split_mode(options.split_mode),
        engine_build=build or planned.engine_build,
    )


def split_mode(name: str | None) -> SplitMode:
    """The split mode of that name, by layer where none is given. Raises UsageError for an unknown one."""
    if name is None:
        return SplitMode.LAYER
    try:
        return SplitMode(name.lower())
    except ValueError:
        raise UsageError(f"unknown split mode {name[:20]!r}", f"Known ones: {', '.join(SplitMode)}.") from None
