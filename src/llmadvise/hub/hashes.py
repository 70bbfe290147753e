"""Hashes as the Hub spells them: lower-case hex digits, and so many of them."""

from __future__ import annotations

from typing import Final, TypeGuard

_DIGITS: Final = frozenset("0123456789abcdef")
_SHA1: Final = 40
_SHA256: Final = 64


def is_sha1(value: object) -> TypeGuard[str]:
    """Whether this can be a commit, or Git's hash of a blob."""
    return isinstance(value, str) and len(value) == _SHA1 and _DIGITS.issuperset(value)


def is_sha256(value: object) -> TypeGuard[str]:
    """Whether this can be the hash that the Hub keeps a large file by."""
    return isinstance(value, str) and len(value) == _SHA256 and _DIGITS.issuperset(value)
