"""Nouns made from what was read or computed: a variant by its dimensions, a scheme by its tensors, an architecture."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import ARCHITECTURE, Q4, a_model

from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import AttentionKind, Parameters
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.computed_variant import computed_variant
from llmadvise.engine.estimate_architecture import architecture_of
from llmadvise.engine.estimate_label import scheme_of
from llmadvise.engine.estimate_log import LoggedSettings, parse_log
from llmadvise.engine.memory.layout import Tensor, WeightLayout
from llmadvise.engine.memory.shape import ExpertShape, LayerCache, LayerState, Shape

MILLION = 1_000_000
SCHEME = Quantization(id="Q", format="gguf", bits_per_weight=4.0, method="k_quant", embedding_bits=5.0, output_bits=8.0)
"""Tables of 64,000 elements each."""


def test_bytes_follow_from_dimensions_and_bits() -> None:
    model = a_model(parameters=Parameters(total=MILLION, active=MILLION))
    found = computed_variant(model, SCHEME)
    assert found is not None
    # 872,000 at 4 bits, 64,000 at 5 and 64,000 at 8.
    assert found.bytes == (872_000 * 4 + 64_000 * 5 + 64_000 * 8) // 8
    assert found.bits_per_weight == pytest.approx(4.32)
    assert (found.bytes_basis, found.files, found.names_verified) == (Basis.COMPUTED, (), False)
    assert found.id == f"{model.repo}:Q"


def test_a_tied_table_is_stored_once_at_the_bits_of_the_output() -> None:
    tied = a_model(
        parameters=Parameters(total=MILLION, active=MILLION), architecture=replace(ARCHITECTURE, tied_embeddings=True)
    )
    found = computed_variant(tied, SCHEME)
    assert found is not None
    assert found.bytes == (936_000 * 4 + 64_000 * 8) // 8


def test_without_bits_of_their_own_tables_have_those_of_the_scheme() -> None:
    model = a_model(parameters=Parameters(total=MILLION, active=MILLION))
    found = computed_variant(model, replace(SCHEME, embedding_bits=None, output_bits=None))
    assert found is not None
    assert (found.bytes, found.bits_per_weight) == (500_000, 4.0)
    odd = computed_variant(model, replace(SCHEME, bits_per_weight=4.12345, embedding_bits=None, output_bits=None))
    assert odd is not None
    assert (odd.bytes, odd.bits_per_weight) == (515_431, 4.123)


def test_only_what_speaks_is_counted() -> None:
    model = a_model(parameters=Parameters(total=2 * MILLION, active=2 * MILLION, language=MILLION))
    found = computed_variant(model, replace(SCHEME, embedding_bits=None, output_bits=None))
    assert found is not None
    assert found.bytes == 500_000


def test_unknown_dimensions_make_no_variant() -> None:
    assert computed_variant(a_model(architecture=None), SCHEME) is None
    assert computed_variant(a_model(parameters=Parameters(total=128_000, active=128_000)), SCHEME) is None
    assert computed_variant(a_model(parameters=Parameters(total=128_001, active=128_001)), SCHEME) is not None


def tensor(type_: str, size: int, *shape: int) -> Tensor:
    return Tensor("blk.0.x.weight", shape or (256, 1), type_, size)


def test_a_stated_mix_is_taken_from_the_catalog() -> None:
    """llama.cpp, LlamaFileType: 15 is MOSTLY_Q4_K_M."""
    known = {"Q4_K_M": replace(Q4, id="Q4_K_M")}
    assert scheme_of({"general.file_type": 15}, (), known) is known["Q4_K_M"]


_SOURCE = """
ALL_F32 = 0, MOSTLY_F16 = 1, MOSTLY_Q4_0 = 2, MOSTLY_Q4_1 = 3, MOSTLY_Q8_0 = 7, MOSTLY_Q5_0 = 8, MOSTLY_Q5_1 = 9,
MOSTLY_Q2_K = 10, MOSTLY_Q3_K_S = 11, MOSTLY_Q3_K_M = 12, MOSTLY_Q3_K_L = 13, MOSTLY_Q4_K_S = 14, MOSTLY_Q4_K_M = 15,
MOSTLY_Q5_K_S = 16, MOSTLY_Q5_K_M = 17, MOSTLY_Q6_K = 18, MOSTLY_IQ2_XXS = 19, MOSTLY_IQ2_XS = 20, MOSTLY_Q2_K_S = 21,
MOSTLY_IQ3_XS = 22, MOSTLY_IQ3_XXS = 23, MOSTLY_IQ1_S = 24, MOSTLY_IQ4_NL = 25, MOSTLY_IQ3_S = 26, MOSTLY_IQ3_M = 27,
MOSTLY_IQ2_S = 28, MOSTLY_IQ2_M = 29, MOSTLY_IQ4_XS = 30, MOSTLY_IQ1_M = 31, MOSTLY_BF16 = 32, MOSTLY_TQ1_0 = 36,
MOSTLY_TQ2_0 = 37
"""
"""gguf 0.17.1 (PyPI), gguf/constants.py: LlamaFileType."""


def test_file_types_are_those_of_the_format() -> None:
    for entry in _SOURCE.replace("\n", " ").split(","):
        name, _, number = entry.strip().partition(" = ")
        label = name.removeprefix("MOSTLY_").removeprefix("ALL_")
        known = {label: replace(Q4, id=label), "Q5_K": Q4}
        assert scheme_of({"general.file_type": int(number)}, (tensor("Q5_K", 176),), known).id == label


def test_without_a_row_the_scheme_is_as_its_next_of_kin() -> None:
    known = {"Q5_K_S": replace(Q4, id="Q5_K_S", speed_class="q5"), "Q6_K": replace(Q4, id="Q6_K", speed_class="q6")}
    found = scheme_of({}, (tensor("Q5_K", 176), tensor("F32", 1024, 256)), known)
    assert (found.id, found.format, found.method, found.speed_class) == ("Q5_K", "gguf", "k_quant", "q5")
    assert found.bits_per_weight == 5.5
    other = replace(Q4, id="Q5_K_S", format="mlx")
    assert scheme_of({}, (tensor("Q5_K", 176),), {"Q5_K_S": other}).method == "unknown"
    assert scheme_of({}, (tensor("Q6_K", 210),), known) is known["Q6_K"]


def test_of_types_with_as_many_bytes_the_last_by_name() -> None:
    assert scheme_of({}, (tensor("Q4_0", 100), tensor("Q5_0", 100)), {}).id == "Q5_0"
    assert scheme_of({}, (tensor("Q4_0", 60), tensor("Q5_0", 100), tensor("Q4_0", 60)), {}).id == "Q4_0"
    empty = scheme_of({}, (), {})
    assert (empty.id, empty.bits_per_weight) == ("F32", 0.0)


CACHE = LayerCache(key_elements=32, value_elements=48, kv_heads=2, key_head=16, value_head=24)
STATE = LayerState(convolution_bytes=100, state_bytes=23)
SHAPE = Shape(
    architecture="made-up", layers=6, hidden_size=64, vocabulary_size=100, heads=4, query_elements=64,
    output_elements=96, caches=(CACHE, replace(CACHE, window=512), None, CACHE, None, None),
    states=(None, None, STATE, STATE, None, None), feed_forward_size=256, inner_size=128, draft_layers=1,
    per_layer_embedding=8,
)  # fmt: skip
LAYOUT = WeightLayout(token_embedding_bytes=1, output_bytes=0, tied=True)


def test_layers_are_grouped_by_how_they_remember() -> None:
    """One layer keeps a cache and a state; the last one reads the cache of another, the one before keeps nothing."""
    found = architecture_of(SHAPE, LAYOUT, {"made-up.attention.shared_kv_layers": 1})
    groups = {(group.kind, group.window): group for group in found.attention}
    assert {key: group.layers for key, group in groups.items()} == {
        (AttentionKind.FULL, None): (0, 3),
        (AttentionKind.SLIDING, 512): (1,),
        (AttentionKind.RECURRENT, None): (2, 3),
        (AttentionKind.NONE, None): (4,),
        (AttentionKind.SHARED, None): (5,),
    }
    full, state = groups[AttentionKind.FULL, None], groups[AttentionKind.RECURRENT, None]
    assert (full.kv_heads, full.key_size, full.value_size) == (2, 16, 24)
    assert (state.state_bytes, state.inner_size) == (123, 128)
    none = architecture_of(SHAPE, LAYOUT, {"made-up.attention.shared_kv_layers": "many"}).attention
    assert [group.layers for group in none if group.kind is AttentionKind.NONE] == [(4, 5)]


def test_sizes_are_those_of_the_shape() -> None:
    found = architecture_of(SHAPE, LAYOUT, {})
    assert (found.heads, found.kv_heads, found.key_size, found.value_size) == (4, 2, 16, 24)
    assert (found.layers, found.hidden_size, found.feed_forward_size, found.vocabulary_size) == (6, 64, 256, 100)
    assert (found.tied_embeddings, found.draft_layers, found.per_layer_embedding_size) == (True, 1, 8)
    bare = replace(SHAPE, heads=0, caches=(None,) * 6, states=(None,) * 6, feed_forward_size=0, per_layer_embedding=0)
    none = architecture_of(bare, LAYOUT, {})
    assert (none.heads, none.kv_heads, none.key_size, none.value_size) == (None, None, None, None)
    assert (none.feed_forward_size, none.per_layer_embedding_size, none.experts) == (None, None, None)


def test_compressed_and_chunked_caches_are_told_apart() -> None:
    latent = architecture_of(replace(SHAPE, latent_rank=16), LAYOUT, {}).attention[0]
    assert (latent.kind, latent.latent_size, latent.kv_heads) == (AttentionKind.LATENT, 32, None)
    kinds = {group.kind for group in architecture_of(replace(SHAPE, architecture="llama4"), LAYOUT, {}).attention}
    assert AttentionKind.CHUNKED in kinds
    assert AttentionKind.SLIDING not in kinds


def test_experts_and_their_dense_beginning() -> None:
    mixture = replace(SHAPE, experts=ExpertShape(total=64, used=6, feed_forward_size=32, shared_feed_forward_size=0))
    said = {"made-up.leading_dense_block_count": 1, "made-up.expert_shared_count": 2}
    found = architecture_of(mixture, LAYOUT, said).experts
    assert found is not None
    assert (found.total, found.used, found.shared, found.dense_layers) == (64, 6, 2, 1)
    assert (found.feed_forward_size, found.shared_feed_forward_size) == (32, None)
    silent = architecture_of(mixture, LAYOUT, {}).experts
    assert silent is not None
    assert (silent.shared, silent.dense_layers) == (0, 0)


def test_settings_of_a_log_are_taken_only_where_they_make_sense() -> None:
    line = "load_tensors: CPU buffer size = 1.00 MiB\n"
    log = parse_log(
        line
        + "llama_context: n_seq_max     = 4\nllama_context: n_ctx         = 0\nllama_context: n_batch       = x12\n"
        "llama_context: n_ubatch      = 512\nllama_context: kv_unified    = true\nllama_context: flash_attn    = auto\n"
        "size = 1 MiB, K (q8_0): 1.00 MiB, V (wild): 1.00 MiB\noffloaded 0/33 layers to GPU\n"
    )
    assert log is not None
    assert log.settings == LoggedSettings(slots=4, ubatch=512, kv_unified=True, gpu_layers=0)
    assert not log.on_gpus
    assert parse_log("llama_context: n_ctx = 4096\n") is None


def test_absurd_sizes_and_bare_ones_outside_of_loading_are_passed_over() -> None:
    log = parse_log(
        "load_tensors: CPU buffer size = 4294967296.00 MiB\nload_tensors: CUDA0 buffer size = 4294967297.00 MiB\n"
        "other: CUDA0 buffer size = 5.00 MiB\n" + "x" * 400 + " CUDA0 KV buffer size = 5.00 MiB\n"
    )
    assert log is not None
    assert [(item.buffer, item.bytes) for item in log.printed] == [("CPU", 4294967296 << 20)]
