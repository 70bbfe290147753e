"""A Modelfile: Ollama makes a model of the file beside it; the prompt's template stays the one in the file."""

from __future__ import annotations

from shlex import quote

from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.serving import Serving, checked_sha256, comments, urls


def modelfile(serving: Serving) -> str:
    """The file. Raises LLMAdviseError for a model that is no GGUF, or is split."""
    if not serving.files or serving.variant.format != "gguf":
        raise LLMAdviseError("a Modelfile is written for a GGUF file", "Add --model-format gguf.")
    if serving.encoder is not None or serving.plan.more_files:
        raise LLMAdviseError(
            "a Modelfile is written for one file, and pictures need a second one", "Try --emit script or compose."
        )
    if len(serving.files) > 1:
        raise LLMAdviseError(
            "Ollama refuses a model that is split into several files", "Take a variant of one file, or another runtime."
        )
    name = serving.local_names[0]
    lines = [*comments(serving), "", *_how(serving, name)]
    return "\n".join(
        [
            *(f"# {line}".rstrip() for line in lines),
            # A relative path: nothing that begins with a dot is taken apart.
            f"FROM ./{name}",
            f"PARAMETER num_ctx {serving.plan.context_length}",
            "",
        ]
    )


def _how(serving: Serving, name: str) -> list[str]:
    """Ollama checks nothing of a file that lies beside it, so the hash is compared before."""
    address = f"https://huggingface.co/{urls(serving)[0]}"
    known = checked_sha256(serving.files[0])
    proof = [f"echo {quote(f'{known}  {name}')} | sha256sum --check"] if known else []
    return [
        "Beside this file, and in this order:",
        f"curl --fail --location --output {quote(name)} {quote(address)}",
        *proof,
        f"ollama create {serving.name} -f Modelfile",
        f"ollama run {serving.name}",
    ]
