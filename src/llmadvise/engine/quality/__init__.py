"""How well a model does in a use: published results on one scale of ability, less what quantization takes."""

from llmadvise.engine.quality.ability import model_quality
from llmadvise.engine.quality.loss import damage, damage_word, retention, variant_quality

__all__ = ["damage", "damage_word", "model_quality", "retention", "variant_quality"]
