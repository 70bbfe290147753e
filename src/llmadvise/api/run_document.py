"""`llmadvise.run/1` of a start that is planned, under way, or over."""

from __future__ import annotations

from dataclasses import replace

from llmadvise import __version__
from llmadvise.api.run_request import Ready
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.launch.process import Running
from llmadvise.render.documents.run import (
    Measured,
    Promised,
    RunAnswer,
    RunDocument,
    RunFailure,
    RunRuntime,
    RunTarget,
    Status,
)


def document_of(
    ready: Ready,
    status: Status,
    *,
    running: Running | None = None,
    measured: Measured | None = None,
    answer: RunAnswer | None = None,
    failure: RunFailure | None = None,
    concerns: tuple[Finding, ...] = (),
) -> RunDocument:
    """The document, with whatever is known so far."""
    chosen, plan = ready.chosen, ready.chosen.laid.plan
    estimated = chosen.estimated
    return RunDocument(
        schema="llmadvise.run/1",
        version=__version__,
        action=ready.asked.action,
        status=status,
        target=_target(ready),
        runtime=_runtime(ready),
        argv=ready.argv,
        environment=ready.environment,
        endpoint=f"{ready.url}/v1",
        served_as=ready.served_as,
        pid=None if running is None else running.pid,
        log=None if ready.log is None else str(ready.log),
        context_length=plan.context_length,
        users=chosen.setting.question.requirements.users,
        placement=plan.placement,
        promised=Promised(
            memory=estimated.memory.total,
            prefill=estimated.speed.prefill,
            decode=estimated.speed.decode,
            time_to_first_token=estimated.speed.time_to_first_token,
        ),
        measured=measured,
        answer=answer,
        failure=failure,
        findings=(*chosen.notes, *_minded(ready), *concerns),
    )


def _minded(ready: Ready) -> tuple[Finding, ...]:
    """What the plan says against it; who starts it anyway is warned, and not blocked."""
    findings = ready.chosen.laid.findings
    if not ready.asked.anyway:
        return findings
    return tuple(replace(item, verdict=Verdict.WARN) if item.verdict is Verdict.BLOCK else item for item in findings)


def _target(ready: Ready) -> RunTarget:
    chosen = ready.chosen
    model, variant = chosen.laid.candidate.model, chosen.laid.variant
    return RunTarget(
        asked=ready.asked.target,
        kind=chosen.kind,
        model=model.id if chosen.kind == "catalog" else None,
        name=model.name,
        format=variant.format,
        quantization=variant.quantization,
        repo=variant.repo or None,
        revision=variant.revision,
        path=chosen.path,
        bytes=variant.bytes,
    )


def _runtime(ready: Ready) -> RunRuntime:
    id_ = ready.chosen.laid.plan.runtime.id
    installed = next((item for item in ready.chosen.setting.hardware.runtimes if item.id == id_), None)
    return RunRuntime(id=id_, version=installed.version if installed else None, program=ready.argv[0])
