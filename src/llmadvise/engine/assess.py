"""From candidates to cases: every variant that may be advised, laid out, timed, graded and judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Variant
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.requirements import Requirements
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.case import Candidate, Case, Plan
from llmadvise.engine.criteria import CRITERIA, GradedCase, score, weights_of
from llmadvise.engine.machine import Machine
from llmadvise.engine.placement import Planner
from llmadvise.engine.plan_context import kv_types
from llmadvise.engine.quality import retention, variant_quality
from llmadvise.engine.rules.case_rules import CASE_RULES, CaseSubject
from llmadvise.engine.rules.variant_rules import VARIANT_RULES, VariantSubject
from llmadvise.engine.runtimes import RuntimeChoice, choose_runtimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything an answer depends on. The requirements are filled: none is open."""

    catalog: Catalog
    profile: Profile
    requirements: Requirements
    machine: Machine
    runtimes: tuple[Runtime, ...]
    """The preferred first."""
    installed: frozenset[str] | None


def ordered_runtimes(catalog: Catalog, installed: frozenset[str] | None, users: int) -> tuple[Runtime, ...]:
    """Preferred first: made for many users where there are many, then installed, then by the catalog's preference."""

    def rank(runtime: Runtime) -> tuple[bool, bool, int, str]:
        crowd = users > 1 and runtime.batches
        return (not crowd, runtime.id not in (installed or ()), -runtime.preference, runtime.id)

    return tuple(sorted(catalog.runtimes.values(), key=rank))


class Assessor:
    """Assesses variants for one question, and remembers which runtimes take which kind of file."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._choices: dict[tuple[str, str, str | None, bool], RuntimeChoice] = {}
        self._weights = weights_of(question.profile)
        self._kv_types = kv_types(question.requirements.kv_type)
        self._planner = Planner(question.machine, question.requirements, question.catalog.calibration)

    def cases(self, candidates: Iterable[Candidate], ruled_out: Counter[str]) -> Iterator[Case]:
        """The cases that no rule blocks; the blocked ones are counted under the first rule that blocks them."""
        for candidate in candidates:
            for variant in candidate.model.variants:
                case, blocked = self.judge(candidate, variant)
                if blocked is not None:
                    ruled_out[blocked.rule] += 1
                elif case is not None:
                    yield case

    def judge(
        self, candidate: Candidate, variant: Variant, *, anyway: bool = False
    ) -> tuple[Case | None, Finding | None]:
        """The case of a variant and the finding that blocks it, if one does.

        A blocked variant has a case only where it could be laid out; with `anyway` that is tried although a rule
        about the variant itself forbids it, so that it can be explained.
        """
        catalog, requirements = self.question.catalog, self.question.requirements
        quantization = catalog.quantizations.get(variant.quantization)
        choice = self._choice(candidate, variant, quantization)
        subject = VariantSubject(
            variant=variant,
            quantization=quantization,
            profile=self.question.profile,
            requirements=requirements,
            choice=choice,
        )
        findings: list[Finding] = []
        for rule in VARIANT_RULES:
            finding = rule.judge(subject)
            if finding is None:
                continue
            if finding.verdict is Verdict.BLOCK and not anyway:
                return None, finding
            findings.append(finding)
        if quantization is None or variant.bytes is None or not choice.usable:
            return None, next(item for item in findings if item.verdict is Verdict.BLOCK)
        return self._lay_out(candidate, variant, quantization, choice, tuple(findings))

    def _choice(self, candidate: Candidate, variant: Variant, quantization: Quantization | None) -> RuntimeChoice:
        architecture = candidate.model.architecture
        split = len(variant.files) > 1 and variant.format == "gguf"
        key = (variant.format, variant.quantization, architecture.id if architecture else None, split)
        choice = self._choices.get(key)
        if choice is None:
            choice = self._choices[key] = choose_runtimes(
                format_=variant.format,
                quantization=quantization,
                architecture=architecture,
                runtimes=self.question.runtimes,
                platform=self.question.machine.platform,
                gpus=self.question.machine.gpus,
                asked=self.question.requirements.runtime,
                split=split,
                kv_types=self._kv_types,
            )
        return choice

    def _lay_out(
        self,
        candidate: Candidate,
        variant: Variant,
        quantization: Quantization,
        choice: RuntimeChoice,
        findings: tuple[Finding, ...],
    ) -> tuple[Case | None, Finding | None]:
        plan = self._planner.plan(candidate, variant, quantization, choice.usable)
        if plan is None:
            message = "its layers or its bits are unknown, so its memory cannot be computed"
            return None, Finding(rule="architecture-unknown", verdict=Verdict.BLOCK, message=message)
        case = self._grade(candidate, variant, quantization, plan, findings)
        return case, next((item for item in case.findings if item.verdict is Verdict.BLOCK), None)

    def _grade(
        self,
        candidate: Candidate,
        variant: Variant,
        quantization: Quantization,
        plan: Plan,
        findings: tuple[Finding, ...],
    ) -> Case:
        question = self.question
        kept = retention(
            candidate.model,
            quantization,
            calibrated=variant.calibrated,
            kv_type=question.requirements.kv_type,
            profile=question.profile,
            calibration=question.catalog.calibration.quality,
        )
        subject = CaseSubject(
            candidate=candidate,
            plan=plan,
            kept=kept,
            requirements=question.requirements,
            installed=question.installed,
        )
        judged = tuple(finding for rule in CASE_RULES if (finding := rule.judge(subject)))
        graded = GradedCase(
            candidate=candidate,
            quantization=quantization,
            plan=plan,
            kept=kept,
            quality=variant_quality(candidate.unquantized, kept),
            profile=question.profile,
            licenses=question.catalog.licenses,
        )
        grades = tuple(criterion.grade(graded) for criterion in CRITERIA)
        return Case(
            candidate=candidate,
            variant=variant,
            quantization=quantization,
            plan=plan,
            kept=kept,
            quality=graded.quality,
            grades=grades,
            score=score(grades, self._weights),
            findings=(*candidate.findings, *findings, *plan.findings, *judged),
        )
