"""A Compose file: one service fetches and proves the files, the other serves them, on this machine alone."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.hardware import Backend
from llmadvise.launch.recipes.containers import (
    HUB_CACHE,
    MODELS,
    SHARED_MEMORY_GIB,
    USER,
    environment,
    group_words,
    health_words,
    image_name,
    shares_memory,
)
from llmadvise.launch.recipes.download import download_script
from llmadvise.launch.recipes.serving import LOCALHOST, Serving, comments, in_image, server_words
from llmadvise.launch.recipes.yaml_text import Node, yaml

_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - inside the container; the port is published to this machine alone
_CLOSED: Final[dict[str, Node]] = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "read_only": True,
    "tmpfs": ["/tmp"],  # noqa: S108 - of the container
}


def compose(serving: Serving) -> str:
    """The file. Raises LLMAdviseError where the runtime has no image for the backend."""
    services: dict[str, Node] = {"download": _download(serving)}
    if serving.nodes == 1:
        services["serve"] = _serve(serving)
    else:
        services["head"] = _of_group(serving, follows=False)
        services["worker"] = _of_group(serving, follows=True)
    document: dict[str, Node] = {"name": serving.name, "services": services, "volumes": {"models": {}}}
    if serving.gated:
        document["secrets"] = {"hf_token": {"environment": "HF_TOKEN"}}
    return yaml(document, [*comments(serving), *_how(serving)])


def _how(serving: Serving) -> list[str]:
    needs = ["", "Start it: docker compose up -d --wait"]
    if serving.nodes > 1:
        needs = [
            "",
            "On the first machine: HEAD_ADDRESS=its-address docker compose --profile head up -d",
            "On each other one:    HEAD_ADDRESS=the-first-one's NODE_RANK=1 docker compose --profile worker up -d",
        ]
    if serving.gated:
        needs.append("Before that: export HF_TOKEN, a token of an account that accepted the terms.")
    if serving.backend is Backend.ROCM:
        needs.append("VIDEO_GID and RENDER_GID: the numbers that `getent group video render` shows.")
    return [*needs, f"Then: {serving.endpoint}"]


def plain(text: str) -> str:
    """Text that Compose takes as it is: it would replace what follows a dollar sign."""
    return text.replace("$", "$$")


def _download(serving: Serving) -> dict[str, Node]:
    """It runs as the owner of the new volume, without any privilege of that user."""
    service: dict[str, Node] = {
        "image": image_name(serving),
        "entrypoint": ["/bin/sh", "-c"],
        "command": [plain(download_script(serving, MODELS, credential="/run/secrets/hf_token", cache=HUB_CACHE))],
        "user": "0:0",
        **_CLOSED,
        "volumes": [{"type": "volume", "source": "models", "target": MODELS}],
    }
    if serving.gated:
        service["secrets"] = ["hf_token"]
    return service


def _serve(serving: Serving) -> dict[str, Node]:
    words = [plain(word) for word in in_image(server_words(serving, MODELS, _EVERYWHERE))]
    return {
        **_server(serving, words),
        "ports": [f"{LOCALHOST}:{serving.port}:{serving.port}"],
        "healthcheck": _health(serving),
    }


def _of_group(serving: Serving, *, follows: bool) -> dict[str, Node]:
    """One of several machines: they reach each other in the hosts' own network."""
    words = [plain(word) for word in in_image(server_words(serving, MODELS, LOCALHOST))]
    rank = "${NODE_RANK:-1}" if follows else "0"
    service = _server(serving, [*words, *group_words(serving, address="${HEAD_ADDRESS:-}", rank=rank, follows=follows)])
    service |= {"profiles": ["worker" if follows else "head"], "network_mode": "host"}
    return service if follows else {**service, "healthcheck": _health(serving)}


def _health(serving: Serving) -> dict[str, Node]:
    return {
        "test": ["CMD", *health_words(serving)],
        "interval": "30s",
        "timeout": "10s",
        "retries": 3,
        "start_period": "30m",
    }


def _server(serving: Serving, words: list[str]) -> dict[str, Node]:
    service: dict[str, Node] = {
        "image": image_name(serving),
        "depends_on": {"download": {"condition": "service_completed_successfully"}},
        "entrypoint": words[:1],
        "command": words[1:],
        "environment": environment(serving),
        "user": f"{USER}:{USER}",
        **_CLOSED,
        "volumes": [{"type": "volume", "source": "models", "target": MODELS, "read_only": True}],
        "restart": "unless-stopped",
    }
    if shares_memory(serving):
        service["shm_size"] = f"{SHARED_MEMORY_GIB}gb"
    resources = _resources(serving)
    if resources:
        service["deploy"] = {"resources": resources}
    return service | _devices(serving)


def _resources(serving: Serving) -> dict[str, Node]:
    resources: dict[str, Node] = {}
    if serving.ram_bytes is not None:
        resources["limits"] = {"memory": str(serving.ram_bytes)}
    if serving.backend is Backend.CUDA:
        cards: Node = [str(index) for index in serving.gpus]
        resources["reservations"] = {"devices": [{"driver": "nvidia", "device_ids": cards, "capabilities": ["gpu"]}]}
    return resources


def _devices(serving: Serving) -> dict[str, Node]:
    """GPUs that are passed on as device files."""
    if serving.backend not in {Backend.ROCM, Backend.VULKAN}:
        return {}
    compute = ["/dev/kfd"] if serving.backend is Backend.ROCM else []
    return {
        "devices": [*compute, "/dev/dri"],
        "group_add": ["${VIDEO_GID:-44}", "${RENDER_GID:-109}"],
    }
