"""Soft judgements: each grades a case 0..1; the weighted sum is the score."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from llmadvise.domain.estimate import Range
from llmadvise.domain.license import License
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile, SpeedMeasure
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.case import Candidate, Plan
from llmadvise.engine.felt_speed import felt_speed, speed_grade, told
from llmadvise.record import dataclass

_CATEGORY_GRADES = {
    "permissive": 1.0,
    "copyleft": 0.8,
    "weak-restriction": 0.8,
    "use-restricted": 0.6,
    "proprietary": 0.5,
    "non-commercial": 0.2,
    "research-only": 0.2,
}
"""How much freedom a category leaves, in even steps; an unknown one leaves none that can be relied on."""
_FEWEST_PARAMETERS = 0.5e9
_MOST_PARAMETERS = 200e9
_LEAST_BITS = 2.0
_AMPLE_BITS = 6.0
"""Measured losses vanish in the noise from about six bits on (docs/quality.md)."""
_AMPLE_CONTEXT = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedCase:
    """What a criterion may look at."""

    candidate: Candidate
    quantization: Quantization
    plan: Plan
    kept: Range
    quality: Range
    profile: Profile
    licenses: Mapping[str, License]
    prompt_tokens: int | None = None
    """Of the prompt that the plan was timed with; None: the use's own."""

    @property
    def speed(self) -> Range | None:
        """The rate that this use feels."""
        return felt_speed(self.plan, self.profile, self.prompt_tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One soft judgement: its grade, and the words for it."""

    id: str
    summary: str
    grade: Callable[[GradedCase], float]
    why: Callable[[GradedCase], str]


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))


def quality_grade(quality: Range) -> float:
    """Midway between the best guess and the low end of its interval: thin evidence counts for less."""
    return _clamp((quality.value + quality.low) / 200)


def _quality(case: GradedCase) -> float:
    return quality_grade(case.quality)


def _quality_why(case: GradedCase) -> str:
    count = len(case.candidate.evidence)
    rests = f"{count} published result{'s' if count != 1 else ''}" if count else "size, date and kind alone"
    low, value = case.quality.low, case.quality.value
    return f"{value:.0f} of 100 for {case.profile.name.lower()} (at least {low:.0f}), from {rests}"


def _speed(case: GradedCase) -> float:
    speed = case.speed
    return 0.0 if speed is None else speed_grade(speed.value, case.profile)


def _speed_why(case: GradedCase) -> str:
    felt, needs = case.speed, case.profile.speed
    if felt is None:
        return "unknown: the memory bandwidth is not known"
    about = f"about {told(felt.value, case.profile)}"
    if needs.measure is SpeedMeasure.ANSWER:
        seconds = f"{needs.answer_tokens / needs.comfortable:.2g} s"
        return f"{about}; counted down to {seconds}" if needs.by_rate else f"{about}; {seconds} are comfortable"
    enough = f"counted up to {needs.comfortable:g}" if needs.by_rate else f"{needs.comfortable:g} are comfortable"
    return f"{about}; {enough}"


def bits_grade(quantization: Quantization) -> float:
    """0 at two bits a weight, 1 from six on, or where the model was trained in this format."""
    if quantization.trained:
        return 1.0
    return _clamp((quantization.bits_per_weight - _LEAST_BITS) / (_AMPLE_BITS - _LEAST_BITS))


def _bits(case: GradedCase) -> float:
    return bits_grade(case.quantization)


def _bits_why(case: GradedCase) -> str:
    how = "trained in this format" if case.quantization.trained else f"keeps {case.kept.value:.1%} of the full score"
    return f"{case.quantization.bits_per_weight:.3g} bits a weight, {how}"


def headroom(plan: Plan) -> float:
    """The smallest part of a budget that stays free on any device that the plan uses."""
    return min((1 - item.total.value / item.device.budget_bytes for item in plan.memory if item.device.budget_bytes > 0),
               default=0.0)  # fmt: skip


def _fit(case: GradedCase) -> float:
    return _clamp(0.5 + 0.5 * headroom(case.plan) / case.profile.ample_headroom)


def _fit_why(case: GradedCase) -> str:
    return f"{max(0.0, headroom(case.plan)):.0%} of the memory stays free"


def context_grade(model: Model, context_length: int) -> float:
    """0.5 where the trained context is just the planned one, 1 where it is four times that or more."""
    ratio = model.context_length.native / max(1, context_length)
    return _clamp(0.5 + 0.5 * math.log(max(ratio, 1e-9)) / math.log(_AMPLE_CONTEXT))


def _context(case: GradedCase) -> float:
    return context_grade(case.candidate.model, case.plan.context_length)


def _context_why(case: GradedCase) -> str:
    return f"trained for {case.candidate.model.context_length.native} tokens, {case.plan.context_length} planned"


def license_grade(candidate: Candidate, licenses: Mapping[str, License]) -> float:
    """The grade of the strictest license that binds the model; 0 where none is known."""
    known = [licenses.get(id_) for id_ in candidate.license.effective]
    return min((_CATEGORY_GRADES.get(item.category, 0.0) if item else 0.0 for item in known), default=0.0)


def _license(case: GradedCase) -> float:
    return license_grade(case.candidate, case.licenses)


def _license_why(case: GradedCase) -> str:
    names = [case.licenses[id_].name if id_ in case.licenses else id_ for id_ in case.candidate.license.effective]
    return " and ".join(names) or "no license declared"


def lineage_grade(candidate: Candidate) -> float:
    """1 for a model from first hand; less for foreign or unknown ancestors and for license conflicts."""
    rules = {finding.rule for finding in candidate.license.findings}
    own = candidate.model.org.lower() + "/"
    parents = (base.model.lower() for base in candidate.model.base_models if base.service is None)
    foreign = any(not parent.startswith(own) for parent in parents)
    return 1.0 - 0.5 * ("license-conflict" in rules) - 0.25 * ("lineage-unknown" in rules) - 0.25 * foreign


def _lineage(case: GradedCase) -> float:
    return lineage_grade(case.candidate)


def _lineage_why(case: GradedCase) -> str:
    if not case.candidate.lineage:
        return f"first-hand from {case.candidate.model.org}"
    return "descends from " + ", ".join(case.candidate.lineage[:2])


def parameter_grade(total: int) -> float:
    """0 at half a billion, 1 from 200 billion, in between by the logarithm."""
    return _clamp(math.log(max(total, 1) / _FEWEST_PARAMETERS) / math.log(_MOST_PARAMETERS / _FEWEST_PARAMETERS))


def _parameters(case: GradedCase) -> float:
    return parameter_grade(case.candidate.model.parameters.total)


def _parameters_why(case: GradedCase) -> str:
    parameters = case.candidate.model.parameters
    active = "" if parameters.active == parameters.total else f", {parameters.active / 1e9:.1f} active"
    return f"{parameters.total / 1e9:.1f} billion parameters{active}"


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        id="quality",
        summary="How well the variant does in this use, from published results and the loss by quantization: midway "
        "between the best guess and the low end of its interval.",
        grade=_quality,
        why=_quality_why,
    ),
    Criterion(
        id="speed",
        summary="Speed between usable (0) and comfortable (1) for this use, by the waiting time saved: of decoding, of "
        "reading, or over a whole short answer.",
        grade=_speed,
        why=_speed_why,
    ),
    Criterion(
        id="quantization-bits",
        summary="Bits a weight between 2 (0) and 6 (1): what is left for tasks that forgive less than the tests.",
        grade=_bits,
        why=_bits_why,
    ),
    Criterion(
        id="memory-fit",
        summary="Memory that stays free on the tightest device: none 0.5, a tenth or more 1.",
        grade=_fit,
        why=_fit_why,
    ),
    Criterion(
        id="context-length",
        summary="Trained context over the planned one: equal 0.5, four times or more 1.",
        grade=_context,
        why=_context_why,
    ),
    Criterion(
        id="license",
        summary="Freedom under the strictest effective license, by category.",
        grade=_license,
        why=_license_why,
    ),
    Criterion(
        id="lineage",
        summary="How well the descent is known: first-hand 1, less for unknown ancestors and license conflicts.",
        grade=_lineage,
        why=_lineage_why,
    ),
    Criterion(
        id="parameter-count",
        summary="Total parameters between 0.5 and 200 billion, on a logarithmic scale: breadth of knowledge.",
        grade=_parameters,
        why=_parameters_why,
    ),
)


def model_grades(candidate: Candidate, licenses: Mapping[str, License], context_length: int) -> dict[str, float]:
    """The grades that every variant of a model shares."""
    return {
        "context-length": context_grade(candidate.model, context_length),
        "license": license_grade(candidate, licenses),
        "lineage": lineage_grade(candidate),
        "parameter-count": parameter_grade(candidate.model.parameters.total),
    }
