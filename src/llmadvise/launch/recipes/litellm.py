"""A configuration of the LiteLLM proxy: the model under its name, at the server that the other recipes start."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.profile import Task
from llmadvise.launch.recipes.serving import LOCALHOST, Serving, comments
from llmadvise.launch.recipes.yaml_text import Node, yaml

_PROVIDERS: Final = {"llama.cpp": "llamafile", "ollama": "ollama_chat"}
"""LiteLLM's name for the kind of server (https://docs.litellm.ai/docs/providers); others speak as vLLM does. None of
these asks for a key."""
_OTHERS: Final = "hosted_vllm"


def litellm(serving: Serving) -> str:
    """The file."""
    runtime = serving.plan.runtime.id
    own = f"http://{LOCALHOST}:{serving.port}"
    parameters: dict[str, Node] = {
        "model": f"{_PROVIDERS.get(runtime, _OTHERS)}/{serving.name}",
        "api_base": own if runtime == "ollama" else serving.endpoint,
    }
    entry: dict[str, Node] = {
        "model_name": serving.name,
        "litellm_params": parameters,
        "model_info": {
            "mode": "embedding" if serving.plan.task is Task.EMBEDDING else "chat",
            "max_tokens": serving.plan.context_length,
        },
    }
    how = [
        "",
        f"It needs the server at {own} (--emit script, compose or systemd).",
        "Start it: litellm --config this-file",
    ]
    return yaml({"model_list": [entry]}, [*comments(serving), *how])
