"""The part of a config that describes the language model: a wrapper of several models keeps it inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from llmadvise.engine.config_architecture.keys import ConfigKeys, as_mapping

INNER: Final = (
    "text_config", "llm_config", "language_config", "thinker_config", "language_model_config", "text_model_config",
    "language_model", "llm", "lm_config", "text",
)  # fmt: skip
"""Where wrappers keep their language model, the most usual first."""
_MODALITIES: Final = {
    "vision": (
        "vision_config",
        "vision_tower",
        "visual",
        "vision_model",
        "vit_config",
        "visual_config",
        "img_processor",
    ),
    "audio": ("audio_config", "audio_encoder_config", "audio_model", "speech_config"),
}
_ALWAYS_SAID: Final = frozenset({
    "num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers", "decoder_layers", "encoder_layers",
    "hidden_size", "n_embd", "d_model", "dim", "embed_dim", "emb_dim", "num_attention_heads", "n_head", "n_heads",
    "num_heads", "attention_heads", "decoder_attention_heads", "encoder_attention_heads", "vocab_size",
    "intermediate_size", "ffn_dim", "d_ff", "num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts",
    "num_experts_per_tok", "num_experts_per_token", "moe_k", "moe_topk", "top_k_experts", "n_shared_experts",
    "num_shared_experts", "moe_num_shared_experts", "state_size", "ssm_state_size",
})  # fmt: skip
"""What a config of its own always says: only one inside a wrapper leaves it to the class."""
_DEEPEST: Final = 3
_SHARED: Final = ("tie_word_embeddings", "max_position_embeddings", "vocab_size", "num_nextn_predict_layers")
"""What a wrapper may say for the model inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigDefaults:
    """What configs leave unsaid because their class says it."""

    model_types: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Default values by model type; `text` is the type inside a wrapper, `class` the class, `pattern` its layers."""
    llama_cpp: Mapping[str, str] = field(default_factory=dict)
    """llama.cpp's name of the architecture by class."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextConfig:
    """The language model of a config."""

    keys: ConfigKeys
    model_type: str
    classes: tuple[str, ...]
    """Names of the classes that run it, the most telling first."""
    modalities: tuple[str, ...]
    """What it takes beside text."""
    known: bool
    """Whether the defaults of its class are known."""
    nested: bool


def text_config(config: Mapping[str, object], known: ConfigDefaults) -> TextConfig:
    """Find the language model's own config, however deep a wrapper keeps it."""
    here, outer = config, list[Mapping[str, object]]()
    inside: str | None = None
    classes = list(_classes(config))
    for _ in range(_DEEPEST):
        name = next((name for name in INNER if _is_config(here.get(name))), None)
        if name is None:
            break
        wrapper = known.model_types.get(_type(here), {})
        inside = _word(wrapper.get("text")) or inside
        outer.append(here)
        here = as_mapping(here[name])
        classes.extend(_classes(here))
    model_type = _type(here) or (inside if outer else None) or ""
    defaults = dict(known.model_types.get(model_type) or (known.model_types.get(inside or "", {}) if outer else {}))
    if not outer:
        defaults = {key: value for key, value in defaults.items() if key not in _ALWAYS_SAID}
    own = dict(here)
    for wrapper in outer:
        own |= {key: wrapper[key] for key in _SHARED if key in wrapper and key not in own}
    if cls := _word(defaults.get("class")):
        classes.append(cls)
    if not outer and not classes and (cls := _word(known.model_types.get(model_type, {}).get("class"))):
        classes.append(cls)
    return TextConfig(
        keys=ConfigKeys(own=own, defaults=defaults),
        model_type=model_type,
        classes=tuple(dict.fromkeys(classes)),
        modalities=_modalities((config, *outer)),
        known=model_type in known.model_types or bool(outer and inside in known.model_types),
        nested=bool(outer),
    )


def _modalities(levels: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """What encoders there are beside the language model, at the depth where a wrapper keeps them."""
    found = {name for level in levels for name, value in level.items() if _is_config(value)}
    return tuple(kind for kind, names in _MODALITIES.items() if not found.isdisjoint(names))


def _is_config(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _type(config: Mapping[str, object]) -> str:
    return _word(config.get("model_type")) or ""


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _classes(config: Mapping[str, object]) -> tuple[str, ...]:
    listed = config.get("architectures")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    return tuple(item for item in listed if isinstance(item, str))
