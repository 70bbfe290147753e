"""A model that was started: its endpoint, what it really does beside what was promised, or why it failed and what works."""

from __future__ import annotations

from shlex import quote

from llmadvise.domain.finding import Verdict
from llmadvise.render.documents.run import Measured, RunDocument, RunFailure
from llmadvise.render.figures import UNKNOWN, gib, speed_with_range, tokens, two_digits
from llmadvise.render.findings import by_weight
from llmadvise.render.page import Content, Page, Span, Tone
from llmadvise.render.text.marks import write_findings


def write(page: Page, document: RunDocument) -> None:
    """Write the document."""
    if document.failure is not None:
        _failed(page, document, document.failure)
        return
    blocked = any(item.verdict is Verdict.BLOCK for item in document.findings)
    words = {
        "planned": "Would not start" if blocked else "Would start",
        "ready": "Serving",
        "answered": "Answered by",
        "stopped": "Stopped",
    }
    heading = f"{words.get(document.status, 'Serving')} {_what(document)}"
    page.line(Span(heading, Tone.STRONG))
    rows: list[tuple[Content, Content]] = []
    if document.status != "planned":
        rows.append(("endpoint", f"{document.endpoint}  (model {document.served_as})"))
    context = f"{tokens(document.context_length)} tokens" + (" for each user" if document.users > 1 else "")
    rows += [("context", context), ("speed", _speed(document)), ("memory", _memory(document))]
    if document.measured is not None:
        rows.append(("start", _start(document.measured)))
    missing = _missing(document)
    if missing:
        rows.append(("missing", missing))
    if document.log is not None:
        rows.append(("log", document.log))
    page.pairs(rows, indent=2)
    if document.status == "planned":
        page.heading("Command")
        page.command(command_line(document))
    worth = tuple(item for item in document.findings if item.verdict is not Verdict.NOTE)
    if worth:
        page.blank()
        write_findings(page, by_weight(worth), indent=2)


def command_line(document: RunDocument) -> str:
    """The words as a POSIX shell takes them, with the environment before them."""
    settings = [f"{name}={quote(value)}" for name, value in document.environment.items()]
    return " ".join([*settings, *map(quote, document.argv)])


def benchmark(document: RunDocument) -> str:
    """What it really did beside what was promised, in one line."""
    measured = document.measured
    if measured is None:
        return ""
    parts = [f"{_rate(measured.decode)} decoding, promised {speed_with_range(document.promised.decode)}"]
    if measured.prefill is not None:
        parts.append(f"prompt {_rate(measured.prefill)} of {measured.prompt_tokens} tokens")
    parts.append(f"first token after {measured.time_to_first_token:.1f} s")
    parts.append(_memory(document))
    return "; ".join(parts)


def _what(document: RunDocument) -> str:
    version = f" {document.runtime.version}" if document.runtime.version else ""
    return f"{document.target.name} {document.target.quantization} with {document.runtime.id}{version}"


def _missing(document: RunDocument) -> str:
    """What a planned start would want on the computer that was asked, and does not find there."""
    if document.status != "planned":
        return ""
    program, target = document.argv[0], document.target
    parts = [] if "/" in program or "\\" in program else [f"{program} is not on PATH here"]
    # Ollama fetches what it has not, and its store tells a tag, not a path.
    if target.path is None and target.model is not None and document.runtime.id != "ollama":
        parts.append(f"the file is not here: llmadvise pull {target.model}:{target.quantization}")
    return "; ".join(parts)


def _rate(value: float | None) -> str:
    return UNKNOWN if value is None else f"{two_digits(value)} t/s"


def _speed(document: RunDocument) -> str:
    promised = speed_with_range(document.promised.decode)
    measured = document.measured
    if measured is None:
        return promised
    reading = "" if measured.prefill is None else f", prompt {_rate(measured.prefill)}"
    return f"{_rate(measured.decode)} measured{reading}; promised {promised}"


def _memory(document: RunDocument) -> str:
    promised = gib(document.promised.memory.value)
    measured = document.measured
    if measured is None or measured.memory is None:
        return promised
    total = measured.memory.total
    return f"{gib(total)} taken, promised {promised}" if total is not None else f"promised {promised}"


def _start(measured: Measured) -> str:
    loading = "" if measured.load_seconds is None else f"ready after {measured.load_seconds:.1f} s, "
    return f"{loading}first token after {measured.time_to_first_token:.2f} s"


def _failed(page: Page, document: RunDocument, failure: RunFailure) -> None:
    page.line((Span("Error: ", Tone.BAD), f"{document.runtime.id} failed: {failure.message}."))
    if failure.evidence is not None:
        where = "" if failure.line is None else f"line {failure.line} of its log: "
        page.line((Span("Why: ", Tone.STRONG), where + failure.evidence))
    page.line((Span("Hint: ", Tone.STRONG), failure.hint))
    if failure.remedies:
        page.heading("What will work")
        for remedy in failure.remedies:
            rate = "" if remedy.decode is None else f", about {two_digits(remedy.decode)} t/s"
            size = "" if remedy.memory_bytes is None else f": {gib(remedy.memory_bytes)}{rate}"
            page.line(f"{remedy.words}{size}", indent=2)
            page.command(remedy.command)
    if failure.kind in {"unknown", "crashed", "late"} and failure.last_lines:
        page.heading("Its last lines")
        for line in failure.last_lines:
            page.line(Span(line, Tone.QUIET), indent=2)
    if document.log is not None:
        page.line((Span("Log: ", Tone.STRONG), document.log))
