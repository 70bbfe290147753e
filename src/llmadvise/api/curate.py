"""For those who keep a catalog: import an entry from the Hub, check, compare and compile."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from llmadvise import __version__
from llmadvise.api.today import today
from llmadvise.domain.catalog import Catalog, summaries
from llmadvise.domain.draft import DraftModel
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Model
from llmadvise.domain.repository import Repository
from llmadvise.engine.config_architecture.read import read_config
from llmadvise.engine.entry_draft.draft import draft_entry, lacking
from llmadvise.engine.entry_draft.variants import is_part
from llmadvise.engine.estimate_read import model_of
from llmadvise.errors import InvalidFileError, LLMAdviseError, UsageError
from llmadvise.gguf.source import ByteSource
from llmadvise.gguf.split import read_shards
from llmadvise.hub.connection import Connection, forbids_network
from llmadvise.hub.failures import offline
from llmadvise.hub.known_configs import known_configs
from llmadvise.hub.listing import Listing
from llmadvise.hub.reference import HubReference, is_reference, parse_reference
from llmadvise.hub.repository import read_repository
from llmadvise.render.documents.curation import (
    CatalogChange,
    CatalogCheckDocument,
    CatalogDiffDocument,
    CheckSummary,
)
from llmadvise.render.findings import by_weight
from llmadvise.replace_file import replace_file


def import_entry(target: str, catalog: Catalog, *, may_connect: bool, as_of: str | None = None) -> DraftModel:
    """The entry that a repository on the Hub would have, with a finding for each fact that cannot be known.

    Raises UsageError for a wrong target or an unknown repository, LLMAdviseError where the Hub cannot be asked.
    """
    if not is_reference(target):
        raise UsageError(f"{target[:80]!r} is not on the Hub", "Write hf:org/repo or hf:org/repo@REVISION.")
    reference = parse_reference(target)
    if reference.wanted is not None:
        raise UsageError(
            "an entry is of a whole repository, not of one file",
            f"Write hf:{reference.repo} without {reference.wanted[:40]!r}.",
        )
    if not may_connect or forbids_network():
        raise offline(target)
    connection = Connection()
    repository = read_repository(connection, reference)
    known = known_configs()
    thin = repository.config is None or read_config(repository.config, known).architecture.layers is None
    header, about = _header(connection, repository) if thin else (None, ())
    draft = draft_entry(repository, catalog, known, header=header, as_of=as_of or today())
    return replace(draft, findings=(*draft.findings, *about))


def _header(connection: Connection, repository: Repository) -> tuple[Model | None, tuple[Finding, ...]]:
    """What the smallest GGUF file of the repository says of the model; the header alone is read."""
    sizes = {file.path: file.bytes for file in repository.files}
    models = [name for name in sizes if name.lower().endswith(".gguf") and not is_part(name)]
    if not models:
        return None, ()
    reference = HubReference(repo=repository.repo, revision=repository.revision)
    listing = Listing(revision=repository.revision, sizes=sizes)
    chosen = min(models, key=lambda name: (sizes[name], name))

    def opener(name: str) -> ByteSource | None:
        return connection.open(reference, listing, name)

    try:
        file = read_shards(chosen, opener)
        return model_of(file.metadata, file.tensors, repository.repo), ()
    except LLMAdviseError as error:
        message = f"the header of {chosen[:100]!r} was not read: {error.message}"
        return None, (Finding(rule="file-unreadable", verdict=Verdict.WARN, message=message),)


def entry_text(draft: DraftModel) -> str:
    """The YAML file of an entry."""
    from llmadvise.catalog.write import entry_yaml  # noqa: PLC0415 - for text alone

    return entry_yaml(draft)


def write_entry(draft: DraftModel, directory: Path) -> Path:
    """Write the entry into a catalog directory, in one step. Raises UsageError where it lacks what an entry needs."""
    missing = lacking(draft)
    if missing:
        raise UsageError(
            f"{draft.repo} does not say {', '.join(missing)}: no catalog can hold the entry so",
            f"Write it with --output {draft.id.replace('/', '-')}.yaml, fill in what is null, and put it into "
            f"models/{draft.id}.yaml of the catalog.",
        )
    target = directory / "models" / f"{draft.id}.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, entry_text(draft).encode())
    return target


def checked(directory: Path | None) -> CatalogCheckDocument:
    """Examine a catalog directory, or the built-in catalog of a checkout. Raises InvalidFileError if there is none."""
    from llmadvise.catalog.checks.directory import check_directory  # noqa: PLC0415 - reads YAML
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - reads YAML

    findings = check_directory(directory)
    wrong = sum(finding.verdict is Verdict.BLOCK for finding in findings)
    try:
        models = list(summaries(load_catalog(directory).models))
    except InvalidFileError:
        models = []
    return CatalogCheckDocument(
        schema="llmadvise.catalog-check/1",
        version=__version__,
        findings=tuple(by_weight(findings)),
        summary=CheckSummary(
            errors=wrong,
            warnings=sum(finding.verdict is Verdict.WARN for finding in findings),
            models=len(models),
            variants=sum(model.variants for model in models),
        ),
    )


def differing(before: str, after: str) -> CatalogDiffDocument:
    """What two catalogs say differently; each a directory, a compiled file, or `built-in`."""
    from llmadvise.catalog.compare import changes  # noqa: PLC0415 - for this command alone

    old, new = _opened(before), _opened(after)
    found = tuple(
        CatalogChange(
            section=item.section, id=item.id, path=item.path, before=_as_json(item.before), after=_as_json(item.after)
        )
        for item in changes(old, new)
    )
    return CatalogDiffDocument(
        schema="llmadvise.catalog-diff/1",
        version=__version__,
        before=old.identity.digest,
        after=new.identity.digest,
        changes=found,
    )


def _as_json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _opened(name: str) -> Catalog:
    """A catalog by name: a complete directory by itself, a user's directory over the built-in one, a compiled file."""
    from llmadvise.catalog.load import built_in, load_catalog  # noqa: PLC0415 - reads YAML
    from llmadvise.catalog.opened import open_compiled  # noqa: PLC0415 - see above

    if name == "built-in":
        return open_compiled(built_in(), name)
    path = Path(name)
    if path.is_file():
        return open_compiled(path.read_bytes(), path.name)
    if not path.is_dir():
        raise UsageError(f"there is no catalog {name[:120]!r}", "Give a directory, a compiled file, or `built-in`.")
    if (path / "catalog.yaml").is_file():
        return open_compiled(compiled(path), path.name)
    return load_catalog(path)


def compiled(directory: Path | None) -> bytes:
    """The compiled file of a complete catalog directory, or of the built-in catalog of a checkout, after all checks."""
    from llmadvise.catalog.build import compile_catalog  # noqa: PLC0415 - reads YAML
    from llmadvise.catalog.load import built_in, checkout_directory  # noqa: PLC0415 - reads YAML
    from llmadvise.catalog.overlay import compile_over  # noqa: PLC0415 - reads YAML

    if directory is None:
        return compile_catalog(checkout_directory(), "catalog")
    if (directory / "catalog.yaml").is_file():
        return compile_catalog(directory)
    return compile_over(built_in(), directory)


def write_compiled(content: bytes, target: Path) -> None:
    """Write a compiled catalog in one step."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, content)
    except OSError as error:
        raise LLMAdviseError(f"{target}: {error.strerror or error}", "Give a place that may be written.") from error
