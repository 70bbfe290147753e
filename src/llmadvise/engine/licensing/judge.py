"""A model, its line of descent and a policy: may it be used so, by which clauses, and what is due. Not legal advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmadvise.domain.license import License
from llmadvise.domain.lineage import Descended
from llmadvise.domain.policy import Policy, Waiver
from llmadvise.engine.licensing.declared import declaration_findings
from llmadvise.engine.licensing.duties import duties_due
from llmadvise.engine.licensing.judge_license import judge_license, judge_student, student_duties
from llmadvise.engine.licensing.judgement import Decision, Duty, Judgement, LineageStep, TermFinding
from llmadvise.engine.licensing.lineage import Ancestor, StudentBond, binds_students, inherited_licenses
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """A license id that binds the model, and the path by which it came."""

    id: str
    path: tuple[str, ...]
    outputs_only: bool = False
    """Only outputs were used, and the text does not make a derivative of what is trained on them."""


def judge(
    model: Descended,
    line: tuple[Ancestor, ...],
    licenses: Mapping[str, License],
    policy: Policy,
    *,
    as_of: str,
    text_sha256: str | None = None,
) -> Judgement:
    """Judge one model. `as_of` (YYYY-MM-DD) is the day on which waivers have to hold.

    Every license that binds is held against the policy by itself, and the worst result counts, so that an ancestor
    can only add to what is closed. `text_sha256` is the hash of the model's license text, for clarifications.
    """
    text_sha256 = text_sha256 or model.license.text_sha256
    declared = _clarified(model, policy, text_sha256) or model.license.declared
    inherited = inherited_licenses(line, licenses)
    bound = _bound(model, declared, inherited, licenses)
    texts = [(item, licenses[item.id]) for item in bound if item.id in licenses]
    findings = list(declaration_findings(model, declared, inherited, line, licenses))
    findings += _voided(model, policy, text_sha256)
    for item, text in texts:
        if item.outputs_only:
            findings += judge_student(text, model, policy, item.path)
        else:
            able = _capabilities(item.id, line)
            findings += judge_license(text, model, policy, item.path, capabilities=able)
    findings = [_waived(finding, model, policy, as_of) for finding in findings]
    return Judgement(
        model=model.id,
        verdict=_verdict(findings),
        declared=declared,
        effective=tuple(item.id for item in bound),
        lineage=tuple(_step(ancestor, inherited) for ancestor in line),
        findings=tuple(findings),
        obligations=tuple(dict.fromkeys(duty for item, text in texts for duty in _duties(text, item, policy))),
        missing_facts=tuple(sorted({item.missing_fact for item in findings if item.missing_fact is not None})),
    )


def unused_waivers(policy: Policy, judgements: tuple[Judgement, ...]) -> tuple[Waiver, ...]:
    """Waivers that nothing needed: nobody has to answer for them any more."""
    needed = {
        (judgement.model, finding.rule)
        for judgement in judgements
        for finding in judgement.findings
        if finding.verdict is not None
    }
    return tuple(
        waiver
        for waiver in policy.waivers
        if not any(waiver.model.lower() == model and waiver.rule in {None, rule} for model, rule in needed)
    )


def _clarified(model: Descended, policy: Policy, text_sha256: str | None) -> str | None:
    return next(
        (
            item.license
            for item in policy.clarifications
            if item.model.lower() in {model.id, model.repo.lower()} and item.text_sha256 == text_sha256
        ),
        None,
    )


def _voided(model: Descended, policy: Policy, text_sha256: str | None) -> Iterator[TermFinding]:
    """Clarifications of another text than the one that comes with the model now."""
    about = [item for item in policy.clarifications if item.model.lower() in {model.id, model.repo.lower()}]
    if text_sha256 is None or any(item.text_sha256 == text_sha256 for item in about):
        return
    for item in about:
        message = (
            f"the license text of {model.repo} changed since it was clarified as {item.license}: its sha256 is "
            f"{text_sha256[:12]}… and no longer {item.text_sha256[:12]}…"
        )
        yield TermFinding(
            rule="clarification-void", verdict=Decision.UNKNOWN, message=message, license=item.license, path=(model.id,)
        )


def _bound(
    model: Descended, declared: str | None, inherited: Mapping[str, Ancestor], licenses: Mapping[str, License]
) -> tuple[_Bound, ...]:
    own = (_Bound(id=declared, path=(model.id,)),) if declared else ()
    others = (
        _Bound(
            id=id_,
            path=item.path,
            outputs_only=not item.weights and binds_students(licenses.get(id_)) is StudentBond.DUTIES,
        )
        for id_, item in inherited.items()
        if id_ != declared
    )
    return (*own, *others)


def _waived(finding: TermFinding, model: Descended, policy: Policy, as_of: str) -> TermFinding:
    if finding.verdict is None:
        return finding
    for waiver in policy.waivers:
        if waiver.model.lower() != model.id or waiver.rule not in {None, finding.rule} or waiver.expires < as_of:
            continue
        return TermFinding(
            rule=finding.rule,
            verdict=Decision.WAIVED,
            message=f"{finding.message} (waived until {waiver.expires} by {waiver.owner}: {waiver.reason})",
            license=finding.license,
            clause=finding.clause,
            source=finding.source,
            path=finding.path,
        )
    return finding


def _verdict(findings: list[TermFinding]) -> Decision:
    found = {finding.verdict for finding in findings}
    order = (Decision.DENIED, Decision.UNKNOWN, Decision.WAIVED)
    return next((decision for decision in order if decision in found), Decision.ALLOWED)


def _step(ancestor: Ancestor, inherited: Mapping[str, Ancestor]) -> LineageStep:
    license_ = ancestor.model.license.declared if ancestor.model else None
    carries = license_ is not None and inherited.get(license_) == ancestor
    return LineageStep(
        model=ancestor.id, relation=ancestor.relation, license=license_, inherited=carries, path=ancestor.path
    )


def _capabilities(license_: str, line: tuple[Ancestor, ...]) -> frozenset[str]:
    """What the ancestors under this license can do: of a copy often nobody says it."""
    above = (item.model for item in line if item.weights and item.model is not None)
    return frozenset(what for model in above if model.license.declared == license_ for what in model.capabilities)


def _duties(text: License, bound: _Bound, policy: Policy) -> Iterator[Duty]:
    items = student_duties(text) if bound.outputs_only else text.obligations
    for item, held in duties_due(items, text, policy.use):
        yield Duty(
            id=item.id,
            text=item.text,
            license=text.id,
            clause=item.clause,
            source=text.url,
            literal=item.literal,
            turns_on=held.facts,
        )
