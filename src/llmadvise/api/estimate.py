"""Memory and speed of one variant of a model in the catalog, or of a model file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from llmadvise.api.estimate_document import document_of
from llmadvise.api.estimate_file import IMPOSSIBLE, is_file, read_path, unlayable
from llmadvise.api.request import Request, Setting
from llmadvise.api.setting import prepare
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.model import Model, Variant
from llmadvise.engine import estimate as estimating
from llmadvise.engine.computed_variant import computed_variant
from llmadvise.engine.estimate_read import FileFacts, read_model
from llmadvise.engine.explain import assess_one
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.naming import find_target
from llmadvise.errors import UsageError
from llmadvise.render.documents.estimate import EstimateDocument


def estimate(
    request: Request, target: str, options: EngineOptions, *, from_log: Path | None = None
) -> EstimateDocument:
    """Estimate a catalog id, with the variant that fits this machine best or the one named after a colon, or a file.

    `from_log`: a log of llama.cpp to hold the estimate against. Raises UsageError for an unknown model, quantization
    or setting, InvalidFileError for a file that cannot be read.
    """
    kind, facts = _read(request, target)
    log = None
    if from_log is not None:
        from llmadvise.api.estimate_log import read_log, under_settings  # noqa: PLC0415 - rarely asked for

        log = read_log(from_log)
        request, options = under_settings(request, options, log)
    setting = prepare(request)
    setting = replace(setting, question=replace(setting.question, options=options, chooses_cache=False))
    if facts is None:
        known, _ = find_target(target, setting.catalog)
        setting = _as_started(setting, known.context_length.native)
        model, variant = _target(setting, target)
        laid = estimating.lay_out_known(setting.question, model, variant)
        return document_of(setting, target, kind, laid, log)
    try:
        setting, read_laid = _lay_out(setting, facts)
        return document_of(setting, target, kind, read_laid, log)
    except IMPOSSIBLE as error:
        raise unlayable(facts, error) from error


def _read(request: Request, target: str) -> tuple[Literal["catalog", "file", "hub"], FileFacts | None]:
    """What kind of target it is, with the header unless the catalog knows it."""
    if target[:3].lower() == "hf:":
        from llmadvise.api.estimate_hub import read_hub  # noqa: PLC0415 - only this asks the network

        return "hub", read_hub(target, may_connect=not request.offline)
    if is_file(target):
        return "file", read_path(target)
    return "catalog", None


def _lay_out(setting: Setting, facts: FileFacts) -> tuple[Setting, estimating.Laid]:
    from llmadvise.engine.estimate_file import lay_out  # noqa: PLC0415 - only a file comes here

    read = read_model(facts, setting.catalog.quantizations)
    setting = _as_started(setting, read.candidate.model.context_length.native)
    return setting, lay_out(setting.question, read)


def _as_started(setting: Setting, native: int) -> Setting:
    return replace(setting, question=estimating.as_started(setting.question, native))


def _target(setting: Setting, target: str) -> tuple[Model, Variant]:
    model, quantization = find_target(target, setting.catalog)
    if quantization is None:
        return model, assess_one(setting.question, model, None).variant
    listed = [item for item in most_trusted(model.variants) if item.quantization == quantization]
    if listed and listed[0].bytes is not None:
        return model, listed[0]
    computed = computed_variant(model, setting.catalog.quantizations[quantization])
    if computed is None:
        raise UsageError(f"the size of {model.id} in {quantization} cannot be computed", "Try a listed variant.")
    return model, computed
