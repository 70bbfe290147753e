"""What a repository says it was made from, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import BaseModel
from llmadvise.domain.repository import Repository
from llmadvise.engine.entry_draft.card import word, words

_RELATIONS: Final = {
    "quantized": "quantization", "quantization": "quantization", "finetune": "finetune", "finetuned": "finetune",
    "merge": "merge", "adapter": "adapter", "distillation": "distillation", "distilled": "distillation",
}  # fmt: skip
_REPO: Final = r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}"
_ADDRESSES: Final = ("https://huggingface.co/", "http://huggingface.co/", "https://hf.co/", "huggingface.co/", "hf:")


def base_models(
    repository: Repository, *, quantized: bool, known: Mapping[str, str], header: tuple[str, ...] = ()
) -> tuple[tuple[BaseModel, ...], tuple[Finding, ...]]:
    """The parents, by catalog id where the catalog has them, and findings about those that name no repository.

    `known` maps Hub ids in lower case to catalog ids; `header` lists the parents that a GGUF header names.
    """
    tagged = dict(_tagged(repository.tags))
    adapter = word(repository.adapter or {}, "base_model_name_or_path")
    listed = words(repository.card, "base_model") or tuple(name for name, _ in repository.declared_bases)
    names = listed or tuple(tagged) or ((adapter,) if adapter else ()) or header
    if adapter and not listed and adapter not in names:
        names = (adapter, *names)
    said = word(repository.card, "base_model_relation")
    relation = _RELATIONS.get((said or "").lower())
    found, findings = list[BaseModel](), list[Finding]()
    for given in names:
        name = _repo(given)
        if name is None or name.lower() == repository.repo.lower():
            message = f"the card names {given[:100]!r} as its base, which is no other repository"
            findings.append(Finding(rule="base-model-unknown", verdict=Verdict.WARN, message=message))
            continue
        own = relation or _RELATIONS.get(tagged.get(given) or tagged.get(name) or _hub_relation(repository, given))
        found.append(
            BaseModel(
                model=known.get(name.lower(), name),
                relation=own or _inferred(repository, len(names), quantized=quantized),
            )
        )
    unique = tuple({base.model: base for base in found}.values())
    return unique, tuple(findings)


def _tagged(tags: tuple[str, ...]) -> list[tuple[str, str]]:
    """`base_model:quantized:org/name` of the Hub's tags; a plain `base_model:org/name` has no relation."""
    found: dict[str, str] = {}
    for tag in tags:
        parts = tag.split(":")
        if parts[0] == "base_model" and len(parts) == 3:  # noqa: PLR2004 - base_model, relation, repository
            found[parts[2]] = parts[1]
        elif parts[0] == "base_model" and len(parts) == 2:  # noqa: PLR2004 - base_model, repository
            found.setdefault(parts[1], "")
    return list(found.items())


def _hub_relation(repository: Repository, name: str) -> str:
    return next((relation or "" for base, relation in repository.declared_bases if base == name), "")


def _inferred(repository: Repository, count: int, *, quantized: bool) -> str:
    """How the child came about where nobody says: the Hub's own way of telling."""
    if repository.adapter is not None:
        return "adapter"
    if quantized:
        return "quantization"
    if count > 1:
        return "merge"
    return "finetune"


def _repo(text: str) -> str | None:
    """The repository that is meant; None for a path on somebody's disk or other words."""
    name = text.strip()
    for address in _ADDRESSES:
        name = name.removeprefix(address)
    name = "/".join(name.split("/")[:2]) if "://" not in name and name.count("/") > 1 and text != name else name
    return name.rstrip("/") if re.fullmatch(_REPO, name.rstrip("/"), re.ASCII) and ".." not in name else None
