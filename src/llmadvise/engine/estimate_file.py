"""Lays out a model that was read from a file: the same planner and rules as for the catalog's, without its grades."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Plan
from llmadvise.engine.estimate import Laid
from llmadvise.engine.estimate_read import ReadModel
from llmadvise.engine.placement import Planner
from llmadvise.engine.plan_context import kv_types
from llmadvise.engine.question import Question
from llmadvise.engine.rules.case_rules import CASE_RULES, CaseSubject
from llmadvise.engine.rules.model_rules import MODEL_RULES
from llmadvise.engine.rules.model_subject import ModelSubject
from llmadvise.engine.rules.variant_rules import VARIANT_RULES, VariantSubject
from llmadvise.engine.runtimes import RuntimeChoice, choose_runtimes, usable_runtimes, with_kernels
from llmadvise.errors import LLMAdviseError

_MODEL_RULES: Final = frozenset({"context-too-short", "context-needs-scaling"})
"""Rules about a model that its file can answer; the others ask for its role, license or release."""
_QUALITY_RULES: Final = frozenset({"no-evidence", "quantization-loss"})
"""Rules about quality, which a file says nothing about."""


def runtimes_for(
    question: Question, requirements: Requirements, model: Model, variant: Variant, quantization: Quantization
) -> RuntimeChoice:
    """The runtimes that take this file on this machine under these requirements."""
    choice = choose_runtimes(
        format_=variant.format,
        architecture=model.architecture,
        runtimes=question.runtimes,
        here=usable_runtimes(question.runtimes, question.machine.platform, question.machine.gpus),
        asked=requirements.runtime,
        split=variant.is_split,
        kv_types=kv_types(requirements.kv_type),
        task=question.profile.task,
    )
    if quantization.backends or quantization.needs_compute_capability:
        return with_kernels(choice, quantization, question.machine.gpus)
    return choice


def lay_out(question: Question, read: ReadModel) -> Laid:
    """A file laid out, with what the rules say of it. Raises LLMAdviseError where no runtime here takes it."""
    model, variant = read.candidate.model, read.variant
    choice = runtimes_for(question, question.requirements, model, variant, read.quantization)
    if choice.refusal is not None:
        raise LLMAdviseError(
            f"{variant.files[0].name} cannot be estimated: {choice.refusal.message}",
            "`--runtime`, `--kv-type` and the machine decide which engines come into question.",
        )
    planner = Planner(
        question.machine,
        question.requirements,
        question.catalog.calibration,
        question.options,
        profile=question.profile,
    )
    plan = planner.plan(read.candidate, variant, read.quantization, choice.usable, layout=read.layout)
    if plan is None:
        raise LLMAdviseError(f"{variant.files[0].name} cannot be estimated: no engine here can place it")
    return Laid(
        candidate=read.candidate,
        variant=variant,
        quantization=read.quantization,
        layout=read.layout,
        plan=plan,
        findings=tuple(_findings(question, read, choice, plan)),
    )


def _findings(question: Question, read: ReadModel, choice: RuntimeChoice, plan: Plan) -> Iterator[Finding]:
    candidate, requirements = read.candidate, question.requirements
    about_model = ModelSubject(
        model=candidate.model,
        license=candidate.license,
        licenses=question.catalog.licenses,
        profile=question.profile,
        requirements=requirements,
        context_length=plan.context_length,
    )
    about_variant = VariantSubject(
        variant=read.variant,
        quantization=read.quantization,
        profile=question.profile,
        requirements=requirements,
        choice=choice,
    )
    about_case = CaseSubject(
        candidate=candidate,
        plan=plan,
        kept=Range(1.0, 1.0, 1.0),
        requirements=requirements,
        installed=question.installed,
        installed_version=question.versions.get(plan.runtime.id),
        quantization=read.quantization,
    )
    judged = [rule.judge(about_model) for rule in MODEL_RULES if rule.id in _MODEL_RULES]
    judged += [rule.judge(about_variant) for rule in VARIANT_RULES]
    judged += plan.findings
    judged += [rule.judge(about_case) for rule in CASE_RULES if rule.id not in _QUALITY_RULES]
    yield from (finding for finding in judged if finding is not None)
