"""Reading a remote file piece by piece: servers that trickle, send too little, or something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest
from hub_server import TOKEN, Hub

from llmadvise.errors import LLMAdviseError
from llmadvise.hub.connection import Connection
from llmadvise.hub.reference import HubReference
from llmadvise.hub.remote import RemoteSource

REFERENCE = HubReference(repo="org/model")
SIZE = 1000


class Scripted:
    """An answer of these pieces."""

    def __init__(self, pieces: Sequence[bytes], headers: Mapping[str, str], status: int = 206) -> None:
        self.pieces, self.headers, self.status_code = pieces, headers, status

    def iter_raw(self) -> Iterator[bytes]:
        return iter(self.pieces)


class Line(Connection):
    """A connection that answers from a script, on a clock of its own."""

    def __init__(self, answers: Sequence[Scripted], seconds_a_look: float = 0.0) -> None:
        super().__init__(pause=self._pause, clock=self._clock)
        self.answers, self.pauses, self.asked = list(answers), list[float](), list[str]()
        self._now, self._step = 0.0, seconds_a_look

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def _clock(self) -> float:
        self._now += self._step
        return self._now

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str]) -> Iterator[Scripted]:
        assert url.startswith("http://")
        self.asked.append(headers["Range"])
        yield self.answers.pop(0)


def source(line: Connection) -> RemoteSource:
    return RemoteSource(line, REFERENCE, "m.gguf", "http://127.0.0.1:9/m.gguf", SIZE)


def part(begin: int, *pieces: bytes) -> Scripted:
    return Scripted(pieces, {"Content-Range": f"bytes {begin}-{SIZE - 1}/{SIZE}"})


def test_what_is_missing_is_asked_for_again() -> None:
    line = Line([part(10, b"abc", b"de"), part(15, b"fghij" * 9)])
    assert source(line).read_at(10, 10) == b"abcdefghij"
    assert line.asked == ["bytes=10-19", "bytes=15-19"]


def test_nothing_beyond_the_end_is_asked_for() -> None:
    line = Line([part(990, b"0123456789")])
    assert source(line).read_at(990, 4096) == b"0123456789"
    assert line.asked == ["bytes=990-999"]


def test_trickle_ends() -> None:
    line = Line([part(0, *[b"x"] * 500)], seconds_a_look=1.0)
    with pytest.raises(LLMAdviseError, match="did not answer in time"):
        source(line).read_at(0, 800)


def test_empty_answers_end() -> None:
    with pytest.raises(LLMAdviseError, match="cut the connection"):
        source(Line([part(0)] * 9)).read_at(0, 100)


@pytest.mark.parametrize(
    "answer", [Scripted([b"x" * 90], {"Content-Range": "bytes 0-99/1000"}), Scripted([b"x" * 90], {}, status=200)]
)
def test_another_part_is_refused(answer: Scripted) -> None:
    with pytest.raises(LLMAdviseError, match="does not serve parts"):
        source(Line([answer])).read_at(100, 50)


def test_pauses_grow_and_follow_the_server() -> None:
    busy = [Scripted([], {"Retry-After": "3"}, status=429), Scripted([], {}, status=503)]
    line = Line([*busy, part(0, b"x" * 100)])
    assert len(source(line).read_at(0, 100)) == 100
    assert line.pauses == [3, 0.5, 0, 1.0]


def test_token_stays_with_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store that the Hub redirects to is another host; it must not see the token."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    elsewhere = Hub(hub.folder)
    hub.store = elsewhere.endpoint
    try:
        connection = Connection()
        listing = connection.files(REFERENCE)
        found = connection.open(REFERENCE, listing, "Model-Q4_K_M.gguf")
        assert found is not None
        assert found.read_at(0, 4) == b"GGUF"
    finally:
        elsewhere.close()
    assert f"Bearer {TOKEN}" in hub.tokens
    assert elsewhere.tokens == [None]
