"""What a finding is known by from one run to the next."""

from __future__ import annotations

from hashlib import sha256


def fingerprint(*, kind: str, file: str, model: str | None, rule: str) -> str:
    """What stays the same while code moves: the line is no part of it."""
    parts = "\n".join((kind, file, model or "", rule))
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
