"""Memory and speed of one variant of a model in the catalog."""

from __future__ import annotations

from dataclasses import replace

from llmadvise import __version__
from llmadvise.api.request import Request, Setting
from llmadvise.api.setting import prepare
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import Model, Variant
from llmadvise.engine import estimate as estimating
from llmadvise.engine.assess import most_trusted
from llmadvise.engine.computed_variant import computed_variant
from llmadvise.engine.explain import assess_one
from llmadvise.engine.memory.llama_cpp import EngineMemory
from llmadvise.engine.naming import find_target
from llmadvise.errors import UsageError
from llmadvise.render.documents.estimate import EngineDevice, EstimateDocument, EstimateTarget, estimate_document
from llmadvise.render.documents.estimate import EngineMemory as EngineTerms


def estimate(request: Request, target: str, options: EngineOptions) -> EstimateDocument:
    """Estimate a catalog id, with the variant that fits this machine best or the one named after a colon.

    Raises UsageError for an unknown model, quantization or setting.
    """
    _refuse_files(target)
    setting = prepare(request)
    setting = replace(setting, question=replace(setting.question, options=options))
    model, variant = _target(setting, target)
    result = estimating.estimate(setting.question, model, variant)
    return _document(setting, target, result)


def _refuse_files(target: str) -> None:
    if target.lower().endswith(".gguf") or target.lower().startswith("hf:"):
        raise UsageError(
            f"{target[:80]!r} is not in the catalog, and files are not read by this version",
            "Give a catalog id such as qwen/qwen3-8b:Q4_K_M; `llmadvise models list` shows them.",
        )


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


def _document(setting: Setting, target: str, result: estimating.Estimated) -> EstimateDocument:
    model, variant, settings = result.model, result.variant, result.settings
    question = setting.question
    return estimate_document(
        version=__version__,
        target=EstimateTarget(
            asked=target,
            kind="catalog",
            model=model.id,
            name=model.name,
            repo=variant.repo if variant.bytes_basis is not Basis.COMPUTED or variant.files else None,
            revision=variant.revision,
            files=tuple(file.name for file in variant.files),
            format=variant.format,
            quantization=variant.quantization,
            bytes=variant.bytes,
            bits_per_weight=variant.bits_per_weight,
        ),
        architecture=model.architecture,
        parameters=model.parameters,
        runtime=result.runtime,
        settings={
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
            "depth": question.requirements.depth,
            "prompt": question.requirements.prompt_tokens,
        },
        placement=result.placement,
        memory=result.memory,
        engine=None if result.engine is None else _terms(result.engine),
        speed=result.speed,
        hardware=setting.hardware,
        findings=result.findings,
    )


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
