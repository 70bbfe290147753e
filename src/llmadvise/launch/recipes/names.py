"""Names and words from outside, made fit for files that other programs read."""

from __future__ import annotations

import re
from typing import Final

from llmadvise.errors import LLMAdviseError

_REPO: Final = r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}"
_LONGEST_LABEL: Final = 50
_LONGEST_NAME: Final = 255
_LONGEST_COMMENT: Final = 200


def label(*parts: str) -> str:
    """Lower-case letters, digits and dashes: what a service, a unit or a DNS name may be called."""
    text = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower())[:_LONGEST_LABEL].strip("-")
    return text if text[:1].isalpha() else f"model-{text}".strip("-")


def checked_repo(repo: str) -> str:
    """The repository. Raises LLMAdviseError for what no hub would call one."""
    if re.fullmatch(_REPO, repo, re.ASCII) is None or ".." in repo or "--" in repo:
        raise LLMAdviseError(f"{shown(repo)!r} is no repository of the Hub", "Take another variant.")
    return repo


def local_name(name: str) -> str:
    """The last part of a file's path, which it is kept under. Raises LLMAdviseError for one that no file can have."""
    last = name.rpartition("/")[2]
    plain = last.isprintable() and last == last.strip() and len(last.encode()) <= _LONGEST_NAME
    if not plain or last in {"", ".", ".."} or ".." in name.split("/") or name.startswith("/"):
        raise LLMAdviseError(f"{shown(name)!r} cannot be the name of a file in a recipe", "Take another variant.")
    return last


def shown(text: str) -> str:
    """Outside text for a message or a comment: one line, nothing invisible, not too long."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:_LONGEST_COMMENT]
