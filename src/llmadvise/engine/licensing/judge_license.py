"""One license held against a policy: lists, permissions, limits and duties, each with its clause."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.domain.license import License, Limit, LimitKind, Obligation, OutputReach, Permission
from llmadvise.domain.lineage import Descended
from llmadvise.domain.policy import Policy, Selection
from llmadvise.engine.licensing.duties import duties_due
from llmadvise.engine.licensing.judgement import Decision, TermFinding
from llmadvise.engine.licensing.limits import decision, hold
from llmadvise.engine.licensing.terms import forbids_commerce

_READ = frozenset({"full_text", "standard_text", "key_clauses"})
"""Ways of having read a license (`License.verified`) that a verdict may rest on."""
_OF_STUDENTS = frozenset({"display-text", "name-prefix", "output-training", "derivative-by-outputs"})
"""Duties that a clause about outputs asks of a model trained on them."""


def judge_license(
    text: License,
    model: Descended,
    policy: Policy,
    path: tuple[str, ...],
    *,
    capabilities: frozenset[str] = frozenset(),
) -> Iterator[TermFinding]:
    """Everything that the license says of the use. `capabilities` are those of the ancestors under it."""
    yield from _lists(text, model, policy, path)
    yield from _commerce(text, policy, path)
    yield from _acts(text, model, policy, path)
    able = capabilities.union(model.capabilities)
    for limit in text.limits:
        yield from _limit(limit, text, able, policy, path)
    yield from _duties(text.obligations, text, policy, path)
    if text.verified not in _READ:
        how = (text.verified or "nothing said").replace("_", " ")
        yield _finding("license-not-read", None, f"the text of {text.name} was not read itself ({how})", text, path)


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


def _acts(text: License, model: Descended, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    """Passing the weights on, offering the model as a service, training on the outputs."""
    use = policy.use
    acts = (
        ("license-no-redistribution", "passing the weights on", text.redistribution, "distributes_weights",
         use.distributes_weights, "redistribution-limits"),
        ("license-no-hosting", "offering the model as a service", text.hosting, "offers_model_as_a_service",
         use.offers_model_as_a_service, "redistribution-limits"),
        ("license-no-output-training", "training on its outputs", text.output_training, "trains_on_outputs",
         use.trains_on_outputs, "output-training"),
    )  # fmt: skip
    for rule, what, permission, name, fact, duty in acts:
        if fact is False:
            continue
        clause = next((item.clause for item in text.obligations if item.id == duty), None)
        if permission is Permission.NO:
            message = f"{text.name} does not permit {what}"
            yield _asked(rule, message, text, path, clause=clause, fact=fact, name=name)
        elif permission is Permission.UNKNOWN:
            message = f"whether {text.name} permits {what} is unknown"
            yield _asked(rule, message, text, path, clause=clause, fact=fact, name=name, stated=Decision.UNKNOWN)
    yield from _outputs(text, policy, path)
    yield from _changed(text, model, policy, path)


def _outputs(text: License, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    """Training on outputs where the clause neither opens nor closes it."""
    trains = policy.use.trains_on_outputs
    if trains is False or text.outputs is None or text.output_training in {Permission.NO, Permission.UNKNOWN}:
        return
    clause = text.outputs.clause
    if text.outputs.reach is OutputReach.UNREAD:
        rule, message = "license-condition-open", f"what {text.name} says of training on its outputs was not read"
        yield _asked(
            rule, message, text, path, clause=clause, fact=trains, name="trains_on_outputs", stated=Decision.UNKNOWN
        )
    elif text.outputs.reach is OutputReach.NOT_COMPETING:
        rivals = policy.use.competes_with
        competes = None if rivals is None else text.id in rivals
        if competes is False:
            return
        rule = "license-no-output-training"
        message = f"{text.name} does not permit training models that compete with it on its outputs"
        for name, fact in (("trains_on_outputs", trains), ("competes_with", competes)):
            if fact is None or (trains and competes):
                yield _asked(rule, message, text, path, clause=clause, fact=fact, name=name)
            if trains and competes:
                return


def _changed(text: License, model: Descended, policy: Policy, path: tuple[str, ...]) -> Iterator[TermFinding]:
    """A model that was made from one whose license does not let changed versions be passed on."""
    if text.derivatives is not Permission.NO or len(path) == 1 or policy.use.distributes_weights is False:
        return
    message = f"{text.name} does not permit changed versions to be passed on, and {model.repo} is one"
    clause = next((item.clause for item in text.obligations if item.id == "no-derivatives"), None)
    fact = policy.use.distributes_weights
    yield _asked("license-no-derivatives", message, text, path, clause=clause, fact=fact, name="distributes_weights")


def _limit(
    limit: Limit, text: License, capabilities: frozenset[str], policy: Policy, path: tuple[str, ...]
) -> Iterator[TermFinding]:
    if limit.capability is not None and limit.capability not in capabilities:
        return
    held = hold(limit, text, policy.use)
    decided = decision(held)
    if decided is None:
        return
    for fact in held.facts:
        message = f"state use.{fact} in the policy: {text.name} turns on it ({limit.text})"
        yield _finding("policy-fact-missing", decided, message, text, path, limit.clause, fact)
    if held.facts:
        return
    if decided is Decision.UNKNOWN:
        message = f"{text.name} sets a condition that no fact decides: {limit.text}"
        yield _finding("license-condition-open", decided, message, text, path, limit.clause)
    else:
        yield _finding(f"license-{limit.kind}", decided, f"{text.name}: {limit.text}", text, path, limit.clause)


def _duties(
    items: tuple[Obligation, ...], text: License, policy: Policy, path: tuple[str, ...]
) -> Iterator[TermFinding]:
    if policy.accepted_duties is None:
        return
    for item, held in duties_due(items, text, policy.use):
        if item.id in policy.accepted_duties:
            continue
        message = f"the policy does not accept the duty {item.id} of {text.name}: {item.text}"
        if held.beyond:
            yield _finding("license-duty-not-accepted", Decision.DENIED, message, text, path, item.clause)
        for fact in held.facts:
            told = f"state use.{fact} in the policy: {message}"
            yield _finding("policy-fact-missing", Decision.UNKNOWN, told, text, path, item.clause, fact)


def _asked(
    rule: str,
    message: str,
    text: License,
    path: tuple[str, ...],
    *,
    clause: str | None,
    fact: bool | None,
    name: str,
    stated: Decision = Decision.DENIED,
) -> TermFinding:
    """Denied (or `stated`) where the fact is stated, else asked for by name."""
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
    return _finding(rule, stated, message, text, path, clause)


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
