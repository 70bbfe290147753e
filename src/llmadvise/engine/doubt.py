"""What speaks against one of several uploads of the same scheme."""

from __future__ import annotations

from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import Variant
from llmadvise.engine.downloaded import Downloaded


def doubt(variant: Variant, downloaded: Downloaded | None) -> tuple[bool, bool, bool, bool, bool, bool, str]:
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
