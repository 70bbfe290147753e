"""A download as a person reads it: the files, where they lie, and whether they were proved."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.finding import Verdict
from llmadvise.domain.pull import FileState
from llmadvise.render.documents.pull import PullDocument, PulledFile
from llmadvise.render.figures import file_size
from llmadvise.render.page import Column, Page, Span, Tone

_SHOWN_DIGITS: Final = 12
_STATES: Final = {
    FileState.DOWNLOADED: "fetched, proved",
    FileState.RESUMED: "fetched from where it stopped, proved",
    FileState.PRESENT: "was here, proved",
    FileState.MISSING: "would be fetched",
    FileState.PARTIAL: "would be gone on with",
}


def write(page: Page, document: PullDocument) -> None:
    """Write what it is, its files, where they are, and what to know."""
    named = [document.model, document.quantization] if document.model else []
    page.line((Span(" ".join(filter(None, named)) or document.repo, Tone.STRONG), f"  {document.why}"))
    page.line(Span(f"{document.repo} at {document.revision[:_SHOWN_DIGITS]}", Tone.QUIET))
    page.blank()
    page.table(
        (Column("FILE", wraps=True), Column("SIZE", right=True), Column("STATE", wraps=True), Column("HASH", drop=1)),
        [
            (Span(file.name, Tone.STRONG), file_size(file.bytes), _state(file, document), file_hash(file))
            for file in document.files
        ],
    )
    page.blank()
    rows = [("Bytes", _sizes(document))]
    if document.registered_as:
        rows.append(("Name", document.registered_as))
    page.pairs([*rows])
    for finding in document.findings:
        tone = Tone.QUIET if finding.verdict is Verdict.NOTE else Tone.CAUTION
        page.line(Span(finding.message, tone))
    page.blank()
    page.command(_path(document))


def _path(document: PullDocument) -> str:
    """What an engine is given: the first file of a GGUF model, else the folder."""
    first = document.files[0] if document.files else None
    return first.path if first is not None and first.name.lower().endswith(".gguf") else document.place


def file_hash(file: PulledFile) -> str:
    """The beginning of the hash, with its kind."""
    if file.sha256:
        return f"sha256 {file.sha256[:_SHOWN_DIGITS]}"
    return f"git {file.git_sha1[:_SHOWN_DIGITS]}" if file.git_sha1 else "none known"


def _state(file: PulledFile, document: PullDocument) -> str:
    if document.dry_run and file.state is FileState.PRESENT:
        return "is here"
    return _STATES[file.state]


def _sizes(document: PullDocument) -> str:
    if document.dry_run:
        return f"{file_size(document.bytes)} in all, {file_size(document.missing_bytes)} to fetch, {file_size(document.free_bytes)} free there"
    return f"{file_size(document.bytes)} in all, {file_size(document.transferred_bytes)} over the network"
