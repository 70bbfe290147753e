"""`hf:org/repo[@revision][:file-or-quantization]`: which model on the Hub is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from llmadvise.errors import UsageError

_PREFIX: Final = "hf:"
_FORM: Final = (
    r"([A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?:@([\w][\w./-]{0,199}))?(?::([^\x00-\x1f:\\]{1,300}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubReference:
    """A repository, a revision and what is wanted of it."""

    repo: str
    revision: str | None = None
    """Branch, tag or commit; None: the main branch."""
    wanted: str | None = None
    """The name of a file or a quantization; None: the only model there is."""


def is_reference(target: str) -> bool:
    """Whether the words on the command line name a model on the Hub."""
    return target[: len(_PREFIX)].lower() == _PREFIX


def parse_reference(target: str) -> HubReference:
    """What is meant. Raises UsageError for anything of another form."""
    match = re.fullmatch(_FORM, target[len(_PREFIX) :], re.ASCII)
    parts = ".." in target or "--" in (match.group(1) if match else "")
    if match is None or parts:
        raise UsageError(
            f"{target[:80]!r} does not name a model on the Hub",
            "Write hf:org/repo, hf:org/repo:Q4_K_M, hf:org/repo:FILE.gguf or hf:org/repo@REVISION:Q4_K_M.",
        )
    return HubReference(repo=match.group(1), revision=match.group(2), wanted=match.group(3))
