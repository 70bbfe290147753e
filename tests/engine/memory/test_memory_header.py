"""Shapes from headers: which layers slide, recur, share and mix in the published models of each family."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_shapes import header

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.shape import LayerCache, LayerState, Shape

PLAIN = {"embedding_length": 64, "attention__head_count": 4, "vocab_size": 100}


def small(architecture: str, layers: int, **keys: object) -> Shape:
    return header(architecture, block_count=layers, **{**PLAIN, **keys})


def windows(shape: Shape) -> list[int | None]:
    return [cache and cache.window for cache in shape.caches]


@pytest.mark.parametrize(
    ("architecture", "layers", "given_window", "full"),
    [
        # config.json of each: sliding_window_pattern or layer_types, and the loaders of src/models/*.cpp (b11434).
        ("cohere2", 8, 4096, (3, 7)),  # Command R7B: three sliding, one full
        ("afmoe", 8, 2048, (3, 7)),  # Trinity
        ("gemma2", 6, 4096, (1, 3, 5)),
        ("gemma3", 13, 1024, (5, 11)),
        ("gemma3n", 10, 512, (4, 9)),
        ("gpt-oss", 6, 128, (1, 3, 5)),
        ("olmo2", 8, 4096, (3, 7)),  # OLMo 3
        ("plamo3", 16, 2048, (7, 15)),
        ("exaone4", 64, 4096, tuple(range(3, 64, 4))),  # 32B
        ("exaone-moe", 8, 128, (3, 7)),
        ("mellum", 8, 1024, (3, 7)),
        ("muse-glimmer", 8, 1024, (3, 7)),
        # The first layer of each four is the full one.
        ("cohere2moe", 8, 4096, (0, 4)),
        ("laguna", 8, 512, (0, 4)),
        ("smallthinker", 8, 4096, (0, 4)),
    ],
)
def test_layers_that_see_all_of_the_context(
    architecture: str, layers: int, given_window: int, full: tuple[int, ...]
) -> None:
    shape = small(architecture, layers, attention__sliding_window=given_window)
    assert [layer for layer, window in enumerate(windows(shape)) if window is None] == list(full)
    assert {window for window in windows(shape) if window} == {given_window}


@pytest.mark.parametrize(
    ("architecture", "layers", "keys", "width"),
    [
        ("gemma2", 4, {}, 4096),  # older files do not say it
        ("exaone-moe", 4, {}, 128),
        ("exaone4", 64, {}, 4096),
        ("exaone4", 63, {"attention__sliding_window": 4096}, None),  # 1.2B has none
        ("llama4", 4, {}, 8192),
        ("llama4", 4, {"attention__sliding_window": 1024}, 8192),  # attention_chunk_size
        ("llama4", 4, {"attention__sliding_window": 0}, None),
        ("smallthinker", 4, {"attention__sliding_window": 1024}, 4096),
        ("smallthinker", 4, {}, None),
        ("gemma3", 6, {}, None),
        ("gpt-oss", 4, {}, None),
        ("llama", 4, {"attention__sliding_window": 1024}, None),
    ],
)
def test_windows_that_the_header_does_not_say(
    architecture: str, layers: int, keys: dict[str, object], width: int | None
) -> None:
    shape = small(architecture, layers, **keys)
    assert {window for window in windows(shape) if window} == ({width} if width else set())


def test_a_header_may_list_the_layers_or_give_a_period() -> None:
    listed = small("gemma4", 4, attention__sliding_window=512, attention__sliding_window_pattern=[True, False, True])
    assert windows(listed) == [512, None, 512, None]
    period = small("gemma3", 4, attention__sliding_window=512, attention__sliding_window_pattern=2)
    assert windows(period) == [512, None, 512, None]
    for architecture in ("gemma4", "granite-swa", "maple", "mimo2", "spark2-5", "step35"):
        every = small(architecture, 3, attention__sliding_window=512)
        assert windows(every) == [512, 512, 512]
    long = small("gemma4", 2, attention__sliding_window=512, attention__sliding_window_pattern=[False, True, True])
    assert windows(long) == [None, 512]


def test_layers_with_a_window_may_have_heads_of_another_size() -> None:
    """Gemma 4 12B: 8 heads of 256 in layers with a window, one of 512 in the others."""
    shape = small(
        "gemma4", 2, attention__head_count_kv=[8, 1], attention__key_length=512, attention__value_length=512,
        attention__key_length_swa=256, attention__value_length_swa=128, attention__sliding_window=1024,
        attention__sliding_window_pattern=[True, False],
    )  # fmt: skip
    assert shape.caches == (
        LayerCache(key_elements=2048, value_elements=1024, kv_heads=8, key_head=256, value_head=128, window=1024),
        LayerCache(key_elements=512, value_elements=512, kv_heads=1, key_head=512, value_head=512),
    )
    alike = small("gemma3", 2, attention__key_length=32, attention__value_length=16, attention__sliding_window=8)
    assert alike.caches[0] == LayerCache(
        key_elements=128, value_elements=64, kv_heads=4, key_head=32, value_head=16, window=8
    )


def test_heads_share_the_width_where_nothing_is_said() -> None:
    """llama.cpp: n_embd_head_k = n_embd / n_head; as many KV heads as heads."""
    shape = small("llama", 1)
    assert shape.caches == (LayerCache(key_elements=64, value_elements=64, kv_heads=4, key_head=16, value_head=16),)
    assert (shape.heads, shape.query_elements, shape.output_elements, shape.hidden_size) == (4, 64, 64, 64)


def test_later_layers_read_the_last_of_their_kind() -> None:
    """Gemma 3n keeps twenty; Gemma 4 E4B shares the last ones, which its header counts."""
    kept = small("gemma3n", 25, attention__sliding_window=512)
    assert kept.reads == (*range(20), 18, 18, 18, 18, 19)
    shared = small(
        "gemma4", 6, attention__sliding_window=512, attention__shared_kv_layers=2,
        attention__sliding_window_pattern=[True, True, True, False, True, False],
    )  # fmt: skip
    assert shared.reads == (0, 1, 2, 3, 2, 3)
    assert [cache is not None for cache in shared.caches] == [True] * 4 + [False] * 2
    assert small("gemma4", 6, attention__sliding_window=512).reads == ()


def recurrent(shape: Shape) -> list[int]:
    return [layer for layer, state in enumerate(shape.states) if state is not None]


def attending(shape: Shape) -> list[int]:
    return [layer for layer, cache in enumerate(shape.caches) if cache is not None]


SSM = {"ssm__conv_kernel": 4, "ssm__inner_size": 128, "ssm__state_size": 16, "ssm__group_count": 2}


@pytest.mark.parametrize(
    ("architecture", "keys", "kept", "attends"),
    [
        ("mamba2", {}, [0, 1, 2, 3], []),
        ("falcon-h1", {}, [0, 1, 2, 3], [0, 1, 2, 3]),
        ("qwen3next", {}, [0, 1, 2], [3]),
        ("qwen35", {"full_attention_interval": 2}, [0, 2], [1, 3]),
        ("qwen35moe", {"full_attention_interval": 0}, [0, 1, 2], [3]),
        ("granitehybrid", {"attention__head_count_kv": [0, 0, 4, 0]}, [0, 1, 3], [2]),
        ("nemotron_h", {"attention__head_count_kv": [0, 0, 4, 0], "feed_forward_length": [0, 9, 0, 0]}, [0, 3], [2]),
        ("llama", {}, [], [0, 1, 2, 3]),
    ],
)
def test_which_layers_keep_a_state(
    architecture: str, keys: dict[str, object], kept: list[int], attends: list[int]
) -> None:
    shape = small(architecture, 4, **SSM, **keys)
    assert (recurrent(shape), attending(shape)) == (kept, attends)
    assert shape.inner_size == (128 if kept else 0)
    assert shape.convolution_extra == (2 * 2 * 16 if kept else 0)
    if kept:
        convolution = 3 * (128 + 2 * 2 * 16)
        assert shape.states[kept[0]] == LayerState(convolution_bytes=4 * convolution, state_bytes=4 * 16 * 128)


@pytest.mark.parametrize(
    ("architecture", "keys", "convolution", "state"),
    [
        # LFM2: the kernel's tokens but one, of the hidden size; no state beside.
        ("lfm2", {"shortconv__l_cache": 3}, 2 * 64, 0),
        # RWKV: the last tokens of two shifts (one where the header says so), and a matrix a head.
        ("rwkv7", {"wkv__head_size": 16}, 2 * 64, 64 * 16),
        ("rwkv7", {"wkv__head_size": 16, "token_shift_count": 1}, 64, 64 * 16),
        # Kimi Linear: three convolutions over heads × size, and a matrix a head.
        ("kimi-linear", {"kda__head_dim": 32}, 3 * 3 * 4 * 32, 32 * 32 * 4),
        ("kimi-linear", {"kda__head_dim": 32, "ssm__conv_kernel": 3}, 3 * 2 * 4 * 32, 32 * 32 * 4),
        ("mamba", {"ssm__inner_size": 128, "ssm__state_size": 16}, 0, 16 * 128),
    ],
)
def test_states_of_other_recurrences(architecture: str, keys: dict[str, object], convolution: int, state: int) -> None:
    """llama_hparams::n_embd_r and n_embd_s (src/llama-hparams.cpp), in 32 bits."""
    shape = small(architecture, 1, attention__head_count_kv=0, **keys)
    assert shape.states == (LayerState(convolution_bytes=4 * convolution, state_bytes=4 * state),)


def test_the_inside_of_a_delta_network_is_its_heads() -> None:
    shape = small("kimi-linear", 1, attention__head_count_kv=0, kda__head_dim=32)
    assert (shape.inner_size, shape.heads) == (4 * 32, 0)


@pytest.mark.parametrize(
    ("keys", "dense"),
    [
        ({}, 0),
        ({"leading_dense_block_count": 1}, 256),
        ({"interleave_moe_layer_step": 1}, 0),
        ({"interleave_moe_layer_step": 2}, 256),
    ],
)
def test_the_plain_network_beside_experts(keys: dict[str, object], dense: int) -> None:
    shape = small("deepseek2", 4, feed_forward_length=256, expert_count=8, expert_used_count=2, **keys)
    assert shape.feed_forward_size == dense


def test_experts() -> None:
    mixture = {"feed_forward_length": 256, "expert_count": 8, "expert_used_count": 2}
    plain = small("llama", 1, **mixture).experts
    assert plain is not None
    assert (plain.total, plain.used, plain.feed_forward_size, plain.shared_feed_forward_size) == (8, 2, 256, 0)
    narrow = small("llama", 1, **mixture, expert_feed_forward_length=32, expert_shared_count=3).experts
    assert narrow is not None
    assert (narrow.feed_forward_size, narrow.shared_feed_forward_size) == (32, 96)
    said = small("llama", 1, **mixture, expert_shared_count=3, expert_shared_feed_forward_length=40).experts
    assert said is not None
    assert said.shared_feed_forward_size == 40
    assert small("llama", 1, **{**mixture, "expert_count": 0}).experts is None
    assert small("llama", 1, **{**mixture, "expert_used_count": 0}).experts is None


def test_compressed_attention() -> None:
    """DeepSeek-V2-Lite after the absorption: one head of 576 cached, 16 queries of 192, values of 128."""
    shape = small(
        "deepseek2", 1, attention__head_count=16, attention__head_count_kv=1, attention__key_length=576,
        attention__value_length=512, attention__key_length_mla=192, attention__value_length_mla=128,
        attention__kv_lora_rank=512,
    )  # fmt: skip
    assert shape.caches == (LayerCache(key_elements=576, value_elements=0, kv_heads=1, key_head=576, value_head=512),)
    assert (shape.latent_rank, shape.query_elements, shape.output_elements) == (512, 16 * 192, 16 * 128)
    before = small("deepseek2", 1, attention__key_length=192, attention__kv_lora_rank=512)
    assert before.latent_rank == 0


def test_what_else_a_header_says() -> None:
    shape = small(
        "llama", 5, nextn_predict_layers=2, context_length=4096, n_deepstack_layers=3,
        embedding_length_per_layer_input=256,
    )  # fmt: skip
    assert (shape.layers, shape.draft_layers, shape.trained_context) == (3, 2, 4096)
    assert (shape.deep_inputs, shape.per_layer_embedding, len(shape.caches)) == (3, 256, 3)
    bare = small("llama", 1)
    assert (bare.draft_layers, bare.trained_context, bare.deep_inputs, bare.per_layer_embedding) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("architecture", "finetuned", "rotates"),
    [("granite", False, False), ("granite", True, True), ("granite", None, True), ("llama", False, True)],
)
def test_granite_may_say_that_nothing_rotates(architecture: str, finetuned: bool | None, rotates: bool) -> None:
    keys = {} if finetuned is None else {"rope__scaling__finetuned": finetuned}
    assert small(architecture, 1, **keys).rotates is rotates


def raw(**keys: object) -> Shape | None:
    named = {"block_count": 2, "embedding_length": 64, "attention.head_count": 4, "vocab_size": 100, **keys}
    return shape_from_header({"general.architecture": "llama", **{f"llama.{key}": item for key, item in named.items()}})


@pytest.mark.parametrize(
    "keys",
    [
        {"block_count": 0}, {"block_count": 513}, {"block_count": 2, "nextn_predict_layers": 2},
        {"embedding_length": 0}, {"vocab_size": 0}, {"block_count": "two"}, {"embedding_length": -64},
        {"vocab_size": 99.5},
    ],
)  # fmt: skip
def test_no_shape_where_a_header_says_nothing_possible(keys: dict[str, object]) -> None:
    assert raw(**keys) is None


def test_the_least_and_the_most_of_a_header() -> None:
    """LLAMA_MAX_LAYERS is 512 (src/llama-hparams.h)."""
    most, least = raw(block_count=512), raw(block_count=1.0, embedding_length=1, vocab_size=1)
    assert most is not None
    assert least is not None
    assert (most.layers, least.layers, least.hidden_size, least.vocabulary_size) == (512, 1, 1, 1)
    assert shape_from_header({}) is None
    assert shape_from_header({"general.architecture": 7}) is None


def test_the_vocabulary_is_counted_where_it_is_not_said() -> None:
    metadata = {
        "general.architecture": "llama", "llama.block_count": 1, "llama.embedding_length": 64,
        "tokenizer.ggml.tokens": ["a", "b", "c"],
    }  # fmt: skip
    counted = shape_from_header(metadata)
    assert counted is not None
    assert counted.vocabulary_size == 3
    assert shape_from_header({**metadata, "tokenizer.ggml.tokens": "abc"}) is None
    assert shape_from_header({**metadata, "tokenizer.ggml.tokens": ()}) is None


def test_one_number_a_layer_or_one_for_all() -> None:
    """Missing ones at the end of a list count as nothing, those beyond the layers are left out."""
    short, long = (small("granitehybrid", 3, attention__head_count_kv=each) for each in ([4], [0, 0, 4, 4]))
    assert (recurrent(short), attending(short)) == ([1, 2], [0])
    assert (recurrent(long), attending(long)) == ([0, 1], [2])
    widest = small("llama", 2, feed_forward_length=[128, 512], attention__head_count_kv=2)
    assert widest.feed_forward_size == 512
    assert [cache and cache.kv_heads for cache in widest.caches] == [2, 2]
    odd = small("llama", 2, feed_forward_length=["wide", None])
    assert odd.feed_forward_size == 0


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8))
def test_every_layer_attends_recurs_or_neither(heads: list[int]) -> None:
    shape = small("granitehybrid", len(heads), attention__head_count_kv=heads)
    for head, cache, state in zip(heads, shape.caches, shape.states, strict=True):
        assert (cache is not None, state is not None) == (head > 0, head == 0)
