"""The lock: each model that a checkout uses, pinned to what the catalog and the checkout know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from llmadvise import __version__
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.compliance import Mention
from llmadvise.domain.lock import LockDocument, LockedCatalog, LockedFile, LockedModel, LockedText
from llmadvise.domain.model import Model
from llmadvise.record import dataclass
from llmadvise.render.documents.check import CheckResult
from llmadvise.render.encode import to_json

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """What to lock."""

    paths: tuple[Path, ...]
    markdown_code: bool = False
    online: bool = False
    catalog: Path | None = None


def lock(request: LockRequest) -> tuple[Path, LockDocument]:
    """Where the lock belongs, and what it holds."""
    from llmadvise.api.comply_look import CheckRequest, look  # noqa: PLC0415 - the readers are many
    from llmadvise.checkout.root import LOCK_NAME  # noqa: PLC0415

    seen = look(
        CheckRequest(
            paths=request.paths,
            markdown_code=request.markdown_code,
            online=request.online,
            catalog=request.catalog,
        )
    )
    document = lock_document(seen.catalog, locked_models(seen.root, seen.catalog, seen.mentions, seen.results))
    return seen.root / LOCK_NAME, document


def lock_document(catalog: Catalog, models: Iterable[LockedModel]) -> LockDocument:
    """`llmadvise.lock/1`."""
    identity = catalog.identity
    return LockDocument(
        schema="llmadvise.lock/1",
        version=__version__,
        catalog=LockedCatalog(version=identity.version, digest=identity.digest),
        models=tuple(sorted(models, key=lambda item: item.model)),
    )


def locked_models(
    root: Path, catalog: Catalog, mentions: Iterable[Mention], results: Mapping[str, CheckResult]
) -> list[LockedModel]:
    """One entry a model, from all places that name it."""
    by_model: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.model is not None and mention.model in results:
            by_model.setdefault(mention.model, []).append(mention)
    return [_locked(root, catalog, results[name], named) for name, named in sorted(by_model.items())]


def _locked(root: Path, catalog: Catalog, result: CheckResult, named: list[Mention]) -> LockedModel:
    entry = catalog.models.get(result.resolved) if result.resolved else None
    pinned = {item.revision for item in named if item.revision}
    revision = pinned.pop() if len(pinned) == 1 else None
    repo = result.model if _is_repo(result.model) else entry.repo if entry else None
    return LockedModel(
        model=result.model,
        resolved=result.resolved,
        repo=repo,
        revision=revision or result.revision,
        files=_files(root, entry, repo, named),
        declared=result.license.declared,
        effective=tuple(_text(id_, catalog, result) for id_ in result.license.effective),
    )


def _is_repo(model: str) -> bool:
    return "/" in model and ":" not in model


def _files(root: Path, entry: Model | None, repo: str | None, named: list[Mention]) -> tuple[LockedFile, ...]:
    """Files that lie in the checkout, hashed; else those that the catalog lists for what is named."""
    here = sorted({item.file for item in named if item.line == 0})
    if here:
        return tuple(_hashed(root, name) for name in here)
    if entry is None:
        return ()
    wanted = {(item.quantization or "").lower() for item in named}
    files = {
        file.name: LockedFile(name=file.name, bytes=file.bytes, sha256=file.sha256)
        for variant in entry.variants
        if variant.repo.lower() == (repo or "").lower() and ("" in wanted or variant.quantization.lower() in wanted)
        for file in variant.files
    }
    return tuple(files[name] for name in sorted(files))


def _hashed(root: Path, name: str) -> LockedFile:
    digest, size = sha256(), 0
    try:
        with (root / name).open("rb") as stream:
            while data := stream.read(_CHUNK):
                digest.update(data)
                size += len(data)
    except OSError:
        return LockedFile(name=name, bytes=None, sha256=None)
    return LockedFile(name=name, bytes=size, sha256=digest.hexdigest())


def _text(id_: str, catalog: Catalog, result: CheckResult) -> LockedText:
    """The text that comes with the model, and the terms as the catalog states them: a change of either shows."""
    known = catalog.licenses.get(id_)
    terms = sha256(to_json(known).encode()).hexdigest() if known is not None else ""
    text = result.license.text_sha256 if id_ == result.license.declared else None
    return LockedText(license=id_, sha256=text, terms=terms)
