"""Kubernetes: a claim for the files, a deployment that fetches, proves and serves them, a service inside the cluster."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.hardware import Backend
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.containers import (
    HUB_CACHE,
    MODELS,
    SHARED_MEMORY_GIB,
    USER,
    environment,
    image_name,
    shares_memory,
)
from llmadvise.launch.recipes.download import download_script
from llmadvise.launch.recipes.serving import Serving, comments, in_image, server_words
from llmadvise.launch.recipes.yaml_text import Node, yaml
from llmadvise.units import GIB

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - inside the pod; the service is of the cluster alone
_RESOURCES: Final = {Backend.CUDA: "nvidia.com/gpu", Backend.ROCM: "amd.com/gpu"}
"""What the vendors' device plugins call a GPU."""
_SECRET: Final = "hf-token"  # noqa: S105 - the name of one
_ROOM: Final = 1.1
"""Of the files' size: what a file system keeps for itself; a choice."""


def kubernetes(serving: Serving) -> str:
    """The manifests. Raises LLMAdviseError where the runtime has no image, or the backend no device plugin."""
    if serving.nodes > 1:
        from llmadvise.launch.recipes.leader_worker_set import leader_worker_set  # noqa: PLC0415 - only for several nodes

        return leader_worker_set(serving)
    if serving.backend not in {*_RESOURCES, Backend.CPU}:
        raise LLMAdviseError(
            f"Kubernetes has no usual device plugin for {serving.backend.value}", "Try --emit compose or systemd."
        )
    parts = (yaml(_claim(serving)), yaml(_deployment(serving)), yaml(service(serving, {"app": serving.name})))
    return yaml({}, [*comments(serving), *how(serving)]) + "---\n".join(parts)


def how(serving: Serving) -> list[str]:
    """How to apply it, and how to reach it."""
    secret = [f"Before that: kubectl create secret generic {_SECRET} --from-literal=token=…"] if serving.gated else []
    return [
        "",
        "Apply it: kubectl apply -f this-file",
        *secret,
        f"Then: kubectl port-forward service/{serving.name} {serving.port}:{serving.port}, and {serving.endpoint}",
    ]


def _metadata(serving: Serving) -> dict[str, Node]:
    return {"name": serving.name, "labels": {"app": serving.name, "app.kubernetes.io/managed-by": "llmadvise"}}


def _claim(serving: Serving) -> dict[str, Node]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _metadata(serving),
        "spec": claim_spec(serving),
    }


def claim_spec(serving: Serving) -> dict[str, Node]:
    """A volume that holds the files."""
    size = -(-int((serving.disk_bytes or 0) * _ROOM) // GIB) + 1
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{size}Gi"}}}


def _deployment(serving: Serving) -> dict[str, Node]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(serving),
        "spec": {
            "replicas": 1,
            # Two pods would want the same GPUs.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {"app": serving.name}},
            "template": {
                "metadata": {"labels": {"app": serving.name}},
                "spec": pod(serving, server(serving), {"persistentVolumeClaim": {"claimName": serving.name}}),
            },
        },
    }


def service(serving: Serving, selector: dict[str, Node]) -> dict[str, Node]:
    """The endpoint, inside the cluster."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(serving),
        "spec": {
            "type": "ClusterIP",
            "selector": selector,
            "ports": [{"name": "http", "port": serving.port, "targetPort": "http"}],
        },
    }


def pod(serving: Serving, container: dict[str, Node], models: dict[str, Node]) -> dict[str, Node]:
    """The pod of a server."""
    volumes: list[Node] = [{"name": "models", **models}, {"name": "tmp", "emptyDir": {}}]
    if shares_memory(serving):
        volumes.append({"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": f"{SHARED_MEMORY_GIB}Gi"}})
    return {
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": [_download(serving)],
        "containers": [container],
        "volumes": volumes,
    }


def plain(text: str) -> str:
    """Text that Kubernetes takes as it is: it would replace `$(NAME)`, and reads two dollar signs as one."""
    return text.replace("$", "$$")


_CLOSED: Final[dict[str, Node]] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def _download(serving: Serving) -> dict[str, Node]:
    container: dict[str, Node] = {
        "name": "download",
        "image": image_name(serving),
        "command": ["/bin/sh", "-c"],
        "args": [plain(download_script(serving, MODELS, cache=HUB_CACHE))],
        "securityContext": _CLOSED,
        "volumeMounts": [
            {"name": "models", "mountPath": MODELS},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - of the pod
        ],
    }
    if serving.gated:
        reference: Node = {"secretKeyRef": {"name": _SECRET, "key": "token"}}
        container["env"] = [{"name": "HF_TOKEN", "valueFrom": reference}]
    return container


def server(serving: Serving, more: tuple[str, ...] = (), *, answers: bool = True) -> dict[str, Node]:
    """The container that serves; `answers`: clients reach it, not only its peers."""
    words = [plain(word) for word in in_image(server_words(serving, MODELS, EVERYWHERE))]
    mounts: list[Node] = [
        {"name": "models", "mountPath": MODELS, "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - of the pod
    ]
    if shares_memory(serving):
        mounts.append({"name": "shm", "mountPath": "/dev/shm"})  # noqa: S108 - of the pod
    container: dict[str, Node] = {
        "name": "serve",
        "image": image_name(serving),
        "command": words[:1],
        "args": [*words[1:], *more],
        "env": [{"name": name, "value": value} for name, value in environment(serving).items()],
        "resources": _resources(serving),
        "securityContext": _CLOSED,
        "volumeMounts": mounts,
    }
    if answers:
        get: Node = {"path": serving.health, "port": "http"}
        container |= {
            "ports": [{"name": "http", "containerPort": serving.port}],
            "startupProbe": {"httpGet": get, "periodSeconds": 10, "failureThreshold": 360},
            "readinessProbe": {"httpGet": get, "periodSeconds": 10},
            "livenessProbe": {"httpGet": get, "periodSeconds": 30, "failureThreshold": 5},
        }
    return container


def _resources(serving: Serving) -> dict[str, Node]:
    limits: dict[str, Node] = {}
    if serving.ram_bytes is not None:
        limits["memory"] = str(serving.ram_bytes)
    if serving.backend in _RESOURCES:
        limits[_RESOURCES[serving.backend]] = str(len(serving.gpus))
    return {"requests": limits, "limits": limits} if limits else {}
