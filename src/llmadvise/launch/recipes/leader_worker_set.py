"""A LeaderWorkerSet: one copy of a model over several nodes, each pod with the GPUs of one of them."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.launch.recipes.containers import group_words
from llmadvise.launch.recipes.kubernetes import claim_spec, how, pod, server, service
from llmadvise.launch.recipes.serving import Serving, comments
from llmadvise.launch.recipes.yaml_text import Node, yaml


def leader_worker_set(serving: Serving) -> str:
    """The manifests (LeaderWorkerSet API v1); each copy is a group of its own."""
    one = replace(serving, copies=1)
    selector: dict[str, Node] = {"leaderworkerset.sigs.k8s.io/name": one.name, "role": "leader"}
    head = yaml(
        {},
        [
            *comments(serving),
            *how(serving),
            "It needs the LeaderWorkerSet controller (https://lws.sigs.k8s.io), and fast links between the nodes.",
            "Each pod fetches the files for itself: give it a volume that all nodes share where there is one.",
        ],
    )
    return head + yaml(_set(one, serving.copies)) + "---\n" + yaml(service(one, selector))


def _set(serving: Serving, copies: int) -> dict[str, Node]:
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": serving.name},
        "spec": {
            "replicas": copies,
            "leaderWorkerTemplate": {
                "size": serving.nodes,
                "restartPolicy": "RecreateGroupOnPodRestart",
                "leaderTemplate": _template(serving, follows=False),
                "workerTemplate": _template(serving, follows=True),
            },
        },
    }


def _template(serving: Serving, *, follows: bool) -> dict[str, Node]:
    rank = "$(LWS_WORKER_INDEX)" if follows else "0"
    more = group_words(serving, address="$(LWS_LEADER_ADDRESS)", rank=rank, follows=follows)
    models: dict[str, Node] = {"ephemeral": {"volumeClaimTemplate": {"spec": claim_spec(serving)}}}
    return {
        "metadata": {"labels": {"app": serving.name, "role": "worker" if follows else "leader"}},
        "spec": pod(serving, server(serving, more, answers=not follows), models),
    }
