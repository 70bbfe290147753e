"""Heads, their sizes and how many keys and values they share."""

from __future__ import annotations

from dataclasses import dataclass

from llmadvise.engine.config_architecture.keys import ConfigKeys, as_mapping

_HEADS = (
    "num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads", "attention_heads",
    "encoder_attention_heads",
)  # fmt: skip
_KV_HEADS = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "n_kv_heads", "num_attention_groups")
_SIZES = ("head_dim", "kv_channels", "d_kv", "attention_head_dim", "head_size", "attention_head_size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Heads of the ordinary layers; None is unknown."""

    count: int | None
    kv: int | None
    key_size: int | None
    value_size: int | None
    latent_size: int | None
    """Elements that are cached a token where keys and values are compressed (MLA); None: they are not."""
    kv_each: tuple[int | None, ...] | None = None
    """KV heads layer by layer, where they differ."""


def heads_of(keys: ConfigKeys, model_type: str, hidden: int | None, layers: int) -> Heads:
    """The heads that the config describes."""
    count = keys.positive(*_HEADS)
    latent, rotary = keys.positive("kv_lora_rank"), keys.number("qk_rope_head_dim")
    plain = keys.number("qk_nope_head_dim")
    if latent and rotary is not None:
        key = rotary + plain if plain is not None else keys.positive("qk_head_dim")
        value = keys.positive("v_head_dim") or plain
        kv = keys.positive("num_key_value_heads") or count
        return Heads(count=count, kv=kv, key_size=key, value_size=value, latent_size=latent + rotary)
    size = keys.positive(*_SIZES) or (hidden // count if hidden and count else None)
    each = keys.each("num_key_value_heads", layers) or keys.each("num_kv_heads", layers) or _searched(keys, count)
    return Heads(
        count=count,
        kv=_kv_heads(keys, model_type, count),
        key_size=size,
        value_size=keys.positive("v_head_dim") or size,
        latent_size=None,
        kv_each=each,
    )


def _kv_heads(keys: ConfigKeys, model_type: str, count: int | None) -> int | None:
    """Heads of keys and values; as many as there are queries where the config names none."""
    if model_type in {"falcon", "RefinedWeb", "RefinedWebModel"}:
        if keys.flag("new_decoder_architecture"):
            return keys.positive("num_kv_heads", "n_head_kv") or count
        return 1 if keys.flag("multi_query") is not False else count
    if keys.flag("multi_query") is True:
        return 1
    inner = keys.inner("attn_config")
    if grouped := inner.positive("kv_n_heads"):
        return grouped
    if keys.flag("multi_query_attention") is True:
        return keys.positive("multi_query_group_num") or 1
    return keys.positive(*_KV_HEADS) or count


def _searched(keys: ConfigKeys, count: int | None) -> tuple[int | None, ...] | None:
    """KV heads of each block of a searched architecture (DeciLM), from the size of its head groups."""
    blocks = keys.own.get("block_configs")
    if not isinstance(blocks, list) or not blocks or count is None:
        return None
    found: list[int | None] = []
    for block in blocks:
        group = ConfigKeys(own=as_mapping(as_mapping(block).get("attention")), defaults={})
        size = group.positive("n_heads_in_group")
        found.append(group.positive("num_key_value_heads") or (count // size if size else None))
    return tuple(found)
