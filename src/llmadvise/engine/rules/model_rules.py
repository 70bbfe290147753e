"""Rules about a model, whatever file it comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from llmadvise.domain.assessment import LicenseAssessment
from llmadvise.domain.finding import Finding
from llmadvise.domain.license import License
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.licensing.effective import conditional_licenses, forbids_commerce
from llmadvise.engine.rules.rule import Rule, block, note, warn
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSubject:
    """One model in the light of one request."""

    model: Model
    license: LicenseAssessment
    licenses: Mapping[str, License]
    profile: Profile
    requirements: Requirements
    context_length: int


def _role(subject: ModelSubject) -> Finding | None:
    role = subject.model.role
    if role in subject.profile.roles:
        return None
    return block("role-cannot-serve", f"a {role} model is not made for {subject.profile.name.lower()}")


def _capabilities(subject: ModelSubject) -> Finding | None:
    missing = [name for name in subject.profile.capabilities if name not in subject.model.capabilities]
    if not missing:
        return None
    return block("capability-missing", f"{subject.profile.name} needs {', '.join(missing)}")


def _family(subject: ModelSubject) -> Finding | None:
    families = subject.requirements.families
    if not families or subject.model.family.lower() in families:
        return None
    return block("family-not-asked", f"family {subject.model.family} was not asked for")


def _architecture(subject: ModelSubject) -> Finding | None:
    if subject.model.architecture is not None:
        return None
    return block("architecture-unknown", "its layers are not in the catalog, so its memory cannot be computed")


def _context_too_short(subject: ModelSubject) -> Finding | None:
    length = subject.model.context_length
    longest = max(length.native, length.extended or 0)
    if subject.context_length <= longest:
        return None
    return block("context-too-short", f"it attends to {longest} tokens, {subject.context_length} were asked for")


def _context_needs_scaling(subject: ModelSubject) -> Finding | None:
    length = subject.model.context_length
    if not length.native < subject.context_length <= (length.extended or length.native):
        return None
    return warn(
        "context-needs-scaling",
        f"trained for {length.native} tokens; {subject.context_length} need the RoPE scaling that its card describes",
        f"up to {length.extended}",
    )


def _license_commercial(subject: ModelSubject) -> Finding | None:
    closed = [
        subject.licenses[id_]
        for id_ in subject.license.effective
        if id_ in subject.licenses and forbids_commerce(subject.licenses[id_])
    ]
    if not closed:
        return None
    text = closed[0]
    message = f"{text.name} does not permit commercial use"
    make = block if subject.requirements.commercial else note
    return make("license-non-commercial", message, text.conditions[0].clause if text.conditions else None)


def _license_unknown(subject: ModelSubject) -> Finding | None:
    if subject.license.verdict != "unknown":
        return None
    if not subject.requirements.commercial:
        return _found("license-unknown")(subject)
    name = subject.model.license.declared or subject.model.license.name or "nothing declared"
    return block("license-unknown", "what its license permits commercially is unknown", name)


def _found(rule: str) -> Callable[[ModelSubject], Finding | None]:
    """A judge that hands on what the license assessment found under this id."""
    return lambda subject: next((item for item in subject.license.findings if item.rule == rule), None)


def _license_conditions(subject: ModelSubject) -> Finding | None:
    texts = conditional_licenses(subject.license.effective, subject.licenses)
    if not texts or not subject.requirements.commercial:
        return None
    first = next((item for text in texts for item in text.conditions), None)
    names = ", ".join(text.name for text in texts)
    detail = f": {first.text}" if first else ""
    return warn("license-conditional", f"{names} permits commercial use under conditions{detail}", texts[0].url)


def _gated(subject: ModelSubject) -> Finding | None:
    if not subject.model.gated:
        return None
    return note(
        "gated", "the original repository asks you to accept its terms first; requantized copies do not lift them"
    )


MODEL_RULES: tuple[Rule[ModelSubject], ...] = (
    Rule(
        id="role-cannot-serve",
        summary="Blocks models whose role (base, embedding, reranker, draft …) cannot serve the use case.",
        why="A base model continues text instead of answering; a reranker does not talk at all.",
        judge=_role,
    ),
    Rule(
        id="capability-missing",
        summary="Blocks models that lack a capability that the use case needs.",
        why="A text model cannot see pictures.",
        judge=_capabilities,
    ),
    Rule(
        id="family-not-asked",
        summary="Blocks models outside the families given with --family.",
        why="The user asked for certain families only.",
        judge=_family,
    ),
    Rule(
        id="architecture-unknown",
        summary="Blocks models whose layers are not in the catalog.",
        why="Without them the KV cache would be a guess.",
        judge=_architecture,
    ),
    Rule(
        id="context-too-short",
        summary="Blocks models that cannot attend to the context asked for, even with RoPE scaling.",
        why="Beyond its context a model loses the thread.",
        judge=_context_too_short,
    ),
    Rule(
        id="context-needs-scaling",
        summary="Warns when the context asked for is longer than the trained one and needs RoPE scaling.",
        why="Scaling has to be switched on, and costs some quality.",
        judge=_context_needs_scaling,
    ),
    Rule(
        id="license-non-commercial",
        summary="Blocks licenses closed to commercial use under --commercial, notes them otherwise; inherited ones count.",
        why="A permissive tag on a restricted ancestor permits nothing.",
        judge=_license_commercial,
    ),
    Rule(
        id="license-unknown",
        summary="Blocks unknown licenses under --commercial, warns otherwise.",
        why="What nobody has read permits nothing.",
        judge=_license_unknown,
    ),
    Rule(
        id="license-conditional",
        summary="Warns under --commercial when commercial use is permitted under conditions only.",
        why="Thresholds of users or revenue, or territories, decide whether you may.",
        judge=_license_conditions,
    ),
    Rule(
        id="license-conflict",
        summary="Warns when a permissive declaration contradicts the license of an ancestor.",
        why="The ancestor's terms stay with its weights.",
        judge=_found("license-conflict"),
    ),
    Rule(
        id="lineage-unknown",
        summary="Notes an ancestor that the catalog does not know.",
        why="Its license may bind the model too.",
        judge=_found("lineage-unknown"),
    ),
    Rule(
        id="gated",
        summary="Notes models whose original repository asks for acceptance of terms.",
        why="The download fails until you do, and the terms bind copies too.",
        judge=_gated,
    ),
)
