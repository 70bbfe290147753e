"""Where a name stands, and whether models stand there: keys, parameters, flags and functions."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from llmadvise.record import dataclass


class Slot(StrEnum):
    """What may be written in a place."""

    HUB = "hub"
    """A repository or a path: what loads from the Hub takes nothing else."""
    MODEL = "model"
    """A model of a service not known here."""
    OLLAMA = "ollama"
    """A tag of Ollama, or what Ollama takes from the Hub."""
    ANY = "any"
    """Anything: only what says by itself that it is a model counts."""
    DATA = "data"
    """A data set or a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A string in a place, before it is judged."""

    value: str
    line: int
    column: int
    kind: str
    slot: Slot
    revision: str | None = None
    via: str | None = None
    hint: str | None = None
    """Name of the variable, key or function that it is given to: evidence when it spells the same."""


_SUBJECTS = frozenset(
    [
        "model",
        "models",
        "llm",
        "llms",
        "tokenizer",
        "checkpoint",
        "embedder",
        "embedding",
        "embeddings",
        "reranker",
        "pretrained",
        "adapter",
        "lora",
        "vlm",
        "encoder",
        "teacher",
        "student",
        "judge",
        "drafter",
        "processor",
        "ckpt",
        "ckpts",
        "checkpoints",
        "adapters",
        "loras",
        "tokenizers",
        "embedders",
        "rerankers",
        "encoders",
        "vlms",
        "lm",
        "lms",
        "slm",
        "mllm",
        "pretrain",
        "backbone",
        "backbones",
        "draft",
    ]
)
_TAILS = frozenset(
    [
        "id",
        "ids",
        "name",
        "names",
        "path",
        "paths",
        "url",
        "uri",
        "repo",
        "repository",
        "base",
        "source",
        "tag",
        "ref",
        "default",
        "hf",
        "sha",
        "modules",
    ]
)
_ELSEWHERE = frozenset(
    [
        "served",
        "output",
        "save",
        "push",
        "upload",
        "target",
        "hub",
        "cache",
        "dir",
        "directory",
        "dataset",
        "datasets",
        "data",
        "image",
        "type",
        "class",
        "provider",
        "format",
        "length",
        "config",
        "version",
        "card",
        "dtype",
        "family",
        "max",
        "endpoint",
        "key",
        "host",
        "port",
        "server",
        "mlflow",
        "registry",
        "file",
        "log",
        "logs",
        "revision",
        "resume",
        "filename",
    ]
)
_HUB_KEYS = frozenset(
    ("repo_id", "repoid", "hf_repo", "hf_model", "hf", "hfr", "hf_repo_id", "hf_id", "huggingface_id", "hf_path", "hf_name", "hf_repo_name", "hf_hub_id", "name_or_path", "huggingface_repo")
)  # fmt: skip
SILENT = frozenset(("name", "id", "repo", "path", "tag", "ref", "default", "value", "source", "uri", "url", "options", "choices", "enum"))  # fmt: skip
"""Keys that say nothing by themselves, only under another."""
_OF_TABLES = frozenset(("data", "dataset", "datasets", "type", "types", "class", "classes", "file", "files", "dir", "dirs", "output", "outputs", "provider", "providers", "format", "formats", "image", "images", "dtype", "endpoint", "endpoints", "key", "keys", "metric", "metrics", "task", "tasks", "module", "modules", "permission", "permissions", "save", "push", "upload"))  # fmt: skip
_URI_KEYS = frozenset(("url", "uri", "source", "storage_uri"))
_OLLAMA_MODELS = frozenset(("ollama_base_url", "ollama_host", "ollama_models"))


def words_of(key: str) -> list[str]:
    """The words of a key in snake_case, kebab-case or camelCase, in lower case."""
    return list(_words(key[:80]))


@lru_cache(maxsize=8192)
def _words(key: str) -> tuple[str, ...]:
    out: list[str] = []
    word = ""
    before = ""
    for letter in key:
        if not letter.isalnum():
            out.append(word)
            word = ""
        elif letter.isupper() and before.islower():
            out.append(word)
            word = letter
        else:
            word += letter
        before = letter
    out.append(word)
    return tuple(item.lower() for item in out if item)


@lru_cache(maxsize=8192)
def slot_of_key(key: str) -> Slot | None:  # noqa: PLR0911 - one case a form, flat on purpose
    """What a key, parameter, variable or flag of this name takes; None: no model."""
    words = words_of(key)
    joined = "_".join(words)
    if joined in _HUB_KEYS:
        return Slot.HUB
    if not words or joined in _URI_KEYS or joined in _OLLAMA_MODELS:
        return None
    if any(word in _ELSEWHERE for word in words) and joined != "model_data":
        return None
    if not any(word in _SUBJECTS or _ends_like_a_model(word) for word in words):
        return None
    tail = words[-1]
    if tail.isdigit() and len(words) > 1:
        tail = words[-2]
    if tail in ("weight", "weights") and "pretrained" in words:
        return Slot.HUB
    # A variable of the environment says more in its name: EMBEDDING_MODEL_PREF.
    if not (tail in _SUBJECTS or tail in _TAILS or _ends_like_a_model(tail) or (key.isupper() and "_" in key)):
        return None
    if "ollama" in words:
        return Slot.OLLAMA
    return Slot.HUB if "path" in words or "pretrained" in words else Slot.MODEL


def is_table(name: str) -> bool:
    """Whether a table or list of this name may hold models in it, as MODEL_CONFIGS does."""
    words = words_of(name)
    return any(word in _SUBJECTS or _ends_like_a_model(word) or word.endswith("models") for word in words) and _OF_TABLES.isdisjoint(words)  # fmt: skip


def is_silent(key: str | None) -> bool:
    """Whether a key inside a model's place leaves open what it takes, as `name`, or a name of its own."""
    return key is None or key in SILENT or (slot_of_key(key) is None and _ELSEWHERE.isdisjoint(words_of(key)))


def _ends_like_a_model(word: str) -> bool:
    return word.endswith(("model", "modelid", "modelname", "modelurl", "modelpath", "llm"))


def kind_of_key_is_uri(key: str) -> bool:
    """Whether only a URI with a scheme may be a model under this key."""
    return "_".join(words_of(key)) in _URI_KEYS
