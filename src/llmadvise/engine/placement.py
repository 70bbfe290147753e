"""Lays a variant out on a machine: on GPUs, partly in RAM, or on the CPU, whichever fits and runs fastest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.calibration import Calibration
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Variant
from llmadvise.domain.profile import Profile
from llmadvise.domain.profile import Task as Use
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Candidate, Plan
from llmadvise.engine.device import Device
from llmadvise.engine.machine import Machine
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.picture import beside
from llmadvise.engine.placement_embedding import for_use, plan_embedding, whole_inputs
from llmadvise.engine.placement_llama_cpp import plan_llama_cpp, whole_on_gpus
from llmadvise.engine.plan_context import ModelContext, model_context
from llmadvise.engine.plan_parts import Task, excess
from llmadvise.engine.runtimes import UsableRuntime
from llmadvise.engine.traffic import active_bytes
from llmadvise.record import replace

SMALLER_CACHE: Final = "q8_0"
_WORTH: Final = 1.1
"""So much faster, at least, for a setting more: below that the speed estimate itself says nothing; a choice."""


class Planner:
    """Plans variants for one request on one machine, and remembers what variants of a model share."""

    def __init__(
        self,
        machine: Machine,
        requirements: Requirements,
        calibration: Calibration,
        options: EngineOptions,
        *,
        chooses_cache: bool = False,
        contexts: dict[tuple[str, str], ModelContext] | None = None,
        profile: Profile | None = None,
    ) -> None:
        """`contexts`: what was found out about models on other machines, where the request is the same."""
        self._machine, self._requirements, self._calibration = machine, requirements, calibration
        self._options = options
        self._profile = profile
        self._chooses_cache = chooses_cache and "kv_type" not in requirements.asked and not options.placed
        self._devices: dict[tuple[tuple[int, Backend], ...], list[Device]] = {}
        self._contexts = {} if contexts is None else contexts

    def plan(
        self,
        candidate: Candidate,
        variant: Variant,
        quantization: Quantization,
        usable: Sequence[UsableRuntime],
        layout: WeightLayout | None = None,
    ) -> Plan | None:
        """The plan of the first runtime that can hold the variant, else the one that misses by least.

        `layout`: where its bytes lie, if the file was read; else it follows from the dimensions. None if those are
        unknown.
        """
        shape = candidate.shape
        layout = layout or layout_from_catalog(candidate.model, variant, quantization)
        if shape is None or layout is None:
            return None
        failed: list[Plan] = []
        for item in _one_an_engine(usable):
            task = Task(
                candidate=candidate,
                shape=shape,
                layout=layout,
                active=active_bytes(candidate.model, layout),
                quantization=quantization,
                usable=item,
                gpus=self._gpus(item),
                context=self._context(candidate, self._requirements),
                machine=self._machine,
                requirements=self._requirements,
                calibration=self._calibration,
                beside=None if self._profile is None else beside(candidate.model, variant, self._profile),
            )
            plan = for_use(self._laid_out(task), candidate.model, variant, self._profile, shape)
            if plan is not None and plan.fits:
                return plan
            if plan is not None:
                failed.append(plan)
        return min(failed, key=excess, default=None)

    def _laid_out(self, task: Task) -> Plan | None:
        if self._embeds:
            return plan_embedding(task, lay_out=_plan)
        return self._with_smaller_cache(task, _plan(task))

    @property
    def _embeds(self) -> bool:
        return self._profile is not None and self._profile.task is Use.EMBEDDING

    def _gpus(self, usable: UsableRuntime) -> list[Device]:
        found = self._devices.get(usable.gpus)
        if found is None:
            devices = [self._machine.device(position, backend) for position, backend in usable.gpus]
            found = self._devices[usable.gpus] = sorted(
                devices, key=lambda device: (-(device.memory_bandwidth or 0), -device.budget_bytes, device.id)
            )
        return found

    def _with_smaller_cache(self, task: Task, plan: Plan | None) -> Plan | None:
        """The plan, or one with the cache in q8_0 where only that fits, or keeps everything on GPUs and runs faster.

        The cache is the cheapest thing to make smaller: at eight bits its loss is hardly measurable (docs/quality.md).
        """
        runtime = task.usable.runtime
        settled = plan is not None and plan.fits and (plan.placement.kind is PlacementKind.GPU or not task.gpus)
        if settled or not self._chooses_cache or runtime.engine != "llama.cpp" or runtime.sizing is not None:
            return plan
        if SMALLER_CACHE not in runtime.kv_types:
            return plan
        smaller = replace(
            task, context=self._context(task.candidate, replace(self._requirements, kv_type=SMALLER_CACHE))
        )
        if any(finding.verdict is Verdict.BLOCK for finding in smaller.context.refusals):
            return plan
        other = whole_on_gpus(smaller) if plan is not None and plan.fits else plan_llama_cpp(smaller)
        return other if other is not None and _better(other, plan) else plan

    def _context(self, candidate: Candidate, requirements: Requirements) -> ModelContext:
        key = (candidate.model.id, requirements.kv_type)
        found = self._contexts.get(key)
        if found is None and candidate.shape is not None:
            length = requirements.context_length or candidate.model.context_length.native
            options = whole_inputs(self._options, length) if self._embeds else self._options
            found = self._contexts[key] = model_context(candidate.shape, requirements, length, options)
        if found is None:
            raise ValueError(f"{candidate.model.id} has no shape")
        return found


def _better(other: Plan, plan: Plan | None) -> bool:
    """Whether another plan fits and is worth a smaller cache."""
    if not other.fits or plan is None or not plan.fits:
        return other.fits
    if other.decode is None or plan.decode is None:
        return False
    return other.decode.value >= _WORTH * plan.decode.value


def _one_an_engine(usable: Sequence[UsableRuntime]) -> Iterator[UsableRuntime]:
    """The preferred runtime of each engine: what one cannot hold, another built on the same engine cannot either."""
    seen: set[str] = set()
    for item in usable:
        if item.runtime.engine not in seen:
            seen.add(item.runtime.engine)
            yield item


def _plan(task: Task) -> Plan | None:
    """The plan by the memory model of the engine that the runtime is built on."""
    sizing = task.usable.runtime.sizing
    if task.usable.runtime.by_analogy:
        return _by_analogy(plan_llama_cpp(task), task.usable.runtime.name)
    if task.usable.runtime.engine == "llama.cpp" and sizing is None:
        return plan_llama_cpp(task)
    # Most machines never come here; the start is quicker without.
    if task.usable.runtime.engine == "llama.cpp" and sizing is not None:
        from llmadvise.engine.placement_managed import plan_managed  # noqa: PLC0415

        return plan_managed(task, sizing)
    from llmadvise.engine.placement_whole import plan_mlx, plan_vllm  # noqa: PLC0415

    return plan_mlx(task) if task.usable.runtime.engine == "mlx" else plan_vllm(task)


def _by_analogy(plan: Plan | None, name: str) -> Plan | None:
    """The plan with a word that it is another engine's; None stays."""
    if plan is None:
        return None
    message = f"{name} is computed as llama.cpp, whole layers and one cache; its own figures were not measured"
    note = Finding(rule="memory-by-analogy", verdict=Verdict.NOTE, message=message)
    return replace(plan, findings=(*plan.findings, note))
