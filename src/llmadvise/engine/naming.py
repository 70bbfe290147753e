"""Model names as people write them, resolved to one entry of the catalog."""

from __future__ import annotations

from collections.abc import Iterable

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import Model
from llmadvise.errors import UsageError

_NEAR_MATCHES = 5


def find_model(text: str, catalog: Catalog) -> tuple[Model, str | None]:
    """The model, and the quantization if `:QUANTIZATION` was given.

    Takes a catalog id, a Hub id, the bare name of either, a repository or a file name of a variant, or an Ollama tag
    such as `qwen3:8b`, in any letter case. Raises UsageError for an unknown or an ambiguous one, with near matches.
    """
    name, quantization = _split(text.strip())
    wanted = name.lower().removeprefix("hf:")
    direct = catalog.models.get(wanted)
    if direct is not None:
        return direct, _quantization(quantization, direct)
    found = _by_short_name(wanted, catalog) or _by_file(wanted, catalog)
    if not found and quantization is not None:
        found, quantization = _by_tag(f"{name}-{quantization}", catalog), None
    if len(found) == 1:
        return found[0], _quantization(quantization, found[0])
    if found:
        choices = ", ".join(model.id for model in found[:_NEAR_MATCHES])
        raise UsageError(f"{text[:80]!r} may mean several models", f"Say which: {choices}.")
    raise UsageError(f"unknown model {text[:80]!r}", _near(wanted, catalog))


def find_target(text: str, catalog: Catalog) -> tuple[Model, str | None]:
    """As `find_model`, but any scheme of the catalog may follow the colon, listed for this model or not."""
    name, asked = _split(text.strip())
    if asked is None:
        return find_model(text, catalog)
    model, _ = find_model(name, catalog)
    known = {id_.lower(): id_ for id_ in catalog.quantizations}
    if asked.lower() not in known:
        near = near_names(asked.lower(), known, cutoff=0.4)
        hint = (
            f"Did you mean {', '.join(known[item] for item in near)}?" if near else "Q4_K_M, Q8_0 and MXFP4 are some."
        )
        raise UsageError(f"unknown quantization {asked[:40]!r}", hint)
    return model, known[asked.lower()]


def _split(text: str) -> tuple[str, str | None]:
    name, colon, quantization = text.rpartition(":")
    if not colon or "/" in quantization or name.lower() == "hf":
        return text, None
    return name, quantization


def _by_short_name(wanted: str, catalog: Catalog) -> list[Model]:
    ids = [id_ for id_ in catalog.models if id_.partition("/")[2] == wanted]
    return [catalog.models[id_] for id_ in ids]


def _by_tag(text: str, catalog: Catalog) -> list[Model]:
    """Models that a tag such as `llama3.2:3b` means: the same letters and digits with the ending of one that talks, else
    without; the library keeps base models under tags of their own.
    """
    wanted = _letters(text)
    by_letters: dict[str, list[str]] = {}
    for id_ in catalog.models:
        by_letters.setdefault(_letters(id_.partition("/")[2]), []).append(id_)
    for ending in ("instruct", "it", "chat", ""):
        if wanted + ending in by_letters:
            return [catalog.models[id_] for id_ in by_letters[wanted + ending]]
    return []


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _by_file(wanted: str, catalog: Catalog) -> list[Model]:
    """Models of which a variant comes from this repository, or has this file."""
    return [
        model
        for model in catalog.models.values()
        if model.repo.lower() == wanted
        or any(
            variant.repo.lower() == wanted
            or any(file.name.lower().rpartition("/")[2] == wanted for file in variant.files)
            for variant in model.variants
        )
    ]


def _quantization(asked: str | None, model: Model) -> str | None:
    if asked is None:
        return None
    known = {variant.quantization.lower(): variant.quantization for variant in model.variants}
    if asked.lower() not in known:
        choices = ", ".join(sorted(set(known.values()))) or "none"
        raise UsageError(f"{model.id} has no variant {asked[:40]!r}", f"Known ones: {choices}.")
    return known[asked.lower()]


def _near(wanted: str, catalog: Catalog) -> str:
    short = {id_.partition("/")[2]: id_ for id_ in catalog.models}
    near = near_names(wanted.partition("/")[2] or wanted, short, cutoff=0.5)
    if not near:
        return "`llmadvise models list` shows what the catalog knows."
    return f"Did you mean {', '.join(short[name] for name in near)}?"


def near_names(name: str, known: Iterable[str], *, cutoff: float) -> list[str]:
    """Up to five known names that look like this one."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed for an error message

    return get_close_matches(name, list(known), n=_NEAR_MATCHES, cutoff=cutoff)
