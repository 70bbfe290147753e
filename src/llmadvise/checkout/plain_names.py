"""Names without a scheme: Hub ids, Ollama tags, files and paths."""

from __future__ import annotations

from llmadvise.checkout.judged import OWNER_AND_NAME, Judged, alias, hub, no_model, pattern, suffix
from llmadvise.checkout.known_architectures import ARCHITECTURES
from llmadvise.checkout.known_names import API_NAMES, API_PREFIXES, OTHER_FILES, PUBLISHERS, SENTENCE_MODELS, SHORT_IDS
from llmadvise.checkout.known_ollama import OLLAMA_LIBRARY
from llmadvise.checkout.path_names import PATH_STARTS, WEIGHTS, file_of, path_of
from llmadvise.checkout.places import Slot, words_of
from llmadvise.checkout.stand_ins import is_placeholder

_TARGETS = frozenset(("push", "upload", "output", "save"))
"""What is given to these is written, not read."""
_PLACES = frozenset(("dir", "directory", "folder", "log", "logs", "workdir", "prefix"))
"""What is given to these is a folder; only of a known publisher it may be a repository."""
_CONTENT = frozenset(("application", "text", "image", "audio", "video", "multipart", "font"))
_FOLDERS = frozenset(("examples", "example", "tests", "test", "docs", "doc", "scripts", "configs", "config", "feature", "feat", "fix", "chore", "library", "datasets", "images", "img", "bin", "lib", "train", "training", "inference", "sft", "dpo", "grpo", "lora", "qlora", "benchmark", "benchmarks", "experiments", "exp", "recipes", "notebooks", "packages", "projects", "tools", "plugins", "modules", "layers", "blocks", "encoder", "decoder"))  # fmt: skip
_WORDS = frozenset(("gpt", "e", "git", "led", "depth", "funnel", "bark", "grounding", "luke", "clap"))
"""Architectures that are words as well, or stand in names of data that they made."""
_PARTS = frozenset(("backbone", "classifier", "generator", "retriever", "summarizer", "detector", "asr", "tts", "stt", "ner", "llama", "gpt", "bert", "clip", "vae", "unet", "controlnet", "transformer", "diffusion", "translator", "captioner", "ranker", "rm", "policy", "actor", "critic", "ref", "reference", "base", "agent", "chat", "hf", "huggingface", "repo", "repository", "whisper"))  # fmt: skip
"""Names of places that hold a model or something else."""
_LONGEST = 240
_SERVED = API_PREFIXES | {"google", "amazon", "cohere", "x-ai"}
_TAKES_TAGS = frozenset(("llm", "model", "embedding"))
DATA_WORDS = frozenset(
    ("data", "dataset", "datasets", "corpus", "benchmark", "benchmarks", "ds", "dataloader", "experiment", "branch")
)


def tag_of(value: str, confidence: float) -> Judged | None:
    """A tag of Ollama; with a namespace of the Hub it is a repository there."""
    value = value.removeprefix("hf.co/").removeprefix("huggingface.co/")
    if value.endswith(".gguf") or value.startswith(("/", ".", "~")):
        return path_of(value)
    name, tag = suffix(value)
    if "/" in name:
        return _in_namespace(name, tag, value, confidence)
    if name.lower().startswith(API_NAMES) and name.lower() not in OLLAMA_LIBRARY:
        return no_model("a model of an API")
    if not pattern("bare").fullmatch(name):
        return None
    return alias(f"ollama:{value}", confidence if name.lower() in OLLAMA_LIBRARY else 0.6)


def _in_namespace(name: str, tag: str | None, value: str, confidence: float) -> Judged | None:
    if not pattern("owner_name").fullmatch(name):
        return None
    owner, _, short = name.partition("/")
    if owner.lower() == "library":
        return tag_of(value.partition("/")[2], confidence)
    if is_placeholder(owner, short):
        return no_model("a placeholder")
    upper = name != name.lower() or owner.lower() in PUBLISHERS
    return hub(name, 0.85, None, tag) if upper else alias(f"ollama:{value}", 0.5)


def is_tag(value: str, *, ollama: bool) -> bool:
    """Whether a string is a name of Ollama's library with a size, which is a model wherever it stands."""
    name, tag = suffix(value)
    if tag is None or name.lower() not in OLLAMA_LIBRARY:
        return False
    return pattern("sized_tag").fullmatch(tag) is not None or (ollama and pattern("tag").fullmatch(tag) is not None)


def is_distinct(value: str) -> bool:
    """Whether it is a name of Ollama's library that is no word and no provider's name: with a digit, or of parts."""
    return value.lower() in OLLAMA_LIBRARY and ("-" in value or any(letter.isdigit() for letter in value))


def is_spelled(hint: str | None, value: str) -> bool:
    """Whether a variable is named as a model of Ollama's library is: `LLAMA_3_1 = "llama3.1"`."""
    return hint is not None and value.lower() in OLLAMA_LIBRARY and _letters(hint) == _letters(value)


def may_name(value: str) -> bool:
    """Whether a string may name a model in any place at all: a quick look before the place is."""
    if " " in value or len(value) > _LONGEST or not value:
        return False
    if "/" in value or ":" in value or "$" in value or "{" in value or value.endswith(".gguf"):
        return True
    lower = value.lower()
    return lower in OLLAMA_LIBRARY or value in SHORT_IDS or value in SENTENCE_MODELS or lower.startswith(API_NAMES)


def may_speak(value: str, hint: str | None, *, ollama: bool) -> bool:
    """Whether a string in any place is worth judging."""
    if "/" in value or value.endswith(".gguf") or value.startswith("hf:"):
        return True
    if _is_short_id(value):
        return True
    return is_tag(value, ollama=ollama) if ":" in value else ollama and is_spelled(hint, value)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def plain(value: str, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:
    """A name without a scheme: a file, a path, `owner/name`, or one word."""
    if value.endswith(".gguf"):
        return _gguf(value)
    name, revision = value.partition("@")[::2]
    name, quantization = suffix(name)
    if value.startswith(("/", "./", "../", "~", "file:")) or value.count("/") > 1 or "\\" in value:
        return path_of(value) if slot is Slot.HUB or (slot is Slot.MODEL and value.startswith("/")) else None
    if "/" not in name:
        return _bare(name, quantization, slot, ollama=ollama, hint=hint)
    if not pattern("owner_name").fullmatch(name) or name.lower().endswith(OTHER_FILES):
        return None
    if ollama and slot is Slot.MODEL and quantization is not None and name == name.lower():
        return _in_namespace(name, quantization, value, 0.6)
    return _repository(name, revision, quantization, slot, hint)


def _gguf(value: str) -> Judged | None:
    parts = value.split("/")
    if len(parts) == OWNER_AND_NAME + 1 and parts[0].lower() in PUBLISHERS:
        return hub(f"{parts[0]}/{parts[1]}", 0.8)
    return file_of(value)


def repository_in_path(value: str, hint: str | None) -> Judged | None:
    """The repository of a known publisher that a path is of: a file in it, as `openai/clip-vit-base-patch32/config.json`,
    or a folder named after it, as `checkpoints/google/gemma-2b`.
    """
    parts = value.strip("/").split("/")
    if len(parts) < OWNER_AND_NAME:
        return None
    if value.lower().endswith((*WEIGHTS, ".json", ".txt")):
        owner, short = parts[:OWNER_AND_NAME]
    elif "." in parts[0].strip(".") or "out" in words_of(hint or "") or _of_data(parts[-1], hint):
        return None  # an address, or what is written
    else:
        owner, short = parts[-OWNER_AND_NAME:]
    if owner.lower() not in PUBLISHERS:
        return None
    formed = pattern("owner_name").fullmatch(f"{owner}/{short}") is not None
    return hub(f"{owner}/{short}", 0.8) if formed and _speaks_for_itself(owner, short, None) else None


def _repository(name: str, revision: str, quantization: str | None, slot: Slot, hint: str | None) -> Judged | None:
    owner, _, short = name.partition("/")
    if owner.lower() in PATH_STARTS or name.lower().endswith(WEIGHTS):
        return path_of(name) if slot is Slot.HUB else None
    if pattern("region").fullmatch(owner) is not None and slot is not Slot.ANY:
        return no_model("served in a region")
    if owner.lower() in _SERVED and short.lower().startswith(API_NAMES):
        return no_model(f"served by {owner}") if slot is not Slot.ANY else None
    if slot is Slot.ANY:
        quantized = quantization is None or pattern("quantization").fullmatch(quantization) is not None
        sure = quantized and _speaks_for_itself(owner, short, hint) and not is_placeholder(owner, short)
        return hub(name, 0.7, revision or None, quantization) if sure else None
    if is_placeholder(owner, short, loads=slot is Slot.HUB):
        return no_model("a placeholder")
    plausible = slot is not Slot.MODEL or _plausible(owner, short)
    return hub(name, 0.95, revision or None, quantization) if plausible else None


def _speaks_for_itself(owner: str, short: str, hint: str | None) -> bool:
    """Whether `owner/name` reads as a model where anything might stand."""
    known = owner.lower() in PUBLISHERS
    nobody = sum(letter.isalpha() for letter in owner) < OWNER_AND_NAME or not _PLACES.isdisjoint(words_of(hint or ""))
    if (nobody and not known) or _of_data(short, hint):
        return False
    sized = pattern("size").search(short) is not None
    formed = pattern("form").search(short) is not None
    if known:
        spelled = hint is not None and "".join(words_of(hint)) == "".join(words_of(short))
        digits = any(letter.isdigit() for letter in short) and "-" in short
        return sized or formed or spelled or digits or _of_family(short)
    family = owner.lower().rstrip("0123456789_.") in ARCHITECTURES
    if sized and ("-" in short or formed):
        return not (family and short[0].isdigit())
    if family or owner.lower() in _FOLDERS:
        return False
    if not DATA_WORDS.isdisjoint(short.lower().replace("_", "-").split("-")):
        return False
    part = hint is not None and not _PARTS.isdisjoint(words_of(hint))
    numbered = any(letter.isdigit() for letter in short)
    return _of_family(short, sure=True) and (part or formed or (numbered and "-" in short))


def _of_family(short: str, *, sure: bool = False) -> bool:
    """Whether a part of a name of several is an architecture: `whisper-small`, `bart-large-cnn`."""
    parts = short.lower().replace("_", "-").split("-")
    found = {part.rstrip("0123456789.") for part in parts} & ARCHITECTURES
    return len(parts) > 1 and bool(found - _WORDS if sure else found)


def _of_data(short: str, hint: str | None) -> bool:
    """Whether the variable speaks of data, or the name counts its rows (`-200k`); a power of two is a context."""
    words = words_of(hint) if hint is not None else []
    if not DATA_WORDS.isdisjoint(words) or words[:2] == ["hub", "model"] or not _TARGETS.isdisjoint(words):
        return True
    return pattern("rows").search(short) is not None


def _plausible(owner: str, short: str) -> bool:
    """Whether it may be a repository and is no fraction, unit, date or type of content."""
    if owner in _CONTENT or (owner.rstrip("0123456789_.") in ARCHITECTURES and short[0].isdigit()):
        return False
    return any(letter.isalpha() for letter in owner) and any(letter.isalpha() for letter in short) and len(short) > 1


def _bare(name: str, tag: str | None, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:
    if not pattern("bare").fullmatch(name):
        return None
    if slot is Slot.ANY and tag is None and _is_short_id(name) and not ollama:
        slot = Slot.HUB
    if slot is Slot.ANY:
        return _bare_anywhere(name if tag is None else f"{name}:{tag}", ollama=ollama, hint=hint)
    if name in SENTENCE_MODELS:
        return hub(f"sentence-transformers/{name}", 0.9)
    if tag is None and name in SHORT_IDS and not ollama:
        return hub(f"{SHORT_IDS[name]}/{name}", 0.9)
    if hint == "SentenceTransformer" and tag is None and "-" in name:
        return hub(f"sentence-transformers/{name}", 0.6)
    return _bare_of_ollama(name, tag, slot, ollama=ollama, hint=hint)


def _is_short_id(name: str) -> bool:
    """Whether a name without a publisher is a model's and nothing else's, wherever it stands."""
    return name in SENTENCE_MODELS or (name in SHORT_IDS and name.count("-") > 1)


def _bare_of_ollama(name: str, tag: str | None, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:
    if name.lower().startswith(API_NAMES) and name.lower() not in OLLAMA_LIBRARY:
        return no_model("a model of an API")
    if tag is not None:
        return _tagged(name, tag, ollama=ollama)
    named = ollama or (hint is not None and not _TAKES_TAGS.isdisjoint(words_of(hint)))
    return alias(f"ollama:{name}", 0.7) if named and name.lower() in OLLAMA_LIBRARY and slot is Slot.MODEL else None


def _bare_anywhere(value: str, *, ollama: bool, hint: str | None) -> Judged | None:
    if is_tag(value, ollama=ollama):
        return alias(f"ollama:{value}", 0.7)
    return alias(f"ollama:{value}", 0.6) if ollama and is_spelled(hint, value) else None


def _tagged(name: str, tag: str, *, ollama: bool) -> Judged | None:
    known = name.lower() in OLLAMA_LIBRARY
    sized = pattern("tag").fullmatch(tag) is not None and (ollama or tag[0].isdigit())
    return alias(f"ollama:{name}:{tag}", 0.85 if known else 0.6) if known or sized else None
