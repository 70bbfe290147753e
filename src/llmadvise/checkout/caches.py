"""Models that other programs have stored on this machine: the Hub's cache and Ollama's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from llmadvise.checkout.walk import shown
from llmadvise.domain.compliance import Mention, ReferenceState

_MOST = 10_000


def hub_cache(folder: Path) -> Iterator[Mention]:
    """The repositories in a cache of the Hub, with the revision that `main` had."""
    for name in _names(folder):
        kind, _, rest = name.partition("--")
        owner, dashes, repo = rest.partition("--")
        if kind == "models" and dashes:
            yield _mention(f"{owner}/{repo}", name, "hub-cache", ReferenceState.RESOLVED, _revision(folder / name))
        elif kind == "models" and rest:
            yield _mention(rest, name, "hub-cache", ReferenceState.ALIAS, _revision(folder / name))


def ollama_cache(folder: Path) -> Iterator[Mention]:
    """The tags in the folder `models` of Ollama."""
    manifests = folder / "manifests"
    for host in _names(manifests):
        for space in _names(manifests / host):
            for name in _names(manifests / host / space):
                for tag in _names(manifests / host / space / name):
                    file = f"{host}/{space}/{name}/{tag}"
                    if host in ("hf.co", "huggingface.co"):
                        yield _mention(f"{space}/{name}", file, "ollama-cache", ReferenceState.RESOLVED, None)
                    else:
                        short = name if space == "library" else f"{space}/{name}"
                        yield _mention(f"ollama:{short}:{tag}", file, "ollama-cache", ReferenceState.ALIAS, None)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder))[:_MOST]
    except OSError:
        return []


def _revision(folder: Path) -> str | None:
    try:
        with (folder / "refs" / "main").open("rb") as file:
            text = file.read(64).decode("ascii", "replace").strip()
    except OSError:
        return None
    return text if text.isalnum() else None


def _mention(model: str, file: str, kind: str, state: ReferenceState, revision: str | None) -> Mention:
    return Mention(
        model=shown(model), file=shown(file), line=0, column=1, kind=kind, text=shown(model), state=state, confidence=0.95,
        revision=revision,
    )  # fmt: skip
