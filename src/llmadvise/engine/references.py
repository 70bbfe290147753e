"""What a mention in a checkout means in the catalog."""

from __future__ import annotations

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Mention, ReferenceState
from llmadvise.engine.naming import find_model
from llmadvise.errors import UsageError
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The entry, or the row of the lineage, that a mention means, how sure that is, and what to know about it."""

    model: str | None
    confidence: float
    note: str | None = None


_KNOWN_BY_DESCENT = "of it only license and descent are known"


def resolve(mention: Mention, catalog: Catalog) -> Resolution:
    """The catalog's model for a mention; without one, the note says why."""
    if mention.model is None or mention.state is ReferenceState.NOT_A_MODEL:
        return Resolution(model=None, confidence=0.0, note=mention.why)
    if mention.model.lower() in catalog.lineage:
        return Resolution(model=mention.model.lower(), confidence=mention.confidence, note=_KNOWN_BY_DESCENT)
    return _by_scheme(mention, mention.model, catalog)


def _by_scheme(mention: Mention, model: str, catalog: Catalog) -> Resolution:
    scheme, colon, name = model.partition(":")
    match scheme if colon else "hf":
        case "ollama":
            return _ollama(name, mention.confidence, catalog)
        case "file":
            return _file(name, mention.confidence, catalog)
        case "local":
            return _named(name, 0.4 * mention.confidence, catalog, "a local folder, by its name only")
        case _:
            return _hub(mention, catalog)


def _hub(mention: Mention, catalog: Catalog) -> Resolution:
    name = (mention.model or "").lower()
    direct = catalog.models.get(name)
    if direct is not None:
        return Resolution(model=direct.id, confidence=mention.confidence)
    for model in catalog.models.values():
        if model.repo.lower() == name:
            return Resolution(model=model.id, confidence=mention.confidence)
    for model in catalog.models.values():
        if any(variant.repo.lower() == name for variant in model.variants):
            return Resolution(model=model.id, confidence=0.95 * mention.confidence, note="a quantized copy of it")
    return Resolution(model=None, confidence=0.0, note="not in the catalog")


def _ollama(tag: str, confidence: float, catalog: Catalog) -> Resolution:
    """A tag with a size means one model; one without means whatever the library's default is."""
    name, _, size = tag.partition(":")
    if size in ("", "latest"):
        return Resolution(
            model=None, confidence=0.0, note=f"{name} without a size: the library decides which; name one"
        )
    parts = size.split("-")
    for count in range(len(parts), 0, -1):
        found = _named(
            f"{name}:{'-'.join(parts[:count])}", 0.85 * confidence, catalog, "by its tag in the Ollama library"
        )
        if found.model is not None:
            return found
    return Resolution(model=None, confidence=0.0, note="a tag that the catalog does not know")


def _file(name: str, confidence: float, catalog: Catalog) -> Resolution:
    found = _named(name, 0.9 * confidence, catalog, "by the name of the file")
    if found.model is not None:
        return found
    stem = name.rpartition(".")[0] or name
    for cut in ("-", "."):
        head = stem.rpartition(cut)[0]
        if head:
            found = _named(head, 0.6 * confidence, catalog, "by the name of the file, less its quantization")
            if found.model is not None:
                return found
    return Resolution(model=None, confidence=0.0, note="a file that the catalog does not know")


def _named(name: str, confidence: float, catalog: Catalog, note: str) -> Resolution:
    try:
        model, _ = find_model(name, catalog)
    except UsageError as error:
        return Resolution(model=None, confidence=0.0, note=str(error))
    return Resolution(model=model.id, confidence=confidence, note=note)
