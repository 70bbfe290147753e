"""Why a start failed, in a document: the log read, the machine looked at, and plans that will work."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from llmadvise.api.run_document import document_of
from llmadvise.api.run_request import Ready
from llmadvise.engine.estimate_log import device_of, parse_log
from llmadvise.engine.failure.diagnose import diagnose
from llmadvise.engine.failure.ended import Ended
from llmadvise.engine.failure.kinds import Diagnosis
from llmadvise.engine.failure.remedies import remedies
from llmadvise.engine.failure.remedy import Remedy
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.process import Running
from llmadvise.launch.servers import SERVERS
from llmadvise.render.documents.run import RunDocument, RunFailure, RunRemedy

LAST_LINES = 12


class EngineFailedError(LLMAdviseError):
    """The engine could not be started, or ended by itself; `document` tells all that is known."""

    code = "engine-failed"

    def __init__(self, document: RunDocument, failure: RunFailure) -> None:
        best = f" Try {failure.remedies[0].command}" if failure.remedies else ""
        super().__init__(f"{document.runtime.id} failed: {failure.message}", failure.hint + best)
        self.document = document


def failed(ready: Ready, running: Running, ended: Ended, reason: str | None = None) -> EngineFailedError:
    """The error of an engine that ended, or that refused with a `reason`."""
    lines = running.lines()
    known = [*lines, reason] if reason else lines
    diagnosis = diagnose(known, ended)
    failure = RunFailure(
        kind=diagnosis.kind.value,
        message=diagnosis.message,
        hint=diagnosis.hint,
        evidence=diagnosis.evidence,
        line=diagnosis.line,
        source=diagnosis.source,
        exit_code=ended.exit_code,
        signal=ended.signal,
        last_lines=tuple(line for line in known if line.strip())[-LAST_LINES:],
        remedies=tuple(_remedy(ready, item) for item in _remedies(ready, diagnosis, lines)),
    )
    return EngineFailedError(document_of(ready, "failed", running=running, failure=failure), failure)


def _remedies(ready: Ready, diagnosis: Diagnosis, lines: Sequence[str]) -> tuple[Remedy, ...]:
    try:
        question = ready.chosen.setting.question
        return remedies(question, ready.chosen.laid, diagnosis, _limits(diagnosis, lines), startable=SERVERS)
    except (LLMAdviseError, ArithmeticError, LookupError, ValueError):
        return ()  # the explanation must not fail where the plan did


def _limits(diagnosis: Diagnosis, lines: Sequence[str]) -> dict[str, int]:
    """What the device could not give: what the log says lies there already, and what was asked for on top."""
    device, more = diagnosis.detail("device"), diagnosis.detail("bytes")
    if more is None:
        return {}
    name = device_of(device) if device else "host"
    log = parse_log("\n".join(lines))
    held = sum(item.bytes for item in log.printed if device_of(item.buffer) == name) if log else 0
    return {"cpu" if name == "host" else name: held + int(more)}


def _remedy(ready: Ready, remedy: Remedy) -> RunRemedy:
    return RunRemedy(
        words=remedy.words,
        command=_command(ready, remedy),
        memory_bytes=remedy.memory_bytes,
        decode=remedy.decode,
    )


def _command(ready: Ready, remedy: Remedy) -> str:
    """The command line that gives it, with what the user had asked and the remedy does not replace."""
    asked, question = ready.asked, ready.chosen.setting.question
    target = asked.target or ready.chosen.laid.candidate.model.id
    if remedy.quantization:
        target = f"{ready.chosen.laid.candidate.model.id}:{remedy.quantization}"
    settings = dict(remedy.settings)
    requirements = question.requirements
    kept = {
        "runtime": requirements.runtime if "runtime" in requirements.asked else None,
        "context": str(requirements.context_length) if "context_length" in requirements.asked else None,
        "users": str(requirements.users) if "users" in requirements.asked else None,
        "kv-type": requirements.kv_type if "kv_type" in requirements.asked else None,
        "port": None if asked.port is None else str(asked.port),
    }
    settings = {**{name: value for name, value in kept.items() if value is not None}, **settings}
    if requirements.cpu_only:
        settings["cpu-only"] = ""
    options = [word for name, value in settings.items() for word in (f"--{name}", value) if word]
    return " ".join(["llmadvise", asked.action, quote(target), *map(quote, options)])
