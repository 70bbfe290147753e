"""What a string means as the name of a model: Hub id, Ollama tag, file, path, or no model at all."""

from __future__ import annotations

import re

from llmadvise.checkout.judged import OWNER_AND_NAME, Judged, alias, hub, no_model, pattern, suffix
from llmadvise.checkout.known_names import API_NAMES, API_PREFIXES, LOCAL_PREFIXES, OTHER_FILES, PUBLISHERS, SHORT_IDS
from llmadvise.checkout.known_ollama import OLLAMA_LIBRARY
from llmadvise.checkout.path_names import WEIGHTS, file_of
from llmadvise.checkout.places import Slot
from llmadvise.checkout.plain_names import plain, repository_in_path, tag_of
from llmadvise.domain.compliance import ReferenceState

_LONGEST = 240
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".mp4", ".wav", ".mp3", ".flac")
_MARKS = frozenset("${<")
_NOTHING = frozenset(("", "none", "null", "true", "false", "auto", "default", "undefined", "all", "~", "nan", "local"))


def judge(value: str, slot: Slot, *, ollama: bool = False, hint: str | None = None) -> Judged | None:
    """What a string names in a place that takes this; None: nothing to report.

    `ollama`: the file speaks of Ollama, so bare names are its tags.
    """
    value = value.strip().strip("'\"").strip()
    if "{" in value:
        value = pattern("default").sub(_default, value)
    if len(value) > _LONGEST or value.lower() in _NOTHING or not value.isprintable() or " " in value:
        return None
    if slot is Slot.DATA:
        return no_model("a data set") if pattern("owner_name").fullmatch(value) else None
    if slot is not Slot.ANY and "=" in value:
        value = pattern("named").sub("", value, count=1)
    if value.startswith("pretrained="):
        value, slot = value.removeprefix("pretrained=").partition(",")[0], Slot.HUB
    if "model=" in value and "://" in value:
        value, slot = value.partition("model=")[2].partition("&")[0], Slot.MODEL
    if "$" in value or "{" in value or "<" in value:
        return _indirect(value, slot, ollama=ollama, hint=hint)
    return _addressed(value, slot, ollama=ollama, hint=hint)


def _indirect(value: str, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:
    """A name of which a part is decided elsewhere; the part after a colon does not decide the model."""
    head, colon, tail = value.rpartition(":")
    if colon and "/" in head and not any(mark in head for mark in "${<") and "/" not in tail:
        return _addressed(head, slot, ollama=ollama, hint=hint)
    if value.endswith(".gguf") and not _MARKS.intersection(value.rpartition("/")[2]):
        return file_of(value)
    found = pattern("variable").search(value)
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


def _default(found: re.Match[str]) -> str:
    return next((group for group in found.groups() if group), "")


def _addressed(value: str, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:
    """Names with a scheme, then those with the prefix of a router, then plain ones."""
    if "://" in value or value.startswith(_PREFIXED):
        return _by_scheme(value, slot)
    of_repository = repository_in_path(value, hint) if value.count("/") > 1 else None
    return of_repository or _routed(value, slot, ollama=ollama, hint=hint)


def _by_scheme(value: str, slot: Slot) -> Judged | None:
    web = pattern("hub_url").fullmatch(value)
    if web is not None:
        return _from_hub_path(web.group(1), slot, web=True)
    for schemes, read in _READERS:
        scheme = next((scheme for scheme in schemes if value.startswith(scheme)), None)
        if scheme is not None:
            return read(value.removeprefix(scheme), slot)
    if value.startswith("oci://") and slot is not Slot.ANY and "/" in value.removeprefix("oci://"):
        return alias(f"oci:{value.removeprefix('oci://')}", 0.6)
    example = value.partition("://")[2].startswith("example.")
    return file_of(value) if value.endswith(".gguf") and not example else None


def _of_ollama(rest: str, slot: Slot) -> Judged | None:
    """A tag behind Ollama's prefix; where anything may stand, only one that the library has or that has a tag."""
    if rest.startswith("ollama:") or rest == "ollama":
        return None  # the image `ollama/ollama`
    known = rest.partition(":")[0].lower() in OLLAMA_LIBRARY
    return tag_of(rest, 0.9) if slot is not Slot.ANY or known or ":" in rest or "/" in rest else None


def _of_docker(name: str, slot: Slot) -> Judged | None:
    """A model of Docker Hub, where `ai` is the namespace of models; where anything may stand, only one with a size."""
    short, tag = suffix(f"ai/{name}")
    if not pattern("owner_name").fullmatch(short):
        return None
    sized = tag is not None and pattern("sized_tag").fullmatch(tag) is not None
    return alias(f"docker:ai/{name}", 0.85) if slot is not Slot.ANY or sized else None


def _routed(value: str, slot: Slot, *, ollama: bool, hint: str | None) -> Judged | None:
    if "models--" in value:
        owner, _, name = value.partition("models--")[2].partition("/")[0].partition("--")
        return hub(f"{owner}/{name}", 0.8) if name else None
    prefix, _, rest = value.partition(":")
    provider = bool(rest) and "/" not in prefix and prefix.lower() not in OLLAMA_LIBRARY
    if provider and prefix.lower() in API_PREFIXES:
        return no_model(f"served by {prefix}") if slot is not Slot.ANY else None
    if not provider or (prefix.lower() not in LOCAL_PREFIXES and prefix != "local"):
        prefix, _, rest = value.partition("/")
    if rest and (prefix.lower() in LOCAL_PREFIXES or (provider and prefix == "local")):
        return _addressed(rest, slot if slot is not Slot.ANY else Slot.MODEL, ollama=ollama, hint=hint)
    if prefix.lower() in API_PREFIXES and (
        rest.count("/") or rest.lower().startswith(API_NAMES) or _is_route(prefix, rest)
    ):
        return no_model(f"served by {prefix}") if slot is not Slot.ANY and not rest.endswith(OTHER_FILES) else None
    if slot is Slot.OLLAMA:
        return tag_of(value, 0.9)
    return plain(value, slot, ollama=ollama, hint=hint)


def _is_route(prefix: str, rest: str) -> bool:
    """Whether `provider/name` names a model of a service: written small, by one that publishes nothing itself."""
    return bool(rest) and prefix not in PUBLISHERS and prefix in API_PREFIXES and rest == rest.lower()


def _from_hub_path(path: str, slot: Slot, *, web: bool) -> Judged | None:
    parts = [part for part in path.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].split("/") if part]
    if parts and parts[0] in ("datasets", "spaces"):
        return no_model("a data set" if parts[0] == "datasets" else "a space") if slot is not Slot.ANY else None
    if web and parts and (len(parts) == 1 or parts[1] in _VIEWS):
        owner = SHORT_IDS.get(parts[0])
        return hub(f"{owner}/{parts[0]}", 0.9) if owner is not None else None
    if len(parts) < OWNER_AND_NAME or (web and parts[0] in ("docs", "blog", "papers", "api", "join", "collections", "settings", "front", "learn", "organizations", "chat", "new", "tasks")):  # fmt: skip
        return None
    name, quantization = suffix(f"{parts[0]}/{parts[1].removesuffix('.git')}")
    name, _, revision = name.partition("@")
    if not pattern("owner_name").fullmatch(name) or name.lower().endswith((*OTHER_FILES, *WEIGHTS)):
        return None
    if web and path.partition("?")[0].lower().endswith(_PICTURES):
        return None
    if len(parts) > OWNER_AND_NAME + 1 and parts[2] in _VIEWS:
        revision = parts[3]
    return hub(name, 0.95, revision or None, quantization)


_VIEWS = ("resolve", "blob", "tree", "raw")
"""Parts of an address of the Hub that a file's path comes after."""
_HUB_SCHEMES = ("hf://", "HF://", "huggingface://", "hf:", "hub://", "hf-hub:", "hf_hub:", "huggingface:")
_OLLAMA_SCHEMES = ("ollama://", "ollama/", "ollama_chat/", "https://ollama.com/library/", "ollama.com/library/", "ollama:", "oci://registry.ollama.ai/", "registry.ollama.ai/")  # fmt: skip
_DOCKER_SCHEMES = ("ai/", "docker.io/ai/", "index.docker.io/ai/", "docker://ai/", "docker:ai/", "oci://docker.io/ai/", "oci://ai/", "https://hub.docker.com/r/ai/", "hub.docker.com/r/ai/")  # fmt: skip
_READERS = (
    (_HUB_SCHEMES, lambda path, slot: _from_hub_path(path, slot, web=False)),
    (_OLLAMA_SCHEMES, _of_ollama),
    (_DOCKER_SCHEMES, _of_docker),
)
_PREFIXED = (*_HUB_SCHEMES, *_OLLAMA_SCHEMES, *_DOCKER_SCHEMES, "huggingface.co/", "www.huggingface.co/", "hf.co/", "hf-mirror.com/", "git@hf.co:")  # fmt: skip
