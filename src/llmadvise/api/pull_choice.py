"""Which files `pull MODEL[:QUANTIZATION]` means: by the catalog and this machine, or by a reference to the Hub."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.api.request import Request, Setting
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Model, Variant
from llmadvise.engine.explain import assess_one
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.name_index import NameIndex
from llmadvise.engine.naming import find_model, matches
from llmadvise.engine.picture import projector_of
from llmadvise.errors import NothingFitsError, PolicyViolatedError, UsageError
from llmadvise.hub.reference import HubReference, is_reference, parse_reference
from llmadvise.hub.wanted import Selection
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is to be pulled, and why that."""

    selection: Selection
    model: Model | None = None
    variant: Variant | None = None
    why: str
    findings: tuple[Finding, ...] = ()


def choose(request: Request, target: str | None, *, projector: bool) -> Chosen:
    """What is meant. Raises UsageError for what cannot be meant, NothingFitsError where nothing can be recommended."""
    if target is not None and is_reference(target):
        return _of_hub(target, projector=projector)
    if target is None:
        return _first_recommendation(request, projector=projector)
    from llmadvise.api.setting import prepare  # noqa: PLC0415 - not needed for a reference

    setting = prepare(request)
    found, _ = matches(target, NameIndex(setting.catalog))
    if not found and target.count("/") == 1 and ".." not in target:
        return _of_hub(f"hf:{target}", projector=projector)
    model, quantization = find_model(target, setting.catalog)
    return _of_catalog(setting, model, quantization, projector=projector)


def selection_of(variant: Variant, tag: str | None, *, projector: bool, projector_name: str | None = None) -> Selection:
    """The files of a variant. A name that was never seen may be another: then the quantization in a name tells."""
    parse_reference(f"hf:{variant.repo}")  # a catalog of the user's may hold anything
    is_gguf = variant.format == "gguf"
    names = tuple(file.name for file in variant.files) if is_gguf else ("*",)
    unseen = is_gguf and (not names or not variant.names_verified)
    return Selection(
        reference=HubReference(
            repo=variant.repo, revision=variant.revision, wanted=(tag or variant.quantization) if unseen else None
        ),
        names=names,
        projector=projector,
        projector_name=projector_name,
        sha256={file.name: file.sha256 for file in variant.files if file.sha256},
    )


def _of_hub(target: str, *, projector: bool) -> Chosen:
    reference = parse_reference(target)
    return Chosen(selection=Selection(reference=reference, projector=projector), why="named on the command line")


def _first_recommendation(request: Request, *, projector: bool) -> Chosen:
    from llmadvise.api.advise import recommend  # noqa: PLC0415 - only where no model is named

    answer = recommend(request)
    if not answer.advice.recommendations:
        from llmadvise.api.relax import nothing_fits  # noqa: PLC0415 - only when nothing fits

        raise nothing_fits(answer)
    first = answer.advice.recommendations[0]
    return _chosen(answer.setting, first.model, first.variant, "the first recommendation for this machine", projector)


def _of_catalog(setting: Setting, model: Model, quantization: str | None, *, projector: bool) -> Chosen:
    """The variant that `recommend` would name for this machine; of a quantization that does not fit, the best known."""
    try:
        assessment = assess_one(setting.question, model, quantization)
    except NothingFitsError as error:
        if quantization is None:
            raise
        listed = [item for item in most_trusted(model.variants) if item.quantization == quantization]
        warning = Finding(rule="does-not-fit", verdict=Verdict.WARN, message=error.message)
        chosen = _chosen(setting, model, listed[0], "named on the command line", projector)
        return Chosen(selection=chosen.selection, model=model, variant=listed[0], why=chosen.why, findings=(warning,))
    why = "named on the command line" if quantization else "the best of this model for this machine"
    chosen = _chosen(setting, model, assessment.variant, why, projector)
    blocking = tuple(item for item in assessment.findings if item.verdict is Verdict.BLOCK)
    _check_license(model, blocking)
    return Chosen(selection=chosen.selection, model=model, variant=assessment.variant, why=why, findings=blocking)


def _check_license(model: Model, blocking: tuple[Finding, ...]) -> None:
    """Raise PolicyViolatedError where --commercial or --license-policy forbids the model."""
    denied = next((item for item in blocking if item.rule.startswith("license-")), None)
    if denied is not None:
        raise PolicyViolatedError(
            f"{model.id}: {denied.message}", "`llmadvise explain` says more; nothing was fetched."
        )


def _chosen(setting: Setting, model: Model, variant: Variant, why: str, projector: bool) -> Chosen:
    if "/" not in variant.repo:
        raise UsageError(f"{model.id} {variant.quantization} is in no repository of the Hub", "Take another variant.")
    quantization = setting.catalog.quantizations.get(variant.quantization)
    tag = quantization.tag if quantization else None
    planned = projector_of(model, variant)
    selection = selection_of(variant, tag, projector=projector, projector_name=planned.name if planned else None)
    if planned is not None and planned.sha256 is not None:
        selection = replace(selection, sha256={**(selection.sha256 or {}), planned.name: planned.sha256})
    return Chosen(selection=selection, model=model, variant=variant, why=why)
