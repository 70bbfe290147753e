"""Plans that will work where one failed: the engine is asked again, with what the failure taught about the machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Variant
from llmadvise.engine.case import Plan
from llmadvise.engine.estimate import Laid, lay_out_known
from llmadvise.engine.estimate_file import runtimes_for
from llmadvise.engine.failure.kinds import MEMORY_KINDS, Diagnosis, FailureKind
from llmadvise.engine.failure.remedy import Remedy, cache_told, placed, placement_words, remedy_of
from llmadvise.engine.machine import Machine
from llmadvise.engine.placement import SMALLER_CACHE, Planner
from llmadvise.engine.plan_context import kv_text
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError

MOST: Final = 3
_SHORTEST: Final = 512
"""Tokens of context below which no plan is worth proposing; a choice."""
_NEARLY: Final = 0.9
"""Of the speed: a plan that keeps so much costs nothing that is felt, so the one that changes least goes first."""
_ROUND: Final = 256
"""Engines round the context to this; a limit that one names is rounded down to it."""
_OTHER_ENGINE: Final = frozenset(
    {FailureKind.UNKNOWN_ARCHITECTURE, FailureKind.ENGINE_TOO_OLD, FailureKind.LIBRARY_MISSING}
)


def remedies(
    question: Question,
    laid: Laid,
    diagnosis: Diagnosis,
    limits: Mapping[str, int] | None = None,
    *,
    startable: Collection[str] | None = None,
) -> tuple[Remedy, ...]:
    """At most three plans, those that change least first; empty where no plan helps.

    `limits`: bytes by device id that the device could not give, as the log shows. Where none is known, a plan must take
    less than the one that failed. `startable`: runtimes that may be named instead; None: any.
    """
    if diagnosis.kind in MEMORY_KINDS:
        tighter = _tightened(question, laid, diagnosis, limits or {})
        found = [*_named_context(diagnosis), *smaller_plans(tighter, laid)]
        return tuple(found[:MOST])
    if diagnosis.kind is FailureKind.FLASH_ATTENTION_NEEDED:
        return tuple(_plain_cache(question, laid))
    if diagnosis.kind in _OTHER_ENGINE:
        return tuple(_other_runtimes(question, laid, startable))[:MOST]
    if diagnosis.kind is FailureKind.GPU_TOO_OLD:
        return tuple(_without_gpu(question, laid))
    if diagnosis.kind is FailureKind.HEADS_NOT_DIVISIBLE:
        return tuple(_fewer_parts(diagnosis))
    return ()


def _tightened(question: Question, laid: Laid, diagnosis: Diagnosis, limits: Mapping[str, int]) -> Question:
    """The same machine with less: what it could not give, or what the failed plan took, is out of reach."""
    known = dict(limits)
    if not known:
        host = diagnosis.kind in {FailureKind.OUT_OF_MEMORY, FailureKind.KILLED_FOR_MEMORY}
        for item in laid.plan.memory:
            on_host = item.device.backend is Backend.CPU
            if on_host is host or len(laid.plan.memory) == 1:
                known[item.device.id] = round(item.total.high)
    machine: Machine = question.machine
    gpus = tuple(
        replace(gpu, budget_bytes=min(gpu.budget_bytes or 0, known.get(f"gpu{gpu.index}", 1 << 62) - 1))
        for gpu in machine.gpus
    )
    cpu = replace(machine.cpu, budget_bytes=min(machine.cpu.budget_bytes, known.get("cpu", 1 << 62) - 1))
    pool = None if machine.pool_bytes is None else min([machine.pool_bytes, *(size - 1 for size in known.values())])
    return replace(question, machine=replace(machine, gpus=gpus, cpu=cpu, pool_bytes=pool))


def _named_context(diagnosis: Diagnosis) -> Iterator[Remedy]:
    """The length that the engine itself says it has room for."""
    tokens = int(diagnosis.detail("tokens") or 0) // _ROUND * _ROUND
    if tokens >= _SHORTEST:
        yield Remedy(words=f"a context of {tokens:,} tokens, as the engine says", settings=(("context", str(tokens)),))


def smaller_plans(question: Question, laid: Laid) -> list[Remedy]:
    """Other placements, a smaller cache, a shorter context, a smaller file: each only where it fits."""
    found = [*_placed_anew(question, laid), *_smaller_cache(question, laid)]
    found += [*_shorter(question, laid), *_smaller_file(question, laid)]
    promised = laid.plan.decode.value if laid.plan.decode else 0.0
    return sorted(found, key=lambda item: (item.decode or 0.0) < _NEARLY * promised)


def _placed_anew(question: Question, laid: Laid) -> Iterator[Remedy]:
    plan = _again(question, laid)
    if plan is not None and plan.fits:
        words = placement_words(plan)
        yield remedy_of(plan, words, (*cache_told(question, plan), *placed(plan)))


def _smaller_cache(question: Question, laid: Laid) -> Iterator[Remedy]:
    settings = laid.plan.settings
    if settings is None or kv_text(settings) != "f16" or SMALLER_CACHE not in laid.plan.runtime.kv_types:
        return
    plan = _again(question, laid, kv_type=SMALLER_CACHE)
    if plan is not None and plan.fits:
        yield remedy_of(
            plan, f"the KV cache in {SMALLER_CACHE}, {placement_words(plan)}",
            (("kv-type", SMALLER_CACHE), *placed(plan)),
        )  # fmt: skip


def _shorter(question: Question, laid: Laid) -> Iterator[Remedy]:
    plan = _halved(question, laid)
    if plan is not None:
        length = plan.context_length
        words = f"a context of {length:,} tokens, {placement_words(plan)}"
        yield remedy_of(plan, words, (("context", str(length)), *cache_told(question, plan), *placed(plan)))


def _halved(question: Question, laid: Laid, *, kv_type: str | None = None) -> Plan | None:
    """Half the context, and half of that, until it fits; None where the shortest does not."""
    length = laid.plan.context_length // 2
    while length >= _SHORTEST:
        plan = _again(question, laid, kv_type=kv_type, context_length=length)
        if plan is not None and plan.fits:
            return plan
        length //= 2
    return None


def _smaller_file(question: Question, laid: Laid) -> Iterator[Remedy]:
    """The largest variant of the model that is smaller than this one and fits."""
    model = question.catalog.models.get(laid.candidate.model.id)
    size = laid.variant.bytes
    if model is None or size is None:
        return
    same = [item for item in model.variants if item.format == laid.variant.format and item.bytes and item.bytes < size]
    for variant in sorted(same, key=lambda item: (-(item.bytes or 0), item.id)):
        other = _laid(question, laid, variant)
        if other is not None and other.plan.fits and other.plan.runtime.id == laid.plan.runtime.id:
            yield _of_file(question, laid, variant, other.plan)
            return


def _of_file(question: Question, laid: Laid, variant: Variant, plan: Plan) -> Remedy:
    """Another file, and what the plan makes smaller for it."""
    cache = cache_told(question, plan)
    kept = "".join(f"the KV cache in {kv_type}, " for _, kv_type in cache)
    words = f"{variant.quantization} instead of {laid.variant.quantization}, {kept}{placement_words(plan)}"
    return replace(remedy_of(plan, words, (*cache, *placed(plan))), quantization=variant.quantization)


def _laid(question: Question, laid: Laid, variant: Variant) -> Laid | None:
    try:
        return lay_out_known(question, laid.candidate.model, variant)
    except LLMAdviseError:
        return None


def _plain_cache(question: Question, laid: Laid) -> Iterator[Remedy]:
    """The cache in f16, laid out anew: it is larger, so layers may have to move."""
    plan = _again(question, laid, kv_type="f16")
    if plan is not None and plan.fits:
        yield remedy_of(plan, f"the KV cache in f16, {placement_words(plan)}", (("kv-type", "f16"), *placed(plan)))
        return
    settings = laid.plan.settings
    key = settings.kv_type_k if settings is not None else SMALLER_CACHE
    plan = _again(question, laid, kv_type=f"{key},f16")
    if plan is not None and plan.fits:
        yield remedy_of(
            plan, f"only the keys in {key}, {placement_words(plan)}",
            (("kv-type", f"{key},f16"), *placed(plan)),
        )  # fmt: skip
        return
    plan = _halved(question, laid, kv_type="f16")
    if plan is not None:
        length = plan.context_length
        words = f"the KV cache in f16 and a context of {length:,} tokens, {placement_words(plan)}"
        yield remedy_of(plan, words, (("kv-type", "f16"), ("context", str(length)), *placed(plan)))


def _other_runtimes(question: Question, laid: Laid, startable: Collection[str] | None) -> Iterator[Remedy]:
    """Runtimes that load the file here, those that are installed first."""
    requirements = replace(question.requirements, runtime=None)
    everywhere = replace(
        question,
        requirements=requirements,
        runtimes=tuple(sorted(question.catalog.runtimes.values(), key=lambda item: (-item.preference, item.id))),
    )
    choice = runtimes_for(everywhere, requirements, laid.candidate.model, laid.variant, laid.quantization)
    failed, architecture = laid.plan.runtime, laid.candidate.model.architecture
    known = architecture.id if architecture is not None else None
    # What is built on the same engine knows no more, unless its own list says so.
    others = [
        item
        for item in choice.usable
        if item.runtime.id != failed.id
        and (item.runtime.engine != failed.engine or known in item.runtime.architectures)
        and (startable is None or item.runtime.id in startable)
        and (laid.variant.repo or item.runtime.commands.local_model)
    ]
    installed = question.installed or frozenset()
    for item in sorted(others, key=lambda item: item.runtime.id not in installed):
        if item.runtime.id in installed:
            yield Remedy(words=f"{item.runtime.name}, which is installed", settings=(("runtime", item.runtime.id),))
        elif item.runtime.commands.install:
            words = f"{item.runtime.name}, after: {item.runtime.commands.install}"
            yield Remedy(words=words, settings=(("runtime", item.runtime.id),))


def _without_gpu(question: Question, laid: Laid) -> Iterator[Remedy]:
    plan = _again(replace(question, machine=replace(question.machine, gpus=(), facts=())), laid)
    if plan is not None and plan.fits:
        yield remedy_of(plan, "on the CPU", (("cpu-only", ""), *cache_told(question, plan)))


def _fewer_parts(diagnosis: Diagnosis) -> Iterator[Remedy]:
    """The largest number of GPUs, up to the one tried, among which the heads can be shared."""
    heads, parts = int(diagnosis.detail("heads") or 0), int(diagnosis.detail("parts") or 0)
    count = next((number for number in range(min(parts, heads), 0, -1) if heads % number == 0), None)
    if count:
        yield Remedy(words=f"{count} GPUs, which divide {heads} heads: --tensor-parallel-size {count}", settings=())


def _again(
    question: Question, laid: Laid, *, kv_type: str | None = None, context_length: int | None = None
) -> Plan | None:
    """The same model and runtime laid out anew, free to place; None where it cannot be, or a rule forbids it."""
    settings = laid.plan.settings
    kept = kv_text(settings) if settings is not None else question.requirements.kv_type
    requirements = replace(
        question.requirements,
        kv_type=kv_type or kept,
        context_length=context_length or laid.plan.context_length,
        runtime=laid.plan.runtime.id,
    )
    options: EngineOptions = replace(question.options, gpu_layers=None, cpu_moe_layers=None)
    choice = runtimes_for(question, requirements, laid.candidate.model, laid.variant, laid.quantization)
    if not choice.usable:
        return None
    planner = Planner(question.machine, requirements, question.catalog.calibration, options, profile=question.profile)
    plan = planner.plan(laid.candidate, laid.variant, laid.quantization, choice.usable, layout=laid.layout)
    if plan is None or any(finding.verdict is Verdict.BLOCK for finding in plan.findings):
        return None
    return plan
