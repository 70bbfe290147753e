"""`estimate hf:org/repo`: the header alone comes over the network, and every failure has its sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hub_program import Ask
from hub_server import COMMIT, TOKEN, Hub, Trouble

WANTED = "hf:org/model:Q4_K_M"


def test_only_the_header_is_transferred(ask: Ask, hub: Hub) -> None:
    document = ask(WANTED, "--json").document
    target = document["target"]
    assert (target["kind"], target["model"], target["repo"]) == ("hub", "org/model", "org/model")
    assert (target["revision"], target["files"]) == (COMMIT, ["Model-Q4_K_M.gguf"])
    assert (target["quantization"], target["bytes"]) == ("Q4_K_M", 5_021_851_296)
    assert document["architecture"]["layers"] == 36
    assert document["memory"]["weights"]["value"] > 4 << 30
    assert hub.served <= 1 << 20
    assert len(hub.requests) <= 6


@pytest.mark.parametrize(
    "target",
    ["hf:org/model:Model-Q8_0.gguf", "hf:org/model:model-q8_0.gguf", "hf:org/model:q8_0", "HF:org/model@main:Q8_0"],
)
def test_ways_to_name_a_file(ask: Ask, hub: Hub, target: str) -> None:
    assert ask(target, "--json").document["target"]["files"] == ["Model-Q8_0.gguf"]


@pytest.mark.parametrize("target", ["hf:org/model", "hf:org/model:Q5_K_M", "hf:org/model:absent.gguf"])
def test_several_or_none_are_listed(ask: Ask, hub: Hub, target: str) -> None:
    answer = ask(target)
    assert answer.code == 2
    assert "Model-Q4_K_M.gguf" in answer.said
    assert "Model-Q8_0.gguf" in answer.said


def test_shards_are_one_model(ask: Ask, hub: Hub) -> None:
    for number in (1, 2):
        (hub.folder / f"Split-Q6_K-0000{number}-of-00002.gguf").write_bytes(b"GGUF")
    hub.files = sorted(hub.folder.iterdir())
    answer = ask("hf:org/model:Q6_K")
    assert answer.code == 12
    assert "Split-Q6_K-00001-of-00002.gguf" in answer.said


def test_repository_without_models(ask: Ask, hub: Hub) -> None:
    hub.files = [hub.folder / "README.md"]
    assert "has no GGUF file" in ask("hf:org/model").said


@pytest.mark.parametrize(
    "target",
    ["hf:", "hf:model", "hf:org/model/more", "hf:../../etc", "hf:org/mo del", "hf:org/model@", "hf:org/\x1bmodel"],
)
def test_what_names_nothing(ask: Ask, hub: Hub, target: str) -> None:
    answer = ask(target)
    assert answer.code == 2
    assert "does not name a model on the Hub" in answer.said
    assert hub.requests == []


def test_token_opens_a_gated_model(ask: Ask, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.needs_token = True
    refused = ask(WANTED)
    assert refused.code == 1
    assert f"{hub.endpoint}/org/model" in refused.said
    assert "HF_TOKEN" in refused.said
    assert "script" not in refused.said
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert ask(WANTED).code == 0
    assert f"Bearer {TOKEN}" in hub.tokens


@pytest.mark.parametrize(
    ("refusal", "code", "said"),
    [
        ((401, "GatedRepo"), 1, "is gated"),
        ((403, None), 1, "is gated"),
        ((401, "RepoNotFound"), 2, "is not on the Hub, or it is private"),
        ((404, "RepoNotFound"), 2, "is not on the Hub, or it is private"),
        ((404, "RevisionNotFound"), 2, "has no revision 'main'"),
        ((429, None), 1, "too many requests (429)"),
        ((500, None), 1, "the Hub failed (500)"),
        ((418, None), 1, "answered 418"),
    ],
)
def test_refusals_of_the_list(ask: Ask, hub: Hub, refusal: tuple[int, str | None], code: int, said: str) -> None:
    status, error = refusal
    hub.list_status, hub.list_code, hub.list_headers = status, error, {"Retry-After": "77"}
    answer = ask(WANTED)
    assert answer.code == code
    assert said in answer.said
    assert "Hint:" in answer.said
    assert ("in 77 seconds" in answer.said) == (status == 429)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"siblings": 7}', b"[" * 100_000])
def test_answers_that_are_no_list(ask: Ask, hub: Hub, body: bytes) -> None:
    hub.list_body = body
    answer = ask(WANTED)
    assert answer.code == 1
    assert "no list of files" in answer.said


def test_list_with_nonsense_in_it(ask: Ask, hub: Hub) -> None:
    hub.list_body = b'{"sha": "../x", "siblings": [7, {}, {"rfilename": 1}, {"rfilename": "a.gguf", "size": -1}]}'
    assert "has no GGUF file" in ask(WANTED).said


@pytest.mark.parametrize("statuses", [[503], [429, 500], [502, 503, 504]])
def test_failures_that_pass(ask: Ask, hub: Hub, statuses: list[int]) -> None:
    hub.trouble = Trouble(statuses=list(statuses), headers={"Retry-After": "0"})
    assert ask(WANTED).code == 0


def test_failures_that_stay(ask: Ask, hub: Hub) -> None:
    hub.trouble = Trouble(statuses=[503] * 9)
    assert "the Hub failed (503)" in ask(WANTED).said


def test_long_waits_are_left_to_the_user(ask: Ask, hub: Hub) -> None:
    hub.trouble = Trouble(statuses=[429] * 9, headers={"Retry-After": "300"})
    assert "in 300 seconds" in ask(WANTED).said
    assert len(hub.trouble.statuses) == 8


def test_cut_connections_go_on_where_they_were_cut(ask: Ask, hub: Hub) -> None:
    hub.trouble = Trouble(cut_after=1000)
    assert ask(WANTED).code == 0
    assert hub.served <= 1 << 20


def test_server_that_ignores_ranges(ask: Ask, hub: Hub) -> None:
    hub.trouble = Trouble(ignores_ranges=True)
    answer = ask(WANTED)
    assert answer.code in {0, 1}
    assert hub.served <= 1 << 20


def test_damaged_file(ask: Ask, hub: Hub) -> None:
    (hub.folder / "mmproj-F16.gguf").write_bytes(b"<!doctype html>")
    answer = ask("hf:org/model:mmproj-F16.gguf")
    assert answer.code == 12
    assert "a web page" in answer.said


def test_offline(ask: Ask, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "needs the network" in ask(WANTED, "--offline").said
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    answer = ask(WANTED)
    assert answer.code == 1
    assert "needs the network" in answer.said
    assert hub.requests == []


def test_nobody_there(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    answer = ask(WANTED)
    assert answer.code == 1
    assert "cannot be reached" in answer.said
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    assert "is not an address" in ask(WANTED).said


def test_nothing_else_imports_http() -> None:
    script = (
        "import sys; from llmadvise.api import estimate; import llmadvise.api.estimate_file;"
        "bad = {'huggingface_hub', 'httpx', 'httpx2', 'urllib.request', 'http.client'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True).stderr == ""
