"""Recipes: files that run what was advised."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.finding import Finding
from llmadvise.record import dataclass


class Form(StrEnum):
    """What reads the file."""

    COMPOSE = "compose"
    """Docker or Podman Compose."""
    K8S = "k8s"
    """Kubernetes; over several nodes the LeaderWorkerSet."""
    SYSTEMD = "systemd"
    MODELFILE = "modelfile"
    """`ollama create`."""
    LITELLM = "litellm"
    """The proxy's configuration."""
    ENV = "env"
    """Variables for a shell, a unit or a container."""
    SCRIPT = "script"
    """A POSIX shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeFile:
    """One file that a recipe fetches."""

    name: str
    """Path inside the repository."""
    sha256: str | None
    """None: the recipe asks the Hub for it, at the pinned commit."""
    bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A file as it is written."""

    form: Form
    file_name: str
    """What it is usually called."""
    text: str
    endpoint: str | None
    """Where clients reach the model; None: the form starts nothing."""
    image: str | None
    findings: tuple[Finding, ...]
