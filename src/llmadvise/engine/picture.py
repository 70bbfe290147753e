"""How a model sees: its encoder's file, the tokens that a picture takes, and the memory beside the model's own."""

from __future__ import annotations

from llmadvise.domain.abilities import Projector
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.profile import Profile, Task
from llmadvise.engine.memory.encoder import encoder_buffer
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What lies beside the model on the device that it is loaded to, in bytes."""

    weights: int
    buffer: int
    """Of the encoder's network; 0 where its shape is unknown."""


def projector_of(model: Model, variant: Variant) -> Projector | None:
    """The encoder's file for this variant: the one in its own repository."""
    return next((item for item in model.projectors if item.repo == variant.repo), None)


def picture_tokens(model: Model, profile: Profile) -> int | None:
    """Tokens that one picture takes at most: as the model sees it, no more than the use allows; None: unknown."""
    if model.pictures is None:
        return None
    return min(model.pictures.most_tokens, profile.picture_tokens or model.pictures.most_tokens)


def beside(model: Model, variant: Variant, profile: Profile) -> Beside | None:
    """What the encoder of pictures takes under llama.cpp; None where the use has none or the file is unknown."""
    projector = projector_of(model, variant)
    if profile.task is not Task.PICTURES or projector is None or projector.bytes is None:
        return None
    pictures, tokens = model.pictures, picture_tokens(model, profile)
    if pictures is None or tokens is None or pictures.hidden_size is None or pictures.feed_forward_size is None:
        return Beside(weights=projector.bytes, buffer=0)
    buffer = encoder_buffer(
        tokens * pictures.patches_a_token,
        hidden_size=pictures.hidden_size,
        feed_forward_size=pictures.feed_forward_size,
        gated=pictures.gated,
    )
    return Beside(weights=projector.bytes, buffer=buffer)


def is_bounded(model: Model, profile: Profile) -> bool:
    """Whether the engine must be told not to make more tokens of a picture than the use plans for."""
    return model.pictures is not None and 0 < profile.picture_tokens < model.pictures.most_tokens
