"""Which models the references of a checkout mean: entries of the catalog, files in the tree, repositories of the Hub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from llmadvise.checkout.license_text import license_beside
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Mention, ReferenceState
from llmadvise.domain.lineage import Descended, Pedigree
from llmadvise.domain.model import BaseModel, DeclaredLicense
from llmadvise.engine.entry_draft.declared import find_license
from llmadvise.engine.licensing.resolve import Said
from llmadvise.engine.name_index import NameIndex
from llmadvise.engine.references import resolve
from llmadvise.errors import LLMAdviseError
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from llmadvise.checkout.weights import WeightsHeader

_HUB = ("https://huggingface.co/", "http://huggingface.co/", "https://hf.co/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One model that is referred to."""

    name: str
    """As the references spell it."""
    resolved: str | None
    """Catalog id."""
    entry: Descended | None
    """What is known of it: the catalog's entry, or what the file or the Hub declares; None: nothing."""
    note: str | None
    """How it was resolved, or why it was not."""
    looked_up: bool = False
    """The Hub was asked."""
    gated: bool | None = None
    text_sha256: str | None = None
    """Of the license file that comes with it, byte by byte; None: not at hand."""


def named_models(
    mentions: Iterable[Mention],
    catalog: Catalog,
    *,
    online: bool,
    root: Path,
    clarified: frozenset[str] = frozenset(),
) -> dict[str, Named]:
    """Every model that is named, by its spelling; each is resolved once.

    `clarified` are models in lower case for whose license text a policy asks: online the Hub is asked for it too.
    """
    by_name: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.model is not None and mention.state is not ReferenceState.NOT_A_MODEL:
            by_name.setdefault(mention.model, []).append(mention)
    index = NameIndex(catalog)
    found = {}
    for name, places in by_name.items():
        text = next(
            (digest for place in places if place.line == 0 and (digest := license_beside(root, place.file))), None
        )
        named = _named(name, places, index, text, online=online)
        asks = online and named.entry is not None and not named.looked_up and named.entry.id in clarified
        found[name] = _with_text_of_hub(named, catalog) if text is None and asks else replace(named, text_sha256=text)
    return found


def _with_text_of_hub(named: Named, catalog: Catalog) -> Named:
    """The model, with the hash of the license text that the Hub has for it."""
    repo = named.entry.repo if named.entry is not None else named.name
    asked = _from_hub(repo, catalog) if "/" in repo and ":" not in repo else None
    return replace(named, text_sha256=asked.entry.license.text_sha256 if asked and asked.entry else None)


def _named(name: str, places: list[Mention], index: NameIndex, text_sha256: str | None, *, online: bool) -> Named:
    catalog = index.catalog
    found = resolve(places[0], index)
    if found.model is not None:
        entry = catalog.models.get(found.model) or catalog.lineage[found.model]
        return Named(name=name, resolved=found.model, entry=entry, note=found.note, gated=entry.gated)
    told = next((place for place in places if place.declared_license or place.base_models), None)
    if told is not None:
        return Named(
            name=name,
            resolved=None,
            entry=_from_file(name, told, catalog, text_sha256),
            note="by what the file itself says",
        )
    if online and "/" in name and ":" not in name:
        return _from_hub(name, catalog)
    return Named(name=name, resolved=None, entry=None, note=found.note)


def _from_file(name: str, told: Mention, catalog: Catalog, text_sha256: str | None) -> Pedigree:
    bases = tuple(_base(item, catalog) for item in told.base_models)
    said = Said(tag=told.declared_license, repo=name.removeprefix("file:"), text_sha256=text_sha256)
    license_ = find_license(said, catalog.licenses)[0] if _says_something(said) else DeclaredLicense(declared=None)
    return _pedigree(name, license_, bases)


def _says_something(said: Said) -> bool:
    return said.tag is not None or said.text_sha256 is not None


def _base(name: str, catalog: Catalog) -> BaseModel:
    for address in _HUB:
        name = name.removeprefix(address)
    known = name.lower()
    return BaseModel(model=known if known in catalog.models or known in catalog.lineage else name, relation="finetune")


def _from_hub(name: str, catalog: Catalog) -> Named:
    from llmadvise.api.curate import import_entry  # noqa: PLC0415 - HTTP, only where it is asked for

    try:
        draft = import_entry(f"hf:{name}", catalog, may_connect=True)
    except LLMAdviseError as error:
        return Named(name=name, resolved=None, entry=None, note=f"the Hub: {error.message}", looked_up=True)
    entry = _pedigree(draft.repo, draft.license, draft.base_models, revision=draft.revision)
    return Named(
        name=name, resolved=None, entry=entry, note="as the Hub declares it", looked_up=True, gated=draft.gated
    )


def _pedigree(
    name: str, license_: DeclaredLicense, bases: tuple[BaseModel, ...], *, revision: str | None = None
) -> Pedigree:
    """A model of which only license and descent are known: enough to judge it."""
    return Pedigree(
        id=name.lower(),
        repo=name,
        name=name.rpartition("/")[2],
        org=name.partition("/")[0],
        license=license_,
        revision=revision,
        base_models=bases,
    )


def read_gguf(path: Path) -> WeightsHeader | None:
    """What the header of a GGUF file says of its license and descent; None: it is none, or broken."""
    from llmadvise.checkout.weights import WeightsHeader  # noqa: PLC0415 - only where such a file is found
    from llmadvise.gguf.header import read_file  # noqa: PLC0415

    try:
        header = read_file(path)
    except (LLMAdviseError, OSError):
        return None
    facts: Mapping[str, object] = header.metadata
    count = facts.get("general.base_model.count")
    bases = tuple(_parent(facts, number) for number in range(min(count, 8) if isinstance(count, int) else 0))
    return WeightsHeader(
        has_weights=bool(header.tensors),
        name=_word(facts.get("general.name")),
        license=_word(facts.get("general.license")),
        base_models=tuple(base for base in bases if base),
    )


def _parent(facts: Mapping[str, object], number: int) -> str | None:
    """The repository of a parent (`general.base_model.N.repo_url`), else its publisher and name."""
    prefix = f"general.base_model.{number}"
    if address := _word(facts.get(f"{prefix}.repo_url")):
        return address
    org, name = _word(facts.get(f"{prefix}.organization")), _word(facts.get(f"{prefix}.name"))
    return f"{org}/{name}".replace(" ", "-") if org and name else name


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and len(value) < 300 else None  # noqa: PLR2004 - a name
