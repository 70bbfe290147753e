"""From candidates to cases: variants that may be advised, laid out, timed, graded and judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.bounds import Bounds
from llmadvise.engine.case import Candidate, Case, Plan
from llmadvise.engine.criteria import CRITERIA, GradedCase, bits_grade, model_grades
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.placement import Planner
from llmadvise.engine.plan_context import kv_text, kv_types
from llmadvise.engine.quality import retention, variant_quality
from llmadvise.engine.question import Question
from llmadvise.engine.rules.case_rules import CASE_RULES, CaseSubject
from llmadvise.engine.rules.variant_rules import VARIANT_RULES, VariantSubject
from llmadvise.engine.runtimes import RuntimeChoice, UsableRuntime, choose_runtimes, usable_runtimes, with_kernels
from llmadvise.engine.scoring import score, weights_of

TIE = 0.2
"""Points within which two files of one model are as good as each other: half a per cent of its quality (docs/quality.md)."""


class Assessor:
    """Assesses variants for one question, and remembers what it found: what is shown was often judged before."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._judged: dict[tuple[str, str], tuple[Case | None, Finding | None]] = {}
        self._ordered: dict[str, list[tuple[float, Variant]]] = {}
        self._retained: dict[tuple[str, str, bool | None, str], Range] = {}
        self._choices: dict[tuple[str, str | None, bool], RuntimeChoice] = {}
        self._with_kernels: dict[tuple[tuple[str, str | None, bool], str], RuntimeChoice] = {}
        self._here = usable_runtimes(question.runtimes, question.machine.platform, question.machine.gpus)
        running = [item.runtime.id for item in self._here if item is not None]
        self.bounds = Bounds(question.profile, question.machine, question.catalog, running)
        self._weights = weights_of(question.profile)
        self._kv_types = kv_types(question.requirements.kv_type)
        self._planner = Planner(
            question.machine,
            question.requirements,
            question.catalog.calibration,
            question.options,
            chooses_cache=question.chooses_cache,
            profile=question.profile,
        )

    def cases(self, candidate: Candidate, ruled_out: Counter[str], floor: float = 0.0) -> Iterator[Case]:
        """The cases of a model that no rule blocks and that could be its best, and score no less than `floor`.

        Blocked variants are counted under the first rule that blocks them. Variants come in descending order of the
        most they could score, and those that cannot come near the best one found are left out.
        """
        best = floor
        for bound, variant in self._by_bound(candidate, ruled_out):
            if bound < best - TIE:
                return
            if self._sharper(candidate, variant, bound) < best - TIE:
                continue
            case, blocked = self.once(candidate, variant)
            if blocked is not None:
                ruled_out[blocked.rule] += 1
            elif case is not None:
                best = max(best, case.score)
                yield case

    def others(self, case: Case, count: int) -> list[Case]:
        """The best other cases of this case's model that no rule blocks, one a scheme, at most `count`."""
        found: list[Case] = []
        for bound, variant in self._by_bound(case.candidate, Counter()):
            least = found[count - 1].score if len(found) >= count else 0.0
            if bound < least:
                break
            if self._sharper(case.candidate, variant, bound) < least:
                continue
            other, blocked = None, None
            if (variant.format, variant.quantization) != (case.variant.format, case.variant.quantization):
                other, blocked = self.once(case.candidate, variant)
            if other is not None and blocked is None:
                found.append(other)
                found.sort(key=lambda item: (-item.score, item.variant.bytes or 0, item.variant.id))
        return found[:count]

    def _by_bound(self, candidate: Candidate, ruled_out: Counter[str]) -> list[tuple[float, Variant]]:
        """One variant a scheme with the most it could score, by descending bound; the too slow are counted out."""
        found = self._ordered.get(candidate.model.id)
        if found is None:
            found = self._ordered[candidate.model.id] = self._by_new_bound(candidate, ruled_out)
        return found

    def _sharper(self, candidate: Candidate, variant: Variant, bound: float) -> float:
        """The bound of a variant with what quantization takes at least, which is dearer to find than the bound."""
        quantization = self.question.catalog.quantizations.get(variant.quantization)
        if quantization is None:
            return bound
        kept = self._kept(candidate, variant, quantization, self.question.requirements.kv_type)
        return bound - self.bounds.lost(candidate.unquantized, variant_quality(candidate.unquantized, kept))

    def _kept(self, candidate: Candidate, variant: Variant, quantization: Quantization, kv_type: str) -> Range:
        """Part of the full model's score that a variant keeps; asked before it is laid out and after."""
        key = (candidate.model.id, quantization.id, variant.calibrated, kv_type)
        kept = self._retained.get(key)
        if kept is None:
            kept = self._retained[key] = retention(
                candidate.model,
                quantization,
                calibrated=variant.calibrated,
                kv_type=kv_type,
                profile=self.question.profile,
                calibration=self.question.catalog.calibration.quality,
            )
        return kept

    def _by_new_bound(self, candidate: Candidate, ruled_out: Counter[str]) -> list[tuple[float, Variant]]:
        question = self.question
        shared = model_grades(candidate, question.catalog.licenses, question.context_length)
        most = self.bounds.of_candidate(candidate.unquantized, shared)
        found = []
        for variant in most_trusted(candidate.model.variants, question.downloaded):
            quantization = question.catalog.quantizations.get(variant.quantization)
            choice = self.choice(candidate, variant, quantization)
            if quantization is None or choice.refusal is not None:
                ruled_out["quantization-unknown" if choice.refusal is None else choice.refusal.rule] += 1
                continue
            out, fastest = self.surely_out(candidate.model, variant, quantization, choice)
            if out is not None:
                ruled_out[out] += 1
                continue
            found.append((self.bounds.of_variant(most, fastest, bits_grade(quantization)), variant))
        return sorted(found, key=lambda pair: (-pair[0], pair[1].id))

    def surely_out(
        self, model: Model, variant: Variant, quantization: Quantization, choice: RuntimeChoice
    ) -> tuple[str | None, float | None]:
        """The rule that a variant breaks however it is laid out, if one is seen at once; and the bound of its speed."""
        if (variant.bytes or 0) > self.question.machine.capacity_bytes:
            return "does-not-fit", None
        runtime = choice.usable[0].runtime.id
        fastest = self.bounds.fastest(model, variant, quantization.speed_class, runtime)
        slow = fastest is not None and fastest < (self.question.requirements.minimum_speed or 0.0)
        return ("too-slow" if slow else None), fastest

    def once(self, candidate: Candidate, variant: Variant) -> tuple[Case | None, Finding | None]:
        """As `judge`, and remembered."""
        key = (candidate.model.id, variant.id)
        found = self._judged.get(key)
        if found is None:
            found = self._judged[key] = self.judge(candidate, variant)
        return found

    def judge(
        self, candidate: Candidate, variant: Variant, *, anyway: bool = False, layout: WeightLayout | None = None
    ) -> tuple[Case | None, Finding | None]:
        """The case of a variant and the finding that blocks it, if one does.

        A blocked variant has a case only where it could be laid out; with `anyway` that is tried although a rule
        about the variant itself forbids it, so that it can be explained. `layout`: where its bytes lie, if more is
        known than its dimensions.
        """
        catalog, requirements = self.question.catalog, self.question.requirements
        quantization = catalog.quantizations.get(variant.quantization)
        choice = self.choice(candidate, variant, quantization)
        subject = VariantSubject(
            variant=variant,
            quantization=quantization,
            profile=self.question.profile,
            requirements=requirements,
            choice=choice,
            model=candidate.model,
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
        plan = self._planner.plan(candidate, variant, quantization, choice.usable, layout)
        return self._judge_plan(candidate, variant, quantization, plan, tuple(findings))

    def usable(self, case: Case) -> UsableRuntime:
        """The runtime of a case, with the devices that it can use here."""
        choice = self.choice(case.candidate, case.variant, case.quantization)
        return next(item for item in choice.usable if item.runtime.id == case.plan.runtime.id)

    def choice(self, candidate: Candidate, variant: Variant, quantization: Quantization | None) -> RuntimeChoice:
        """The runtimes here that can load a variant, or why none can."""
        architecture = candidate.model.architecture
        key = (variant.format, architecture.id if architecture else None, variant.is_split)
        choice = self._choices.get(key)
        if choice is None:
            choice = self._choices[key] = choose_runtimes(
                format_=variant.format,
                architecture=architecture,
                runtimes=self.question.runtimes,
                here=self._here,
                asked=self.question.requirements.runtime,
                split=variant.is_split,
                kv_types=self._kv_types,
                task=self.question.profile.task,
            )
        if quantization is None or not (quantization.backends or quantization.needs_compute_capability):
            return choice
        special = (key, quantization.id)
        known = self._with_kernels.get(special)
        if known is None:
            known = self._with_kernels[special] = with_kernels(choice, quantization, self.question.machine.gpus)
        return known

    def _judge_plan(
        self,
        candidate: Candidate,
        variant: Variant,
        quantization: Quantization,
        plan: Plan | None,
        findings: tuple[Finding, ...],
    ) -> tuple[Case | None, Finding | None]:
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
        kv_type = question.requirements.kv_type if plan.settings is None else kv_text(plan.settings)
        kept = self._kept(candidate, variant, quantization, kv_type)
        subject = CaseSubject(
            candidate=candidate,
            plan=plan,
            kept=kept,
            requirements=question.requirements,
            installed=question.installed,
            installed_version=question.versions.get(plan.runtime.id),
            quantization=quantization,
            download=question.downloaded.of(variant) if question.downloaded else None,
            profile=question.profile,
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
            prompt_tokens=question.requirements.prompt_tokens,
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
