"""The license part of an assessment: effective terms, and what a policy, or the use asked for, makes of them."""

from __future__ import annotations

from collections.abc import Mapping

from llmadvise.domain.assessment import LicenseAssessment
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.license import License
from llmadvise.domain.lineage import Descended
from llmadvise.domain.policy import OnUnknown, Policy, UseFacts
from llmadvise.engine.licensing.judge import judge
from llmadvise.engine.licensing.judgement import Decision, Judgement, TermFinding
from llmadvise.engine.licensing.lineage import Ancestor

TOLD = {
    "license-unknown": Verdict.WARN,
    "license-conflict": Verdict.WARN,
    "license-label": Verdict.WARN,
    "license-addition": Verdict.WARN,
    "lineage-unknown": Verdict.NOTE,
    "service-terms": Verdict.NOTE,
}
"""What is worth telling whatever the use is; the rest is about a use that a policy has to state."""
NEVER = "0000-00-00"
"""A day before any on which a waiver could end."""


def assess_license(
    model: Descended,
    line: tuple[Ancestor, ...],
    licenses: Mapping[str, License],
    *,
    commercial: bool,
    policy: Policy | None = None,
    as_of: str = NEVER,
) -> LicenseAssessment:
    """What binds the user of `model`.

    With a policy the verdict is the policy's, and every finding is told. Without one it is for commercial use where
    that was asked, else for private use; what turns on facts that nobody stated is a condition, not a verdict.
    """
    rules = policy or Policy(use=UseFacts(commercial=commercial))
    judged = judge(model, line, licenses, rules, as_of=as_of)
    texts = [licenses[id_] for id_ in judged.effective if id_ in licenses]
    return LicenseAssessment(
        declared=judged.declared,
        effective=judged.effective,
        verdict=judged.verdict.value if policy else _verdict(judged, commercial=commercial),
        obligations=tuple(dict.fromkeys(item for text in texts for item in (*text.conditions, *text.obligations))),
        findings=tuple(_finding(item, policy) for item in judged.findings if policy is not None or item.rule in TOLD),
    )


def _verdict(judged: Judgement, *, commercial: bool) -> str:
    if commercial and any(item.rule == "license-non-commercial" for item in judged.findings):
        return Decision.DENIED.value
    unknown = any(item.rule == "license-unknown" for item in judged.findings)
    return (Decision.UNKNOWN if unknown else Decision.ALLOWED).value


def _finding(told: TermFinding, policy: Policy | None) -> Finding:
    said = (told.clause, told.source) if len(told.path) <= 1 else (" < ".join(told.path), told.clause)
    return Finding(
        rule=told.rule,
        verdict=_level(told, policy),
        message=told.message,
        evidence=", ".join(item for item in said if item) or None,
    )


def _level(told: TermFinding, policy: Policy | None) -> Verdict:
    if policy is not None and told.verdict is Decision.DENIED:
        return Verdict.BLOCK
    if policy is not None and told.verdict is Decision.UNKNOWN:
        return Verdict.BLOCK if policy.unknown is OnUnknown.FAIL else Verdict.WARN
    return TOLD.get(told.rule, Verdict.NOTE if told.verdict is None else Verdict.WARN)
