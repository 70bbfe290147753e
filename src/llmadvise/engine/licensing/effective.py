"""Effective terms: the declared license and what the ancestors' licenses add to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from llmadvise.domain.assessment import LicenseAssessment
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.license import License, Permission
from llmadvise.domain.model import Model
from llmadvise.engine.licensing.lineage import Ancestor

_CLOSED_CATEGORIES = frozenset({"non-commercial", "research-only"})


def assess_license(
    model: Model, line: tuple[Ancestor, ...], licenses: Mapping[str, License], *, commercial: bool
) -> LicenseAssessment:
    """What binds the user of `model`; the verdict is for commercial use where that was asked, else for private use."""
    declared = model.license.declared
    inherited = inherited_licenses(line, licenses)
    ids = tuple(dict.fromkeys((*([declared] if declared else ()), *inherited)))
    texts = [licenses[id_] for id_ in ids if id_ in licenses]
    findings = (
        *_declared_findings(model, licenses),
        *_conflicts(model, declared, inherited, licenses),
        *_unknown_ancestors(line),
    )
    return LicenseAssessment(
        declared=declared,
        effective=ids,
        verdict=_verdict(declared, texts, complete=len(texts) == len(ids), commercial=commercial),
        obligations=tuple(dict.fromkeys(item for text in texts for item in (*text.conditions, *text.obligations))),
        findings=findings,
    )


def inherited_licenses(line: tuple[Ancestor, ...], licenses: Mapping[str, License]) -> dict[str, Ancestor]:
    """License ids that ancestors hand down, each with the nearest ancestor that carries it.

    A publisher may license its own earlier work anew, so a line that stays with one publisher hands down nothing.
    A teacher whose outputs were used hands down its license only where that license restricts the use of outputs.
    """
    result: dict[str, Ancestor] = {}
    for ancestor in line:
        id_ = ancestor.model.license.declared if ancestor.model else None
        if id_ is None or ancestor.same_licensor:
            continue
        text = licenses.get(id_)
        restricts_outputs = text is not None and text.output_training in {Permission.NO, Permission.CONDITIONAL}
        if ancestor.weights or restricts_outputs:
            result.setdefault(id_, ancestor)
    return result


def _verdict(declared: str | None, texts: list[License], *, complete: bool, commercial: bool) -> str:
    if declared is None or not complete or any(text.category == "unknown" for text in texts):
        known = "unknown"
    else:
        known = "allowed"
    if not commercial:
        return known
    if any(forbids_commerce(text) for text in texts):
        return "denied"
    if any(text.commercial_use is Permission.UNKNOWN for text in texts):
        return "unknown"
    return known


def forbids_commerce(text: License) -> bool:
    """Whether commercial use is closed under this license."""
    return text.commercial_use is Permission.NO or text.category in _CLOSED_CATEGORIES


def conditional_licenses(ids: Iterable[str], licenses: Mapping[str, License]) -> tuple[License, ...]:
    """Those that permit commercial use only under conditions."""
    return tuple(
        licenses[id_] for id_ in ids if id_ in licenses and licenses[id_].commercial_use is Permission.CONDITIONAL
    )


def _declared_findings(model: Model, licenses: Mapping[str, License]) -> list[Finding]:
    declared = model.license.declared
    if declared is None:
        message = "no license is declared"
    elif declared not in licenses:
        message = f"the license {declared} is not in the catalog"
    else:
        return []
    return [
        Finding(
            rule="license-unknown",
            verdict=Verdict.WARN,
            message=f"{message}: nobody can say what you may do with it",
            evidence=model.license.name or model.repo,
        )
    ]


def _conflicts(
    model: Model, declared: str | None, inherited: dict[str, Ancestor], licenses: Mapping[str, License]
) -> list[Finding]:
    own = licenses.get(declared) if declared else None
    if own is None or own.category != "permissive":
        return []
    return [
        Finding(
            rule="license-conflict",
            verdict=Verdict.WARN,
            message=f"{model.repo} declares {own.name}, but descends from {ancestor.id}, whose {text.name} binds it too",
            evidence=" < ".join(ancestor.path),
        )
        for id_, ancestor in inherited.items()
        if (text := licenses.get(id_)) is not None and text.category != "permissive"
    ]


def _unknown_ancestors(line: tuple[Ancestor, ...]) -> list[Finding]:
    return [
        Finding(
            rule="lineage-unknown",
            verdict=Verdict.NOTE,
            message=f"{ancestor.id} is an ancestor that the catalog does not know: its license may bind this model too",
            evidence=" < ".join(ancestor.path),
        )
        for ancestor in line
        if ancestor.model is None and ancestor.weights and not ancestor.same_licensor
    ]
