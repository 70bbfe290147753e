"""What `run` and `serve` are asked, and what that comes to before anything is started."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Literal

from llmadvise.api.request import Request, Setting
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Role
from llmadvise.domain.pull import Progress
from llmadvise.engine.estimate import Estimated, Laid
from llmadvise.launch.servers import Server
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One start of a model."""

    request: Request
    action: Literal["run", "serve"] = "serve"
    target: str | None = None
    """A catalog id, a Hub id, a tag, or the path of a `.gguf`; None: the first recommendation."""
    options: EngineOptions = field(default_factory=EngineOptions)
    host: str = "127.0.0.1"
    port: int | None = None
    """None: a free one."""
    wait_seconds: float | None = None
    """For it to become ready; None: as its file's size suggests."""
    log: Path | None = None
    """Where its output goes; None: the user's state directory."""
    dry_run: bool = False
    """Nothing will be started: neither the runtime nor the file has to be here."""
    fetch: bool = False
    """Fetch the files first where they are not here."""
    progress: Progress | None = None
    """Told of it."""
    anyway: bool = False
    """Start it although it should not fit."""
    measure: bool = True
    keep_measurement: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The model, laid out for a runtime that can be started."""

    setting: Setting
    kind: Literal["catalog", "file"]
    laid: Laid
    estimated: Estimated
    path: str | None = None
    """Where it lies, if it is here."""
    tag: str | None = None
    """What Ollama's store calls it."""
    store: str | None = None
    """Ollama's folder of models that has it."""
    notes: tuple[Finding, ...] = ()

    @property
    def chats(self) -> bool:
        """Whether it answers questions at all."""
        return self.laid.candidate.model.role not in {Role.EMBEDDING, Role.RERANKER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """All that a start needs."""

    asked: RunRequest
    chosen: Chosen
    server: Server
    argv: tuple[str, ...]
    environment: dict[str, str]
    url: str
    served_as: str
    log: Path | None
