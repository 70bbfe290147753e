"""Variants and their files: names that are safe to use, sizes that can be true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import Model, Variant

# What may stand in a command line or become a path on disk: no leading hyphen, no `..`, nothing to quote.
_PART: Final = r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}"
_REPO: Final = re.compile(rf"{_PART}(?:/{_PART})?")
_FILE: Final = re.compile(rf"(?:{_PART}/){{0,8}}(?:{_PART}|\*[A-Za-z0-9._-]*)")
_REVISION: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LEAST_SHARE: Final = 0.5
"""Half of parameters times bits: a repository that counts vision tower or draft layers which the file leaves out."""
_LEAST_SHARE_READ: Final = 0.4
"""For bytes that were read: experts of four bits by birth stay so in a file that is named after more."""
_MOST_SHARE: Final = 2.5
"""Small models keep the embedding, up to half of them, at twice and more the bits of the rest."""
_SLACK_BYTES: Final = 64 << 20
"""Vocabulary and metadata."""


def check_variants(catalog: Catalog) -> Iterator[Problem]:
    """Find variants that are named twice, unsafe to fetch, or of an impossible size."""
    for subject, model in subjects("models", catalog.models):
        if not _REPO.fullmatch(model.repo):
            yield subject.block("catalog-unsafe-name", f"{model.repo!r} is no repository of a hub", "repo")
        seen: dict[str, int] = {}
        for index, variant in enumerate(model.variants):
            if seen.setdefault(variant.id, index) != index:
                message = f"the variant {variant.id} is listed twice"
                yield subject.block("catalog-duplicate-variant", message, "variants", index)
            yield from _names(subject, variant, index)
            yield from _sizes(subject, model, variant, catalog, index)


def _names(subject: Subject, variant: Variant, index: int) -> Iterator[Problem]:
    at = ("variants", index)
    if not _REPO.fullmatch(variant.repo):
        yield subject.block("catalog-unsafe-name", f"{variant.repo!r} is no repository of a hub", *at, "repo")
    if variant.revision is not None and not _REVISION.fullmatch(variant.revision):
        message = f"the revision {variant.revision!r} is no commit (40 hex digits)"
        yield subject.block("catalog-revision", message, *at, "revision")
    for number, file in enumerate(variant.files):
        if not _FILE.fullmatch(file.name):
            message = f"{file.name!r} is no path inside a repository"
            yield subject.block("catalog-unsafe-name", message, *at, "files", number, "name")
        if file.sha256 is not None and not _SHA256.fullmatch(file.sha256):
            message = f"the sha256 of {file.name} has not 64 lower-case hex digits"
            yield subject.block("catalog-sha256", message, *at, "files", number, "sha256")


def _sizes(subject: Subject, model: Model, variant: Variant, catalog: Catalog, index: int) -> Iterator[Problem]:
    at = ("variants", index, "bytes")
    if any(size is not None and size <= 0 for size in (variant.bytes, *(file.bytes for file in variant.files))):
        yield subject.block("catalog-size", f"{variant.id} has a file without bytes", *at)
    if variant.bytes is None:
        return
    if variant.bytes_basis is None:
        yield subject.warn("catalog-size-basis", f"{variant.id} does not say how its bytes are known", *at)
    parts = [file.bytes for file in variant.files]
    whole = sum(size for size in parts if size is not None)
    if parts and None not in parts and whole != variant.bytes:
        message = f"{variant.id} has {variant.bytes} bytes, its files {whole}"
        yield subject.warn("catalog-size", message, *at)
    scheme = catalog.quantizations.get(variant.quantization)
    if scheme is None:
        return
    expected = (model.parameters.language or model.parameters.total) * scheme.bits_per_weight / 8
    least = _LEAST_SHARE_READ if variant.bytes_basis is Basis.DECLARED else _LEAST_SHARE
    if not least * expected <= variant.bytes <= _MOST_SHARE * expected + _SLACK_BYTES:
        message = (
            f"{variant.id} has {variant.bytes} bytes where {scheme.id} of these parameters would take {expected:.0f}"
        )
        yield subject.warn("catalog-size", message, *at)
