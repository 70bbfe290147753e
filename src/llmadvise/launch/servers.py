"""Servers that can be started and asked: what each needs beside the catalog's command, as data.

A runtime that is not here is one that llmadvise names and does not start: a desktop program, a container, or one whose
server is another command than the one that loads the model.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from llmadvise.record import dataclass

_READY: Final = ("/health",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How one runtime's server is started, waited for and asked."""

    health: tuple[str, ...] = _READY
    """Paths of which one answers 200 when it is ready."""
    starts_within: float = 120.0
    """Seconds beside reading the file."""
    words: tuple[str, ...] = ()
    """More of its command line; `{name}` is what clients call the model."""
    by_role: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Words for models that do not chat, by the role of the model."""
    environment: dict[str, str] = field(default_factory=dict)
    """`{host}` and `{port}` are filled in."""
    request: dict[str, object] = field(default_factory=dict)
    """Fields of a measuring request: every token computed, none remembered."""
    loads_on_request: bool = False
    """It is ready before the model is loaded: the first request loads it."""
    fetches: bool = False
    """It reads whole repositories, from the Hub's cache or by fetching them itself."""
    source: str = ""


SERVERS: Final[dict[str, Server]] = {
    "llama.cpp": Server(
        words=("--alias", "{name}"),
        by_role={"embedding": ("--embeddings",), "reranker": ("--reranking",)},
        # The sizes of the buffers are in the log at this level only; builds that print them anyway know another variable.
        environment={"LLAMA_ARG_LOG_VERBOSITY": "4"},
        request={"cache_prompt": False, "ignore_eos": True},
        source="llama.cpp b11434 tools/server/README.md",
    ),
    "llamafile": Server(
        request={"cache_prompt": False, "ignore_eos": True},
        source="mozilla-ai/llamafile 27c397af docs/cli_arguments.md, which has no --nobrowser any more",
    ),
    "koboldcpp": Server(health=("/api/v1/model",), words=("--quiet",), source="koboldcpp.py"),
    "ollama": Server(
        health=("/",),
        environment={"OLLAMA_HOST": "{host}:{port}", "OLLAMA_NOPRUNE": "1"},
        loads_on_request=True,
        source="Ollama fb3076099 envconfig/config.go",
    ),
    "mlx-lm": Server(fetches=True, source="mlx-lm 0.32.2 mlx_lm/server.py"),
    "vllm": Server(
        words=("--served-model-name", "{name}"),
        # VLLM_ENGINE_READY_TIMEOUT_S: compiling and profiling come before the first answer.
        starts_within=600.0,
        request={"ignore_eos": True},
        fetches=True,
        source="vLLM 0.33.0 vllm/envs.py",
    ),
    "sglang": Server(
        words=("--served-model-name", "{name}"),
        starts_within=600.0,
        request={"ignore_eos": True},
        fetches=True,
        source="https://docs.sglang.io/docs/advanced_features/server_arguments",
    ),
    "tensorrt-llm": Server(starts_within=600.0, fetches=True, source="https://nvidia.github.io/TensorRT-LLM/"),
}
"""By the id of the runtime in the catalog."""
