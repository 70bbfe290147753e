"""License texts that the lock remembers, so that a clarification holds where the text itself is not at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from llmadvise.api.comply_models import Named
from llmadvise.checkout.root import LOCK_NAME
from llmadvise.errors import LLMAdviseError


def with_locked_texts(named: Mapping[str, Named], root: Path) -> dict[str, Named]:
    """The models, each with the hash that the lock has for it where none is at hand."""
    texts = _locked_texts(root)
    return {
        name: item
        if item.text_sha256 is not None or item.entry is None or item.entry.license.text_sha256 is not None
        else replace(item, text_sha256=texts.get(name))
        for name, item in named.items()
    }


def _locked_texts(root: Path) -> dict[str, str]:
    """By model. A lock that cannot be read says nothing; `--locked` tells what is wrong with it."""
    place = root / LOCK_NAME
    if not place.is_file():
        return {}
    from llmadvise.checkout.lock import read_lock  # noqa: PLC0415 - pydantic

    try:
        locked = read_lock(place)
    except LLMAdviseError:
        return {}
    return {
        model.model: text.sha256
        for model in locked.models
        for text in model.effective
        if text.sha256 is not None and text.license == model.declared
    }
