"""Where the Hub is, and who asks: HF_ENDPOINT and the token of HF_TOKEN or `hf auth login`."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

from llmadvise.errors import UsageError

_PUBLIC: Final = "https://huggingface.co"
_TRUE: Final = frozenset({"1", "ON", "YES", "TRUE"})
"""As huggingface_hub reads variables that are switches."""
_SHOWN: Final = 100


def is_switched_on(name: str) -> bool:
    """Whether a variable of the environment says yes."""
    return os.environ.get(name, "").upper() in _TRUE


def endpoint() -> str:
    """The address of the Hub, without a slash at its end. Raises UsageError where HF_ENDPOINT is none."""
    address = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _PUBLIC
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    # Other letters than these cannot stand in a request, and may do harm in a message.
    if not (known and address.isascii() and address.isprintable() and " " not in address):
        raise UsageError(f"HF_ENDPOINT {address[:80]!a} is not an address", "It begins with https://.")
    return address


def without_secrets(address: str) -> str:
    """The address for messages: a name and a password in it stay out of them."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()[:_SHOWN]


def token() -> str | None:
    """What opens gated and private repositories; None where there is none, or it may not be sent unasked."""
    from huggingface_hub import get_token  # noqa: PLC0415 - HTTP is needed by those who ask the Hub alone

    if is_switched_on("HF_HUB_DISABLE_IMPLICIT_TOKEN"):
        return None
    found = get_token()
    if found and not (found.isascii() and found.isprintable() and " " not in found):
        raise UsageError(
            "the token of HF_TOKEN or `hf auth login` holds characters that no token has",
            "Copy it anew from the settings of your account, or unset HF_TOKEN.",
        )
    return found or None
