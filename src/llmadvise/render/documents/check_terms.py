"""A license as documents about compliance name it."""

from __future__ import annotations

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTerms:
    """One license text."""

    id: str
    name: str
    spdx: str | None
    """SPDX id, or a LicenseRef-; null where neither is known."""
    category: str
    url: str | None
    verified: str | None
    """How far the text was read."""


def reference_id(terms: CheckTerms) -> str:
    """The SPDX id, or the `LicenseRef-` that stands for a text without one."""
    if terms.spdx:
        return terms.spdx
    return license_ref(terms.id)


def license_ref(id_: str) -> str:
    """A `LicenseRef-` of letters, digits, dots and hyphens, as SPDX wants them."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in ".-") else "-" for letter in id_)
    return f"LicenseRef-{kept or 'unknown'}"


def is_listed(terms: CheckTerms) -> bool:
    """Whether it is on the SPDX list, so that it may stand where only listed ids may."""
    return bool(terms.spdx) and not str(terms.spdx).startswith("LicenseRef-")
