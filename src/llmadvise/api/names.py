"""Words that have to be one of a known set, and what to say where one is not."""

from __future__ import annotations

from collections.abc import Collection

from llmadvise.errors import UsageError

_MOST_SHOWN = 40


def check_known(what: str, name: str, known: Collection[str]) -> None:
    """Raise UsageError for a name that is not one of the known ones, in lower case. `what` it is the name of."""
    if name.lower() not in known:
        raise unknown(what, name, known)


def unknown(what: str, name: str, known: Collection[str]) -> UsageError:
    """The error for an unknown name: names like it, else the known ones, as many as anybody reads."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a misspelt word only

    ordered = sorted(known)
    near = get_close_matches(name.lower(), ordered, n=5) or [item for item in ordered if name.lower() in item.lower()]
    if near:
        return UsageError(f"unknown {what} {name[:40]!r}", f"Did you mean {', '.join(near[:5])}?")
    more = f" and {len(ordered) - _MOST_SHOWN} more" if len(ordered) > _MOST_SHOWN else ""
    return UsageError(f"unknown {what} {name[:40]!r}", f"Known ones: {', '.join(ordered[:_MOST_SHOWN])}{more}.")
