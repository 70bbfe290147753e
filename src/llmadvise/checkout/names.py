"""What a string means as the name of a model: Hub id, Ollama tag, file, path, or no model at all."""

from __future__ import annotations

import re
from functools import cache

from llmadvise.checkout.known_names import (
    API_NAMES,
    API_PREFIXES,
    LOCAL_PREFIXES,
    OTHER_FILES,
    PUBLISHERS,
    SENTENCE_MODELS,
    SHORT_IDS,
)
from llmadvise.checkout.known_ollama import OLLAMA_LIBRARY
from llmadvise.checkout.places import Slot, words_of
from llmadvise.domain.compliance import ReferenceState
from llmadvise.record import dataclass

_LONGEST = 240
_OWNER_AND_NAME = 2
_NOTHING = frozenset(("", "none", "null", "true", "false", "auto", "default", "undefined", "all", "~", "nan", "local"))
_WEIGHTS = (
    ".gguf",
    ".ggml",
    ".safetensors",
    ".bin",
    ".pt",
    ".pth",
    ".ckpt",
    ".onnx",
    ".tflite",
    ".llamafile",
    ".model",
    ".task",
)
_PATH_STARTS = frozenset(
    [
        "models",
        "model",
        "checkpoints",
        "checkpoint",
        "outputs",
        "output",
        "data",
        "weights",
        "ckpt",
        "ckpts",
        "results",
        "runs",
        "tmp",
        "mnt",
        "home",
        "usr",
        "opt",
        "var",
        "local",
        "app",
        "src",
        "workspace",
        "content",
        "root",
        "out",
        "saved",
        "saved_models",
        "pretrained",
        "cache",
        "artifacts",
        "assets",
        "static",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a string was found to name."""

    model: str | None
    state: ReferenceState
    confidence: float
    revision: str | None = None
    quantization: str | None = None
    via: str | None = None
    why: str | None = None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "owner_name": r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}",
            "bare": r"[A-Za-z0-9][\w.-]{0,95}",
            "default": r"\$\{\w+:?[-=]([^${}]*)\}",
            "variable": r"\$\{?\(?([A-Za-z_]\w*)[^})]*[})]?|\{\{\s*([^{}]{1,80}?)\s*\}\}|\{([A-Za-z_][\w.\[\]'\"]*)\}|<([\w -]{1,40})>",
            "size": r"(?:^|[-_.])[EA]?\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?[bBmM](?:$|[-_.])",
            "form": r"(?i)(?:^|[-_.])(?:gguf|gptq|awq|fp8|nvfp4|int4|int8|exl2|exl3|mlx|4bit|8bit|bnb|w4a16|w8a8|mxfp4|instruct|lora)(?:$|[-_.])",
            "tag": r"(?i)(?:latest|[ea]?\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)?[bm](?:[-_].*)?|(?:i?q\d|fp16|f16|bf16|mini|small|medium|large|cloud|instruct|chat|code|text|base|vision|v\d).*)",
            "quantization": r"(?i)(?:UD-)?(?:I?Q\d\w*|[BF]F?(?:16|32)|MXFP4\w*|TQ\d\w*|NVFP4|FP8|latest)",
            "namespace": r"[a-z0-9][\w.-]*/[a-z0-9][\w.-]*",
            "hub_url": r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co|hf-mirror\.com)/(.+)",
        }[name]
    )


def judge(value: str, slot: Slot, *, ollama: bool = False, hint: str | None = None) -> Judged | None:
    """What a string names in a place that takes this; None: nothing to report.

    `ollama`: the file speaks of Ollama, so bare names are its tags.
    """
    value = value.strip().strip("'\"").strip()
    if len(value) > _LONGEST or value.lower() in _NOTHING or not value.isprintable() or " " in value:
        return None
    if slot is Slot.DATA:
        return _no_model("a data set") if _pattern("owner_name").fullmatch(value) else None
    value = _pattern("default").sub(r"\1", value)
    if "$" in value or "{" in value or "<" in value:
        return _indirect(value, slot, ollama=ollama, hint=hint)
    return _addressed(value, slot, ollama=ollama, hint=hint)


def _no_model(why: str) -> Judged:
    return Judged(model=None, state=ReferenceState.NOT_A_MODEL, confidence=0.9, why=why)


def _hub(name: str, confidence: float, revision: str | None = None, quantization: str | None = None) -> Judged:
    return Judged(
        model=name, state=ReferenceState.RESOLVED, confidence=confidence, revision=revision, quantization=quantization
    )


def _alias(name: str, confidence: float) -> Judged:
    return Judged(model=name, state=ReferenceState.ALIAS, confidence=confidence)


def _indirect(value: str, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:
    """A name of which a part is decided elsewhere; the part after a colon does not decide the model."""
    head, colon, tail = value.rpartition(":")
    if colon and "/" in head and not any(mark in head for mark in "${<") and "/" not in tail:
        return _addressed(head, slot, ollama=ollama, hint=hint)
    found = _pattern("variable").search(value)
    if found is None or slot is Slot.ANY or value.endswith(OTHER_FILES):
        return None
    name = next((group for group in found.groups() if group), value)
    return Judged(
        model=None,
        state=ReferenceState.UNRESOLVED,
        confidence=0.5,
        via=name.strip(),
        why="the name is decided elsewhere",
    )


def _addressed(value: str, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:  # noqa: C901, PLR0911 - one case a form, flat on purpose
    """Names with a scheme or the prefix of a router, then plain ones."""
    web = _pattern("hub_url").fullmatch(value)
    if web is not None:
        return _from_hub_path(web.group(1), slot, web=True)
    for scheme in ("hf://", "huggingface://", "hf:", "hub://"):
        if value.startswith(scheme):
            return _from_hub_path(value.removeprefix(scheme), slot, web=False)
    for scheme in ("ollama://", "ollama/", "ollama_chat/", "https://ollama.com/library/", "ollama:"):
        if value.startswith(scheme) and not (slot in (Slot.ANY, Slot.OLLAMA) and value.startswith("ollama/ollama")):
            return _tag(value.removeprefix(scheme), 0.9)
    if "://" in value:
        return _file(value) if value.endswith(".gguf") else None
    if "models--" in value:
        owner, _, name = value.partition("models--")[2].partition("/")[0].partition("--")
        return _hub(f"{owner}/{name}", 0.8) if name else None
    prefix, _, rest = value.partition("/")
    if prefix.lower() in LOCAL_PREFIXES and rest:
        return _addressed(rest, slot if slot is not Slot.ANY else Slot.MODEL, ollama=ollama, hint=hint)
    if prefix.lower() in API_PREFIXES and (rest.count("/") or rest.lower().startswith(API_NAMES)):
        return _no_model(f"served by {prefix}") if slot is not Slot.ANY and not rest.endswith(OTHER_FILES) else None
    if slot is Slot.OLLAMA:
        return _tag(value, 0.9)
    return _plain(value, slot, ollama=ollama, hint=hint)


def _from_hub_path(path: str, slot: Slot, *, web: bool) -> Judged | None:
    parts = [part for part in path.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].split("/") if part]
    if parts and parts[0] in ("datasets", "spaces"):
        return _no_model("a data set" if parts[0] == "datasets" else "a space") if slot is not Slot.ANY else None
    if len(parts) < _OWNER_AND_NAME or (web and parts[0] in ("docs", "blog", "papers", "api", "join", "collections", "settings", "front", "learn", "organizations", "chat", "new", "tasks")):  # fmt: skip
        return None
    name, quantization = _suffix(f"{parts[0]}/{parts[1].removesuffix('.git')}")
    name, _, revision = name.partition("@")
    if not _pattern("owner_name").fullmatch(name):
        return None
    if len(parts) > _OWNER_AND_NAME + 1 and parts[2] in ("resolve", "blob", "tree", "raw"):
        revision = parts[3]
    return _hub(name, 0.95, revision or None, quantization)


def _suffix(value: str) -> tuple[str, str | None]:
    head, colon, tail = value.rpartition(":")
    return (head, tail) if colon else (value, None)


def _tag(value: str, confidence: float) -> Judged | None:
    """A tag of Ollama; with a namespace of the Hub it is a repository there."""
    value = value.removeprefix("hf.co/").removeprefix("huggingface.co/")
    if value.endswith(".gguf") or value.startswith(("/", ".", "~")):
        return _path(value)
    name, suffix = _suffix(value)
    if "/" in name:
        if not _pattern("owner_name").fullmatch(name):
            return None
        owner = name.partition("/")[0].lower()
        if owner == "library":
            return _tag(value.partition("/")[2], confidence)
        upper = name != name.lower() or owner in PUBLISHERS
        return _hub(name, 0.85, None, suffix) if upper else _alias(f"ollama:{value}", 0.5)
    if not _pattern("bare").fullmatch(name) or name.lower().startswith(API_NAMES):
        return _no_model("a model of an API") if name.lower().startswith(API_NAMES) else None
    return _alias(f"ollama:{value}", confidence if name.lower() in OLLAMA_LIBRARY else 0.6)


def _plain(value: str, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:  # noqa: PLR0911 - one case a form, flat on purpose
    if value.endswith(".gguf"):
        parts = value.split("/")
        if len(parts) == _OWNER_AND_NAME + 1 and parts[0].lower() in PUBLISHERS:
            return _hub(f"{parts[0]}/{parts[1]}", 0.8)
        return _file(value)
    name, revision = value.partition("@")[::2]
    name, quantization = _suffix(name)
    if value.startswith(("/", "./", "../", "~", "file:")) or value.count("/") > 1 or "\\" in value:
        return _path(value) if slot is Slot.HUB or (slot is Slot.MODEL and value.startswith("/")) else None
    if "/" not in name:
        return _bare(name, quantization, slot, ollama=ollama, hint=hint)
    if not _pattern("owner_name").fullmatch(name) or name.lower().endswith(OTHER_FILES):
        return None
    owner, _, short = name.partition("/")
    if owner.lower() in _PATH_STARTS or name.lower().endswith(_WEIGHTS):
        return _path(name) if slot is Slot.HUB else None
    if slot is Slot.ANY and not _speaks_for_itself(owner, short, hint):
        return None
    if quantization is not None and slot is Slot.ANY and not _pattern("quantization").fullmatch(quantization):
        return None
    if slot is Slot.MODEL and not _plausible(owner, short):
        return None
    return _hub(name, 0.7 if slot is Slot.ANY else 0.95, revision or None, quantization)


def _speaks_for_itself(owner: str, short: str, hint: str | None) -> bool:
    """Whether `owner/name` reads as a model where anything might stand."""
    if owner[0].isdigit() and owner.lower() not in PUBLISHERS:
        return False
    sized = _pattern("size").search(short) is not None
    formed = _pattern("form").search(short) is not None
    if owner.lower() in PUBLISHERS:
        spelled = hint is not None and "".join(words_of(hint)) == "".join(words_of(short))
        digits = any(letter.isdigit() for letter in short) and "-" in short
        return sized or formed or spelled or digits
    return sized and ("-" in short or formed)


def _plausible(owner: str, short: str) -> bool:
    """Whether it may be a repository and is no fraction, unit or date."""
    return any(letter.isalpha() for letter in owner) and any(letter.isalpha() for letter in short) and len(short) > 1


def _bare(name: str, tag: str | None, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:  # noqa: PLR0911 - one case a form, flat on purpose
    if slot is Slot.ANY or not _pattern("bare").fullmatch(name):
        return None
    if name in SENTENCE_MODELS:
        return _hub(f"sentence-transformers/{name}", 0.9)
    if tag is None and name in SHORT_IDS and not ollama:
        return _hub(f"{SHORT_IDS[name]}/{name}", 0.9)
    lower = name.lower()
    if lower.startswith(API_NAMES) and lower not in OLLAMA_LIBRARY:
        return _no_model("a model of an API")
    if tag is not None:
        known = lower in OLLAMA_LIBRARY
        sized = _pattern("tag").fullmatch(tag) is not None and (ollama or tag[0].isdigit())
        return _alias(f"ollama:{name}:{tag}", 0.85 if known else 0.6) if known or sized else None
    if lower in OLLAMA_LIBRARY and slot is Slot.MODEL:
        named = hint is not None and any(word in ("llm", "model", "embedding") for word in words_of(hint))
        return _alias(f"ollama:{name}", 0.7) if ollama or named else None
    return None


def _file(value: str) -> Judged | None:
    name = value.replace("\\", "/").rpartition("/")[2]
    if "*" in name or name == ".gguf" or name.startswith("-"):
        return None
    return _alias(f"file:{name}", 0.8)


def _path(value: str) -> Judged | None:
    if value.endswith(".gguf"):
        return _file(value)
    name = value.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if not name or name.lower().endswith(OTHER_FILES) or name in (".", "..") or "*" in name:
        return None
    return _alias(f"local:{name}", 0.4)
