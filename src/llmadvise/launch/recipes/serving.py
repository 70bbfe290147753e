"""What all recipes are written from: the model, its files, the runtime, the plan and what it needs of the machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.recipe import RecipeFile
from llmadvise.domain.runtime import Image
from llmadvise.engine.case import Plan
from llmadvise.engine.commands import fill_arguments
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.names import checked_repo, label, local_name, shown
from llmadvise.launch.servers import SERVERS
from llmadvise.record import dataclass

LOCALHOST: Final = "127.0.0.1"
_COMMIT: Final = r"[0-9a-f]{40}"
_SHA256: Final = r"[0-9a-f]{64}"
_IN_IMAGE: Final = {"llama-server": "/app/llama-server", "python": "python3"}
"""Programs under the names that they have in their images (llama.cpp .devops/cuda.Dockerfile; SGLang's has no `python`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """One model to be served, pinned."""

    model: Model
    variant: Variant
    quantization: Quantization
    plan: Plan
    """For several nodes that of one copy, with what each copy is told."""
    files: tuple[RecipeFile, ...]
    """Empty: the repository is loaded whole."""
    encoder: str | None = None
    """The one of them that sees pictures (llama.cpp's mmproj)."""
    backend: Backend
    gpus: tuple[int, ...] = ()
    """Their numbers on the machine; of each node where there are several."""
    copies: int = 1
    nodes: int = 1
    """That one copy takes."""
    image: Image | None = None
    ram_bytes: int | None = None
    """What the server may take of the RAM; None: not known."""
    disk_bytes: int | None = None
    version: str = ""
    """Of the program that writes."""
    findings: tuple[Finding, ...] = ()

    @property
    def gated(self) -> bool:
        """Whether the repository asks for acceptance of its terms; copies by others do so rarely."""
        return bool(self.model.gated) and self.repo.lower() == self.model.repo.lower()

    @property
    def name(self) -> str:
        """What services and units are called, and the model for its clients."""
        return label(self.model.id.rpartition("/")[2], self.variant.quantization)

    @property
    def port(self) -> int:
        """The runtime's own."""
        return self.plan.runtime.detection.port or 8080

    @property
    def endpoint(self) -> str:
        """Where clients of the OpenAI kind reach it."""
        return f"http://{LOCALHOST}:{self.port}/v1"

    @property
    def revision(self) -> str:
        """The commit. Raises LLMAdviseError where it is none: nothing is written unpinned."""
        revision = self.variant.revision or ""
        if re.fullmatch(_COMMIT, revision) is None:
            raise LLMAdviseError(
                f"the commit of {shown(self.variant.repo)} is not known, and nothing is written unpinned",
                "Ask again without --offline, or take a variant whose commit the catalog knows.",
            )
        return revision

    @property
    def repo(self) -> str:
        """The repository."""
        return checked_repo(self.variant.repo)

    @property
    def local_names(self) -> tuple[str, ...]:
        """What the files are kept under, in one folder. Raises LLMAdviseError where two would have one name."""
        names = tuple(local_name(file.name) for file in self.files)
        if len(set(names)) != len(names):
            raise LLMAdviseError(f"two files of {self.repo} have one name", "Take another variant.")
        return names

    @property
    def local_path(self) -> str:
        """What the runtime is told to load, below the folder of the models."""
        return self.local_names[0] if self.files else self.name

    @property
    def health(self) -> str:
        """The path that answers when it is ready."""
        return SERVERS[self.plan.runtime.id].health[0]


def urls(serving: Serving) -> list[str]:
    """The address of each file below the endpoint of the Hub, at the pinned commit."""
    return [f"{serving.repo}/resolve/{serving.revision}/{quote(file.name)}" for file in serving.files]


def checked_sha256(file: RecipeFile) -> str:
    """The hash, or nothing where none is known. Raises LLMAdviseError for one that is none."""
    if file.sha256 is not None and re.fullmatch(_SHA256, file.sha256) is None:
        raise LLMAdviseError(f"{shown(file.sha256)!r} is no sha256", "Check the catalog.")
    return file.sha256 or ""


def server_words(serving: Serving, folder: str, host: str) -> tuple[str, ...]:
    """The server's command line for a model that lies in `folder`. Raises LLMAdviseError where there is none."""
    path = f"{folder}/{serving.local_path}"
    filled = fill_arguments(
        serving.plan, serving.variant, serving.quantization, local_path=path, port=serving.port, host=host
    )
    if not filled.serve or filled.serve[-1].environment or path not in filled.serve[-1].arguments:
        name = serving.plan.runtime.name
        raise LLMAdviseError(f"{name} serves no file that lies in a folder", "Try --runtime llama.cpp.")
    more = ("--mmproj", f"{folder}/{local_name(serving.encoder)}") if serving.encoder is not None else ()
    named = [word.replace("{name}", serving.name) for word in SERVERS[serving.plan.runtime.id].words]
    return (*filled.serve[-1].arguments, *more, *named)


def in_image(words: Sequence[str]) -> tuple[str, ...]:
    """The command line with the program as its image calls it."""
    return (_IN_IMAGE.get(words[0], words[0]), *words[1:])


def comments(serving: Serving) -> list[str]:
    """What stands at the top of every recipe: what it runs, where that comes from, and what is worth knowing."""
    license_ = serving.model.license
    lines = [
        f"{shown(serving.model.name)} {shown(serving.variant.quantization)} with {serving.plan.runtime.name}",
        f"{serving.repo} at {serving.revision}; license: {shown(license_.declared or license_.name or 'none declared')}",
    ]
    lines.append(f"written by llmadvise {serving.version}")
    return [*lines, *(f"{item.verdict.value}: {shown(item.message)}" for item in serving.findings)]
