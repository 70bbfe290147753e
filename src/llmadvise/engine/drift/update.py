"""An entry brought up to date with its repositories: files, sizes, hashes, commits, gate. Never its license."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import ALL_WEIGHTS, File, Model, Variant
from llmadvise.domain.repository import Repository
from llmadvise.engine.drift.compare import weight_files
from llmadvise.engine.entry_draft.read_at import read_at

_BITS = 8


def updated(model: Model, standing: Mapping[str, Repository | None], *, as_of: str) -> Model:
    """The entry with what its repositories say now; a file that is gone, and everything unread, stays as it was."""
    own = standing.get(model.repo)
    gated = model.gated if own is None or own.gated is None else own.gated
    weights = model.parameters.language or model.parameters.total
    variants = tuple(_variant(variant, standing.get(variant.repo), weights, as_of) for variant in model.variants)
    return replace(model, gated=gated, variants=variants)


def _variant(variant: Variant, there: Repository | None, weights: int, as_of: str) -> Variant:
    if there is None or not there.files or not variant.files:
        return variant
    files = _files(variant, there)
    if files is None:
        return variant
    whole = sum(file.bytes or 0 for file in files)
    if files == variant.files and whole == variant.bytes:
        return variant
    if [file.name for file in variant.files] == [ALL_WEIGHTS] and whole == variant.bytes:
        return variant
    return replace(
        variant,
        files=variant.files if variant.files[0].name == ALL_WEIGHTS else files,
        bytes=whole,
        bytes_basis=Basis.DECLARED,
        bits_per_weight=round(whole * _BITS / weights, 3),
        revision=there.revision or variant.revision,
        names_verified=True,
        source=read_at(variant.repo, there.revision, as_of),
    )


def _files(variant: Variant, there: Repository) -> tuple[File, ...] | None:
    """The files as they are now; None where one is missing."""
    if variant.files[0].name == ALL_WEIGHTS:
        found = weight_files(there)
        return tuple(File(name=file.path, bytes=file.bytes, sha256=file.sha256) for file in found) or None
    by_path = {file.path: file for file in there.files}
    if any(file.name not in by_path for file in variant.files):
        return None
    return tuple(
        File(name=file.name, bytes=by_path[file.name].bytes, sha256=by_path[file.name].sha256 or file.sha256)
        for file in variant.files
    )
