"""From a variant that was laid out to `llmadvise.estimate/1`."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from llmadvise import __version__
from llmadvise.api.request import Setting
from llmadvise.domain.estimate import Basis
from llmadvise.engine.estimate import Estimated, Laid, estimate
from llmadvise.engine.estimate_grid import grid
from llmadvise.engine.estimate_log import EngineLog, compare
from llmadvise.engine.estimate_runtimes import under_runtimes
from llmadvise.engine.memory.llama_cpp import EngineMemory
from llmadvise.engine.savings import savings_of_estimate
from llmadvise.errors import UsageError
from llmadvise.render.documents.estimate import (
    EngineDevice,
    EstimateDocument,
    EstimateTarget,
    GridCell,
    LoggedTerm,
    RuntimeMemory,
    estimate_document,
)
from llmadvise.render.documents.estimate import EngineMemory as EngineTerms
from llmadvise.render.documents.estimate import Setting as SettingValue

Kind = Literal["catalog", "file", "hub"]


def document_of(setting: Setting, asked: str, kind: Kind, laid: Laid, log: EngineLog | None = None) -> EstimateDocument:
    """The document of one estimate, held against a log where there is one."""
    result = estimate(setting.question, laid)
    return estimate_document(
        version=__version__,
        target=_target(asked, kind, laid),
        architecture=result.model.architecture,
        parameters=result.model.parameters,
        runtime=result.runtime,
        settings=_settings(setting, result) if result.engine is not None else _other_settings(setting, result, laid),
        placement=result.placement,
        memory=replace(result.memory, savings=savings_of_estimate(setting.question, laid)),
        engine=None if result.engine is None else _terms(result.engine),
        speed=result.speed,
        cost=result.cost,
        hardware=setting.hardware,
        findings=result.findings,
        grid=tuple(
            GridCell(
                context=cell.context,
                kv_type=cell.kv_type,
                total_bytes=cell.total_bytes,
                fits=cell.fits,
                placement=cell.placement,
            )
            for cell in grid(setting.question, laid)
        ),
        by_runtime=_by_runtime(setting, laid),
        from_log=None if log is None else _held_against(log, result),
    )


def _by_runtime(setting: Setting, laid: Laid) -> tuple[RuntimeMemory, ...]:
    return tuple(
        RuntimeMemory(
            runtime=row.runtime,
            format=row.variant.format,
            quantization=row.variant.quantization,
            context=row.context,
            weights_bytes=row.weights_bytes,
            kv_cache_bytes=row.kv_cache_bytes,
            total_bytes=row.total_bytes,
            fits=row.fits,
            own_context=row.own_context,
            why=row.why,
        )
        for row in under_runtimes(setting.question, laid)
    )


def _held_against(log: EngineLog, result: Estimated) -> tuple[LoggedTerm, ...]:
    if result.engine is None:
        raise UsageError(
            f"--from-log reads logs of llama.cpp, but {result.runtime} was laid out", "Add --runtime llama.cpp."
        )
    return tuple(
        LoggedTerm(
            line=row.line,
            lines=row.lines,
            device=row.device,
            term=row.term,
            real_bytes=row.real_bytes,
            predicted_bytes=row.predicted_bytes,
            difference_bytes=row.difference_bytes,
            tolerance_bytes=row.tolerance_bytes,
        )
        for row in compare(log, result.engine)
    )


def _target(asked: str, kind: Kind, laid: Laid) -> EstimateTarget:
    model, variant = laid.candidate.model, laid.variant
    published = variant.repo if variant.bytes_basis is not Basis.COMPUTED or variant.files else None
    return EstimateTarget(
        asked=asked,
        kind=kind,
        model=None if kind == "file" else model.id,
        name=model.name,
        repo=published or None,
        revision=variant.revision,
        files=tuple(file.name for file in variant.files),
        format=variant.format,
        quantization=variant.quantization,
        bytes=variant.bytes,
        bits_per_weight=variant.bits_per_weight,
        context_native=model.context_length.native,
        license=model.license.declared or model.license.name,
        base_models=tuple(base.model for base in model.base_models),
    )


def _settings(setting: Setting, result: Estimated) -> dict[str, SettingValue]:
    settings, requirements = result.settings, setting.question.requirements
    return {
        "context": settings.context_length,
        "batch": settings.batch,
        "ubatch": settings.ubatch,
        "parallel": settings.slots,
        "kv_unified": settings.kv_unified,
        "kv_type_k": settings.kv_type_k,
        "kv_type_v": settings.kv_type_v,
        "outputs": settings.outputs,
        "flash_attention": None if result.engine is None else result.engine.flash_attention,
        "gpu_layers": result.placement.gpu_layers,
        "n_cpu_moe": result.placement.cpu_moe_layers,
        "tensor_split": settings.tensor_split,
        "split_mode": settings.split_mode.value,
        "kv_offload": settings.kv_offload,
        "swa_full": settings.swa_full,
        "engine_build": settings.engine_build,
        "depth": requirements.depth,
        "prompt": requirements.prompt_tokens,
    }


def _other_settings(setting: Setting, result: Estimated, laid: Laid) -> dict[str, SettingValue]:
    """Settings of a runtime that is not built on llama.cpp: what all have, and what the plan tells it."""
    settings, requirements = result.settings, setting.question.requirements
    said: dict[str, SettingValue] = {name: value for name, value in laid.plan.options if name != "users"}
    return {
        "context": settings.context_length,
        "parallel": settings.slots,
        "kv_type_k": settings.kv_type_k,
        "kv_type_v": settings.kv_type_v,
        **said,
        "depth": requirements.depth,
        "prompt": requirements.prompt_tokens,
    }


def _terms(engine: EngineMemory) -> EngineTerms:
    devices = tuple(
        EngineDevice(
            device=item.device,
            kind="host" if item.device == "host" else "gpu",
            model=item.model,
            kv=item.kv,
            recurrent=item.recurrent,
            compute=item.compute,
            output=item.output,
        )
        for item in engine.by_device
    )
    return EngineTerms(
        model=sum(item.model for item in devices),
        kv=sum(item.kv for item in devices),
        recurrent=sum(item.recurrent for item in devices),
        compute=sum(item.compute for item in devices),
        output=sum(item.output for item in devices),
        by_device=devices,
    )
