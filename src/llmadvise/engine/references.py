"""What a mention in a checkout means in the catalog."""

from __future__ import annotations

from llmadvise.domain.compliance import Mention, ReferenceState
from llmadvise.engine.name_index import NameIndex
from llmadvise.engine.naming import matches
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The entry, or the row of the lineage, that a mention means, how sure that is, and what to know about it."""

    model: str | None
    confidence: float
    note: str | None = None


_KNOWN_BY_DESCENT = "of it only license and descent are known"


def resolve(mention: Mention, index: NameIndex) -> Resolution:
    """The catalog's model for a mention; without one, the note says why."""
    if mention.model is None or mention.state is ReferenceState.NOT_A_MODEL:
        return Resolution(model=None, confidence=0.0, note=mention.why)
    if mention.model.lower() in index.catalog.lineage:
        return Resolution(model=mention.model.lower(), confidence=mention.confidence, note=_KNOWN_BY_DESCENT)
    return _by_scheme(mention, mention.model, index)


def _by_scheme(mention: Mention, model: str, index: NameIndex) -> Resolution:
    scheme, colon, name = model.partition(":")
    match scheme if colon else "hf":
        case "ollama":
            return _tagged(name, mention.confidence, index, "the Ollama library")
        case "docker":
            return _tagged(name.removeprefix("ai/"), mention.confidence, index, "Docker's library")
        case "oci":
            return _image(name, mention.confidence, index)
        case "file":
            return _file(name, mention.confidence, index)
        case "local":
            return _named(name, 0.4 * mention.confidence, index, "a local folder, by its name only")
        case _:
            return _hub(mention, index)


def _hub(mention: Mention, index: NameIndex) -> Resolution:
    name = (mention.model or "").lower()
    own = name if name in index.catalog.models else index.by_repository.get(name)
    if own is not None:
        return Resolution(model=own, confidence=mention.confidence)
    copies = index.by_variant_repository.get(name)
    if copies:
        return Resolution(model=copies[0], confidence=0.95 * mention.confidence, note="a quantized copy of it")
    return Resolution(model=None, confidence=0.0, note="not in the catalog")


def _tagged(tag: str, confidence: float, index: NameIndex, library: str) -> Resolution:
    """A tag with a size means one model; one without means whatever the library's default is."""
    name, _, size = tag.partition(":")
    if size in ("", "latest"):
        return Resolution(
            model=None, confidence=0.0, note=f"{name} without a size: the library decides which; name one"
        )
    parts = size.split("-")
    for count in range(len(parts), 0, -1):
        found = _named(f"{name}:{'-'.join(parts[:count])}", 0.85 * confidence, index, f"by its tag in {library}")
        if found.model is not None:
            return found
    return Resolution(model=None, confidence=0.0, note="a tag that the catalog does not know")


def _image(reference: str, confidence: float, index: NameIndex) -> Resolution:
    """Weights in an image: its last part or its tag may be the name of a model."""
    last = reference.partition("@")[0].rpartition("/")[2]
    name, _, tag = last.partition(":")
    for text in (tag, name):
        found = _named(text, 0.6 * confidence, index, "by the name of the image") if text else None
        if found is not None and found.model is not None:
            return found
    return Resolution(model=None, confidence=0.0, note="an image whose model the catalog does not know")


def _file(name: str, confidence: float, index: NameIndex) -> Resolution:
    found = _named(name, 0.9 * confidence, index, "by the name of the file")
    if found.model is not None:
        return found
    stem = name.rpartition(".")[0] or name
    for cut in ("-", "."):
        head = stem.rpartition(cut)[0]
        if head:
            found = _named(head, 0.6 * confidence, index, "by the name of the file, less its quantization")
            if found.model is not None:
                return found
    return Resolution(model=None, confidence=0.0, note="a file that the catalog does not know")


def _named(name: str, confidence: float, index: NameIndex, note: str) -> Resolution:
    found, _ = matches(name, index)
    if len(found) == 1:
        return Resolution(model=found[0], confidence=confidence, note=note)
    several = f"{name[:80]} may mean {', '.join(found[:3])}" if found else f"unknown model {name[:80]}"
    return Resolution(model=None, confidence=0.0, note=several)


def same_model(asked: str, index: NameIndex) -> str | None:
    """The id that a name written by hand means: a Hub id, a tag or a file, with its scheme or without; None: unknown.

    A repository means itself alone, not the model that it is a copy of.
    """
    name = asked.strip()
    scheme = name.partition(":")[0]
    if scheme not in _SCHEMES and "/" in name:
        return name.lower() if name.lower() in index.catalog.models else index.by_repository.get(name.lower())
    spelled = name if scheme in _SCHEMES else f"file:{name}" if name.endswith(".gguf") else f"ollama:{name}"
    mention = Mention(
        model=spelled, file="", line=0, column=1, kind="", text="", state=ReferenceState.ALIAS, confidence=1.0
    )
    return resolve(mention, index).model


def is_spelled_alike(one: str, other: str) -> bool:
    """Whether two names are one but for letter case, the scheme, and `latest`, which is what no tag means."""
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    scheme, _, rest = name.strip().lower().partition(":")
    return (rest if scheme in _SCHEMES else name.strip().lower()).removesuffix(":latest")


_SCHEMES = frozenset(("ollama", "docker", "oci", "file", "local"))
