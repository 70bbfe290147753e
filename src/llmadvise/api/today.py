"""The day by the clock, for what is written down with its date; answers take theirs from `--as-of` or the catalog."""

from __future__ import annotations


def today() -> str:
    """The day in UTC, as an ISO date."""
    from datetime import UTC, datetime  # noqa: PLC0415 - most answers know no day

    return datetime.now(tz=UTC).date().isoformat()
