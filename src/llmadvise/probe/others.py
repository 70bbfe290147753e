"""Answers of a capture that the probe of a machine does not ask for: pasted output of other tools."""

from __future__ import annotations

from collections.abc import Sequence

from llmadvise.domain.hardware import Hardware
from llmadvise.probe.record import Record
from llmadvise.probe.sources import Answer
from llmadvise.probe.text import clean

_MOST_NAMED = 4


def join_others(found: Hardware, others: Sequence[tuple[str, Answer]], record: Record) -> Hardware:
    """The machine with what such answers add. Those that nobody reads are named, so that no silence is taken for none."""
    unread = [clean(source) for source, answer in others if answer.text and source != "/proc/self/status"]
    if unread:
        more = f" and {len(unread) - _MOST_NAMED} more" if len(unread) > _MOST_NAMED else ""
        record.note(
            "source-not-read",
            f"Not read: {', '.join(unread[:_MOST_NAMED])}{more}; nothing is known from there.",
            "capture",
        )
    return found
