"""Compares an entry with its repositories as they stand now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from llmadvise.domain.license import License
from llmadvise.domain.model import ALL_WEIGHTS, File, Model, Variant
from llmadvise.domain.repository import Repository, RepositoryFile
from llmadvise.engine.entry_draft.declared import declared_license
from llmadvise.record import dataclass


class DriftKind(StrEnum):
    """What changed."""

    LICENSE_CHANGED = "license-changed"
    GATED_CHANGED = "gated-changed"
    REPOSITORY_GONE = "repository-gone"
    FILE_GONE = "file-gone"
    FILE_REPLACED = "file-replaced"
    FILE_KNOWN = "file-known"
    """A size or hash that the catalog lacked or computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFound:
    """One difference between an entry and the Hub."""

    kind: DriftKind
    repo: str
    message: str
    before: str | None = None
    after: str | None = None


def drifts_of(
    model: Model, standing: Mapping[str, Repository | None], licenses: Mapping[str, License]
) -> Iterator[DriftFound]:
    """Every difference. `standing` has the repositories that were read; None: it is gone."""
    for repo in dict.fromkeys((model.repo, *(variant.repo for variant in model.variants))):
        if repo in standing and standing[repo] is None:
            yield DriftFound(kind=DriftKind.REPOSITORY_GONE, repo=repo, message=f"{repo} is gone, or private now")
    own = standing.get(model.repo)
    if own is not None:
        yield from _gate(model, own)
        yield from _license(model, own, licenses)
    for variant in model.variants:
        there = standing.get(variant.repo)
        if there is not None and there.files:
            yield from _files(variant, there)


def _gate(model: Model, own: Repository) -> Iterator[DriftFound]:
    if own.gated is None or model.gated is None or own.gated == model.gated:
        return
    words = {True: "gated", False: "open"}
    yield DriftFound(
        kind=DriftKind.GATED_CHANGED,
        repo=model.repo,
        message=f"{model.repo} is {words[own.gated]} now",
        before=words[model.gated],
        after=words[own.gated],
    )


def _license(model: Model, own: Repository, licenses: Mapping[str, License]) -> Iterator[DriftFound]:
    """A license that maps to another text than the entry's. Words that map to none say nothing new."""
    now, _ = declared_license(own, licenses)
    known = {(model.license.declared or "").lower(), (model.license.name or "").lower()}
    if now.declared is None or now.declared == "other" or known & {now.declared.lower(), (now.name or "").lower()}:
        return
    yield DriftFound(
        kind=DriftKind.LICENSE_CHANGED,
        repo=model.repo,
        message=f"{model.repo} declares {now.name or now.declared} now; a person must look at it",
        before=model.license.declared or model.license.name,
        after=now.declared,
    )


def _files(variant: Variant, there: Repository) -> Iterator[DriftFound]:
    by_path = {file.path: file for file in there.files}
    for file in variant.files:
        if file.name == ALL_WEIGHTS:
            yield from _weights(variant, there)
            continue
        now = by_path.get(file.name)
        if now is None:
            message = f"{variant.id}: {file.name} is not there any more"
            yield DriftFound(kind=DriftKind.FILE_GONE, repo=variant.repo, message=message, before=file.name)
        else:
            yield from _file(variant, file, now)


def _file(variant: Variant, file: File, now: RepositoryFile) -> Iterator[DriftFound]:
    replaced = (file.sha256 and now.sha256 and file.sha256 != now.sha256) or (file.bytes and file.bytes != now.bytes)
    if replaced:
        yield DriftFound(
            kind=DriftKind.FILE_REPLACED,
            repo=variant.repo,
            message=f"{variant.id}: {file.name} is another file now",
            before=file.sha256 or str(file.bytes),
            after=now.sha256 if file.sha256 else str(now.bytes),
        )
    elif file.bytes is None or (file.sha256 is None and now.sha256 is not None):
        message = f"{variant.id}: {file.name} has {now.bytes} bytes"
        yield DriftFound(
            kind=DriftKind.FILE_KNOWN, repo=variant.repo, message=message, after=now.sha256 or str(now.bytes)
        )


def weight_files(there: Repository) -> tuple[RepositoryFile, ...]:
    """The weight files of a repository that is loaded whole."""
    return tuple(
        file
        for file in there.files
        if "/" not in file.path and file.path.endswith(".safetensors") and not file.path.startswith("consolidated")
    )


def _weights(variant: Variant, there: Repository) -> Iterator[DriftFound]:
    whole = sum(file.bytes for file in weight_files(there))
    if not whole:
        message = f"{variant.id}: there are no safetensors files any more"
        yield DriftFound(kind=DriftKind.FILE_GONE, repo=variant.repo, message=message, before=ALL_WEIGHTS)
    elif whole != variant.bytes:
        message = f"{variant.id}: all weights together have {whole} bytes"
        kind = DriftKind.FILE_REPLACED if variant.bytes_basis == "declared" else DriftKind.FILE_KNOWN
        yield DriftFound(
            kind=kind, repo=variant.repo, message=message, before=str(variant.bytes or ""), after=str(whole)
        )
