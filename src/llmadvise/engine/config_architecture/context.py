"""How many tokens a config says that a model can attend to."""

from __future__ import annotations

from llmadvise.domain.draft import DraftContext
from llmadvise.engine.config_architecture.keys import ConfigKeys, as_count, as_mapping

_LENGTH = (
    "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length", "max_sequence_length",
    "model_max_length", "context_length", "max_seq_length",
)  # fmt: skip
_STRETCHING = frozenset({"linear", "dynamic", "yarn", "longrope", "su", "ntk"})
_MOST_TIMES = 1024
_BERT_PADDING = frozenset({"roberta", "xlm-roberta", "camembert"})


def context_length(keys: ConfigKeys) -> DraftContext:
    """As trained, which is `max_position_embeddings`; and with the RoPE scaling of the config where that reaches further."""
    native = keys.positive(*_LENGTH)
    if native is not None and keys.text("model_type") in _BERT_PADDING and native % 256 == 2:  # noqa: PLR2004 - see below
        # The two positions of RoBERTa's padding offset hold no token.
        native -= 2
    return DraftContext(native=native, extended=_extended(keys, native))


def _extended(keys: ConfigKeys, native: int | None) -> int | None:
    scaling = as_mapping(keys.value("rope_scaling")) or as_mapping(keys.value("rope_parameters"))
    kind = scaling.get("rope_type", scaling.get("type"))
    factor = scaling.get("factor")
    if native is None or not isinstance(kind, str) or kind not in _STRETCHING:
        return None
    if isinstance(factor, bool) or not isinstance(factor, (int, float)):
        return None
    if not 1 < factor <= _MOST_TIMES:
        return None
    original = as_count(scaling.get("original_max_position_embeddings"))
    original = original or keys.positive("original_max_position_embeddings")
    if original is None:
        # Gemma 3 names a length that is already stretched, Vicuna 16k one that is not.
        return None
    reached = int(original * factor)
    return reached if reached > native else None
