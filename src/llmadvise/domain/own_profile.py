"""A use case as users write it in a file of their own: whole, or as changes to one that is known."""

from __future__ import annotations

from dataclasses import field

from llmadvise.domain.model import Role
from llmadvise.domain.profile import SpeedMeasure, Task
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSpeedNeeds:
    """Tokens a second that this use feels; what is left out is as in the profile that is extended."""

    usable: float | None = None
    """Slower than this is no advice."""
    comfortable: float | None = None
    """From here on more speed earns nothing."""
    by_rate: bool | None = None
    """Graded by the logarithm of the rate, not by the time saved."""
    measure: SpeedMeasure | None = None
    """What the two rates are rates of."""
    answer_tokens: int | None = None
    """Tokens of a usual answer; needed where `measure` is answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProfile:
    """A use case in a file, for `--use-case FILE.yaml`; without `extends` it must say name, roles, context_length, speed,
    weights and evidence.
    """

    extends: str | None = None
    """The use case that this one changes; of weights and evidence only the keys that are given, 0 takes one away."""
    name: str | None = None
    summary: str | None = None
    task: Task | None = None
    """What the program that loads the model must do with it."""
    roles: tuple[Role, ...] | None = None
    """Roles that can serve it; all others are blocked."""
    capabilities: tuple[str, ...] | None = None
    """A model must have all of these."""
    context_length: int | None = None
    """Tokens to plan for when --context does not say."""
    prompt_tokens: int | None = None
    """Length of a usual prompt: for the time to the first token."""
    picture_tokens: int | None = None
    """Tokens that one picture may take."""
    reread_tokens: int | None = None
    """Tokens that are read again for each completion where the engine cannot reuse its cache."""
    speed: OwnSpeedNeeds = OwnSpeedNeeds()
    weights: dict[str, float] = field(default_factory=dict)
    """Weight of each criterion, by id; the score is their weighted sum, scaled to 100."""
    evidence: dict[str, float] = field(default_factory=dict)
    """How much a group of benchmarks says about this use, 0..1."""
    ample_headroom: float | None = None
    """The part of a device's memory that, left free, is as good as more of it."""
    minimum_bits: float | None = None
    """Fewer bits a weight than this are blocked; 0: none are."""
    example: str | None = None
    """A prompt to try first."""
    sources: tuple[str, ...] | None = None
    """Where the numbers come from."""
