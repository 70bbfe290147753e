"""The policy at work: what it makes of each model, and what is wrong with the policy itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from llmadvise.api.comply_models import Named
from llmadvise.api.comply_results import duties_of, finding_of, least_read, lineage_of
from llmadvise.api.today import today
from llmadvise.checkout.root import POLICY_NAME
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Verdict
from llmadvise.domain.lineage import Descended
from llmadvise.domain.model import Model
from llmadvise.domain.policy import OnUnknown, Policy, Waiver
from llmadvise.engine.licensing.judge import judge, unused_waivers
from llmadvise.engine.licensing.judgement import Decision, Judgement
from llmadvise.engine.licensing.lineage import ancestors
from llmadvise.engine.name_index import NameIndex
from llmadvise.engine.references import is_spelled_alike, same_model
from llmadvise.errors import UsageError
from llmadvise.record import dataclass
from llmadvise.render.documents.check import (
    CheckFinding,
    CheckLicense,
    CheckPolicy,
    CheckResult,
    CheckWaiver,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A policy, the facts, and the day that waivers are held against."""

    rules: Policy
    policy: CheckPolicy
    catalog: Catalog
    as_of: str

    @property
    def has_policy(self) -> bool:
        """Without one nobody has said what may fail."""
        return self.policy.file is not None

    @property
    def fails_unknown(self) -> bool:
        """Whether an unknown model or license fails the check."""
        return self.rules.unknown is OnUnknown.FAIL

    def judged(self, named: Named) -> CheckResult:
        """One model under the policy."""
        if named.entry is None:
            return self._unknown(named)
        told = self._judgement(named.entry, named.text_sha256)
        entry = named.entry
        whole = self.catalog.models.get(entry.id) if named.resolved is not None else None
        waived = any(finding.verdict is Decision.WAIVED for finding in told.findings)
        waiver = self._waiver(named) if waived else None
        return CheckResult(
            model=named.name,
            verdict=told.verdict.value,
            license=CheckLicense(
                declared=told.declared,
                effective=told.effective,
                verified=least_read(told.effective, self.catalog),
                text_sha256=named.text_sha256 or entry.license.text_sha256,
            ),
            lineage=lineage_of(told),
            findings=(*(finding_of(item, self.catalog) for item in told.findings), *_about(named)),
            obligations=duties_of(told, self.catalog),
            resolved=named.resolved,
            name=entry.name,
            repo=entry.repo if "/" in entry.repo and ":" not in entry.repo else None,
            revision=entry.revision,
            release_date=whole.release_date if whole else None,
            role=whole.role.value if whole else None,
            parameters=whole.parameters.total if whole else None,
            waiver=waiver,
            missing_facts=told.missing_facts,
        )

    def _judgement(self, model: Descended, text_sha256: str | None = None) -> Judgement:
        line = ancestors(model, self.catalog.models, self.catalog.lineage)
        return judge(model, line, self.catalog.licenses, self.rules, as_of=self.as_of, text_sha256=text_sha256)

    @property
    def clarified(self) -> frozenset[str]:
        """Models, in lower case, whose license text a clarification is bound to."""
        return frozenset(item.model.lower() for item in self.rules.clarifications)

    def _unknown(self, named: Named) -> CheckResult:
        """A model of which nothing is known: a waiver may still answer for it."""
        waiver = self._waiver(named)
        finding = CheckFinding(
            rule="model-unknown",
            verdict=Verdict.WARN,
            message=f"nothing is known of this model: {named.note or 'not in the catalog'}",
            fix=None if named.looked_up else "name it as owner/name, ask the Hub with --online, or waive it",
            waived=waiver is not None,
        )
        return CheckResult(
            model=named.name,
            verdict="unknown" if waiver is None else "waived",
            license=CheckLicense(declared=None, effective=()),
            lineage=(),
            findings=(finding,),
            obligations=(),
            waiver=waiver,
        )

    def with_alternatives(self, result: CheckResult) -> CheckResult:
        """The result, with allowed models of like size and quality where it is denied."""
        entry = self.catalog.models.get(result.resolved) if result.resolved else None
        if result.verdict != "denied" or entry is None:
            return result
        from llmadvise.api.comply_alternatives import alternatives  # noqa: PLC0415 - only where one is denied

        def allowed(model: Model) -> bool:
            return self._judgement(model).verdict is Decision.ALLOWED

        return replace(result, alternatives=alternatives(entry, self.catalog, allowed))

    def _waiver(self, named: Named) -> CheckWaiver | None:
        """The first waiver of this model that holds on the day."""
        return next(
            (
                CheckWaiver(reason=waiver.reason, owner=waiver.owner, expires=waiver.expires)
                for waiver in self.rules.waivers
                if _means(waiver, named)
                and not self._expired(waiver)
                and (named.entry is not None or waiver.rule in {None, "model-unknown"})
            ),
            None,
        )

    def _expired(self, waiver: Waiver) -> bool:
        return waiver.expires < self.as_of

    def findings(self, named: Mapping[str, Named]) -> tuple[CheckFinding, ...]:
        """Waivers that have expired or match nothing that is used, and that there is no policy."""
        if not self.has_policy:
            return (
                CheckFinding(
                    rule="policy-missing",
                    verdict=Verdict.WARN,
                    message="no policy says what the use is and what is accepted, so nothing fails",
                    fix="write one with `llmadvise check --init`",
                ),
            )
        found = [*self._clarifications(named), *self._platforms()]
        judged = tuple(
            self._judgement(item.entry, item.text_sha256) for item in named.values() if item.entry is not None
        )
        unused = unused_waivers(self.rules, judged) if self.rules.waivers else ()
        unknown = [item for item in named.values() if item.entry is None]
        for waiver in self.rules.waivers:
            about = f"the waiver for {waiver.model}{f' ({waiver.rule})' if waiver.rule else ''}"
            if self._expired(waiver):
                message, fix = f"{about} expired on {waiver.expires}", f"ask {waiver.owner} to renew or remove it"
                found.append(CheckFinding(rule="waiver-expired", verdict=Verdict.WARN, message=message, fix=fix))
            elif waiver in unused and not any(_means(waiver, item) for item in unknown):
                message = f"{about} answers for nothing here"
                found.append(CheckFinding(rule="waiver-unused", verdict=Verdict.WARN, message=message, fix="remove it"))
        return tuple(found)

    def _platforms(self) -> list[CheckFinding]:
        """What makers of devices and drivers ask, where the policy states the fact: advice, and no verdict."""
        stated = {"geforce_in_datacenter": self.rules.use.geforce_in_datacenter}
        return [
            CheckFinding(
                rule="platform-terms",
                verdict=Verdict.NOTE,
                message=f"{terms.name}{f', {terms.clause}' if terms.clause else ''}: {terms.text}",
                clause=terms.clause,
                source=terms.url,
            )
            for _, terms in sorted(self.catalog.platforms.items())
            if stated.get(terms.fact)
        ]

    def _clarifications(self, named: Mapping[str, Named]) -> list[CheckFinding]:
        """Those that are not applied, since the text that they are bound to is not at hand."""
        used = {
            known
            for name, item in named.items()
            if not _has_text(item)
            for known in (name.lower(), item.entry.id if item.entry else name.lower())
        }
        return [
            CheckFinding(
                rule="clarification-not-applied",
                verdict=Verdict.WARN,
                message=f"the clarification for {item.model} is bound to a text whose hash is not known here",
                fix="ask the Hub for it with --online, or keep the license file beside the weights",
            )
            for item in self.rules.clarifications
            if item.model.lower() in used
        ]


def _has_text(named: Named) -> bool:
    return named.text_sha256 is not None or (named.entry is not None and named.entry.license.text_sha256 is not None)


def judge_under(file: Path | None, root: Path, catalog: Catalog, as_of: str | None) -> Judge:
    """The policy in this file, or in the root; without one, nothing fails. Raises InvalidFileError for a broken one."""
    place = file or root / POLICY_NAME
    if file is None and not place.is_file():
        rules, told = Policy(unknown=OnUnknown.WARN), CheckPolicy(file=None, digest=None, unknown="warn")
    else:
        from llmadvise.checkout.policy import read_policy  # noqa: PLC0415 - pydantic

        rules = _in_one_spelling(read_policy(place), catalog)
        shown = place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)
        digest = sha256(place.read_bytes()).hexdigest()
        told = CheckPolicy(file=shown, digest=digest, unknown=rules.unknown.value)
    # The day matters to waivers alone: without any, the same checkout gives the same bytes on every day.
    day = _day(as_of) if as_of else today() if rules.waivers else catalog.identity.as_of
    return Judge(rules=rules, policy=told, catalog=catalog, as_of=day)


def policy_in(file: Path, catalog: Catalog) -> tuple[Policy, str]:
    """The policy in a file, and the day on which its waivers have to hold. Raises InvalidFileError for a broken one."""
    from llmadvise.checkout.policy import read_policy  # noqa: PLC0415 - pydantic

    rules = _in_one_spelling(read_policy(file), catalog)
    return rules, today() if rules.waivers else catalog.identity.as_of


def _in_one_spelling(rules: Policy, catalog: Catalog) -> Policy:
    """The policy with its waivers for the catalog's ids: one may be written for a tag of Ollama or a file."""
    if not rules.waivers:
        return rules
    index = NameIndex(catalog)
    waivers = tuple(replace(item, model=same_model(item.model, index) or item.model) for item in rules.waivers)
    return replace(rules, waivers=waivers)


def _day(text: str) -> str:
    from datetime import date  # noqa: PLC0415 - only with --as-of

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(f"--as-of {text[:40]!r} is not a date", "Give a day such as 2026-11-20.") from error


def policy_template() -> str:
    """The commented policy to fill in."""
    from llmadvise.checkout.policy import template  # noqa: PLC0415 - only for --init

    return template()


def _means(waiver: Waiver, named: Named) -> bool:
    if named.entry is not None and waiver.model.lower() == named.entry.id:
        return True
    return is_spelled_alike(waiver.model, named.name)


def _about(named: Named) -> tuple[CheckFinding, ...]:
    if named.note is None:
        return ()
    message = f"resolved {named.note}" if named.note.startswith(("by ", "as ")) else named.note
    return (CheckFinding(rule="model-resolved", verdict=Verdict.NOTE, message=message),)
