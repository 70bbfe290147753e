"""What containers have in common, whatever starts them: image, environment, health, and what is closed."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.runtime import Image
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.serving import Serving
from llmadvise.launch.recipes.yaml_text import Node

MODELS: Final = "/models"
HUB_CACHE: Final = "/tmp/hf"  # noqa: S108 - of the container
USER: Final = 10001
"""A number that no image has given to anybody."""
SHARED_MEMORY_GIB: Final = 16
"""For processes that share a model, as vLLM's own example for Kubernetes sets it (15Gi), in whole powers."""


def image_of(serving: Serving) -> Image:
    """The image. Raises LLMAdviseError where the runtime is published in none for this backend."""
    if serving.image is None:
        raise LLMAdviseError(
            f"the catalog knows no image of {serving.plan.runtime.name} for {serving.backend.value}",
            "Try --emit script, systemd or env, or --runtime llama.cpp.",
        )
    return serving.image


def image_name(serving: Serving) -> str:
    """The image with its version, and its digest where that is known."""
    image = image_of(serving)
    return f"{image.name}:{image.tag}@{image.digest}" if image.digest else f"{image.name}:{image.tag}"


def environment(serving: Serving) -> dict[str, Node]:
    """Nothing is fetched while serving, nothing is told to anybody, and caches go where may be written."""
    told: dict[str, Node] = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "HOME": "/tmp"}  # noqa: S108 - of the container
    if serving.plan.runtime.engine == "vllm":
        told |= {"USER": "llm", "XDG_CACHE_HOME": "/tmp/cache", "TRANSFORMERS_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}  # noqa: S108
    return told


def health_words(serving: Serving) -> list[str]:
    """A command that succeeds when the server answers, with what its image is sure to hold."""
    url = f"http://127.0.0.1:{serving.port}{serving.health}"
    if serving.plan.runtime.engine == "vllm":
        return ["python3", "-c", f"import urllib.request as r; r.urlopen('{url}', timeout=5)"]
    return ["curl", "--fail", "--silent", "--show-error", "--max-time", "5", url]


def shares_memory(serving: Serving) -> bool:
    """Whether its processes talk through /dev/shm."""
    return serving.plan.runtime.engine == "vllm"


def group_words(serving: Serving, *, address: str, rank: str, follows: bool) -> tuple[str, ...]:
    """What the server is told when one copy takes several nodes: it connects its own processes, without Ray.

    The published images hold no Ray (vllm-project/vllm pull request 36170).
    """
    if serving.nodes == 1:
        return ()
    words = ("--nnodes", str(serving.nodes), "--node-rank", rank, "--master-addr", address)
    return (*words, "--headless") if follows else words
