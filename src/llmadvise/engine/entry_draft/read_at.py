"""Where on the Hub a fact was read, as an entry's sources say it."""

from __future__ import annotations


def read_at(repo: str, revision: str | None, as_of: str | None) -> str:
    """The repository's address, with its commit and the day of reading where they are known."""
    commit = f" at {revision}" if revision else ""
    day = f", read {as_of}" if as_of else ""
    return f"https://huggingface.co/{repo}{commit}{day}"
