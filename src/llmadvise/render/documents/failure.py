"""`llmadvise.error/1`: what went wrong, and what to type next."""

from __future__ import annotations

from typing import Literal

from llmadvise.errors import LLMAdviseError
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One foreseen failure."""

    code: str
    """Stable word for the kind of failure: error, usage, nothing-fits, policy-violated, undecided, invalid-file."""
    message: str
    hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDocument:
    """An error under `--json`."""

    schema: Literal["llmadvise.error/1"]
    version: str
    """Of the program."""
    error: Failure


def error_document(error: LLMAdviseError, *, version: str) -> ErrorDocument:
    """Build the document of an error."""
    return ErrorDocument(
        schema="llmadvise.error/1",
        version=version,
        error=Failure(code=error.code, message=error.message, hint=error.hint),
    )
