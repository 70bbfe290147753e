"""Of several uploads of one file the one to name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import Variant
from llmadvise.engine.downloaded import Downloaded


def most_trusted(variants: Iterable[Variant], downloaded: Downloaded | None = None) -> Iterator[Variant]:
    """Of several uploads of one scheme the one that is here already, or known best: ten copies of a file are one choice."""
    best: dict[tuple[str, str], Variant] = {}
    for variant in variants:
        key = (variant.format, variant.quantization)
        known = best.get(key)
        if known is None or _doubt(variant, downloaded) < _doubt(known, downloaded):
            best[key] = variant
    return iter(best.values())


def _doubt(variant: Variant, downloaded: Downloaded | None) -> tuple[bool, bool, bool, bool, bool, bool, str]:
    """What speaks against a variant among others of its scheme, the gravest first."""
    return (
        variant.bytes is None or variant.bytes_basis is Basis.ASSUMED,
        not variant.names_verified,
        not (downloaded and downloaded.of(variant)),
        variant.bytes_basis is not Basis.DECLARED,
        not variant.calibrated,
        variant.revision is None,
        variant.id,
    )
