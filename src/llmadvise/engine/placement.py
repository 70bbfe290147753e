"""Lays a variant out on a machine: on GPUs, partly in RAM, or on the CPU, whichever fits and runs fastest."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.calibration import Calibration
from llmadvise.domain.model import Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Candidate, Plan
from llmadvise.engine.machine import Machine
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.placement_llama_cpp import plan_llama_cpp
from llmadvise.engine.placement_whole import plan_mlx, plan_vllm
from llmadvise.engine.plan_context import ModelContext, model_context
from llmadvise.engine.plan_parts import Task, excess
from llmadvise.engine.runtimes import UsableRuntime
from llmadvise.engine.traffic import active_bytes


class Planner:
    """Plans variants for one request on one machine, and remembers what variants of a model share."""

    def __init__(self, machine: Machine, requirements: Requirements, calibration: Calibration) -> None:
        self._machine, self._requirements, self._calibration = machine, requirements, calibration
        self._contexts: dict[str, ModelContext] = {}

    def plan(
        self, candidate: Candidate, variant: Variant, quantization: Quantization, usable: Sequence[UsableRuntime]
    ) -> Plan | None:
        """The plan of the first runtime that can hold the variant, else the one that misses by least.

        None if the model's dimensions are unknown.
        """
        shape = candidate.shape
        layout = layout_from_catalog(candidate.model, variant, quantization)
        if shape is None or layout is None:
            return None
        failed: list[Plan] = []
        for item in usable:
            task = Task(
                candidate=candidate,
                shape=shape,
                layout=layout,
                active=active_bytes(candidate.model, layout),
                quantization=quantization,
                usable=item,
                context=self._context(candidate),
                machine=self._machine,
                requirements=self._requirements,
                calibration=self._calibration,
            )
            plan = _PLANNERS[item.runtime.engine](task)
            if plan is not None and plan.fits:
                return plan
            if plan is not None:
                failed.append(plan)
        return min(failed, key=excess, default=None)

    def _context(self, candidate: Candidate) -> ModelContext:
        found = self._contexts.get(candidate.model.id)
        if found is None and candidate.shape is not None:
            length = self._requirements.context_length or candidate.model.context_length.native
            found = self._contexts[candidate.model.id] = model_context(candidate.shape, self._requirements, length)
        if found is None:
            raise ValueError(f"{candidate.model.id} has no shape")
        return found


_PLANNERS = {"llama.cpp": plan_llama_cpp, "vllm": plan_vllm, "mlx": plan_mlx}
"""By the engine that a runtime is built on: whose memory model applies."""
