"""Which files of a repository a runtime that loads it whole needs: weights, configuration, tokenizer; never a pickle."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from typing import Final

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.hub.code_files import is_pickle, runs_code

INDEX: Final = "model.safetensors.index.json"
_WEIGHTS: Final = ".safetensors"
_BESIDE: Final = (".json", ".jinja", ".model", ".tiktoken", ".txt")
_NAMED: Final = r"(?i)(?:license|licence|notice|use_policy|copying)[^/]*"
_PARTS: Final = r"[0-9]{1,2}_[A-Za-z]+/[^/]+"
"""Folders of sentence-transformers, such as `1_Pooling/config.json`."""
_ELSEWHERE: Final = ("training_args", "optimizer", "scheduler", "rng_state", "trainer_state")


def whole_repository(
    repo: str, sizes: Collection[str], read: Callable[[str], bytes | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files to fetch, and those left out that could run code when loaded.

    `read` gives the bytes of a small file. Raises UsageError where the weights are pickles or there are none.
    """
    weights = _weights(repo, sizes, read)
    beside = [name for name in sizes if name not in weights and _is_beside(name)]
    if not weights:
        pickles = sorted(name for name in sizes if is_pickle(name))
        if pickles:
            raise UsageError(
                f"{repo} has its weights as pickles alone ({len(pickles)} files), which can run any code when loaded",
                "Take a repository with .safetensors or .gguf files; nothing was fetched.",
            )
        raise UsageError(f"{repo} holds no weights that can be fetched", "Look for a repository with .safetensors.")
    left_out = sorted(name for name in sizes if runs_code(name))
    return tuple(sorted({*weights, *beside})), tuple(left_out)


def _weights(repo: str, names: Collection[str], read: Callable[[str], bytes | None]) -> set[str]:
    """Those that the index lists; without one, `model.safetensors`; else all at the top, or in parts of an embedder."""
    parts = {name for name in names if re.fullmatch(_PARTS, name) and name.endswith(_WEIGHTS)}
    if INDEX in names:
        return _indexed(repo, names, read) | parts
    if "model.safetensors" in names:
        return {"model.safetensors"} | parts
    top = {name for name in names if "/" not in name and name.endswith(_WEIGHTS)}
    return ({name for name in top if not name.startswith("consolidated")} or top) | parts


def _indexed(repo: str, names: Collection[str], read: Callable[[str], bytes | None]) -> set[str]:
    try:
        table = json.loads(read(INDEX) or b"")
        listed = {str(name) for name in table["weight_map"].values()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LLMAdviseError(f"{INDEX} of {repo} cannot be read", "Look at the repository: it is damaged.") from error
    if not all(name.endswith(_WEIGHTS) for name in listed):
        raise LLMAdviseError(
            f"{INDEX} of {repo} lists files that are no {_WEIGHTS}: nothing was fetched",
            "It is not what such an index is for; do not use this repository.",
        )
    missing = listed - set(names)
    if missing or not listed:
        raise LLMAdviseError(
            f"{INDEX} of {repo} lists {len(missing)} files that are not there",
            "The repository is not complete; take another, or another revision.",
        )
    return listed


def _is_beside(name: str) -> bool:
    """Whether a runtime reads this file along with the weights, or the license wants it kept.

    Hidden files are none: no runtime reads them, and in a folder of the user's other programs might.
    """
    if re.fullmatch(_PARTS, name):
        return name.endswith(".json")
    if "/" in name or name.startswith((".", *_ELSEWHERE)):
        return False
    return name.lower().endswith(_BESIDE) or re.fullmatch(_NAMED, name) is not None
