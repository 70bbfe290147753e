"""What a model is made for and what it can do, from its pipeline, its template and its config; never from its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.model import Role
from llmadvise.domain.repository import Repository

_EMBEDDING: Final = frozenset({"feature-extraction", "sentence-similarity"})
_RERANKING: Final = frozenset({"text-ranking", "text-classification"})
_SEEING: Final = frozenset({"image-text-to-text", "visual-question-answering", "any-to-any"})
_THINKS: Final = ("<think>", "enable_thinking", "reasoning_content", "<|channel|>analysis", "reasoning_effort")
_CALLS: Final = ("tools", "tool_call")


def role_of(repository: Repository, classes: Sequence[str], modalities: Sequence[str], template: str) -> Role:
    """The role. A chat template makes a model one that converses; without one it only continues text."""
    if repository.pipeline in _EMBEDDING or repository.library == "sentence-transformers":
        return Role.RERANKER if _ranks(classes) else Role.EMBEDDING
    if repository.pipeline in _RERANKING or _ranks(classes):
        return Role.RERANKER
    if "vision" in modalities or repository.pipeline in _SEEING:
        return Role.VISION
    if not template:
        return Role.BASE
    return Role.REASONING if any(sign in template for sign in _THINKS) else Role.INSTRUCT


def capabilities_of(repository: Repository, modalities: Sequence[str], template: str) -> tuple[str, ...]:
    """What it can do beside holding its role."""
    found = {
        "thinking": any(sign in template for sign in _THINKS),
        "vision": "vision" in modalities or repository.pipeline in _SEEING,
        "tools": any(sign in template for sign in _CALLS),
        "code": "code" in repository.tags,
        "audio": "audio" in modalities,
    }
    return tuple(name for name, present in found.items() if present)


def chat_template(repository: Repository) -> str:
    """The chat template, wherever the repository keeps it; empty without one, a space for a file that was not read."""
    if any(file.path == "chat_template.jinja" for file in repository.files):
        return str(repository.tokenizer.get("chat_template") or repository.gguf.get("chat_template") or " ")
    given = repository.tokenizer.get("chat_template")
    if isinstance(given, list):
        return " ".join(str(item.get("template", "")) for item in given if isinstance(item, dict))
    if isinstance(given, str) and given:
        return given
    header = repository.gguf.get("chat_template")
    return header if isinstance(header, str) else ""


def _ranks(classes: Sequence[str]) -> bool:
    return any(name.endswith("ForSequenceClassification") for name in classes)
