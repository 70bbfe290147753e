"""What went wrong on the way to the Hub, and what to do about it. Nothing that a server says is repeated."""

from __future__ import annotations

from typing import Final

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub.header_numbers import whole_number
from llmadvise.hub.reference import HubReference

_PASSING: Final = frozenset({408, 425, 429})
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_BROKEN: Final = 500
_LONGEST_WAIT: Final = 6
_GATED: Final = "GatedRepo"
_SIGN_IN: Final = "set HF_TOKEN or run `hf auth login`"


class PassingError(LLMAdviseError):
    """A failure that asking again may mend. `wait`: the seconds that the server asks for."""

    def __init__(self, message: str, hint: str | None = None, *, wait: int | None = None) -> None:
        super().__init__(message, hint)
        self.wait = wait


class GatedError(LLMAdviseError):
    """The publisher wants the terms to be accepted first."""


def seconds_to_wait(text: str | None) -> int | None:
    """The seconds of `Retry-After`; None for a date, nonsense or nothing."""
    return whole_number(text, _LONGEST_WAIT)


def is_passing(status: int) -> bool:
    """Whether asking again may help."""
    return status in _PASSING or status >= _BROKEN


def failed_status(
    status: int, code: str | None, reference: HubReference, page: str, wait: int | None = None
) -> LLMAdviseError:
    """The error for an HTTP status. `code`: the Hub's `X-Error-Code`; `wait`: seconds; `page`: the model's."""
    if status == _TOO_MANY:
        when = "later" if wait is None else f"in {wait} seconds"
        words = "the Hub asks to wait: too many requests (429)"
        return PassingError(words, f"Try again {when}, or {_SIGN_IN}.", wait=wait)
    if is_passing(status):
        return PassingError(f"the Hub failed ({status})", "Try again later, or set HF_ENDPOINT to a mirror.", wait=wait)
    return _refused(status, code, reference, page)


def _refused(status: int, code: str | None, reference: HubReference, page: str) -> LLMAdviseError:
    """The error for a status that trying again does not change."""
    repo = reference.repo
    if code == _GATED or status == _FORBIDDEN:
        return GatedError(
            f"{repo} is gated: its publisher wants you to accept the terms first ({status})",
            f"Accept them at {page}, then {_SIGN_IN}.",
        )
    if code == "RevisionNotFound":
        return UsageError(f"{repo} has no revision {(reference.revision or 'main')[:80]!r}", f"See {page}.")
    if code == "EntryNotFound":
        return UsageError(f"{repo} no longer has that file", f"See {page}/tree/main.")
    if status in {_UNAUTHORIZED, _NOT_FOUND}:
        return UsageError(
            f"{repo} is not on the Hub, or it is private ({status})",
            f"Check the spelling at {page}; if it is private, {_SIGN_IN}.",
        )
    return LLMAdviseError(f"the Hub answered {status} for {repo}", f"See {page}.")


def store_refused(status: int) -> LLMAdviseError:
    """The error where the Hub gives a file, and the store that it redirects to does not."""
    return PassingError(
        f"the store that the Hub redirects to refuses the file ({status})",
        "Try again; a clock that is wrong, or a proxy, may spoil the signed addresses it is asked by.",
    )


def unreachable(repo: str, host: str, error: Exception) -> LLMAdviseError:
    """The error where no answer came, or only part of one. `host`: how messages call the Hub."""
    name = type(error).__name__
    what = "did not answer in time" if "Timeout" in name else "cannot be reached, or cut the connection"
    # Where nothing answers, asking again makes people wait in vain.
    kind = LLMAdviseError if "Timeout" in name or name.startswith("Connect") else PassingError
    return kind(
        f"{host} {what} while {repo} was read ({name})",
        "Check the network and HF_ENDPOINT, or download the file and give its path.",
    )


def offline(target: str) -> LLMAdviseError:
    """The error where the network may not be used."""
    return LLMAdviseError(
        f"{target[:80]!r} is on the Hub: reading it needs the network, which --offline or HF_HUB_OFFLINE forbids",
        "Leave that out, or give the path of a .gguf file or a catalog id.",
    )


def not_here(repo: str, what: str) -> LLMAdviseError:
    """The error where something would have to be fetched and the network may not be used."""
    return LLMAdviseError(
        f"{what[:120]} of {repo} is not on this machine, and --offline or HF_HUB_OFFLINE forbids the network",
        "Leave that out once, to fetch it.",
    )
