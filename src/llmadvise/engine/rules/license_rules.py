"""Rules about the license of a model: what a policy, or the use asked for, makes of it."""

from __future__ import annotations

from collections.abc import Callable

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.licensing.effective import TOLD
from llmadvise.engine.licensing.terms import conditional_licenses, forbids_commerce
from llmadvise.engine.rules.model_subject import ModelSubject
from llmadvise.engine.rules.rule import Rule, block, note, warn


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


def _license_policy(subject: ModelSubject) -> Finding | None:
    """The worst that the policy finds, with how many more there are."""
    if subject.requirements.license_policy is None:
        return None
    for verdict, make, word in ((Verdict.BLOCK, block, "does not pass"), (Verdict.WARN, warn, "leaves open")):
        blocks = verdict is Verdict.BLOCK
        found = [
            item for item in subject.license.findings if item.verdict is verdict and (blocks or item.rule not in TOLD)
        ]
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            return make("license-policy", f"the license policy {word}: {found[0].message}{more}", found[0].evidence)
    return None


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


LICENSE_RULES: tuple[Rule[ModelSubject], ...] = (
    Rule(
        id="license-policy",
        summary="Blocks what the license policy denies or, where it says so, leaves undecided (--license-policy).",
        why="The clause that closes it, or the fact that is missing, is in the message.",
        judge=_license_policy,
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
        summary="Warns when the declaration leaves out the license of an ancestor.",
        why="The ancestor's terms stay with its weights.",
        judge=_found("license-conflict"),
    ),
    Rule(
        id="license-label",
        summary="Warns when a copy declares another license than what it copies, or the terms of a publisher that it "
        "does not descend from.",
        why="One of both is wrong, and a careful reader asks which.",
        judge=_found("license-label"),
    ),
    Rule(
        id="license-addition",
        summary="Warns when the card sets a condition of its own beside the license.",
        why="The name of a license does not show it.",
        judge=_found("license-addition"),
    ),
    Rule(
        id="service-terms",
        summary="Notes training on the outputs of a hosted service.",
        why="Its terms bind whoever made the outputs, by contract; the model inherits nothing.",
        judge=_found("service-terms"),
    ),
    Rule(
        id="lineage-unknown",
        summary="Notes an ancestor that the catalog does not know.",
        why="Its license may bind the model too.",
        judge=_found("lineage-unknown"),
    ),
)
