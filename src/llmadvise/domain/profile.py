"""Use cases: what a good answer is for each. Data in catalog/profiles; users may write their own."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.model import Role
from llmadvise.record import dataclass


class Task(StrEnum):
    """What the program that loads the model must do with it."""

    TEXT = "text"
    """Continue a text or a conversation."""
    PICTURES = "pictures"
    """The same with pictures in the prompt."""
    EMBEDDING = "embedding"
    """Turn each text into one vector."""
    FILL_IN = "fill-in"
    """Write what is missing between two pieces of code."""


class SpeedMeasure(StrEnum):
    """Which rate of tokens is felt as speed."""

    DECODE = "decode"
    """Tokens of the answer a second, once it has begun."""
    READING = "reading"
    """Tokens of the prompt a second."""
    ANSWER = "answer"
    """Tokens of a short answer over all of its time, from the request to the last token: what feels slow is the wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedNeeds:
    """Tokens a second that this use feels, by `measure`."""

    usable: float
    """Slower than this is no advice (a block, unless the user asks for less)."""
    comfortable: float
    """From here on more speed earns nothing."""
    by_rate: bool = False
    """Graded by the logarithm of the rate, not by the time saved: for who wants speed beyond what one feels."""
    measure: SpeedMeasure = SpeedMeasure.DECODE
    """What the two rates above are rates of."""
    answer_tokens: int = 0
    """Tokens of a usual answer; needed where `measure` is answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One use case."""

    id: str
    name: str
    summary: str
    roles: tuple[Role, ...]
    """Roles that can serve it; all others are blocked."""
    context_length: int
    """Tokens to plan for when the user does not say."""
    speed: SpeedNeeds
    weights: dict[str, float]
    """Weight of each criterion, by id; the score is their weighted sum, scaled to 100."""
    evidence: dict[str, float]
    """How much a benchmark group (row of catalog/benchmarks.yaml) says about this use, 0..1."""
    capabilities: tuple[str, ...] = ()
    """A model must have all of these."""
    ample_headroom: float = 0.1
    """The part of a device's memory that, left free, is as good as more of it."""
    prompt_tokens: int = 512
    """Length of a usual prompt: for the time to first token."""
    minimum_bits: float | None = None
    """Fewer bits a weight than this are blocked unless the user asks for them."""
    example: str = "Explain in one paragraph why the sky is blue."
    """A prompt to try first."""
    sources: tuple[str, ...] = ()
    task: Task = Task.TEXT
    picture_tokens: int = 0
    """Tokens that one picture may take; larger ones are scaled down. Needed where the task is pictures."""
    reread_tokens: int = 0
    """Tokens around the cursor: read again for each completion where the engine cannot reuse what it has cached."""
