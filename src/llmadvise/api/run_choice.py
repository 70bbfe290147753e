"""Chooses what to start: the model, a variant that is here, a runtime that is installed, and the plan."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from llmadvise.api.estimate_file import IMPOSSIBLE, is_file, read_path, unlayable
from llmadvise.api.request import Setting
from llmadvise.api.run_hooks import fetch, fetch_hint, fetch_target
from llmadvise.api.run_local import find_local
from llmadvise.api.run_request import Chosen, RunRequest
from llmadvise.api.setting import prepare
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.estimate import Laid, estimate, lay_out_known
from llmadvise.engine.estimate_file import lay_out
from llmadvise.engine.estimate_read import read_model
from llmadvise.engine.explain import assess_one
from llmadvise.engine.naming import find_model
from llmadvise.engine.plan_parts import excess
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import recommend
from llmadvise.engine.words import gib
from llmadvise.errors import LLMAdviseError, NothingFitsError, PolicyViolatedError, UsageError
from llmadvise.launch.servers import SERVERS


def choose(asked: RunRequest) -> Chosen:
    """The model laid out for a runtime that can be started here.

    Raises UsageError for an unknown model, NothingFitsError where it does not fit, PolicyViolatedError where the license
    policy denies it, LLMAdviseError where a runtime or the file is missing.
    """
    request = asked.request
    if not asked.dry_run and (request.hardware or request.gpus or request.ram_bytes):
        raise UsageError(f"{asked.action} starts a model on this machine", "Add --dry-run to plan for another one.")
    setting = _setting(asked)
    if asked.target is not None and is_file(asked.target):
        chosen = _file(setting, asked.target)
    elif asked.target is not None and asked.target[:3].lower() == "hf:":
        if not asked.fetch or asked.dry_run:
            raise LLMAdviseError(
                f"{asked.target[:200]} is not here",
                "Fetch it first with --pull, or with `llmadvise pull`, which prints its path.",
            )
        chosen = _file(setting, fetch_target(asked, asked.target))
    else:
        chosen = _known(asked, setting)
    _check(asked, chosen)
    return chosen


def _setting(asked: RunRequest) -> Setting:
    """The machine as it is now, its runtimes asked for their versions, and only those that can be started."""
    setting = prepare(asked.request, thorough=True)
    question = replace(setting.question, options=asked.options)
    startable = tuple(item for item in question.runtimes if item.id in SERVERS)
    if not asked.dry_run:
        startable = tuple(item for item in startable if question.installed and item.id in question.installed)
    _check_runtime(setting.catalog.runtimes, question, startable)
    if asked.anyway:
        # The engine that is here may know more architectures than the version that the catalog was read from.
        startable = tuple(replace(item, architectures=type(item.architectures)()) for item in startable)
    return replace(setting, question=replace(question, runtimes=startable))


def _check_runtime(runtimes: Mapping[str, Runtime], question: Question, startable: Sequence[Runtime]) -> None:
    """Raise where the runtime that was asked for, or any, is missing."""
    wanted = question.requirements.runtime
    if wanted is not None and wanted not in SERVERS:
        raise UsageError(
            f"llmadvise does not start {runtimes[wanted].name}", f"It starts {', '.join(SERVERS)}; --runtime names one."
        )
    if wanted is not None and all(item.id != wanted for item in startable):
        raise LLMAdviseError(f"{runtimes[wanted].name} is not installed", _install(runtimes[wanted]))
    if not startable:
        best = max((runtimes[name] for name in SERVERS if name in runtimes), key=lambda item: item.preference)
        raise LLMAdviseError(f"no runtime that llmadvise can start is installed ({', '.join(SERVERS)})", _install(best))


def _install(runtime: Runtime) -> str:
    line = runtime.commands.install
    if line is None or (sys.platform == "win32" and "| sh" in line):
        return f"{runtime.name} is at {runtime.url}; its program has to be on PATH."
    return f"This installs {runtime.name}: {line}"


def _file(setting: Setting, target: str) -> Chosen:
    """A file as its header describes it."""
    facts = read_path(target)
    read = read_model(facts, setting.catalog.quantizations)
    question = _within(setting.question, read.candidate.model.context_length.native)
    try:
        laid = lay_out(question, read)
    except LLMAdviseError as error:
        reason = error.message.replace("cannot be estimated", "cannot be started")
        raise LLMAdviseError(reason, "A newer build of the engine may know it: --anyway tries.") from error
    except IMPOSSIBLE as error:
        raise unlayable(facts, error) from error
    return Chosen(
        setting=replace(setting, question=question),
        kind="file",
        laid=laid,
        estimated=estimate(question, laid),
        path=str(Path(target).absolute()),
    )


def _known(asked: RunRequest, setting: Setting) -> Chosen:
    """A model of the catalog: the variant that was named, else one that is here, else the best."""
    question = setting.question
    if asked.target is None:
        advice = recommend(replace(question, requirements=replace(question.requirements, top=1)))
        if not advice.recommendations:
            raise NothingFitsError(
                "nothing fits this machine and what you need", "`llmadvise recommend` says what would."
            )
        first = advice.recommendations[0]
        model, variants = first.model, [first.variant, *(item.variant for item in first.alternatives)]
    else:
        model, quantization = find_model(asked.target, setting.catalog)
        question = _within(question, model.context_length.native)
        found = assess_one(question, model, quantization)
        variants = [found.variant] if quantization else [found.variant, *(item.variant for item in found.alternatives)]
    return _here(asked, replace(setting, question=question), model, variants)


def _here(asked: RunRequest, setting: Setting, model: Model, variants: list[Variant]) -> Chosen:
    """The first of the variants that is on this machine and fits; the best of all must be fetched first."""
    question, best = setting.question, variants[0]
    for variant in variants:
        local = find_local(variant, question.downloaded)
        if local is None:
            continue
        laid = lay_out_known(question, model, variant)
        if variant is not best and not laid.plan.fits:
            continue
        if local.path is None and laid.plan.runtime.id != "ollama":
            continue
        return Chosen(
            setting=setting, kind="catalog", laid=laid, estimated=estimate(question, laid), path=local.path,
            tag=local.tag, store=local.store, notes=_instead(variant, best),
        )  # fmt: skip
    laid = lay_out_known(question, model, best)
    if asked.fetch and not asked.dry_run and laid.plan.runtime.id != "ollama":
        _check_license(question, laid)
        _check_fit(asked, question, laid)
        return Chosen(
            setting=setting,
            kind="catalog",
            laid=laid,
            estimated=estimate(question, laid),
            path=fetch(asked, laid),
        )
    if not asked.dry_run and not SERVERS[laid.plan.runtime.id].fetches:
        raise LLMAdviseError(f"{model.id} {best.quantization} is not on this machine", fetch_hint(model.id, best))
    return Chosen(setting=setting, kind="catalog", laid=laid, estimated=estimate(question, laid))


def _instead(variant: Variant, best: Variant) -> tuple[Finding, ...]:
    if variant is best:
        return ()
    message = f"{variant.quantization} is already here; {best.quantization} would be the better choice"
    return (Finding(rule="already-downloaded", verdict=Verdict.NOTE, message=message, evidence=best.repo),)


def _within(question: Question, native: int) -> Question:
    """The use case's context, but no more than the model was trained for where none was asked."""
    asked = question.requirements
    if "context_length" in asked.asked or asked.context_length is None or asked.context_length <= native:
        return question
    return replace(question, requirements=replace(asked, context_length=native))


def _check(asked: RunRequest, chosen: Chosen) -> None:
    """Raise where the policy denies it, or where it does not fit and nobody insisted."""
    if asked.action == "run" and not chosen.chats:
        role = chosen.laid.candidate.model.role.value
        raise UsageError(
            f"{chosen.laid.candidate.model.name} is made for {role} and answers no question",
            "`llmadvise serve` serves it.",
        )
    _check_license(chosen.setting.question, chosen.laid)
    _check_fit(asked, chosen.setting.question, chosen.laid)


def _check_license(question: Question, laid: Laid) -> None:
    license_, requirements = laid.candidate.license, question.requirements
    if license_.verdict == "denied" and (requirements.commercial or requirements.license_policy):
        reasons = "; ".join(item.message for item in license_.findings if item.verdict is Verdict.BLOCK)
        raise PolicyViolatedError(
            f"the license of {laid.candidate.model.name} does not allow this use: {reasons or license_.declared}",
            "`llmadvise check` and `llmadvise licenses show` tell why.",
        )


def _check_fit(asked: RunRequest, question: Question, laid: Laid) -> None:
    refused = next((item for item in laid.plan.findings if item.verdict is Verdict.BLOCK), None)
    if refused is not None and not asked.anyway:
        raise LLMAdviseError(
            f"{laid.plan.runtime.name} would refuse this: {refused.message}", "--anyway starts it all the same."
        )
    if laid.plan.fits or asked.anyway or asked.dry_run:
        return
    raise NothingFitsError(
        f"{laid.candidate.model.name} {laid.variant.quantization} with {laid.plan.context_length:,} tokens "
        f"lacks up to {gib(excess(laid.plan))} here",
        f"{_smaller_hint(question, laid)} --anyway starts it all the same.",
    )


def _smaller_hint(question: Question, laid: Laid) -> str:
    from llmadvise.engine.failure.remedies import smaller_plans  # noqa: PLC0415 - only where it does not fit

    found = smaller_plans(question, laid)
    if not found:
        return "A smaller model fits: `llmadvise recommend`."
    file = f":{found[0].quantization}" if found[0].quantization else ""
    options = [file, *(f"--{name} {value}".strip() for name, value in found[0].settings)]
    return f"This fits: {found[0].words} ({' '.join(filter(None, options)) or 'as planned'})."
