"""A chat over the OpenAI-compatible endpoint of a server on this host, with the times that tell its speed."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from llmadvise.errors import LLMAdviseError
from llmadvise.launch.ports import is_loopback
from llmadvise.record import dataclass

Message = Mapping[str, str]
_SECONDS: Final = 600.0
"""Between two pieces of an answer: a long prompt on a slow machine takes minutes to read."""
_LONGEST_LINE: Final = 1 << 20
_LONGEST_ANSWER: Final = 64 << 20
_LONGEST_ERROR: Final = 2000
_END: Final[dict[str, object]] = {}
"""Stands for the mark that an answer is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTimings:
    """What the engine itself says of a request (llama.cpp: `timings`)."""

    prompt_tokens: int
    prompt_per_second: float
    tokens: int
    tokens_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, with its times by our clock."""

    text: str
    reasoning: str
    """What it thought aloud before, where the server keeps that apart."""
    tokens: int
    """As the server counts them; else the pieces that came."""
    prompt_tokens: int | None
    first_token_seconds: float
    seconds: float
    finish: str | None
    timings: ServerTimings | None

    @property
    def tokens_per_second(self) -> float | None:
        """Decoding by our clock: tokens after the first one, over the time after it."""
        rest = self.seconds - self.first_token_seconds
        return (self.tokens - 1) / rest if self.tokens > 1 and rest > 0 else None


class EngineRefusedError(LLMAdviseError):
    """The server answered a request with an error."""

    code = "engine-refused"

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"the engine refused the request ({status}): {reason}")
        self.status = status
        self.reason = reason


def chat(
    url: str,
    model: str,
    messages: Sequence[Message],
    *,
    most_tokens: int | None = None,
    extra: Mapping[str, object] | None = None,
    said: Callable[[str], None] = lambda _: None,
    stream: bool = True,
    anywhere: bool = False,
) -> Answer:
    """Ask for one answer; `said` gets each piece of the text as it comes.

    Only a server on this host is asked unless `anywhere` allows others. Raises EngineRefusedError for an error that the
    server reports, LLMAdviseError where it breaks off.
    """
    body: dict[str, object] = {"model": model, "messages": [dict(item) for item in messages], "stream": stream}
    if stream:
        body["stream_options"] = {"include_usage": True}
    if most_tokens is not None:
        body["max_tokens"] = most_tokens
    body |= extra or {}
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not anywhere and not is_loopback(host):
        raise LLMAdviseError(f"{host[:80]} is not this host", "Only servers on this host are asked.")
    connection = http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
    began = time.monotonic()
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise EngineRefusedError(response.status, _reason(response.read(_LONGEST_ERROR)))
        return _take(_events(response) if stream else _whole(response), began, said)
    except (OSError, http.client.HTTPException) as error:
        raise LLMAdviseError(f"the engine broke off its answer ({type(error).__name__})") from error
    finally:
        connection.close()


def _reason(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    error = _table(_parsed(text)).get("error")
    message = _table(error).get("message", error)
    return str(message)[:400] if message else text.strip()[:400]


def _events(response: http.client.HTTPResponse) -> Iterator[dict[str, object]]:
    """Server-sent events: lines `data: {…}` until `data: [DONE]`; a server that dies may just stop before that."""
    while line := response.readline(_LONGEST_LINE):
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            yield _END
            return
        yield _table(_parsed(data.decode("utf-8", "replace")))


def _whole(response: http.client.HTTPResponse) -> Iterator[dict[str, object]]:
    whole = _table(_parsed(response.read(_LONGEST_ANSWER).decode("utf-8", "replace")))
    yield whole
    if whole:
        yield _END


def _take(events: Iterator[dict[str, object]], began: float, said: Callable[[str], None]) -> Answer:
    """The answer of these events. Raises EngineRefusedError for one that tells of an error, IncompleteRead without an end."""
    text: list[str] = []
    thought: list[str] = []
    first: float | None = None
    pieces, whole, finish, usage, timings = 0, False, None, None, None
    for event in events:
        whole = event is _END
        if "error" in event:
            raise EngineRefusedError(http.client.OK, _reason(json.dumps(event).encode()))
        usage = _table(event.get("usage")) or usage
        timings = _timings(_table(event.get("timings"))) or timings
        choice = _first(event.get("choices"))
        finish = _text(choice.get("finish_reason")) or finish
        delta = _table(choice.get("delta")) or _table(choice.get("message"))
        word, thinking = _text(delta.get("content")), _text(delta.get("reasoning_content"))
        if not word and not thinking:
            continue
        first = time.monotonic() if first is None else first
        pieces += 1
        thought.append(thinking)
        if word:
            text.append(word)
            said(word)
    if not whole and finish is None:
        raise http.client.IncompleteRead(b"")
    ended = time.monotonic()
    counted = _count((usage or {}).get("completion_tokens"))
    return Answer(
        text="".join(text),
        reasoning="".join(thought),
        tokens=pieces if counted is None else counted,
        prompt_tokens=_count((usage or {}).get("prompt_tokens")),
        first_token_seconds=(ended if first is None else first) - began,
        seconds=ended - began,
        finish=finish,
        timings=timings,
    )


def _timings(table: dict[str, object]) -> ServerTimings | None:
    """llama.cpp b11434, tools/server/server-task.cpp: result_timings."""
    read, wrote = _count(table.get("prompt_n")), _count(table.get("predicted_n"))
    reading, writing = _number(table.get("prompt_per_second")), _number(table.get("predicted_per_second"))
    if read is None or wrote is None or reading is None or writing is None:
        return None
    return ServerTimings(prompt_tokens=read, prompt_per_second=reading, tokens=wrote, tokens_per_second=writing)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _first(value: object) -> dict[str, object]:
    return _table(value[0]) if isinstance(value, list) and value else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: object) -> float | None:
    valid = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return float(value) if valid and isinstance(value, int | float) else None
