"""The whole entry: each part from the module that reads it, and the findings of all."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.domain.catalog import Catalog, summaries
from llmadvise.domain.draft import DraftArchitecture, DraftContext, DraftModel, DraftParameters
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.repository import Repository
from llmadvise.engine.config_architecture.keys import as_count
from llmadvise.engine.config_architecture.read import ConfigReading, read_config
from llmadvise.engine.config_architecture.text_config import ConfigDefaults
from llmadvise.engine.entry_draft.card import languages, word
from llmadvise.engine.entry_draft.declared import declared_license, find_license
from llmadvise.engine.entry_draft.descent import base_models
from llmadvise.engine.entry_draft.read_at import read_at
from llmadvise.engine.entry_draft.role import capabilities_of, chat_template, role_of
from llmadvise.engine.entry_draft.schemes import storage_of
from llmadvise.engine.entry_draft.shape_of_file import draft_architecture, draft_context, draft_parameters
from llmadvise.engine.entry_draft.sizes import count, stored_head
from llmadvise.engine.entry_draft.variants import gguf_variants, safetensors_variant
from llmadvise.engine.licensing.resolve import Said

_LONGEST_CONTEXT = 1 << 27
"""Tokens; a tokenizer without a limit says 10^30."""
_PLAIN_FORMATS = frozenset({"safetensors", "pytorch"})


def draft_entry(
    repository: Repository,
    catalog: Catalog,
    known: ConfigDefaults,
    *,
    header: Model | None = None,
    as_of: str | None = None,
) -> DraftModel:
    """The entry that this repository would have. `header` is what one of its GGUF files says; `as_of` the day of reading."""
    known_repos = {summary.repo.lower(): summary.id for summary in summaries(catalog.models)}
    findings = list(repository.findings)
    reading = None if repository.config is None else read_config(repository.config, known)
    shape, context, parameters, own = _dimensions(repository, reading, header)
    findings.extend(own)
    variants, about = _variants(repository, catalog, parameters, has_config=reading is not None)
    findings.extend(about)
    license_, unclear = declared_license(repository, catalog.licenses)
    if license_.declared is None and license_.name is None and header is not None and header.license.name:
        said = Said(tag=header.license.name, repo=repository.repo, text_sha256=repository.license_sha256)
        license_, doubt = find_license(said, catalog.licenses)
        unclear = (*unclear, *doubt)
    findings.extend(unclear)
    quantized = bool(variants) and all(variant.format not in _PLAIN_FORMATS for variant in variants)
    named = tuple(base.model for base in header.base_models) if header else ()
    bases, doubtful = base_models(repository, quantized=quantized, known=known_repos, header=named)
    findings.extend(doubtful)
    org, _, name = repository.repo.rpartition("/")
    template = chat_template(repository)
    classes = reading.text.classes if reading else ()
    modalities = reading.text.modalities if reading else ()
    family, about = _family(bases[0].model if bases else None, catalog, reading)
    findings.extend(about)
    return DraftModel(
        id=repository.repo.lower(),
        repo=repository.repo,
        revision=repository.revision,
        name=name,
        org=org,
        family=family,
        role=None if repository.adapter is not None else role_of(repository, classes, modalities, template),
        parameters=parameters,
        context_length=context,
        license=license_,
        capabilities=capabilities_of(repository, modalities, template),
        languages=languages(repository.card),
        release_date=repository.created,
        base_models=bases,
        gated=repository.gated,
        architecture=shape,
        variants=variants,
        sources=(
            read_at(repository.repo, repository.revision, as_of),
            *(known.sources[:1] if reading and reading.text.nested else ()),
        ),
        findings=tuple(dict.fromkeys(findings)),
    )


def _dimensions(
    repository: Repository, reading: ConfigReading | None, header: Model | None
) -> tuple[DraftArchitecture | None, DraftContext, DraftParameters, list[Finding]]:
    """Architecture, context and parameters from the config, or else from the header of a GGUF file."""
    if reading is not None and (header is None or reading.architecture.layers is not None):
        architecture, about = _settle_tied(reading, repository)
        sizes = count(repository, reading, architecture, storage_of(repository))
        context = reading.context
        if context.native is None and (tokens := as_count(repository.tokenizer.get("model_max_length"))):
            context = replace(context, native=tokens if 0 < tokens <= _LONGEST_CONTEXT else None)
        return architecture, context, sizes.parameters, [*_still_missing(reading, context), *about, *sizes.findings]
    if header is not None and header.architecture is not None:
        return draft_architecture(header.architecture), draft_context(header), draft_parameters(header), []
    read = repository.gguf
    name, tokens = read.get("architecture"), as_count(read.get("context_length"))
    known = DraftArchitecture(id=name) if isinstance(name, str) and _is_plain(name) else None
    return known, DraftContext(native=tokens or None), _hub_parameters(repository), [_without_shape(repository)]


def _is_plain(name: str) -> bool:
    """Whether a name of an architecture looks like one of llama.cpp's."""
    return 0 < len(name) < 64 and name.isascii() and name.replace("-", "").replace("_", "").replace(".", "").isalnum()  # noqa: PLR2004 - longer than any


def _hub_parameters(repository: Repository) -> DraftParameters:
    """What the service counted in a GGUF file that we could not read."""
    total = as_count(repository.gguf.get("total"))
    return DraftParameters(total=total if total and repository.adapter is None else None)


def _without_shape(repository: Repository) -> Finding:
    if repository.adapter is not None:
        base = word(repository.adapter, "base_model_name_or_path") or "its base"
        message = f"an adapter: its shape is that of {base}, and it runs on top of that model only"
        return Finding(rule="adapter-only", verdict=Verdict.WARN, message=message)
    message = "there is neither a config.json nor a GGUF file that could be read: the dimensions are unknown"
    return Finding(rule="config-missing", verdict=Verdict.WARN, message=message)


def _settle_tied(reading: ConfigReading, repository: Repository) -> tuple[DraftArchitecture, list[Finding]]:
    """Whether input and output share a matrix: files without an output matrix settle it, whatever the config says."""
    architecture, stored = reading.architecture, stored_head(repository)
    if stored is False and "tie_word_embeddings" not in reading.text.keys.own:
        return replace(architecture, tied_embeddings=True), []
    if stored is True and architecture.tied_embeddings is None:
        return replace(architecture, tied_embeddings=False), []
    return architecture, []


def _still_missing(reading: ConfigReading, context: DraftContext) -> list[Finding]:
    """The config's findings, less what another file said."""
    if context.native is None or reading.context.native is not None:
        return list(reading.findings)
    said = "config.json does not say: context_length"
    return [finding for finding in reading.findings if finding.message != said]


def _variants(
    repository: Repository, catalog: Catalog, parameters: DraftParameters, *, has_config: bool
) -> tuple[tuple[Variant, ...], list[Finding]]:
    weights = parameters.language or parameters.total
    if repository.adapter is not None and not has_config:
        return (), []
    packed, findings = gguf_variants(repository, catalog.quantizations, weights)
    if packed and not any(file.path.endswith(".safetensors") for file in repository.files):
        whole: tuple[Variant, ...] = ()
        about: tuple[Finding, ...] = ()
    else:
        whole, about = safetensors_variant(repository, storage_of(repository), parameters.total)
    unknown = [
        Finding(
            rule="quantization-unknown",
            verdict=Verdict.WARN,
            message=f"the catalog has no scheme `{variant.quantization}`",
        )
        for variant in (*packed, *whole)
        if variant.quantization not in catalog.quantizations
    ]
    return (*packed, *whole), [*findings, *about, *unknown]


def _family(base: str | None, catalog: Catalog, reading: ConfigReading | None) -> tuple[str | None, list[Finding]]:
    """The family of the parent where the catalog has it, else the model type, for a person to correct."""
    if base is not None and base in catalog.models:
        return catalog.models[base].family, []
    kind = reading.text.model_type.lower().replace("_", "-") if reading else ""
    message = "no parent in the catalog gives the family; the model type stands in its place"
    finding = Finding(rule="family-unknown", verdict=Verdict.NOTE, message=message)
    return (kind or None), [finding] if kind else []


def lacking(draft: DraftModel) -> tuple[str, ...]:
    """Which facts a catalog entry needs and this draft lacks; none: it may stand in a catalog."""
    shape = draft.architecture
    needed = {
        "family": draft.family,
        "role": draft.role,
        "parameters.total": draft.parameters.total,
        "parameters.active": draft.parameters.active,
        "context_length.native": draft.context_length.native,
    }
    if shape is not None:
        needed |= {
            "architecture.layers": shape.layers,
            "architecture.hidden_size": shape.hidden_size,
            "architecture.vocabulary_size": shape.vocabulary_size,
            "architecture.tied_embeddings": shape.tied_embeddings,
        }
    return tuple(name for name, value in needed.items() if value is None)
