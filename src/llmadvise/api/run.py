"""Starts a model and keeps it while it is used: `with serving(RunRequest(target="qwen/qwen3-8b")) as model: model.ask("…")`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from llmadvise.api.run_choice import choose
from llmadvise.api.run_document import document_of
from llmadvise.api.run_failed import EngineFailedError, failed
from llmadvise.api.run_hooks import keep_measurement
from llmadvise.api.run_measure import measure, measured_by
from llmadvise.api.run_ready import get_ready
from llmadvise.api.run_request import Ready, RunRequest
from llmadvise.domain.finding import Finding
from llmadvise.engine.failure.diagnose import findings_of
from llmadvise.errors import LLMAdviseError
from llmadvise.interrupts import AskedToEndError, held_back, interruptible
from llmadvise.launch.ask import Answer, EngineRefusedError, Message, chat
from llmadvise.launch.ended import ended_by, oom_kills
from llmadvise.launch.health import Health, patience, wait_until_healthy
from llmadvise.launch.process import Running, start
from llmadvise.render.documents.run import Measured, RunAnswer, RunDocument, Status

__all__ = ["AskedToEndError", "EngineFailedError", "EngineRefusedError", "RunRequest", "Served", "plan_run", "serving"]

_WATCH_SECONDS = 0.5
_LAST_GASP_SECONDS = 1.0
"""A server that breaks off an answer is often about to end; its exit code is worth waiting for."""


def plan_run(asked: RunRequest) -> RunDocument:
    """What would be started, with nothing started. Raises what `choose` and `get_ready` raise."""
    return document_of(get_ready(asked, choose(asked)), "planned")


@contextmanager
def serving(
    asked: RunRequest,
    *,
    began: Callable[[RunDocument], None] = lambda _: None,
    waiting: Callable[[float], None] = lambda _: None,
) -> Iterator[Served]:
    """Start a model, wait until it is ready, and stop it when the block is left, whatever the reason.

    `began` gets the document once the process runs, `waiting` the seconds that have passed. Requests to end and a closed
    terminal end it as Ctrl-C does. Raises EngineFailedError where the engine fails, and what `plan_run` raises.
    """
    ready = get_ready(asked, choose(asked))
    killed_before = oom_kills()
    running: Running | None = None
    with interruptible():
        try:
            with held_back():
                # Interrupted in between, it would run and nobody would know.
                running = start(ready.argv, environment=ready.environment, log=ready.log)
            served = Served(ready, running, killed_before)
            began(served.document("planned"))
            served.await_health(waiting)
            yield served
        finally:
            if running is not None:
                running.stop()


class Served:
    """A model that is being served."""

    def __init__(self, ready: Ready, running: Running, killed_before: int) -> None:
        self._ready, self._running = ready, running
        self._killed_before = killed_before
        self._load_seconds: float | None = None
        self._measured: Measured | None = None
        self._answer: RunAnswer | None = None
        self._concerns: tuple[Finding, ...] = ()

    @property
    def url(self) -> str:
        """Of the OpenAI-compatible endpoint."""
        return f"{self._ready.url}/v1"

    @property
    def name(self) -> str:
        """What requests call the model."""
        return self._ready.served_as

    @property
    def chats(self) -> bool:
        """Whether it answers questions; a model of embeddings does not."""
        return self._ready.chosen.chats

    @property
    def measured(self) -> Measured | None:
        """What was measured last."""
        return self._measured

    def await_health(self, waiting: Callable[[float], None]) -> None:
        """Wait until it is ready. Raises EngineFailedError where it ends or is late."""
        ready, began = self._ready, time.monotonic()
        seconds = ready.asked.wait_seconds
        if seconds is None:
            seconds = patience(ready.chosen.laid.variant.bytes, ready.server.starts_within)
        health = wait_until_healthy(self._running, ready.url, ready.server.health, seconds=seconds, waiting=waiting)
        if health is not Health.HEALTHY:
            raise self._failed(late=health is Health.LATE)
        self._load_seconds = time.monotonic() - began
        self._concerns = findings_of(self._running.lines())

    def ask(
        self,
        question: str | Sequence[Message],
        *,
        said: Callable[[str], None] = lambda _: None,
        most_tokens: int | None = None,
    ) -> Answer:
        """One answer, streamed to `said`. Raises EngineFailedError where the engine ends, EngineRefusedError if it refuses."""
        messages = [{"role": "user", "content": question}] if isinstance(question, str) else question
        try:
            answer = chat(self._ready.url, self.name, messages, most_tokens=most_tokens, said=said, anywhere=True)
        except LLMAdviseError as error:
            raise self._broken(error) from error
        self._answer = RunAnswer(
            text=answer.text, reasoning=answer.reasoning, finish=answer.finish, tokens=answer.tokens
        )
        self._keep(measured_by(self._ready, self._running, answer, self._load_seconds))
        return answer

    def measure(self) -> Measured:
        """Time one request of our own. Raises EngineFailedError where the engine ends, EngineRefusedError if it refuses."""
        try:
            found = measure(self._ready, self._running, self._load_seconds)
        except LLMAdviseError as error:
            raise self._broken(error) from error
        return self._keep(found)

    def watch(self) -> None:
        """Stay until the engine ends, and raise EngineFailedError then; an interrupt leaves earlier."""
        while self._running.wait(_WATCH_SECONDS) is None:
            pass
        raise self._failed()

    def document(self, status: Status) -> RunDocument:
        """`llmadvise.run/1` as things stand."""
        return document_of(
            self._ready, status, running=self._running, measured=self._measured, answer=self._answer,
            concerns=self._concerns,
        )  # fmt: skip

    def _keep(self, found: Measured) -> Measured:
        kept = self._ready.asked.keep_measurement and keep_measurement(self._ready.chosen, found)
        self._measured = replace(found, kept=kept)
        return self._measured

    def _broken(self, error: LLMAdviseError) -> LLMAdviseError:
        """What is behind a request that failed: the engine's end, or a model that it could not load for it."""
        reason = error.reason if isinstance(error, EngineRefusedError) else None
        ended = self._running.wait(_LAST_GASP_SECONDS) is not None
        if ended or (reason is not None and self._ready.server.loads_on_request):
            return self._failed(reason)
        return error

    def _failed(self, reason: str | None = None, *, late: bool = False) -> EngineFailedError:
        ended = ended_by(self._running.exit_code(), late=late, oom_kills=oom_kills() - self._killed_before)
        return failed(self._ready, self._running, ended, reason)
