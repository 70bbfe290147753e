"""Fills what the user left open from the use case's profile."""

from __future__ import annotations

from llmadvise.domain.profile import Profile
from llmadvise.domain.requirements import Requirements
from llmadvise.record import replace


def fill(requirements: Requirements, profile: Profile) -> Requirements:
    """The request with no field open; `asked` still names those that the user set."""
    return replace(
        requirements,
        context_length=requirements.context_length or profile.context_length,
        minimum_speed=profile.speed.usable if requirements.minimum_speed is None else requirements.minimum_speed,
        minimum_bits=profile.minimum_bits if requirements.minimum_bits is None else requirements.minimum_bits,
        prompt_tokens=requirements.prompt_tokens or profile.prompt_tokens,
    )
