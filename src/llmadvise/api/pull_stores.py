"""Other programs' stores as places to pull to: Ollama's, which copies, and LM Studio's, which is a folder."""

from __future__ import annotations

import os
from pathlib import Path

from llmadvise.api.bring import MakePlace, Outlook, in_folder
from llmadvise.api.pull_choice import Chosen
from llmadvise.domain.hardware import Download, Platform
from llmadvise.domain.pull import LocalFile, Progress
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub.fetch import free_bytes
from llmadvise.launch import ollama_store


def in_lm_studio(repo: str) -> MakePlace:
    """Its folder for this repository; it expects no folders below that. Raises LLMAdviseError where it was never run."""
    from llmadvise.probe.lm_studio import models_folders  # noqa: PLC0415 - only where LM Studio is meant

    folders = models_folders(os.environ, str(Path.home()))
    if not folders:
        raise LLMAdviseError(
            "LM Studio has no folder here: it was never run", "Run it once, or leave --to lm-studio out."
        )
    owner, _, name = repo.partition("/")
    return in_folder(Path(folders[0]) / owner / name, flat=True)


def to_ollama(chosen: Chosen, outlook: Outlook, progress: Progress) -> str:
    """The name under which Ollama has the files now. Raises LLMAdviseError where it has other ones under it."""
    program, name = ollama_store.find_ollama(), name_in_ollama(chosen, outlook)
    files = whole_gguf(outlook)
    known = next((item for item in _in_ollama() if item.name in {name, name.removesuffix(":latest")}), None)
    if known is not None and known.sha256 == files[0].sha256:
        return name
    if known is not None:
        raise LLMAdviseError(
            f"Ollama has another model under the name {name}; it was left as it is",
            f"Remove it with `ollama rm {name}`, or give the new one a name of its own with `ollama create`.",
        )
    progress.say(f"Ollama copies the files into its store as {name}.")
    ollama_store.create(program, name, [Path(file.path) for file in files])
    return name


def whole_gguf(outlook: Outlook) -> list[LocalFile]:
    """The model's file and its projector. Raises UsageError for what Ollama does not take."""
    models = [file for file in outlook.files if file.name.lower().endswith(".gguf")]
    own = [file for file in models if "mmproj" not in file.name.lower()]
    if len(own) != 1:
        what = "is split into several files" if own else "is no GGUF model"
        raise UsageError(
            f"{outlook.wanted.repo} {what}, which Ollama does not take", "Leave --to ollama out, or take another one."
        )
    return [*own, *(file for file in models if file not in own)]


def check_ollama(outlook: Outlook) -> None:
    """Raise LLMAdviseError before anything is fetched that Ollama could not take, or has no room to copy."""
    ollama_store.find_ollama()
    files = whole_gguf(outlook)
    folder = Path(os.environ.get("OLLAMA_MODELS") or Path.home() / ".ollama" / "models")
    size, free = sum(file.bytes for file in files), free_bytes(folder)
    if size > free and not os.environ.get("OLLAMA_HOST"):
        raise LLMAdviseError(
            f"Ollama copies {size:,} bytes to {folder}, where {free:,} are free", "Make room, or set OLLAMA_MODELS."
        )


def name_in_ollama(chosen: Chosen, outlook: Outlook) -> str:
    """By the catalog's id and quantization; else by the file."""
    if chosen.model is not None and chosen.variant is not None:
        return ollama_store.ollama_name(chosen.model.id, chosen.variant.quantization)
    return ollama_store.ollama_name(
        outlook.wanted.repo.removesuffix("-GGUF"), chosen.selection.reference.wanted or "latest"
    )


def _in_ollama() -> list[Download]:
    from llmadvise.probe.stores import read_downloads  # noqa: PLC0415 - only where Ollama is meant

    # As on Linux: there the service has a folder of its own, which no other system has.
    found = read_downloads(os.environ, home=str(Path.home()), platform=Platform.LINUX)
    return [item for item in found if item.store == "ollama"]
