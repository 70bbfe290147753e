"""What the user asked for, with the defaults filled in and marked as such."""

from __future__ import annotations

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """One request. What the user left open is None or empty until `engine.requirements` fills it from the profile."""

    use_case: str = "chat"
    context_length: int | None = None
    """Tokens for each user; None: the profile's."""
    users: int = 1
    """Concurrent sequences."""
    minimum_speed: float | None = None
    """Tokens a second; None: the profile's `usable`."""
    minimum_bits: float | None = None
    formats: tuple[str, ...] = ()
    runtime: str | None = None
    families: tuple[str, ...] = ()
    prefer: str | None = None
    """quality, speed, memory or context: what weighs most, beyond the use case's own weights."""
    commercial: bool = False
    license_policy: str | None = None
    """The file that says what the use is and what is accepted; it takes the place of `commercial`."""
    cpu_only: bool = False
    kv_type: str = "f16"
    top: int = 3
    prompt_tokens: int | None = None
    depth: int = 0
    """Tokens already in the context while decoding is timed."""
    asked: tuple[str, ...] = ()
    """Names of the fields that the user set; the others are defaults."""
