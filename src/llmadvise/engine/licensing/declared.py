"""What a declaration leaves out, contradicts or cannot say, in the light of the line of descent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmadvise.domain.license import License
from llmadvise.domain.lineage import Descended
from llmadvise.engine.licensing.judgement import Decision, TermFinding
from llmadvise.engine.licensing.lineage import Ancestor


def declaration_findings(
    model: Descended,
    declared: str | None,
    inherited: Mapping[str, Ancestor],
    line: tuple[Ancestor, ...],
    licenses: Mapping[str, License],
) -> Iterator[TermFinding]:
    """Gaps, which leave the verdict open, and contradictions and advice, which are told."""
    yield from _gaps(model, declared, inherited, licenses)
    yield from _unknown_ancestors(line)
    conflicts = list(_conflicts(model, declared, inherited, licenses))
    yield from conflicts
    if not conflicts and declared not in inherited:
        yield from _other_labels(model, declared, line, licenses)
    if model.license.addition is not None:
        message = f"the card of {model.repo} adds a condition of its own: {model.license.addition}"
        yield _finding("license-addition", Decision.UNKNOWN, message, (model.id,), declared)
    for ancestor in line:
        if ancestor.service is not None:
            message = f"trained on outputs of {ancestor.id}: the provider's terms bind whoever made them, by contract"
            yield _finding("service-terms", None, message, ancestor.path, ancestor.service)


def _gaps(
    model: Descended, declared: str | None, inherited: Mapping[str, Ancestor], licenses: Mapping[str, License]
) -> Iterator[TermFinding]:
    if declared is None:
        message = f"{model.repo} declares no license that is known"
        if model.license.candidates:
            may = ", ".join(model.license.candidates)
            message = f"{model.repo} declares {model.license.name}, which may mean {may}: only the text tells which"
        yield _finding("license-unknown", Decision.UNKNOWN, message, (model.id,))
    elif declared not in licenses:
        message = f"the license {declared} is not in the catalog"
        yield _finding("license-unknown", Decision.UNKNOWN, message, (model.id,), declared)
    for id_, ancestor in inherited.items():
        if id_ not in licenses and id_ != declared:
            message = f"the license {id_} is not in the catalog"
            yield _finding("license-unknown", Decision.UNKNOWN, message, ancestor.path, id_)


def _unknown_ancestors(line: tuple[Ancestor, ...]) -> Iterator[TermFinding]:
    for ancestor in line:
        known = ancestor.model is not None and ancestor.model.license.declared is not None
        if not known and ancestor.weights and not ancestor.same_licensor:
            message = f"the license of its ancestor {ancestor.id} is unknown, and may bind it too"
            yield _finding("lineage-unknown", Decision.UNKNOWN, message, ancestor.path)


def _conflicts(
    model: Descended, declared: str | None, inherited: Mapping[str, Ancestor], licenses: Mapping[str, License]
) -> Iterator[TermFinding]:
    """Inherited terms that the declaration does not show: a note, for the terms themselves are judged too."""
    if not _names_a_text(declared, licenses):
        return
    for id_, ancestor in inherited.items():
        text = licenses.get(id_)
        if id_ == declared or text is None or text.category == "permissive":
            continue
        message = f"{model.repo} declares {declared}, but {text.name} of {ancestor.id} binds it too"
        yield _finding("license-conflict", None, message, ancestor.path, id_, text.url)


def _names_a_text(declared: str | None, licenses: Mapping[str, License]) -> bool:
    """Not so for `other` and the like, and for a text that the catalog does not know."""
    return declared is not None and declared in licenses and licenses[declared].category != "unknown"


def _other_labels(
    model: Descended, declared: str | None, line: tuple[Ancestor, ...], licenses: Mapping[str, License]
) -> Iterator[TermFinding]:
    """A copy under another license than what it copies; terms of one publisher on a model that descends from none of it."""
    weights = [item for item in line if item.weights and item.model is not None and item.model.license.declared]
    parent = next((item for item in weights if len(item.path) == 2), None)  # noqa: PLR2004 - the model and its parent
    if parent is None or parent.model is None or not _names_a_text(declared, licenses):
        return
    theirs = parent.model.license.declared
    if parent.copied and theirs != declared and not parent.same_licensor:
        message = f"{model.repo} declares {declared}, yet is a copy of {parent.id}, which is under {theirs}"
        yield _finding("license-label", None, message, parent.path, theirs)
        return
    text = licenses.get(declared) if declared else None
    if text is None or not text.licensors or model.org.lower() in text.licensors:
        return
    if all(item.model is None or item.model.license.declared != declared for item in line):
        message = f"{model.repo} declares {text.name}, but descends from {parent.id}, which is under {theirs}"
        yield _finding("license-label", None, message, parent.path, theirs)


def _finding(  # noqa: PLR0917 - a finding's parts in their order
    rule: str,
    verdict: Decision | None,
    message: str,
    path: tuple[str, ...],
    license_: str | None = None,
    source: str | None = None,
) -> TermFinding:
    return TermFinding(rule=rule, verdict=verdict, message=message, license=license_, source=source, path=path)
