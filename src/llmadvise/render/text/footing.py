"""The request as it stands under every answer: the defaults fade."""

from __future__ import annotations

from llmadvise.domain.requirements import Requirements
from llmadvise.render.footing import wishes
from llmadvise.render.page import Content, Span, Tone


def request(requirements: Requirements) -> Content:
    """Write what was asked for, the defaults after it and marked as such."""
    asked, defaults = wishes(requirements)
    if not defaults:
        return ", ".join(asked)
    return (", ".join(asked) + (", " if asked else ""), Span(f"{', '.join(defaults)} (by default)", Tone.QUIET))
