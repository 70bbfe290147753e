"""A Hub, or what stands in its place, that means harm: endless answers, other hosts, odd addresses and names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import repeat

import pytest
from hub_api import COMMIT, HubApi, Repo
from hub_program import Ask
from hub_server import TOKEN, Hub

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub import connection as connection_module
from llmadvise.hub.connection import Connection
from llmadvise.hub.description import Description, read_description
from llmadvise.hub.entity_tag import read_entity_tag
from llmadvise.hub.listing import Listing
from llmadvise.hub.reference import HubReference
from llmadvise.hub.repository import read_repository
from llmadvise.hub.tree import list_files

REFERENCE = HubReference(repo="org/model")
ENDPOINT = "http://127.0.0.1:9"


class Told:
    """An answer of these pieces."""

    def __init__(
        self, pieces: Iterator[bytes] | list[bytes], headers: Mapping[str, str] | None = None, status: int = 200
    ) -> None:
        self.pieces, self.headers, self.status_code = iter(pieces), headers or {}, status

    def iter_bytes(self) -> Iterator[bytes]:
        return self.pieces


class Line(Connection):
    """A connection whose answers are made up, on a clock of its own."""

    def __init__(self, answer: Callable[[str], Told], seconds_a_look: float = 0.0) -> None:
        self.answer, self.pauses, self.asked = answer, list[float](), list[str]()
        super().__init__(pause=self.pauses.append, clock=self._look)
        self._now, self._step = 0.0, seconds_a_look

    def _look(self) -> float:
        self._now += self._step
        return self._now

    @contextmanager
    def stream(self, url: str, *_: object, **__: object) -> Iterator[Told]:
        self.asked.append(url)
        yield self.answer(url)


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", ENDPOINT)


def described(line: Connection) -> Description:
    return read_description(line, REFERENCE, ("sha",))


def page(number: int, following: str = "") -> Told:
    rows = [{"type": "file", "path": f"{number}.json", "size": 1}]
    return Told([json.dumps(rows).encode()], {"Link": f'<{following}>; rel="next"'} if following else {})


def test_an_endless_answer_ends() -> None:
    pieces = repeat(b" " * (1 << 20), 1000)
    line = Line(lambda _: Told(pieces))
    with pytest.raises(LLMAdviseError, match="did not answer in time"):
        described(line)
    assert len(list(pieces)) > 900, "64 MiB were read, and no more"
    assert len(line.asked) == 1


def test_an_answer_that_trickles_ends() -> None:
    line = Line(lambda _: Told(repeat(b"x")), seconds_a_look=1.0)
    with pytest.raises(LLMAdviseError, match="did not answer in time"):
        described(line)


def test_pages_without_an_end_end() -> None:
    def answer(_: str) -> Told:
        return page(len(line.asked), f"{ENDPOINT}/more?cursor={len(line.asked)}")

    line = Line(answer, seconds_a_look=1.0)
    with pytest.raises(LLMAdviseError, match="did not answer in time"):
        list_files(line, REFERENCE, COMMIT)
    many = json.dumps([{"type": "directory"}] * 30_000).encode()
    line = Line(lambda _: Told([many], {"Link": '<https://x/y?cursor=1>; rel="next"'}))
    with pytest.raises(LLMAdviseError, match="more than 50000 files"):
        list_files(line, REFERENCE, COMMIT)
    assert len(line.asked) == 2
    line = Line(lambda _: Told([b"[]"], {"Link": '<https://x/y?cursor=1>; rel="next"'}))
    assert list_files(line, REFERENCE, COMMIT) == ()
    assert len(line.asked) == 1


def test_the_next_page_is_asked_for_where_the_first_was() -> None:
    """Else a list could send the token anywhere, and a mirror could not be kept to."""
    line = Line(
        lambda url: (
            page(2) if "cursor" in url else page(1, "https://elsewhere.example/steal?recursive=true&cursor=a%2Fb")
        )
    )
    assert [file.path for file in list_files(line, REFERENCE, COMMIT)] == ["1.json", "2.json"]
    start = f"{ENDPOINT}/api/models/org/model/tree/{COMMIT}"
    assert line.asked == [f"{start}?recursive=true&expand=false", f"{start}?recursive=true&cursor=a%2Fb"]


def test_a_list_that_asks_for_days_of_patience_is_left_to_the_user() -> None:
    line = Line(lambda _: Told([], {"Retry-After": "999999"}, status=429))
    with pytest.raises(LLMAdviseError, match="asks to wait"):
        list_files(line, REFERENCE, COMMIT)
    assert (line.pauses, len(line.asked)) == ([], 1)


def test_a_list_that_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    served = HubApi()
    try:
        monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
        monkeypatch.setattr(connection_module, "_PATIENCE", 0.05)
        served.repos["org/model"] = Repo()
        served.trouble["tree"].delay = 0.3
        with pytest.raises(LLMAdviseError, match="did not answer in time"):
            list_files(Connection(), REFERENCE, COMMIT)
    finally:
        served.close()


@pytest.mark.parametrize("body", [b"", b"{", b"[", b"[" * 100_000, b"[]", b"{}", b'{"id": 7}', b"\xff"])
def test_what_describes_nothing_is_refused(body: bytes) -> None:
    with pytest.raises(LLMAdviseError, match="does not describe org/model"):
        described(Line(lambda _: Told([body])))


def test_values_of_other_types_are_not_said() -> None:
    odd = {
        "id": "org/model", "sha": "../../x", "cardData": [1], "tags": [1, "kept"], "pipeline_tag": {}, "gguf": 3,
        "createdAt": 7, "safetensors": {"parameters": {"F16": -1, "BF16": True, "I8": 5}, "total": "many"},
        "baseModels": {"relation": 1, "models": [3, {"id": "a/b"}, "c/d"]},
    }  # fmt: skip
    found = described(Line(lambda _: Told([json.dumps(odd).encode()])))
    assert (found.revision, found.card, found.gguf, found.tags) == (None, {}, {}, ("kept",))
    assert (found.pipeline, found.created, found.parameters, found.total_parameters) == (None, None, {"I8": 5}, None)
    assert found.declared_bases == (("a/b", None), ("c/d", None))


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2025-03-01T10:00:00.000Z", "2025-03-01"), ("2022-03-02T23:29:04.000Z", None), ("yesterday", None), ("20250301", None)],
)  # fmt: skip
def test_the_day_that_stands_for_any_older_one_is_none(moment: str, day: str | None) -> None:
    told = json.dumps({"id": "org/model", "createdAt": moment}).encode()
    assert described(Line(lambda _: Told([told]))).created == day


ADDRESSES = [
    "http://", "https:///x", "http://[bad", "http://a:99999", "ftp://a", "http://a\x1b[31m", "http://\u202eabc",
    "http://a b", "http://bücher.example", "//a", "file:///etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_no_address_is_refused_and_shown_harmlessly(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(UsageError, match="is not an address") as raised:
        Connection()
    assert raised.value.message.isprintable()


def test_a_password_in_the_address_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://me:hunter2@127.0.0.1:9/hub")
    with pytest.raises(LLMAdviseError, match=r"127\.0\.0\.1:9/hub cannot be reached") as raised:
        Connection().files(REFERENCE)
    told = f"{raised.value.message} {raised.value.hint} {Connection().page(REFERENCE)}"
    assert "hunter2" not in told
    assert "me:" not in told


@pytest.mark.parametrize("secret", ["hf_tök", "hf_a b", "hf_\x1b[31m", "hf_a\nHost: evil"])
def test_a_token_that_is_none_is_refused_and_not_shown(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: secret)
    with pytest.raises(UsageError, match="characters that no token has") as raised:
        Connection().headers()
    assert secret not in f"{raised.value.message}{raised.value.hint}"


@pytest.mark.parametrize(("said", "sent"), [("1", False), ("true", False), ("0", True), ("", True)])
def test_a_token_is_not_sent_where_that_is_switched_off(said: str, sent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", said)
    assert ("Authorization" in Connection().headers()) is sent


@pytest.mark.parametrize("name", ["../../other/private/resolve/main/x.gguf", "/x.gguf", "a\x1b[2J.gguf"])
def test_a_file_whose_name_leads_elsewhere_is_not_asked_for(name: str, ask: Ask, hub: Hub) -> None:
    """The address would be another one of the Hub, asked with the user's token."""
    with pytest.raises(LLMAdviseError, match="nothing was fetched"):
        Connection().open(REFERENCE, Listing(revision=COMMIT, sizes={name: 1}), name)
    hub.list_body = json.dumps({"sha": COMMIT, "siblings": [{"rfilename": name, "size": 100}]}).encode()
    answer = ask("hf:org/model")
    assert answer.code == 1
    assert "\x1b" not in answer.err
    assert len(hub.requests) == 1


def test_a_model_that_is_called_gated_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    served = HubApi()
    try:
        monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
        served.repos["org/gated"] = Repo(files={"config.json": b"{}", "tokenizer_config.json": b'{"a": 1}'})
        served.trouble["resolve"].statuses = [418]
        found = read_repository(Connection(pause=lambda _: None), HubReference(repo="org/gated"))
    finally:
        served.close()
    assert [finding.rule for finding in found.findings] == ["file-unreadable"]
    assert (found.config, found.tokenizer) == (None, {"a": 1})


def tagged(*answers: Told) -> tuple[str, list[str]]:
    pending = list(answers)
    line = Line(lambda _: pending.pop(0))
    return read_entity_tag(line, HubReference(repo="org/model", revision=COMMIT), "config.json"), line.asked


def test_a_tag_is_the_word_of_the_hub_and_of_no_store() -> None:
    here = f"{ENDPOINT}/org/model/resolve/{COMMIT}/config.json"
    assert tagged(Told([], {"ETag": 'W/"abc"'})) == ("abc", [here])
    moved = Told([], {"Location": "/new/name/config.json"}, status=307)
    assert tagged(moved, Told([], {"ETag": '"abc"'})) == ("abc", [here, f"{ENDPOINT}/new/name/config.json"])
    store = {"Location": "https://store.example/x", "X-Linked-Etag": '"def"', "ETag": '"other"'}
    assert tagged(Told([], store, status=302)) == ("def", [here])
    assert tagged(Told([], {"Location": "https://store.example/x"}, status=302)) == ("", [here])
    assert tagged(*[Told([], {"Location": f"/{number}"}, status=302) for number in range(9)])[0] == ""
    with pytest.raises(UsageError, match="not on the Hub"):
        tagged(Told([], status=404))
