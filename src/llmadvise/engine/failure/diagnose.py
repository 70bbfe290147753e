"""Reads a log and the way the process ended into one diagnosis; what no pattern knows is said to be unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.engine.failure.ended import Ended
from llmadvise.engine.failure.kinds import Diagnosis, FailureKind, Pattern
from llmadvise.engine.failure.llama_cpp import LLAMA_CPP
from llmadvise.engine.failure.others import OLLAMA, PYTHON_ENGINES, SYSTEM
from llmadvise.engine.words import gib

PATTERNS: Final = (*SYSTEM[:4], *OLLAMA, *PYTHON_ENGINES[:4], *LLAMA_CPP, *PYTHON_ENGINES[4:], *SYSTEM[4:])
"""The most telling first: a missing library explains more than what came of it."""
_LONGEST_EVIDENCE: Final = 300
_LONGEST_NUMBER: Final = 20
"""Characters of a number that is believed; no machine has more of anything."""
_NEAR: Final = 8
"""Lines after a refused allocation in which the engine says what it was for."""
_MIB: Final = 1 << 20
_GIB: Final = 1 << 30
_PURPOSES: Final = (
    ("for kv cache", "kv-cache", "the KV cache"),
    ("for rs cache", "recurrent", "the recurrent state"),
    ("compute", "compute", "the compute buffers"),
    ("output buffer", "output", "the output buffer"),
    ("error loading model", "weights", "the weights"),
    ("failed to load model", "weights", "the weights"),
)
_KILLERS: Final = {
    "SIGILL": (
        FailureKind.ILLEGAL_INSTRUCTION,
        "the engine was built for processor instructions that this processor does not have",
        "Take a build for this processor, or build it here with GGML_NATIVE=ON.",
    ),
    "SIGBUS": (
        FailureKind.FILE_DAMAGED,
        "a page of the file could not be read while it was in use (SIGBUS): the file was cut, or its disk fails",
        "Check the disk and the file's hash.",
    ),
    "DLL": (
        FailureKind.LIBRARY_MISSING,
        "a library that the engine needs is missing (STATUS_DLL_NOT_FOUND)",
        "Install the engine again with its libraries, and the Visual C++ runtime.",
    ),
    "SIGSEGV": (FailureKind.CRASHED, "the engine crashed (SIGSEGV)", "Report it to the engine with its log."),
    "SIGABRT": (FailureKind.CRASHED, "the engine gave up (SIGABRT)", "Report it to the engine with its log."),
    "SIGFPE": (FailureKind.CRASHED, "the engine crashed (SIGFPE)", "Report it to the engine with its log."),
    "SIGTERM": (FailureKind.STOPPED, "another program asked the engine to end (SIGTERM)", "Start it again."),
    "SIGINT": (FailureKind.STOPPED, "another program asked the engine to end (SIGINT)", "Start it again."),
    "SIGHUP": (FailureKind.STOPPED, "the engine's terminal was closed (SIGHUP)", "Start it again."),
}
_LESS: Final = "A shorter context, a smaller cache type or a smaller quantization take less."


def diagnose(lines: Sequence[str], ended: Ended) -> Diagnosis:
    """Why it ended: what the kernel says, else what the log says, else the signal."""
    if ended.out_of_memory and ended.signal in {"SIGKILL", None}:
        return Diagnosis(
            kind=FailureKind.KILLED_FOR_MEMORY,
            message="the kernel killed the engine because the memory it may use ran out",
            hint=_LESS,
            evidence="the control group's count of such kills went up",
        )
    found = _first_known(lines)
    if found is not None:
        return found
    if ended.signal == "SIGKILL":
        return Diagnosis(
            kind=FailureKind.KILLED,
            message="something killed the engine (SIGKILL): most often the kernel, when memory runs out",
            hint=f"`dmesg` tells. {_LESS}",
        )
    if ended.signal in _KILLERS:
        kind, message, hint = _KILLERS[ended.signal]
        return Diagnosis(kind=kind, message=message, hint=hint, evidence=_last(lines))
    if ended.late:
        return Diagnosis(
            kind=FailureKind.LATE,
            message="the engine did not become ready in time",
            hint="--wait SECONDS waits longer; its log says what it was doing.",
            evidence=_last(lines),
        )
    code = "" if ended.exit_code is None else f" with exit code {ended.exit_code}"
    return Diagnosis(
        kind=FailureKind.UNKNOWN,
        message=f"the engine ended{code}, and llmadvise does not know what its log says",
        hint="Its last lines are below; the whole log is in the file.",
        evidence=_last(lines),
    )


def concerns(lines: Sequence[str]) -> tuple[Diagnosis, ...]:
    """What an engine that runs says it goes without; each kind once."""
    found = [item for pattern in PATTERNS if not pattern.fatal for item in _matches(pattern, lines)]
    return tuple({item.kind: item for item in reversed(found)}.values())


def findings_of(lines: Sequence[str]) -> tuple[Finding, ...]:
    """The concerns as warnings."""
    return tuple(
        Finding(rule="engine-goes-without", verdict=Verdict.WARN, message=item.message, evidence=item.evidence)
        for item in concerns(lines)
    )


def _first_known(lines: Sequence[str]) -> Diagnosis | None:
    """What the most telling of the fatal patterns says; of its lines the last, since engines try again with less before they give up."""
    for pattern in PATTERNS:
        if pattern.fatal:
            found = list(_matches(pattern, lines))
            if found:
                return found[-1]
    return None


def _matches(pattern: Pattern, lines: Sequence[str]) -> Iterator[Diagnosis]:
    expression: re.Pattern[str] | None = None
    for number, line in enumerate(lines, 1):
        if pattern.needle not in line:
            continue
        expression = expression or re.compile(pattern.expression)
        match = expression.search(line)
        if match is not None and all(len(text) <= _LONGEST_NUMBER for text in _numbers(match)):
            yield _diagnosis(pattern, match, number, lines)


def _numbers(match: re.Match[str]) -> Iterator[str]:
    """What a line says in digits."""
    return (text for text in match.groups() if text is not None and text.replace(".", "").isdigit())


def _diagnosis(pattern: Pattern, match: re.Match[str], number: int, lines: Sequence[str]) -> Diagnosis:
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    details = dict(groups)
    if "mib" in groups:
        details["bytes"] = str(round(float(groups["mib"]) * _MIB))
    said = {**dict.fromkeys(match.groupdict(), "less"), **groups}
    purpose = _purpose(lines[number : number + _NEAR]) if "bytes" in details else None
    if "bytes" in groups:
        size = _size(int(groups["bytes"]))
        said["bytes"] = f"{purpose[1]}, {size}" if purpose else size
    if purpose is not None:
        details["purpose"] = purpose[0]
    return Diagnosis(
        kind=FailureKind.CONTEXT_TOO_LARGE if purpose and purpose[0] == "kv-cache" else pattern.kind,
        message=pattern.message.format(**said),
        hint=pattern.hint,
        evidence=lines[number - 1].strip()[:_LONGEST_EVIDENCE],
        line=number,
        source=pattern.source,
        details=tuple(details.items()),
    )


def _purpose(after: Sequence[str]) -> tuple[str, str] | None:
    """What a refused allocation was for, by the lines that follow it."""
    for line in after:
        for words, name, said in _PURPOSES:
            if words in line:
                return name, said
    return None


def _size(count: int) -> str:
    return gib(count) if count >= _GIB else f"{count / _MIB:.0f} MiB"


def _last(lines: Sequence[str]) -> str | None:
    """The last line that says anything."""
    return next((line.strip()[:_LONGEST_EVIDENCE] for line in reversed(lines) if line.strip()), None)
