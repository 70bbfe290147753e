"""Variables: what is to be fetched, how the server is told what was planned, and where clients find it."""

from __future__ import annotations

import re
from typing import Final

from llmadvise.engine.commands import fill_arguments
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.serving import LOCALHOST, Serving, checked_sha256, comments, urls

_LLAMA_CPP: Final = {
    "gpu_layers": ("LLAMA_ARG_N_GPU_LAYERS",),
    "cpu_moe_layers": ("LLAMA_ARG_N_CPU_MOE",),
    "slots": ("LLAMA_ARG_N_PARALLEL",),
    "ubatch": ("LLAMA_ARG_UBATCH",),
    "kv_type": ("LLAMA_ARG_CACHE_TYPE_K", "LLAMA_ARG_CACHE_TYPE_V"),
    "kv_type_k": ("LLAMA_ARG_CACHE_TYPE_K",),
    "kv_type_v": ("LLAMA_ARG_CACHE_TYPE_V",),
    "flash_attention": ("LLAMA_ARG_FLASH_ATTN",),
    "tensor_split": ("LLAMA_ARG_TENSOR_SPLIT",),
    "split_mode": ("LLAMA_ARG_SPLIT_MODE",),
    "main_gpu": ("LLAMA_ARG_MAIN_GPU",),
}
"""llama.cpp tools/server/README.md names the variable of each option."""
_BARE: Final = r"[A-Za-z0-9_./:@%+=,-]*"


def env_file(serving: Serving) -> str:
    """The file. Raises LLMAdviseError for a runtime that takes nothing from its environment."""
    told = _told(serving)
    values = {
        "MODEL_REPO": serving.repo,
        "MODEL_REVISION": serving.revision,
        "MODEL_FILE": serving.local_path,
        "MODEL_URL": f"https://huggingface.co/{urls(serving)[0]}",
        "MODEL_SHA256": checked_sha256(serving.files[0]),
        "HF_HUB_OFFLINE": "1",
        **told,
        "OPENAI_BASE_URL": serving.endpoint,
        "OPENAI_MODEL": serving.name,
    }
    head = [f"# {line}".rstrip() for line in comments(serving)]
    return "\n".join([*head, *(f"{name}={_value(value)}" for name, value in values.items() if value), ""])


def _told(serving: Serving) -> dict[str, str]:
    runtime = serving.plan.runtime
    if not serving.files or len(serving.files) > 1 or serving.encoder is not None:
        raise LLMAdviseError("variables are written for a model of one file", "Try --emit script or compose.")
    if runtime.id == "ollama":
        steps = fill_arguments(serving.plan, serving.variant, serving.quantization).serve or ()
        return {**steps[-1].environment, "OLLAMA_HOST": f"{LOCALHOST}:{serving.port}"} if steps else {}
    if runtime.id != "llama.cpp":
        raise LLMAdviseError(
            f"{runtime.name} is not told its settings by variables", "Try --emit script, compose or systemd."
        )
    options = dict(serving.plan.options)
    length = serving.plan.context_length * int(options.get("slots", "1"))
    variables = {
        "LLAMA_ARG_MODEL": f"./{serving.local_path}",
        "LLAMA_ARG_ALIAS": serving.name,
        "LLAMA_ARG_CTX_SIZE": str(length),
        "LLAMA_ARG_HOST": LOCALHOST,
        "LLAMA_ARG_PORT": str(serving.port),
    }
    for setting, value in options.items():
        variables |= dict.fromkeys(_LLAMA_CPP.get(setting, ()), value)
    return variables


def _value(text: str) -> str:
    """A value as shells, units and containers read it alike."""
    if re.fullmatch(_BARE, text, re.ASCII):
        return text
    if "'" in text or not text.isprintable():
        raise LLMAdviseError("a file's name holds a quote that not all readers of variables take", "Try --emit script.")
    return f"'{text}'"
