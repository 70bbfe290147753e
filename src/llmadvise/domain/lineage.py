"""The descent of models: what is known of one that has no entry of its own, and what the judging of a license needs."""

from __future__ import annotations

from typing import Protocol

from llmadvise.domain.model import BaseModel, DeclaredLicense
from llmadvise.record import dataclass


class Descended(Protocol):
    """A model as far as its license and its descent go: an entry of the catalog, or less."""

    @property
    def id(self) -> str:
        """`org/name` in lower case."""

    @property
    def repo(self) -> str:
        """Hub id as spelled there, or another name that people write."""

    @property
    def name(self) -> str: ...

    @property
    def org(self) -> str:
        """Who publishes it."""

    @property
    def license(self) -> DeclaredLicense: ...

    @property
    def base_models(self) -> tuple[BaseModel, ...]: ...

    @property
    def capabilities(self) -> tuple[str, ...]: ...

    @property
    def revision(self) -> str | None: ...

    @property
    def gated(self) -> bool | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pedigree:
    """A model of which only license and descent are known: too old, too special or too derived for an entry."""

    id: str
    """As people name it, in lower case: `org/name`, or with the registry before a colon (`ollama:`, `docker:`)."""
    repo: str
    name: str
    org: str
    license: DeclaredLicense
    base_models: tuple[BaseModel, ...] = ()
    capabilities: tuple[str, ...] = ()
    revision: str | None = None
    gated: bool | None = None
    verified: bool = False
    """Whether somebody read it at the publisher's own page or a page that quotes it."""
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
