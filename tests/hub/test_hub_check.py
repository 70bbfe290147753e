"""`check --online`: what the catalog does not know is asked of the Hub; nothing is asked without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hub_api import COMMIT, HubApi, Repo

from llmadvise.catalog import load
from llmadvise.cli.app import run
from llmadvise.hub import patience, remote

Check = Callable[..., tuple[int, Any]]
POLICY = "use:\n  commercial: true\n  distributes_weights: false\nunknown: fail\n"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubApi]:
    served = HubApi()
    monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(remote, "_FIRST_PAUSE", 0.0)
    yield served
    served.close()


@pytest.fixture
def check(
    api: HubApi, compiled: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Check:
    """The one model of a checkout, checked."""
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "llmadvise-policy.yaml").write_text(POLICY, encoding="utf-8")
    (folder / "app.py").write_text('m = AutoModel.from_pretrained("quorra/model-7b")\n', encoding="utf-8")

    def checked(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = run(["check", str(folder), "--json", *arguments])
        return code, json.loads(capsys.readouterr().out)

    return checked


def test_without_it_nothing_is_asked(api: HubApi, check: Check) -> None:
    api.repos["quorra/model-7b"] = Repo(info={"cardData": {"license": "mit"}})
    code, document = check()
    assert (code, document["results"][0]["verdict"]) == (11, "unknown")
    assert api.requests == []


@pytest.mark.parametrize(("license_", "code", "verdict"), [("mit", 0, "allowed"), ("cc-by-nc-4.0", 10, "denied")])
def test_the_declared_license_decides(license_: str, code: int, verdict: str, api: HubApi, check: Check) -> None:
    api.repos["quorra/model-7b"] = Repo(info={"cardData": {"license": license_}})
    found, document = check("--online")
    result = document["results"][0]
    assert (found, result["verdict"], result["license"]["declared"]) == (code, verdict, license_)
    assert (result["resolved"], result["revision"], result["parameters"]) == (None, COMMIT, None)


def test_ancestors_that_the_hub_names_bind_too(api: HubApi, check: Check) -> None:
    card = {"license": "mit", "base_model": "Qwen/Qwen2.5-3B-Instruct"}
    api.repos["quorra/model-7b"] = Repo(info={"cardData": card})
    code, document = check("--online")
    assert code == 10
    assert "qwen-research" in document["results"][0]["license"]["effective"]


def test_a_hub_that_knows_nothing_leaves_it_unknown(check: Check) -> None:
    code, document = check("--online")
    assert (code, document["results"][0]["verdict"]) == (11, "unknown")
    assert "the Hub" in document["results"][0]["findings"][0]["message"]


@pytest.mark.parametrize(
    ("text", "code", "verdict", "rules"),
    [
        (b"read by a person", 0, "allowed", set()),
        (b"changed since", 11, "unknown", {"clarification-void", "license-unknown"}),
        (None, 11, "unknown", {"license-unknown"}),
    ],
)
def test_a_clarification_holds_as_long_as_the_text_does(  # noqa: PLR0917 - fixtures
    text: bytes | None, code: int, verdict: str, rules: set[str], api: HubApi, check: Check, tmp_path: Path
) -> None:
    digest = sha256(b"read by a person").hexdigest()
    policy = f"{POLICY}clarifications: [{{model: quorra/model-7b, license: mit, text_sha256: '{digest}'}}]\n"
    (tmp_path / "checkout" / "llmadvise-policy.yaml").write_text(policy, encoding="utf-8")
    card = {"license": "other", "license_name": "modified-mit"}
    api.repos["quorra/model-7b"] = Repo(info={"cardData": card}, files={"LICENSE": text} if text else {})
    found, document = check("--online")
    [result] = document["results"]
    assert (found, result["verdict"]) == (code, verdict)
    assert {item["rule"] for item in result["findings"] if item["verdict"] == "warn"} == rules
    not_applied = [item["rule"] for item in document["findings"]]
    assert not_applied == ([] if text else ["clarification-not-applied"])
    said = " ".join(item["message"] for item in result["findings"])
    assert ("may mean" in said) == (verdict == "unknown")


def test_the_text_of_a_model_that_the_catalog_knows_is_asked_for_where_it_is_clarified(
    api: HubApi, check: Check, tmp_path: Path
) -> None:
    text = b"another text than the catalog thinks"
    model = "Qwen/Qwen2.5-3B-Instruct"
    clarified = f"clarifications: [{{model: {model}, license: mit, text_sha256: '{sha256(text).hexdigest()}'}}]\n"
    folder = tmp_path / "checkout"
    (folder / "llmadvise-policy.yaml").write_text(POLICY + clarified, encoding="utf-8")
    (folder / "app.py").write_text(f'm = AutoModel.from_pretrained("{model}")\n', encoding="utf-8")
    api.repos[model] = Repo(info={"cardData": {"license": "other"}}, files={"LICENSE": text})
    assert check()[0] == 10
    code, document = check("--online")
    assert (code, document["results"][0]["license"]["declared"]) == (0, "mit")


def test_offline_settings_win(api: HubApi, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert check("--online")[0] == 11
    assert api.requests == []
