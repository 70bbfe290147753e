"""What a checkout refers to, and whether a policy allows it. Nothing here is legal advice."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.record import dataclass


class ReferenceState(StrEnum):
    """What is known of the model that a mention means."""

    RESOLVED = "resolved"
    """A Hub id, or what names exactly one."""
    ALIAS = "alias"
    """A name that by its publisher's custom stands for a model: an Ollama tag, a file name."""
    UNRESOLVED = "unresolved"
    """A model is meant, but which one is decided elsewhere."""
    NOT_A_MODEL = "not-a-model"
    """It stands where models stand, but is a data set, an image, an API of a provider or a vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place in a checkout where a model is named, as the scanner found it, before any catalog is asked."""

    model: str | None
    """The name in one spelling: `owner/name` as written, `ollama:name[:tag]`, `docker:ai/name[:tag]`, `oci:` with a
    reference of an image, `file:NAME.gguf`, `local:NAME` for the last part of a local path. None: which one is not
    known here (`via` says where it is decided).
    """
    file: str
    """Path inside the checkout, with forward slashes."""
    line: int
    """From 1; 0 for a file that is itself the model (a GGUF in the tree)."""
    column: int
    """From 1, in characters."""
    kind: str
    """Which way of naming it is: python-call, python-default, yaml-key, shell-argument, modelfile-from …; the readers say
    it in their own words, so the set is open.
    """
    text: str
    """The line, or the literal, shortened."""
    state: ReferenceState
    confidence: float
    """0 to 1: how sure it is that a model is meant and which."""
    revision: str | None = None
    quantization: str | None = None
    via: str | None = None
    """The variable or file through which it is named, where the name stands elsewhere or nowhere."""
    why: str | None = None
    """For NOT_A_MODEL and UNRESOLVED: the reason in a few words."""
    declared_license: str | None = None
    """What the file itself says (GGUF header, front matter of a card)."""
    base_models: tuple[str, ...] = ()
    """What the file itself says it is made from."""
    ignored: str | None = None
    """The reason given in an inline `llmadvise: ignore` comment; None: there is none."""
    ignored_rules: tuple[str, ...] = ()
    """Rules that the comment names; empty with `ignored` set: all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that was not read, or not to its end, and why."""

    file: str
    reason: str
    cut: bool = False
    """Reading ended because there were too many references: what follows may hold any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Everything that was found in a checkout; mentions ascend by file, line and column."""

    mentions: tuple[Mention, ...]
    files_read: int
    skipped: tuple[Skipped, ...] = ()
