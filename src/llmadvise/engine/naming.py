"""Model names as people write them, resolved to one entry of the catalog."""

from __future__ import annotations

from collections.abc import Iterable

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.model import Model
from llmadvise.engine.name_index import NameIndex, letters
from llmadvise.errors import UsageError

_NEAR_MATCHES = 5


def find_model(text: str, catalog: Catalog, index: NameIndex | None = None) -> tuple[Model, str | None]:
    """The model, and the quantization if `:QUANTIZATION` was given.

    Takes a catalog id, a Hub id, the bare name of either, a repository or a file name of a variant, or an Ollama tag
    such as `qwen3:8b`, in any letter case. `index` saves gathering the names again where many are looked up. Raises
    UsageError for an unknown or an ambiguous one, with near matches.
    """
    found, quantization = matches(text, index or NameIndex(catalog))
    if len(found) == 1:
        model = catalog.models[found[0]]
        return model, _quantization(quantization, model)
    if found:
        choices = ", ".join(found[:_NEAR_MATCHES])
        raise UsageError(f"{text[:80]!r} may mean several models", f"Say which: {choices}.")
    raise UsageError(f"unknown model {text[:80]!r}", _near(_wanted(_split(text.strip())[0]), catalog))


def matches(text: str, index: NameIndex) -> tuple[list[str], str | None]:
    """Ids of the models that a name may mean, and the quantization if one was given."""
    name, quantization = _split(text.strip())
    wanted = _wanted(name)
    if wanted in index.catalog.models:
        return [wanted], quantization
    found = index.by_short_name.get(wanted) or _by_repository(wanted, index)
    if not found and quantization is not None:
        return _by_tag(f"{name}-{quantization}", index), None
    return found, quantization


def _wanted(name: str) -> str:
    return name.lower().removeprefix("hf:")


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


def _by_tag(text: str, index: NameIndex) -> list[str]:
    """Models that a tag such as `llama3.2:3b` means: the same letters and digits with the ending of one that talks, else
    without; the library keeps base models under tags of their own.
    """
    wanted = letters(text)
    for ending in ("instruct", "it", "chat", ""):
        if wanted + ending in index.by_letters:
            return index.by_letters[wanted + ending]
    return []


def _by_repository(wanted: str, index: NameIndex) -> list[str]:
    """Models of which a variant comes from this repository, or has this file."""
    own = index.by_repository.get(wanted)
    if own is not None:
        return [own]
    return index.by_variant_repository.get(wanted) or index.by_file.get(wanted, [])


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
