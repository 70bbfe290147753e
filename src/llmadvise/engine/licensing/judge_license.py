"""One license held against a policy: lists, permissions, limits and duties, each with its clause."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.domain.license import License, Limit, LimitKind, Obligation, Permission
from llmadvise.domain.lineage import Descended
from llmadvise.domain.policy import Policy, Selection
from llmadvise.engine.licensing.judgement import Decision, TermFinding
from llmadvise.engine.licensing.limits import decision, hold
from llmadvise.engine.licensing.terms import forbids_commerce

_READ = frozenset({"full_text", "standard_text", "key_clauses"})


def judge_license(text: License, model: Descended, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    """Everything that the license says of the use."""
    yield from _lists(text, model, policy, path)
    yield from _commerce(text, policy, path)
    yield from _acts(text, policy, path)
    yield from (found for limit in text.limits if (found := _limit(limit, text, model, policy, path)) is not None)
    yield from _duties(text.obligations, text, policy, path)
    if text.verified not in _READ:
        how = (text.verified or "nothing said").replace("_", " ")
        yield _finding("license-not-read", None, f"the text of {text.name} was not read itself ({how})", text, path)


_OF_STUDENTS = frozenset({"display-text", "name-prefix", "output-training", "derivative-by-outputs"})
"""Duties that a clause about outputs asks of a model trained on them."""


def judge_student(text: License, model: Descended, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    """What a teacher's license says of a student that is no derivative: it may be on a list, and duties are due."""
    yield from _lists(text, model, policy, path)
    yield from _duties(student_duties(text), text, policy, path)


def student_duties(text: License) -> tuple[Obligation, ...]:
    """What is due on a model that was trained on the outputs."""
    return tuple(item for item in text.obligations if item.id in _OF_STUDENTS)


def _lists(text: License, model: Descended, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    if _selects(policy.deny, text, model):
        yield _finding("license-denied", Decision.DENIED, f"the policy denies {text.name}", text, path)
    if policy.allow is not None and not _selects(policy.allow, text, model):
        yield _finding("license-not-allowed", Decision.DENIED, f"the policy does not allow {text.name}", text, path)


def _selects(selection: Selection, text: License, model: Descended) -> bool:
    return (
        text.id in selection.licenses
        or text.spdx_id in selection.licenses
        or text.category in selection.categories
        or model.id in {item.lower() for item in selection.models}
    )


def _commerce(text: License, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    commercial = policy.use.commercial
    if commercial is False:
        if text.category == "unknown":
            yield _finding("license-unknown", Decision.UNKNOWN, f"{text.name} says nothing of its terms", text, path)
        return
    if forbids_commerce(text):
        asks = [limit for limit in text.limits if limit.kind is LimitKind.AGREEMENT]
        if asks and text.id in (policy.use.agreements or ()):
            return
        message = f"{text.name} does not permit commercial use"
        clauses = (*(item.clause for item in asks), *(item.clause for item in text.conditions))
        clause = next((clause for clause in clauses if clause is not None), None)
        yield _asked("license-non-commercial", message, text, path, clause=clause, fact=commercial, name="commercial")
    elif text.commercial_use is Permission.UNKNOWN or text.category == "unknown":
        message = f"what {text.name} permits commercially is unknown"
        yield _finding("license-unknown", Decision.UNKNOWN, message, text, path)


def _acts(text: License, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    """Passing the weights on, and training on the outputs."""
    acts = (
        ("license-no-redistribution", "passing the weights on", text.redistribution, "distributes_weights"),
        ("license-no-output-training", "training on its outputs", text.output_training, "trains_on_outputs"),
    )
    for rule, what, permission, name in acts:
        fact = policy.use.distributes_weights if name == "distributes_weights" else policy.use.trains_on_outputs
        if fact is False or permission not in {Permission.NO, Permission.UNKNOWN}:
            continue
        if permission is Permission.NO:
            message = f"{text.name} does not permit {what}"
            clause = next((item.clause for item in text.obligations if item.id == "output-training"), None)
            clause = clause if name == "trains_on_outputs" else None
            yield _asked(rule, message, text, path, clause=clause, fact=fact, name=name)
        elif fact:
            yield _finding(rule, Decision.UNKNOWN, f"whether {text.name} permits {what} is unknown", text, path)


def _limit(limit: Limit, text: License, model: Descended, policy: Policy, path: tuple[str, ...]) -> TermFinding | None:
    if limit.capability is not None and limit.capability not in model.capabilities:
        return None
    held = hold(limit, text, policy.use)
    decided = decision(held)
    if decided is None:
        return None
    if held.fact is not None:
        message = f"state use.{held.fact} in the policy: {text.name} turns on it ({limit.text})"
        return _finding("policy-fact-missing", decided, message, text, path, limit.clause, held.fact)
    if decided is Decision.UNKNOWN:
        message = f"{text.name} sets a condition that no fact decides: {limit.text}"
        return _finding("license-condition-open", decided, message, text, path, limit.clause)
    return _finding(f"license-{limit.kind}", decided, f"{text.name}: {limit.text}", text, path, limit.clause)


def _duties(due: tuple[Obligation, ...], text: License, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    if policy.accepted_duties is None:
        return
    for item in due:
        if item.id not in policy.accepted_duties:
            message = f"the policy does not accept the duty {item.id} of {text.name}: {item.text}"
            yield _finding("license-duty-not-accepted", Decision.DENIED, message, text, path, item.clause)


def _asked(
    rule: str,
    message: str,
    text: License,
    path: tuple[str, ...],
    *,
    clause: str | None,
    fact: bool | None,
    name: str,
) -> TermFinding:
    """Denied where the fact is stated, else asked for by name."""
    if fact is None:
        return _finding(
            "policy-fact-missing",
            Decision.UNKNOWN,
            f"state use.{name} in the policy: {message}",
            text,
            path,
            clause,
            name,
        )
    return _finding(rule, Decision.DENIED, message, text, path, clause)


def _finding(  # noqa: PLR0917 - a finding's parts in their order
    rule: str,
    verdict: Decision | None,
    message: str,
    text: License,
    path: tuple[str, ...],
    clause: str | None = None,
    missing_fact: str | None = None,
) -> TermFinding:
    return TermFinding(
        rule=rule,
        verdict=verdict,
        message=message,
        license=text.id,
        clause=clause,
        source=text.url,
        path=path,
        missing_fact=missing_fact,
    )
