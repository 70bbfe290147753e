"""Recipes for several nodes: the layout that was planned, in every node's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from recipe_parts import plain_serving, schema

from llmadvise.api.plan import PlanRequest
from llmadvise.api.recipe import recommended_recipe
from llmadvise.api.recipe_plan import planned_recipe
from llmadvise.api.recipe_serving import build
from llmadvise.api.request import Request
from llmadvise.domain.recipe import Form
from llmadvise.domain.requirements import Requirements
from llmadvise.errors import LLMAdviseError, NothingFitsError, UsageError
from llmadvise.render.documents.recipe import RecipeDocument
from llmadvise.units import GIB

LLAMA = "meta-llama/llama-3.1-405b-instruct:awq-int4"


def planned(
    form: Form, *, model: str = LLAMA, gpu: str = "2x H100 SXM", nodes: int = 2, users: int = 1
) -> RecipeDocument:
    requirements = Requirements(users=users, asked=("users",))
    request = Request(requirements=requirements, gpus=(gpu,), ram_bytes=1024 * GIB, offline=True)
    return planned_recipe(PlanRequest(request=request, model=model, nodes=nodes), form)


def after(words: list[str], flag: str) -> str:
    return words[words.index(flag) + 1]


def test_a_leader_worker_set_has_a_pod_a_node() -> None:
    recipe = planned(Form.K8S)
    documents = [item for item in yaml.safe_load_all(recipe.text) if item]
    whole = schema("kubernetes")
    for item in documents:
        kind = "LeaderWorkerSet" if item["kind"] == "LeaderWorkerSet" else "io.k8s.api.core.v1.Service"
        jsonschema.Draft7Validator({**whole, "$ref": f"#/definitions/{kind}"}).validate(item)
    group = documents[0]["spec"]["leaderWorkerTemplate"]
    assert (documents[0]["spec"]["replicas"], group["size"]) == (1, 2)
    leader, worker = (served(group[f"{role}Template"]) for role in ("leader", "worker"))
    for container in (leader, worker):
        assert container["resources"]["limits"]["nvidia.com/gpu"] == "2"
        words = container["args"]
        assert after(words, "--tensor-parallel-size") == "2"
        assert after(words, "--pipeline-parallel-size") == "2"
        assert after(words, "--nnodes") == "2"
        assert after(words, "--master-addr") == "$(LWS_LEADER_ADDRESS)"
    assert after(leader["args"], "--node-rank") == "0"
    assert after(worker["args"], "--node-rank") == "$(LWS_WORKER_INDEX)"
    assert ("--headless" in leader["args"], "--headless" in worker["args"]) == (False, True)
    assert documents[1]["spec"]["selector"]["role"] == "leader"
    assert "recipe-without-ray" in {item.rule for item in recipe.findings}


def served(template: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = template["spec"]["containers"][0]
    return container


def test_each_copy_is_a_group_of_its_own() -> None:
    recipe = planned(Form.K8S, nodes=4, users=16)
    document = next(item for item in yaml.safe_load_all(recipe.text) if item)
    assert document["spec"]["replicas"] == 2
    assert document["spec"]["leaderWorkerTemplate"]["size"] == 2
    assert "--data-parallel-size" not in recipe.text


def test_compose_has_a_profile_for_the_first_machine_and_one_for_the_others() -> None:
    document = yaml.safe_load(planned(Form.COMPOSE).text)
    jsonschema.Draft7Validator(schema("compose-spec")).validate(document)
    services = document["services"]
    assert (services["head"]["profiles"], services["worker"]["profiles"]) == (["head"], ["worker"])
    assert after(services["worker"]["command"], "--node-rank") == "${NODE_RANK:-1}"
    assert after(services["head"]["command"], "--master-addr") == "${HEAD_ADDRESS:-}"
    assert after(services["head"]["command"], "--host") == "127.0.0.1"


def test_a_script_starts_the_ray_cluster() -> None:
    text = planned(Form.SCRIPT).text
    assert "ray start --head --port=6379" in text
    assert 'exec ray start --address="$2:6379" --block' in text
    assert "--distributed-executor-backend ray" in text.splitlines()[-1]
    assert "-ge 2 ]" in text


def test_one_node_needs_no_cluster() -> None:
    recipe = planned(Form.COMPOSE, gpu="8x H100 SXM", nodes=1, model="qwen/qwen3-32b:awq-int4")
    words = yaml.safe_load(recipe.text)["services"]["serve"]["command"]
    assert after(words, "--tensor-parallel-size") == "8"
    assert "ray" not in recipe.text


def refusals() -> Iterator[tuple[Form, dict[str, Any], str]]:
    yield Form.SYSTEMD, {}, "starts one machine"
    yield Form.MODELFILE, {}, "runtime"
    yield Form.COMPOSE, {"nodes": 4, "users": 16}, "copies over several nodes"
    yield Form.SCRIPT, {"nodes": 4, "users": 16}, "copies over several nodes"


@pytest.mark.parametrize(("form", "asked", "words"), list(refusals()))
def test_what_a_form_cannot_say_is_refused(form: Form, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(LLMAdviseError, match=words):
        planned(form, **asked)


def test_nothing_that_fits_is_exit_code_3() -> None:
    with pytest.raises(NothingFitsError, match="cannot run on 1 node"):
        planned(Form.K8S, nodes=1)


def test_a_plan_without_a_machine_has_no_recipe() -> None:
    with pytest.raises(UsageError, match="needs a machine"):
        planned_recipe(PlanRequest(request=Request(), model="qwen/qwen3-8b"), Form.COMPOSE)


def test_one_machine_is_served_by_what_it_has() -> None:
    recipe = planned(Form.COMPOSE, model="qwen/qwen3-8b:Q4_K_M", gpu="RTX 4090", nodes=1)
    assert recipe.runtime == "llama.cpp"
    assert recipe.quantization == "Q4_K_M"


def test_a_container_on_a_mac_is_refused() -> None:
    with pytest.raises(LLMAdviseError, match="cannot use the GPU"):
        recommended_recipe(Request(gpus=("M3 Max 64GB",), offline=True), Form.COMPOSE)


def test_a_runtime_without_a_recipe_is_said() -> None:
    request = Request(
        requirements=Requirements(runtime="koboldcpp", asked=("runtime",)), gpus=("RTX 4090",), offline=True
    )
    with pytest.raises(LLMAdviseError, match="koboldcpp has no recipe as compose"):
        recommended_recipe(request, Form.COMPOSE)


def test_a_pick_without_a_commit_is_replaced_or_refused(tmp_path: Path) -> None:
    """Gemma's own upload has no commit in the catalog; offline another one is taken, and that is said."""
    recipe = recommended_recipe(Request(gpus=("RTX 3060 12GB",), ram_bytes=32 * GIB, offline=True), Form.COMPOSE)
    assert len(recipe.revision) == 40
    assert recipe.text.count(recipe.revision) >= 2


def test_an_image_that_is_too_old_for_the_model_is_refused() -> None:
    """A version that the image does not hold: the recipe would start and fail."""
    serving = plain_serving("vllm")
    runtime = serving.plan.runtime
    architecture = serving.model.architecture
    assert architecture is not None
    assert architecture.id is not None
    later = replace(runtime, architectures={architecture.id: "99.0.0"})
    with pytest.raises(LLMAdviseError, match=r"holds 0\.30\.0, and qwen3 needs 99\.0\.0"):
        build(
            serving.model,
            serving.variant,
            serving.quantization,
            replace(serving.plan, runtime=later),
            form=Form.COMPOSE,
            notes=(),
            gpus=(0,),
        )


def test_the_encoder_of_pictures_is_fetched_and_proved_with_the_model() -> None:
    """`recommend` names its address on the Hub's main branch; a recipe takes it from the pinned commit."""
    requirements = Requirements(use_case="vision", asked=("use_case",))
    recipe = recommended_recipe(
        Request(requirements=requirements, gpus=("RTX 4090",), ram_bytes=64 * GIB, offline=True), Form.SCRIPT
    )
    encoder = next(file for file in recipe.files if "mmproj" in file.name)
    words = recipe.text.splitlines()[-1].split()
    assert after(words, "--mmproj") == f"./{encoder.name}"
    assert "resolve/main" not in recipe.text
    assert "--mmproj-url" not in recipe.text
    assert f"fetch {recipe.repo}/resolve/{recipe.revision}/{encoder.name}" in recipe.text
