"""What matters most to the user, as a shift of a use case's weights."""

from __future__ import annotations

from llmadvise.domain.profile import Profile
from llmadvise.record import replace

PREFERENCES = {"quality": "quality", "speed": "speed", "memory": "memory-fit", "context": "context-length"}
"""What can be preferred, and the criterion that it is."""

_QUICKER = 5.0


def preferring(profile: Profile, preference: str | None) -> Profile:
    """The profile with half of all weight on one criterion, three quarters where it has half already.

    The others keep their proportions. Who prefers memory wants it free beyond the usual margin, so every free byte
    counts then; who prefers speed wants more than what is comfortable, so every doubling counts, up to five times that.
    Raises KeyError for what is not in PREFERENCES.
    """
    if preference is None:
        return profile
    chosen = PREFERENCES[preference]
    total = sum(profile.weights.values())
    own = profile.weights.get(chosen, 0.0) / total
    share = 0.75 if own >= 0.5 else 0.5  # noqa: PLR2004 - half
    rest = (1 - share) / (1 - own) if own < 1 else 0.0
    weights = {name: weight / total * rest for name, weight in profile.weights.items() if name != chosen}
    speed = profile.speed
    if chosen == "speed":
        speed = replace(speed, comfortable=_QUICKER * speed.comfortable, by_rate=True)
    return replace(
        profile,
        speed=speed,
        weights={**weights, chosen: share},
        ample_headroom=1.0 if chosen == "memory-fit" else profile.ample_headroom,
    )
