"""Which of a repository's files is meant: by its name, or by the quantization that its name ends in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from llmadvise.errors import UsageError
from llmadvise.hub.reference import HubReference
from llmadvise.shown import shown

_ENDING: Final = ".gguf"
_SHARD: Final = r"-[0-9]{5}-of-([0-9]{5})\.gguf"
_MOST_LISTED: Final = 30
_LONGEST_LISTED: Final = 120


def choose(reference: HubReference, sizes: Mapping[str, int]) -> str:
    """The first file of the model that is meant. Raises UsageError, with the names, where it is none or several."""
    models = _models(sizes)
    if not models:
        raise UsageError(
            f"{reference.repo} has no GGUF file", "Look for a repository of GGUF files, often the name with -GGUF."
        )
    wanted = reference.wanted
    if wanted is None:
        found = [name for name in models if not _is_part(name)] or list(models)
        return _only(reference, found, models)
    if wanted.lower().endswith(_ENDING):
        return _only(reference, _by_name(wanted, sizes, models), models)
    return _only(reference, [name for name in models if _has_label(name, wanted) and not _is_part(name)], models)


def _only(reference: HubReference, found: list[str], models: Iterable[str]) -> str:
    if len(found) == 1:
        return found[0]
    listed = [shown(name, _LONGEST_LISTED) for name in (found or models)]
    names = ", ".join(listed[:_MOST_LISTED]) + (
        f" and {len(listed) - _MOST_LISTED} more" * (len(listed) > _MOST_LISTED)
    )
    if found:
        about = f" that {reference.wanted[:40]!r} could mean" if reference.wanted else ""
        raise UsageError(f"{reference.repo} has {len(found)} models{about}: {names}", "Add :FILE or :QUANTIZATION.")
    raise UsageError(f"{reference.repo} has no {(reference.wanted or '')[:80]!r}", f"It has {names}.")


def _models(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """The first file of each model: a split one counts once."""
    first: dict[str, str] = {}
    for name in sorted(sizes):
        if name.lower().endswith(_ENDING):
            first.setdefault(re.sub(_SHARD, r"-of-\1.gguf", name), name)
    return tuple(first.values())


def _by_name(wanted: str, sizes: Mapping[str, int], models: tuple[str, ...]) -> list[str]:
    """The models with a file of that path, or else of that name in any folder."""
    exact = [name for name in sizes if name == wanted]
    matching = exact or [name for name in sizes if name.rpartition("/")[2].lower() == wanted.lower()]
    keys = {re.sub(_SHARD, r"-of-\1.gguf", name) for name in matching}
    return [name for name in models if re.sub(_SHARD, r"-of-\1.gguf", name) in keys]


def _has_label(name: str, label: str) -> bool:
    """Whether the name has the quantization as a word: `Q4_K` is not in `Q4_K_M`."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(label)}(?![A-Za-z0-9_])", name, re.IGNORECASE) is not None


def _is_part(name: str) -> bool:
    """Whether the file completes a model and is none: llama.cpp's converter names vision projectors so."""
    return name.rpartition("/")[2].lower().startswith("mmproj")
