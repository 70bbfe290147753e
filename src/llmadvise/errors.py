"""What can go wrong, and what the caller should do about it.

LLMAdviseError                      exit 1   anything we foresee
├── UsageError                      exit 2   the request itself is wrong (unknown GPU, nonsense size)
├── NothingFitsError                exit 3   no model meets the requirements
├── PolicyViolatedError             exit 10  a model in use breaks the license policy
├── UndecidedError                  exit 11  a model or license is unknown and the policy fails on that
└── InvalidFileError                exit 12  a catalog, policy, lock or hardware file is invalid

An error knows its message, a hint (what to type next) and its exit code. It never prints and never exits.
"""

from __future__ import annotations

from typing import ClassVar


class LLMAdviseError(Exception):
    """A failure that we foresee: `message` says what was wrong, `hint` what to do next."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LLMAdviseError):
    """The request is wrong: an unknown name, a nonsense size, options that contradict each other."""

    exit_code = 2
    code = "usage"


class NothingFitsError(LLMAdviseError):
    """No model meets the requirements; the hint says which one to relax, and by how much."""

    exit_code = 3
    code = "nothing-fits"


class PolicyViolatedError(LLMAdviseError):
    """A model in use is denied by the license policy."""

    exit_code = 10
    code = "policy-violated"


class UndecidedError(LLMAdviseError):
    """A model or a license is unknown, and the policy says that this fails."""

    exit_code = 11
    code = "undecided"


class InvalidFileError(LLMAdviseError):
    """A catalog, policy, lock or hardware file is invalid; the message begins with `file:line` where there is one."""

    exit_code = 12
    code = "invalid-file"
