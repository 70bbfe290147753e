"""`llmadvise.run/1`: a model that was started: where it answers, what was promised, what was measured, or why it failed."""

from __future__ import annotations

from typing import Literal

from llmadvise.domain.assessment import Placement
from llmadvise.domain.estimate import Estimate
from llmadvise.domain.finding import Finding
from llmadvise.record import dataclass

Action = Literal["run", "serve"]
Status = Literal["planned", "ready", "answered", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTarget:
    """What was asked for, and what it came to."""

    asked: str | None
    """The words on the command line; null: the first recommendation."""
    kind: Literal["catalog", "file"]
    model: str | None
    """Catalog id, where there is one."""
    name: str
    format: str
    quantization: str
    repo: str | None
    revision: str | None
    path: str | None
    """Where the weights lie on this machine; null where the runtime finds them itself."""
    bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRuntime:
    """The engine that is started."""

    id: str
    version: str | None
    program: str
    """Path of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What was planned; speeds in tokens a second, times in seconds."""

    memory: Estimate
    """All devices together, in bytes."""
    prefill: Estimate | None
    decode: Estimate | None
    time_to_first_token: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredMemory:
    """What it takes, in bytes."""

    total: int | None
    """Its processes' share of the main memory and its buffers on GPUs; to be held against the promise."""
    resident: int | None
    """Main memory in use by its processes, pages of the file among it."""
    proportional: int | None
    """The same with shared pages divided (Linux)."""
    private: int | None
    """What would be free if it ended."""
    engine: dict[str, int]
    """Buffers that its log says it allocated, by device: `gpu0` …, `host`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One request, as it ran here."""

    load_seconds: float | None
    """From the start until it was ready."""
    prompt_tokens: int | None
    tokens: int
    time_to_first_token: float
    """By the clock, in seconds."""
    decode: float | None
    """Tokens a second."""
    prefill: float | None
    by: Literal["server", "clock"]
    """Whose numbers the speeds are."""
    memory: MeasuredMemory | None
    kept: bool
    """Whether later estimates on this machine rest on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAnswer:
    """The answer to the question of `run`."""

    text: str
    reasoning: str
    finish: str | None
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRemedy:
    """A plan that the engine says will work."""

    words: str
    command: str
    """To paste into a POSIX shell."""
    memory_bytes: int | None
    decode: float | None
    """Tokens a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailure:
    """Why it failed."""

    kind: str
    """A stable word; docs/serve.md lists them."""
    message: str
    hint: str
    evidence: str | None
    """The line of the log that says so."""
    line: int | None
    """Of what is kept of the log, counted from 1."""
    source: str | None
    """Where that message stands in the engine's source."""
    exit_code: int | None
    signal: str | None
    last_lines: tuple[str, ...]
    remedies: tuple[RunRemedy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """A model that was started, or that would be."""

    schema: Literal["llmadvise.run/1"]
    version: str
    """Of the program."""
    action: Action
    status: Status
    target: RunTarget
    runtime: RunRuntime
    argv: tuple[str, ...]
    """The program and its words, as the system receives them."""
    environment: dict[str, str]
    """Variables set for it."""
    endpoint: str
    """OpenAI-compatible: `http://127.0.0.1:PORT/v1`."""
    served_as: str
    """The model's name in requests."""
    pid: int | None
    log: str | None
    """Path of the engine's log."""
    context_length: int
    """Tokens for each user."""
    users: int
    placement: Placement
    promised: Promised
    measured: Measured | None
    answer: RunAnswer | None
    failure: RunFailure | None
    findings: tuple[Finding, ...]
