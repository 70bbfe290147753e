"""Where a variant lies on this machine: in the Hub's cache, in llama.cpp's folder, in the stores of LM Studio and Ollama."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from llmadvise.domain.hardware import Download
from llmadvise.domain.model import Variant
from llmadvise.engine.downloaded import Downloaded

_MANIFESTS = f"{os.sep}manifests{os.sep}"


class Local(NamedTuple):
    """One file that a runtime can be given."""

    path: str | None
    tag: str | None = None
    """Ollama's name of it."""
    store: str | None = None
    """Ollama's folder."""


def find_local(variant: Variant, downloaded: Downloaded | None) -> Local | None:
    """The first file of the variant where all of them are here; None where one is missing."""
    found = downloaded.of(variant) if downloaded else None
    if found is None or found.path is None:
        return None
    return _in_ollama(found) if found.store == "ollama" else Local(found.path)


def _in_ollama(found: Download) -> Local | None:
    """The blob that a manifest names; llama.cpp reads it as it is, since it is a GGUF file."""
    folder, mark, _ = (found.path or "").rpartition(_MANIFESTS)
    if not mark or found.sha256 is None:
        return None
    blob = Path(folder) / "blobs" / f"sha256-{found.sha256}"
    return Local(str(blob) if os.access(blob, os.R_OK) else None, tag=found.name, store=folder)
