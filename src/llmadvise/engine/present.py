"""From bare numbers to an answer: a case with its intervals, sources, grades and commands spelled out."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.assessment import (
    Alternative,
    Assessment,
    DeviceMemory,
    MemoryEstimate,
    QualityEstimate,
    Saving,
    ServingEstimate,
    SpeedEstimate,
)
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.cost import CostEstimate
from llmadvise.domain.estimate import Basis, Estimate, Range, weakest
from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.case import Candidate, Case, DeviceBytes, Plan
from llmadvise.engine.commands import fill_commands
from llmadvise.engine.criteria import GradedCase
from llmadvise.engine.fit_chance import device_chance, plan_chance
from llmadvise.engine.picture import projector_of
from llmadvise.engine.question import Question
from llmadvise.engine.scoring import explain_grades
from llmadvise.engine.speed import BATCH_TOKENS, kept_model

_MEMORY_FORMULA = "memory model of the engine (docs/accuracy.md)"
_SPEED_FORMULA = "bytes read over bandwidth, fitted efficiency (docs/speed.md)"
ALTERNATIVES = 6
_CHANCE_DIGITS = 4


def present(
    group: Sequence[Case], question: Question, *, best_at: tuple[str, ...] = (), savings: tuple[Saving, ...] = ()
) -> Assessment:
    """The first case of a model's group in full, the others in a line each."""
    case = group[0]
    graded = GradedCase(
        candidate=case.candidate,
        quantization=case.quantization,
        plan=case.plan,
        kept=case.kept,
        quality=case.quality,
        profile=question.profile,
        licenses=question.catalog.licenses,
        prompt_tokens=question.requirements.prompt_tokens,
    )
    speed = speed_estimate(case.plan, question, case.candidate, case.quantization)
    return Assessment(
        model=case.candidate.model,
        variant=case.variant,
        runtime=case.plan.runtime.id,
        lineage=case.candidate.lineage,
        context_used=case.plan.context_length,
        placement=case.plan.placement,
        memory=memory_estimate(case.variant, case.plan, question.machine.pool_bytes, savings),
        speed=speed,
        quality=_quality(case, question.catalog),
        license=case.candidate.license,
        score=case.score,
        grades=explain_grades(graded),
        findings=case.findings,
        commands=fill_commands(case.plan, case.variant, case.quantization, platform=question.machine.platform),
        alternatives=tuple(_alternative(other) for other in group[1 : ALTERNATIVES + 1]),
        best_at=best_at,
        cost=cost_estimate(case.plan, question, speed),
        projector=projector_of(case.candidate.model, case.variant) if case.plan.more_files else None,
    )


def _alternative(case: Case) -> Alternative:
    return Alternative(
        variant=case.variant,
        runtime=case.plan.runtime.id,
        placement=case.plan.placement,
        memory_bytes=round(sum(item.total.value for item in case.plan.memory)),
        decode=None if case.plan.decode is None else round(case.plan.decode.value, 2),
        quality=round(case.quality.value, 2),
        score=case.score,
    )


def memory_estimate(
    variant: Variant, plan: Plan, pool_bytes: int | None, savings: tuple[Saving, ...] = ()
) -> MemoryEstimate:
    """What the devices hold, by part and by device, each with its interval and how likely it fits.

    `pool_bytes`: a memory that CPU and GPU share, where there is one.
    """
    devices = plan.memory
    basis = weakest((variant.bytes_basis or Basis.ASSUMED, Basis.COMPUTED))
    sources = tuple(filter(None, (variant.source, _MEMORY_FORMULA)))

    return MemoryEstimate(
        total=_bytes(_sum([item.total for item in devices]), basis, sources),
        weights=_exact(
            sum(item.weights for item in devices),
            variant.bytes_basis or Basis.ASSUMED,
            tuple(filter(None, (variant.source,))),
        ),
        kv_cache=_exact(sum(item.kv_cache for item in devices), basis, sources),
        compute=_exact(sum(item.compute for item in devices), basis, sources),
        overhead=_bytes(_sum([item.overhead for item in devices]), Basis.ASSUMED, sources),
        by_device=tuple(_device(item, basis, sources) for item in devices),
        fit_chance=round(plan_chance(plan, pool_bytes), _CHANCE_DIGITS),
        savings=savings,
    )


def _sum(ranges: Sequence[Range]) -> Range:
    return Range(sum(r.value for r in ranges), sum(r.low for r in ranges), sum(r.high for r in ranges))


def _exact(size: int, basis: Basis, sources: tuple[str, ...]) -> Estimate:
    return Estimate(value=size, low=size, high=size, basis=basis, sources=sources)


def _bytes(size: Range, basis: Basis, sources: tuple[str, ...]) -> Estimate:
    return Estimate(value=round(size.value), low=round(size.low), high=round(size.high), basis=basis, sources=sources)


def _device(item: DeviceBytes, basis: Basis, sources: tuple[str, ...]) -> DeviceMemory:
    return DeviceMemory(
        device=item.device.id,
        budget_bytes=item.device.budget_bytes,
        used=_bytes(item.total, basis, sources),
        headroom_bytes=item.device.budget_bytes - round(item.total.value),
        weights_bytes=item.weights,
        kv_cache_bytes=item.kv_cache,
        compute_bytes=item.compute,
        overhead_bytes=round(item.overhead.value),
        fit_chance=round(device_chance(item), _CHANCE_DIGITS),
    )


def speed_estimate(plan: Plan, question: Question, candidate: Candidate, quantization: Quantization) -> SpeedEstimate:
    """Tokens a second and the time to the first, each with its interval."""
    mixture = candidate.shape is not None and candidate.shape.experts is not None
    work = (plan.runtime.id, quantization.speed_class, mixture)
    working = set(plan.placement.devices)
    assumed = any(item.device.bandwidth_assumed for item in plan.memory if item.device.id in working)
    basis = Basis.ASSUMED if assumed else Basis.COMPUTED
    prompt = question.prompt_tokens
    read = plan.prefill
    first = None if read is None else Range(prompt / read.value, prompt / read.high, prompt / read.low)
    decoding = _grounds("decode", plan, question, work, basis)
    reading = _grounds("prefill", plan, question, work, basis)
    return SpeedEstimate(
        prefill=_rounded_if_known(read, *reading),
        decode=_rounded_if_known(plan.decode, *decoding),
        time_to_first_token=_rounded_if_known(first, *reading),
        serving=_serving(plan, question, work, basis),
    )


def _grounds(
    phase: str, plan: Plan, question: Question, work: tuple[str, str | None, bool], basis: Basis
) -> tuple[Basis, tuple[str, ...]]:
    """What a speed rests on: the formula, drawn to what was measured on this machine, or that very measurement."""
    evidence = kept_model(question.catalog.calibration.speed).evidence if plan.traffic else None
    if evidence is None:
        return basis, (_SPEED_FORMULA,)
    tokens = question.requirements.prompt_tokens or 1
    runs, exact = evidence.behind(phase, plan.traffic, work, tokens=tokens, batch_tokens=BATCH_TOKENS)
    if not runs:
        return basis, (_SPEED_FORMULA,)
    newest = max(run.date for run in runs)
    if exact:
        return Basis.MEASURED, (f"llama-bench on this machine on {newest} (docs/bench.md)",)
    count = f"{len(runs)} measurement{'' if len(runs) == 1 else 's'}"
    return basis, (_SPEED_FORMULA, f"drawn to {count} on this machine, the newest of {newest} (docs/bench.md)")


def cost_estimate(plan: Plan, question: Question, speed: SpeedEstimate) -> CostEstimate | None:
    """What tokens cost at this speed; None where no price was given."""
    if question.cost is None:
        return None
    from llmadvise.engine.cost import Rates, cost_of  # noqa: PLC0415 - few ask for it

    rates = Rates(
        prefill=speed.prefill,
        decode=speed.serving.together if speed.serving is not None else speed.decode,
        devices=plan.placement.devices,
        prompt_tokens=question.prompt_tokens,
    )
    return cost_of(question.cost, rates, question.machine)


def _serving(
    plan: Plan, question: Question, work: tuple[str, str | None, bool], basis: Basis
) -> ServingEstimate | None:
    """What all users get together: looked at for what is shown alone, and only where several were asked for."""
    users = question.requirements.users
    if users == 1 or not plan.traffic:
        return None
    from llmadvise.engine.speed.serving import serve  # noqa: PLC0415 - few ask for several users

    prompt = question.prompt_tokens
    found = serve(
        plan.traffic,
        users=users,
        together=plan.settings.slots if plan.settings is not None else users,
        prompt_tokens=prompt,
        work=work,
        calibration=question.catalog.calibration.speed,
    )
    if found is None:
        return None
    grounds = basis, (_SPEED_FORMULA,)
    return ServingEstimate(
        users=users,
        each=_rounded(found.each, *grounds),
        together=_rounded(found.together, *grounds),
        time_to_first_token=_rounded_if_known(found.first_token, *grounds),
    )


def _rounded_if_known(size: Range | None, basis: Basis, sources: tuple[str, ...]) -> Estimate | None:
    return None if size is None else _rounded(size, basis, sources)


def _rounded(size: Range, basis: Basis, sources: tuple[str, ...], digits: int = 3) -> Estimate:
    return Estimate(
        value=round(size.value, digits),
        low=round(size.low, digits),
        high=round(size.high, digits),
        basis=basis,
        sources=sources,
    )


def _quality(case: Case, catalog: Catalog) -> QualityEstimate:
    evidence = case.candidate.evidence
    basis = Basis.COMPUTED if evidence else Basis.ASSUMED
    sources = tuple(dict.fromkeys(item.source for item in evidence if item.source))
    grounds = basis, sources or tuple(catalog.calibration.quality.sources)
    return QualityEstimate(
        estimate=_rounded(case.quality, *grounds, digits=2),
        unquantized=_rounded(case.candidate.unquantized, *grounds, digits=2),
        retention=_rounded(case.kept, *grounds, digits=5),
        evidence=evidence,
    )
