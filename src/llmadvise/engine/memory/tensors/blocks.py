"""Names and extents of the tensors that a model of these dimensions has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from llmadvise.domain.model import Architecture, AttentionKind
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.engine.memory.tensors.recipes import RECIPES, Recipe
from llmadvise.engine.memory.tensors.states import Mixer, mixers
from llmadvise.engine.memory.traits import (
    ABSOLUTE_POSITIONS,
    ALTERNATING_UPDATES,
    FUSED_GATE,
    STREAMS,
    UNGATED,
)

Extents = tuple[int, ...]
_DETOUR = 64
"""Width of Gemma 3n's path around the attention (laurel)."""
_EITHER_MIXER_OR_NETWORK = frozenset({"nemotron_h", "nemotron_h_moe"})
"""Architectures whose blocks mix tokens or are a network, never both."""


class Dimensions:
    """A catalog's architecture and its shape, from which blocks are made up."""

    def __init__(self, architecture: Architecture, shape: Shape, context: int, *, query_rank: int = 0) -> None:
        self.architecture, self.shape, self.context, self.query_rank = architecture, shape, context, query_rank
        self.mixers: tuple[Mixer | None, ...] = mixers(architecture)

    def outside(self, recipe: Recipe) -> Iterator[tuple[str, Extents]]:
        """Embeddings, the last norm, and the output matrix where it is not the embedding."""
        given = self.architecture
        hidden, vocabulary = given.hidden_size, given.vocabulary_size
        yield "token_embd.weight", (hidden, vocabulary)
        if recipe.first_norm:
            yield "token_embd_norm.weight", (hidden,)
            yield "token_embd_norm.bias", (hidden,)
        if given.id in ABSOLUTE_POSITIONS:
            yield "position_embd.weight", (hidden, self.context)
        if width := given.per_layer_embedding_size:
            yield "per_layer_token_embd.weight", (width * given.layers, vocabulary)
            yield "per_layer_model_proj.weight", (hidden, width * given.layers)
            yield "per_layer_proj_norm.weight", (width,)
        if given.id in ALTERNATING_UPDATES:
            yield "altup_proj.weight", (hidden, hidden, STREAMS - 1)
            yield "altup_unembd_proj.weight", (hidden, hidden, STREAMS - 1)
        yield f"{recipe.last_norm}.weight", (hidden,)
        if recipe.norm_bias:
            yield f"{recipe.last_norm}.bias", (hidden,)
        if not given.tied_embeddings:
            yield "output.weight", (hidden, vocabulary)
        if recipe.last_bias:
            yield "output.bias", (vocabulary,)

    def block(self, layer: int, recipe: Recipe) -> Iterator[tuple[str, Extents]]:
        """One block, in the order of names within their part."""
        hidden, kind = self.architecture.hidden_size, self.architecture.id
        cache = self._cache(layer)
        mixer = self.mixers[layer]
        single = kind in _EITHER_MIXER_OR_NETWORK
        feeds = kind not in {"mamba", "mamba2"} and not (single and (cache or mixer))
        for name in recipe.norms if feeds and not single else ("attn_norm",):
            yield "ffn_norm" if kind == "falcon-h1" and name == "ffn_norm" else f"{name}.weight", (hidden,)
            if recipe.norm_bias:
                yield f"{name}.bias", (hidden,)
        if mixer is not None:
            yield from mixer.tensors(hidden)
        if cache is not None and (mixer is None or kind == "falcon-h1"):
            yield from self._latent(cache) if self.shape.latent_rank else self._attention(cache, recipe)
        if feeds:
            experts = self.architecture.experts
            mixed = experts is not None and experts.is_mixture(layer)
            if not mixed or kind == "gemma4":
                yield from self._dense(recipe)
            if mixed:
                yield from self._beside() if kind == "gemma4" else self._experts(recipe)
        yield from self._streams()

    def _cache(self, layer: int) -> LayerCache | None:
        reads = self.shape.reads[layer] if self.shape.reads else layer
        return self.shape.caches[reads]

    def _attention(self, cache: LayerCache, recipe: Recipe) -> Iterator[tuple[str, Extents]]:
        hidden, heads = self.architecture.hidden_size, self.shape.heads
        query = heads * cache.key_head * (2 if recipe.gated_attention else 1)
        widths = (query, cache.key_elements, cache.value_elements)
        parts = (
            [("attn_qkv", sum(widths))]
            if recipe.fused
            else list(zip(("attn_q", "attn_k", "attn_v"), widths, strict=True))
        )
        for name, width in parts:
            yield f"{name}.weight", (hidden, width)
            if recipe.attention_bias:
                yield f"{name}.bias", (width,)
        yield "attn_output.weight", (heads * cache.value_head, hidden)
        if recipe.output_bias:
            yield "attn_output.bias", (hidden,)
        if recipe.head_norms:
            every = recipe.head_norms == "all"
            yield "attn_q_norm.weight", (heads * cache.key_head if every else cache.key_head,)
            yield "attn_k_norm.weight", (cache.key_elements if every else cache.key_head,)
        if self.architecture.id == "afmoe":
            yield "attn_gate.weight", (hidden, query)
        if recipe.sinks:
            yield "attn_sinks.weight", (heads,)

    def _latent(self, cache: LayerCache) -> Iterator[tuple[str, Extents]]:
        given, heads, rank = self.architecture, self.shape.heads, self.shape.latent_rank
        hidden, key, value = given.hidden_size, given.key_size or 0, given.value_size or 0
        turned = cache.key_head - rank
        if self.query_rank:
            yield "attn_q_a.weight", (hidden, self.query_rank)
            yield "attn_q_a_norm.weight", (self.query_rank,)
            yield "attn_q_b.weight", (self.query_rank, heads * key)
        else:
            yield "attn_q.weight", (hidden, heads * key)
        yield "attn_kv_a_mqa.weight", (hidden, cache.key_head)
        yield "attn_kv_a_norm.weight", (rank,)
        yield "attn_k_b.weight", (key - turned, rank, heads)
        yield "attn_v_b.weight", (rank, value, heads)
        yield "attn_output.weight", (heads * value, hidden)

    def _dense(self, recipe: Recipe) -> Iterator[tuple[str, Extents]]:
        hidden, width, kind = (
            self.architecture.hidden_size,
            self.architecture.feed_forward_size or 0,
            self.architecture.id,
        )
        if kind in FUSED_GATE:
            yield "ffn_up.weight", (hidden, 2 * width)
            yield "ffn_down.weight", (width, hidden)
            return
        if kind not in UNGATED:
            yield "ffn_gate.weight", (hidden, width)
        yield "ffn_up.weight", (hidden, width)
        yield "ffn_down.weight", (width, hidden)
        if recipe.feed_bias:
            yield "ffn_up.bias", (width,)
            yield "ffn_down.bias", (hidden,)

    def _experts(self, recipe: Recipe) -> Iterator[tuple[str, Extents]]:
        experts, hidden = self.architecture.experts, self.architecture.hidden_size
        if experts is None:
            return
        count, width = experts.total, experts.feed_forward_size or self.architecture.feed_forward_size or 0
        yield "ffn_gate_inp.weight", (hidden, count)
        gated = self.architecture.id not in UNGATED | _EITHER_MIXER_OR_NETWORK
        matrices = [("ffn_up_exps", (hidden, width)), ("ffn_down_exps", (width, hidden))]
        if gated:
            matrices.insert(0, ("ffn_gate_exps", (hidden, width)))
        for name, extents in matrices:
            yield f"{name}.weight", (*extents, count)
            if recipe.expert_bias:
                yield f"{name}.bias", (extents[1], count)
        if recipe.expert_bias:
            yield "ffn_gate_inp.bias", (count,)
        if recipe.probability_bias:
            yield "exp_probs_b.bias", (count,)
        # Llama 4 has one whether its dimensions mention it or not.
        always = int(self.architecture.id == "llama4")
        shared = experts.shared_feed_forward_size or (experts.shared or always) * width
        if shared:
            if gated:
                yield "ffn_gate_shexp.weight", (hidden, shared)
            yield "ffn_up_shexp.weight", (hidden, shared)
            yield "ffn_down_shexp.weight", (shared, hidden)
            if recipe.shared_gate:
                yield "ffn_gate_inp_shexp.weight", (hidden,)

    def _beside(self) -> Iterator[tuple[str, Extents]]:
        """The mixture that stands beside the dense network of Gemma 4."""
        experts, hidden = self.architecture.experts, self.architecture.hidden_size
        if experts is None:
            return
        width = experts.feed_forward_size or 0
        yield "ffn_gate_inp.weight", (hidden, experts.total)
        yield "ffn_gate_inp.scale", (hidden,)
        yield "ffn_gate_up_exps.weight", (hidden, 2 * width, experts.total)
        yield "ffn_down_exps.weight", (width, hidden, experts.total)
        yield "ffn_down_exps.scale", (experts.total,)
        for name in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"):
            yield f"{name}.weight", (hidden,)

    def _streams(self) -> Iterator[tuple[str, Extents]]:
        """What Gemma 3n and 4 add for the embedding of each layer."""
        given = self.architecture
        hidden, width = given.hidden_size, given.per_layer_embedding_size or 0
        if given.id == "gemma4":
            yield "layer_output_scale.weight", (1,)
        if width:
            yield "inp_gate.weight", (hidden, width)
            yield "proj.weight", (width, hidden)
            yield "post_norm.weight", (hidden,)
        if given.id in ALTERNATING_UPDATES:
            yield "altup_correct_coef.weight", (STREAMS, STREAMS)
            yield "altup_correct_scale.weight", (hidden,)
            yield "altup_predict_coef.weight", (STREAMS, STREAMS * STREAMS)
            yield "altup_router.weight", (hidden, STREAMS)
            yield "altup_router_norm.weight", (hidden,)
            yield "laurel_l.weight", (hidden, _DETOUR)
            yield "laurel_r.weight", (_DETOUR, hidden)
            yield "laurel_post_norm.weight", (hidden,)


def recipe_of(architecture: Architecture) -> Recipe | None:
    """The recipe; None where the architecture's blocks are unknown, or this one has more than its recipe."""
    recipe = RECIPES.get(architecture.id or "")
    if recipe is None or architecture.id == "falcon-h1":
        return recipe
    both = {
        layer for group in architecture.attention if group.kind is AttentionKind.RECURRENT for layer in group.layers
    }
    if any(group.kind is not AttentionKind.RECURRENT and both & set(group.layers) for group in architecture.attention):
        return None
    return recipe


def apart(recipe: Recipe) -> Recipe:
    """The same with query, keys and values in matrices of their own."""
    return replace(recipe, fused=False)
