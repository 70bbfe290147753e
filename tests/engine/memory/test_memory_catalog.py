"""Layouts from dimensions and the bytes of a file, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.domain.model import (
    Architecture,
    AttentionGroup,
    AttentionKind,
    ContextLength,
    DeclaredLicense,
    Experts,
    Model,
    Parameters,
    Role,
    Variant,
)
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.memory.from_catalog import layout_from_catalog
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.shape import LayerCache, shape_from_catalog

BYTE = Quantization(id="Q8", format="gguf", bits_per_weight=8.0, method="legacy")
"""A byte a weight, so that bytes are parameters."""
HIDDEN, HEADS, KV_HEADS, KEY, VALUE, WIDTH, WORDS = 64, 4, 2, 16, 8, 128, 1000
QUERY = HIDDEN * HEADS * (KEY + VALUE)
"""The query's matrix and the one that joins the heads."""
ATTENTION = QUERY + HIDDEN * KV_HEADS * (KEY + VALUE)
NETWORK = 3 * HIDDEN * WIDTH


def group(kind: AttentionKind, *layers: int, **given: int) -> AttentionGroup:
    return AttentionGroup(kind=kind, layers=layers, **given)


def architecture(*groups: AttentionGroup, name: str = "llama", tied: bool = False) -> Architecture:
    """A small network of three blocks, or of as many as its groups have."""
    attention = groups or (group(AttentionKind.FULL, 0, 1, 2),)
    return Architecture(
        id=name, layers=1 + max(layer for item in attention for layer in item.layers), hidden_size=HIDDEN, heads=HEADS,
        kv_heads=KV_HEADS, key_size=KEY, value_size=VALUE, feed_forward_size=WIDTH, vocabulary_size=WORDS,
        tied_embeddings=tied, attention=attention,
    )  # fmt: skip


def laid_out(given: Architecture, size: int, quantization: Quantization = BYTE) -> WeightLayout | None:
    model = Model(
        id="a/b", repo="A/B", name="B", org="A", family="b", role=Role.INSTRUCT,
        parameters=Parameters(total=1, active=1), context_length=ContextLength(native=512),
        license=DeclaredLicense(declared=None), architecture=given,
    )  # fmt: skip
    variant = Variant(id="v", format="gguf", quantization=quantization.id, repo="A/B-GGUF", bytes=size)
    return layout_from_catalog(model, variant, quantization)


def blocks(given: Architecture, parameters: int, ends: int = 2 * WORDS * HIDDEN) -> WeightLayout:
    """The layout of a file that holds the ends and so many parameters in blocks, a byte each."""
    found = laid_out(given, ends + parameters)
    assert found is not None
    assert found.loaded_bytes + found.skipped_bytes == ends + parameters
    return found


@pytest.mark.parametrize(
    ("kind", "given", "mixing"),
    [
        (AttentionKind.FULL, {}, ATTENTION),
        (AttentionKind.SLIDING, {"window": 32}, ATTENTION),
        (AttentionKind.CHUNKED, {"window": 32}, ATTENTION),
        (AttentionKind.FULL, {"kv_heads": 1, "key_size": 32, "value_size": 4}, HIDDEN * (HEADS * 36 + 36)),
        (AttentionKind.LATENT, {"latent_size": 24}, QUERY + 24 * (HIDDEN + HEADS * (KEY + VALUE) // 2)),
        (AttentionKind.SHARED, {}, QUERY),
        (AttentionKind.RECURRENT, {"state_bytes": 64, "inner_size": 96}, 3 * HIDDEN * 96),
        (AttentionKind.RECURRENT, {"state_bytes": 64}, 3 * HIDDEN * 2 * HIDDEN),
        (AttentionKind.NONE, {}, 0),
    ],
)
def test_blocks_share_the_file_by_their_parameters(kind: AttentionKind, given: dict[str, int], mixing: int) -> None:
    """The first block attends as usual, the second in the way that is asked for."""
    found = blocks(
        architecture(group(AttentionKind.FULL, 0), group(kind, 1, **given)), ATTENTION + mixing + 2 * NETWORK
    )
    assert found.layer_bytes == (ATTENTION + NETWORK, mixing + NETWORK)
    assert found.other_bytes == 0
    assert not found.experts_copied


def test_a_network_of_two_matrices_is_smaller() -> None:
    plain = 2 * HIDDEN * WIDTH
    positions = 512 * HIDDEN * 4
    found = blocks(architecture(name="gpt2"), 3 * (ATTENTION + plain), 2 * WORDS * HIDDEN + positions)
    assert found.layer_bytes == (ATTENTION + plain,) * 3
    assert found.host_only_bytes == positions
    assert blocks(architecture(), 3 * (ATTENTION + NETWORK)).host_only_bytes == 0


@pytest.mark.parametrize(
    ("experts", "shared", "mixtures"),
    [
        (Experts(total=8, used=2, feed_forward_size=32), 0, (0, 1, 2, 3)),
        (Experts(total=8, used=2, feed_forward_size=32, shared=1), 32, (0, 1, 2, 3)),
        (Experts(total=8, used=2, feed_forward_size=32, shared=2, shared_feed_forward_size=48), 48, (0, 1, 2, 3)),
        (Experts(total=8, used=2, feed_forward_size=32, dense_layers=1), 0, (1, 2, 3)),
        (Experts(total=8, used=2, feed_forward_size=32, every=2), 0, (1, 3)),
        (Experts(total=8, used=2, feed_forward_size=32, every=2, dense_layers=2), 0, (3,)),
    ],
)
def test_mixtures_hold_all_of_their_experts(experts: Experts, shared: int, mixtures: tuple[int, ...]) -> None:
    routed = 3 * HIDDEN * 32 * 8
    mixture = ATTENTION + routed + HIDDEN * (3 * shared + 8)
    expected = tuple(mixture if layer in mixtures else ATTENTION + NETWORK for layer in range(4))
    given = replace(architecture(group(AttentionKind.FULL, 0, 1, 2, 3)), experts=experts)
    found = blocks(given, sum(expected))
    assert found.layer_bytes == expected
    assert found.expert_bytes == tuple(routed if layer in mixtures else 0 for layer in range(4))
    assert found.experts_copied
    assert (found.copied_up_bytes, found.copied_down_bytes) == (HIDDEN * 32 * 8,) * 2


def test_experts_without_a_width_are_as_wide_as_the_network() -> None:
    given = replace(architecture(), experts=Experts(total=8, used=2))
    routed = 3 * HIDDEN * WIDTH * 8
    found = blocks(given, 3 * (ATTENTION + routed + HIDDEN * 8))
    assert found.expert_bytes == (routed,) * 3
    assert found.copied_up_bytes == HIDDEN * WIDTH * 8


def test_blocks_that_only_draft_are_as_large_as_the_last_and_not_loaded() -> None:
    given = replace(
        architecture(), draft_layers=2, experts=Experts(total=8, used=2, feed_forward_size=32, dense_layers=2)
    )
    mixture = ATTENTION + 3 * HIDDEN * 32 * 8 + HIDDEN * 8
    found = blocks(given, 2 * (ATTENTION + NETWORK) + 3 * mixture)
    assert found.layer_bytes == (ATTENTION + NETWORK, ATTENTION + NETWORK, mixture)
    assert (found.skipped_bytes, found.other_bytes) == (2 * mixture, 0)


def test_what_the_blocks_leave_goes_where_the_output_goes() -> None:
    found = blocks(architecture(), 3 * (ATTENTION + NETWORK) + 2)
    assert (found.other_bytes, found.skipped_bytes) == (2, 0)


def test_embeddings_take_the_bits_that_the_scheme_gives_them() -> None:
    scheme = Quantization(
        id="Q4_K_M", format="gguf", bits_per_weight=5.0, method="k_quant", embedding_bits=4.0, output_bits=6.0
    )
    table = WORDS * HIDDEN
    untied, tied = (laid_out(architecture(tied=tied), 1_000_000, scheme) for tied in (False, True))
    assert untied is not None
    assert tied is not None
    assert (untied.token_embedding_bytes, untied.output_bytes, untied.tied) == (table // 2, table * 6 // 8, False)
    assert (tied.token_embedding_bytes, tied.output_bytes, tied.tied) == (table * 6 // 8, 0, True)
    # Mixes of k-quants give matrices out of networks the bits of the output; other methods do not.
    assert untied.copied_up_bytes == HIDDEN * WIDTH * 5 // 8
    assert untied.copied_down_bytes == HIDDEN * WIDTH * 6 // 8
    assert untied.copied_other_bytes == HIDDEN * HEADS * KEY * 5 // 8
    other = laid_out(architecture(), 1_000_000, replace(scheme, method="legacy"))
    assert other is not None
    assert other.copied_down_bytes == HIDDEN * WIDTH * 5 // 8
    bare = laid_out(
        architecture(), 1_000_000, Quantization(id="Q5", format="gguf", bits_per_weight=5.0, method="legacy")
    )
    assert bare is not None
    assert (bare.token_embedding_bytes, bare.output_bytes) == (table * 5 // 8, table * 5 // 8)


def test_an_embedding_for_each_layer_stays_on_the_host() -> None:
    scheme = Quantization(id="Q", format="gguf", bits_per_weight=8.0, method="legacy", output_bits=4.0)
    found = laid_out(replace(architecture(), per_layer_embedding_size=16), 1_000_000, scheme)
    assert found is not None
    assert found.host_only_bytes == WORDS * 16 * 3 // 2


@pytest.mark.parametrize(("left", "known"), [(0, False), (1, True), (-1, False)])
def test_a_file_that_its_embeddings_fill_has_no_layout(left: int, known: bool) -> None:
    assert (laid_out(architecture(), 2 * WORDS * HIDDEN + left) is not None) is known


FULL = LayerCache(key_elements=32, value_elements=16, kv_heads=2, key_head=16, value_head=8)


def test_shapes_hold_what_each_layer_remembers() -> None:
    shape = shape_from_catalog(
        architecture(group(AttentionKind.FULL, 0), group(AttentionKind.SLIDING, 1, window=32), name="gemma3")
    )
    assert shape is not None
    assert shape.caches == (FULL, replace(FULL, window=32))
    assert (shape.query_elements, shape.output_elements) == (HEADS * KEY, HEADS * VALUE)
    assert (shape.heads, shape.feed_forward_size, shape.experts, shape.inner_size) == (HEADS, WIDTH, None, 0)
    assert shape.has_attention


def test_a_window_counts_only_where_llama_cpp_honours_it() -> None:
    """llama.cpp b11434 gives Llama no window; an architecture that it does not know keeps what is declared."""
    sliding = group(AttentionKind.SLIDING, 0, 1, window=32)
    honoured = shape_from_catalog(replace(architecture(sliding), id=None))
    ignored = shape_from_catalog(architecture(sliding))
    assert honoured is not None
    assert ignored is not None
    assert [cache and cache.window for cache in honoured.caches] == [32, 32]
    assert [cache and cache.window for cache in ignored.caches] == [None, None]


def test_compressed_keys_hold_their_values_and_a_rotary_part_of_64() -> None:
    """DeepSeek-V2 and V3: 512 + 64 elements (config.json: kv_lora_rank, qk_rope_head_dim)."""
    given = replace(
        architecture(group(AttentionKind.LATENT, 0, latent_size=576)), key_size=192, value_size=128, heads=16
    )
    shape = shape_from_catalog(given)
    assert shape is not None
    assert shape.caches == (LayerCache(key_elements=576, value_elements=0, kv_heads=1, key_head=576, value_head=512),)
    assert (shape.latent_rank, shape.query_elements, shape.output_elements) == (512, 16 * 192, 16 * 128)


@pytest.mark.parametrize(
    ("windows", "shared", "reads"),
    [
        # Gemma 3n: four layers with a window, one without; the later read the last of their kind.
        ((32, 32, 32, 32, None) * 2, 5, (*range(10), 8, 8, 8, 8, 9)),
        ((32, None) * 3, 2, (*range(6), 4, 5)),
        ((None,) * 3, 2, (0, 1, 2, 2, 2)),
        ((None,), 2, (0, 0, 0)),
        ((32, None), 3, (0, 1, 0, 1, 0)),
    ],
)
def test_later_layers_read_the_last_cache_of_their_kind(
    windows: tuple[int | None, ...], shared: int, reads: tuple[int, ...]
) -> None:
    kept = len(windows)
    full = group(AttentionKind.FULL, *(layer for layer in range(kept) if windows[layer] is None))
    slid = [layer for layer in range(kept) if windows[layer]]
    sliding = [group(AttentionKind.SLIDING, *slid, window=32)] if slid else []
    shape = shape_from_catalog(
        architecture(full, *sliding, group(AttentionKind.SHARED, *range(kept, kept + shared)), name="gemma3n")
    )
    assert shape is not None
    assert shape.reads == reads
    assert [cache is None for cache in shape.caches] == [False] * kept + [True] * shared


@pytest.mark.parametrize(
    "given",
    [
        replace(architecture(), heads=None),
        replace(architecture(), kv_heads=None),
        replace(architecture(), key_size=None, value_size=None),
        architecture(group(AttentionKind.LATENT, 0)),
        architecture(group(AttentionKind.RECURRENT, 0)),
        replace(architecture(), layers=2),
        replace(architecture(), attention=(group(AttentionKind.FULL),)),
    ],
)
def test_no_shape_where_a_dimension_is_unknown_or_impossible(given: Architecture) -> None:
    assert shape_from_catalog(given) is None


def test_values_are_as_wide_as_keys_where_nothing_else_is_said() -> None:
    shape = shape_from_catalog(replace(architecture(), value_size=None))
    assert shape is not None
    assert shape.caches[0] == replace(FULL, value_elements=32, value_head=16)


def test_shapes_of_mixtures() -> None:
    mixture = Experts(total=8, used=2, feed_forward_size=32, shared=3)
    shape = shape_from_catalog(replace(architecture(), experts=mixture))
    assert shape is not None
    assert shape.experts is not None
    assert (shape.experts.total, shape.experts.used) == (8, 2)
    assert (shape.experts.feed_forward_size, shape.experts.shared_feed_forward_size) == (32, 96)
    # Every layer is a mixture, so no plain network is left; with a leading plain layer there is one.
    assert shape.feed_forward_size == 0
    plain = shape_from_catalog(replace(architecture(), experts=replace(mixture, dense_layers=1)))
    assert plain is not None
    assert plain.feed_forward_size == WIDTH
    unknown = shape_from_catalog(replace(architecture(), experts=Experts(total=8, used=2), feed_forward_size=None))
    assert unknown is not None
    assert unknown.experts is None


def test_recurrent_layers_keep_a_state_and_have_an_inside() -> None:
    """Mamba-2: 3 × (inner + 2 × state) inputs of the convolution and state × inner, in 32 bits."""
    inner, state = 128, 128
    size = 4 * (3 * (inner + 2 * state) + state * inner)
    given = architecture(
        group(AttentionKind.RECURRENT, 0, state_bytes=size, inner_size=inner),
        group(AttentionKind.FULL, 1),
        name="mamba2",
    )
    shape = shape_from_catalog(given)
    assert shape is not None
    kept = shape.states[0]
    assert kept is not None
    assert (kept.convolution_bytes, kept.state_bytes) == (4 * 3 * (inner + 2 * state), 4 * state * inner)
    assert (shape.states[1], shape.caches[0], shape.caches[1]) == (None, None, FULL)
    assert (shape.inner_size, shape.convolution_extra) == (inner, 2 * state)


def test_a_recurrent_layer_of_unknown_make_keeps_its_bytes() -> None:
    shape = shape_from_catalog(architecture(group(AttentionKind.RECURRENT, 0, state_bytes=1000), name="rwkv7"))
    assert shape is not None
    kept = shape.states[0]
    assert kept is not None
    assert (kept.convolution_bytes, kept.state_bytes) == (0, 1000)
    assert (shape.inner_size, shape.convolution_extra, shape.heads, shape.has_attention) == (2 * HIDDEN, 0, 0, False)
