"""`llmadvise.lock/1`: what `llmadvise.lock` holds, which is also what `lock` prints."""

from __future__ import annotations

from typing import Literal

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """One file of a model."""

    name: str
    bytes: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedText:
    """One license text that binds."""

    license: str
    sha256: str | None
    """Of the text, where the catalog or the checkout holds it."""
    terms: str
    """sha256 of the terms as the catalog states them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedModel:
    """One model that the checkout uses."""

    model: str
    """As the checkout spells it."""
    resolved: str | None
    """Catalog id."""
    repo: str | None
    revision: str | None
    """Commit; null where neither the checkout nor the catalog pins one."""
    files: tuple[LockedFile, ...]
    declared: str | None
    effective: tuple[LockedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedCatalog:
    """The facts at the time of locking."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDocument:
    """The models that a checkout uses, pinned: repository, commit, files and licenses."""

    schema: Literal["llmadvise.lock/1"]
    version: str
    """Of the program."""
    catalog: LockedCatalog
    models: tuple[LockedModel, ...]
    """In ascending order of model."""
