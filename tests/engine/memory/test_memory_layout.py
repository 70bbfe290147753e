"""Where tensors of a file lie, what settings come to, and which settings are refused: bounds worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_shapes import DEEPSEEK_V3, LLAMA_31_8B, header

from llmadvise.engine.memory.layout import Tensor, TensorTable, layout_from_tensors, row_extension, without_table
from llmadvise.engine.memory.refusals import refusals
from llmadvise.engine.memory.settings import BUILDS, EngineSettings, context_sizes, engine_build, pad
from llmadvise.engine.memory.shape import LayerCache, Shape
from llmadvise.errors import UsageError


def plain(name: str, size: int, *more: int) -> Tensor:
    """A tensor of 32 bits, so that only its end is aligned."""
    return Tensor(name, (size // 4, *more), "F32", size * (more[0] if more else 1))


FILE = (
    plain("token_embd.weight", 132), plain("output.weight", 260), plain("output_norm.weight", 4),
    plain("position_embd.weight", 64), plain("rope_freqs.weight", 8), plain("token_embd_norm.weight", 16),
    plain("blk.0.attn_q.weight", 128, 3), plain("blk.0.ffn_gate.weight", 128, 5), plain("blk.0.ffn_up.weight", 128, 4),
    plain("blk.0.ffn_down.weight", 128, 6), plain("blk.0.attn_norm.weight", 100),
    plain("blk.1.ffn_up_exps.weight", 128, 7), plain("blk.1.ffn_down_exps.weight", 132),
    plain("blk.2.attn_q.weight", 40),
)  # fmt: skip
"""Two blocks that run and one that only drafts."""


def test_every_byte_of_a_file_has_a_place() -> None:
    found = layout_from_tensors(FILE, 2, 5000)
    assert (found.token_embedding_bytes, found.output_bytes, found.tied) == (132, 260, False)
    assert (found.host_only_bytes, found.other_bytes, found.repeated_bytes) == (64, 4, 8)
    # The norm of the embedding goes with the first block.
    assert found.layer_bytes == (16 + 384 + 640 + 512 + 768 + 100, 896 + 132)
    assert (found.expert_bytes, found.experts_copied) == ((0, 1028), True)
    assert found.skipped_bytes == 40
    assert found.overhead_bytes == 5000 - sum(tensor.bytes for tensor in FILE)
    assert found.loaded_bytes + found.skipped_bytes + found.repeated_bytes == sum(tensor.bytes for tensor in FILE)
    assert found.blocks_bytes == sum(found.layer_bytes)
    assert found.output_unit_bytes == 264
    # The largest matrices; norms are none.
    assert (found.copied_up_bytes, found.copied_down_bytes, found.copied_other_bytes) == (896, 768, 384)
    assert found.copied_first_bytes == 0


def test_tensors_end_on_128_bytes_on_a_gpu_and_on_32_on_the_host() -> None:
    found = layout_from_tensors(FILE, 2)
    assert found.layer_padding == (112 + 28, 124)
    assert (found.expert_padding, found.output_padding) == ((0, 124), 124 + 124)
    assert found.layer_host_padding == (16 + 28, 28)
    assert (found.expert_host_padding, found.output_host_padding, found.host_padding) == ((0, 28), 28 + 28, 28)
    assert found.overhead_bytes == 0


def test_a_tied_embedding_is_aligned_where_the_output_is_computed() -> None:
    found = layout_from_tensors([item for item in FILE if item.name != "output.weight"], 2)
    assert (found.tied, found.output_bytes, found.output_padding) == (True, 0, 124 + 124)
    assert found.output_unit_bytes == 132 + 4


def test_without_experts_there_are_none() -> None:
    found = layout_from_tensors(FILE[:11], 2)
    assert (found.expert_bytes, found.experts_copied) == ((), False)


def test_the_last_norm_may_be_called_that_of_the_embedding() -> None:
    """LFM2: `token_embd_norm` and no `output_norm`; the projection of layer embeddings stays with the first block."""
    names = ("token_embd_norm.weight", "per_layer_model_proj.weight")
    found = layout_from_tensors([plain(names[0], 16), plain(names[1], 64, 2)], 1)
    assert (found.other_bytes, found.layer_bytes, found.copied_first_bytes) == (16, (128,), 128)


def test_rows_of_quantised_tensors_end_on_512_elements() -> None:
    """A row of 4,544 (Falcon 7B) lacks 64 elements: 34 bytes for each 32 of them in Q8_0."""
    assert row_extension(Tensor("w", (4544, 10), "Q8_0", 4544 * 10 * 34 // 32)) == 68
    assert row_extension(Tensor("w", (4608, 10), "Q8_0", 4608 * 10 * 34 // 32)) == 0
    assert [row_extension(Tensor("w", (4544, 10), kind, 90880)) for kind in ("F32", "F16", "BF16")] == [0, 0, 0]


def test_names_of_a_decoder_and_of_blocks_that_do_not_run() -> None:
    table = TensorTable(
        [plain(name, 4) for name in ("dec.blk.0.attn_q.weight", "enc.blk.0.attn_q.weight", "blk.1.x", "blk.2.x",
                                     "blk.one.x", "dec.output_norm.weight")], 2,
    )  # fmt: skip
    assert [set(block) for block in table.blocks] == [{"attn_q.weight"}, {"x"}]
    assert set(table.outside) == {"output_norm.weight"}
    both = layout_from_tensors([plain(f"{part}.blk.0.attn_q.weight", 8) for part in ("dec", "enc")], 1)
    assert both.layer_bytes == (16,)


def test_a_layout_without_its_table_is_the_same_layout() -> None:
    found = layout_from_tensors(FILE, 2)
    bare = without_table(found)
    assert bare == found
    assert bare.table is None
    assert without_table(bare) is bare


@given(st.integers(0, 1 << 40), st.sampled_from((32, 128, 256)))
def test_padding_is_the_next_multiple(length: int, step: int) -> None:
    padded = pad(length, step)
    assert padded % step == 0
    assert 0 <= padded - length < step
    assert pad(length) == pad(length, 256)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # cells, streams, tokens, micro-batch, outputs
        ({"context_length": 4096}, (4096, 1, 512, 512, 1)),
        ({"context_length": 4097}, (4352, 1, 512, 512, 1)),
        ({"context_length": 300}, (512, 1, 300, 300, 1)),
        ({"context_length": 4096, "batch": 100}, (4096, 1, 100, 100, 1)),
        ({"context_length": 4096, "slots": 3}, (4096, 1, 513, 512, 3)),
        ({"context_length": 4096, "slots": 4, "kv_unified": False}, (1024, 4, 512, 512, 4)),
        ({"context_length": 1000, "slots": 4, "kv_unified": False}, (256, 4, 512, 512, 4)),
        ({"context_length": 4096, "outputs": 0}, (4096, 1, 512, 512, 512)),
        ({"context_length": 4096, "outputs": 7}, (4096, 1, 512, 512, 7)),
        ({"context_length": 4096, "outputs": 4000}, (4096, 1, 512, 512, 512)),
        ({"context_length": 4096, "ubatch": 4096, "outputs": 0}, (4096, 1, 2048, 2048, 2048)),
        ({"context_length": 4096, "ubatch": 2, "slots": 4}, (4096, 1, 4, 2, 2)),
    ],
)
def test_sizes_of_a_context(settings: dict[str, object], expected: tuple[int, ...]) -> None:
    """The constructor of llama_context (b11434, src/llama-context.cpp)."""
    sizes = context_sizes(EngineSettings(**settings))
    assert (sizes.cells, sizes.streams, sizes.tokens, sizes.ubatch, sizes.outputs) == expected


def test_defaults_are_those_of_the_server_for_one_slot() -> None:
    """llama-server --help of b11434: -b 2048, -ub 512, f16 caches, all layers, op offload and KV offload on."""
    found = EngineSettings(context_length=1)
    assert (found.batch, found.ubatch, found.slots, found.kv_type_k, found.kv_type_v) == (2048, 512, 1, "f16", "f16")
    assert found.kv_offload
    assert found.op_offload
    assert not found.swa_full


def test_builds_are_known_by_name() -> None:
    assert [engine_build(name) for name in BUILDS] == list(BUILDS.values())
    with pytest.raises(UsageError, match="not a known engine build"):
        engine_build("b1")


def refused(shape: Shape, **settings: object) -> list[str]:
    return [finding.rule for finding in refusals(shape, EngineSettings(context_length=4096, **settings))]


def heads(key: int, value: int) -> Shape:
    cache = LayerCache(key_elements=key, value_elements=value, kv_heads=1, key_head=key, value_head=value)
    return replace(LLAMA_31_8B, layers=1, caches=(cache,), states=(None,))


NO_CACHE = replace(LLAMA_31_8B, caches=(None,) * 32)


@pytest.mark.parametrize(
    ("shape", "settings", "rules"),
    [
        (LLAMA_31_8B, {"kv_type_v": "q4_0", "flash_attention": False}, ["quantized-v-needs-flash-attention"]),
        (LLAMA_31_8B, {"kv_type_v": "q4_0", "flash_attention": True}, []),
        (LLAMA_31_8B, {"kv_type_v": "bf16", "flash_attention": False}, []),
        (LLAMA_31_8B, {"kv_type_k": "q4_0", "flash_attention": False}, []),
        (NO_CACHE, {"kv_type_v": "q4_0", "flash_attention": False}, []),
        (heads(80, 64), {"kv_type_k": "q8_0"}, ["kv-type-needs-divisible-head"]),
        (heads(80, 64), {"kv_type_v": "q8_0"}, []),
        (heads(64, 80), {"kv_type_v": "q8_0"}, ["kv-type-needs-divisible-head"]),
        (heads(80, 80), {"kv_type_k": "bf16", "kv_type_v": "f32"}, []),
        (heads(80, 64), {"kv_type_k": "q8_0", "flash_attention": False}, []),
        (DEEPSEEK_V3, {"kv_type_k": "q8_0", "kv_type_v": "q8_0"}, []),
        (DEEPSEEK_V3, {"kv_type_k": "q8_0", "kv_type_v": "q4_0"}, ["latent-kv-types-differ"]),
        (LLAMA_31_8B, {"kv_type_k": "q8_0", "kv_type_v": "q4_0"}, []),
        (replace(LLAMA_31_8B, architecture="t5"), {"slots": 2, "kv_unified": False}, ["encoder-decoder-needs-one-stream"]),
        (replace(LLAMA_31_8B, architecture="t5"), {"slots": 2}, []),
        (replace(LLAMA_31_8B, architecture="t5"), {"slots": 1, "kv_unified": False}, []),
        (LLAMA_31_8B, {"slots": 2, "kv_unified": False}, []),
    ],
)  # fmt: skip
def test_what_llama_cpp_stops_at(shape: Shape, settings: dict[str, object], rules: list[str]) -> None:
    """src/llama-context.cpp: llama_init_from_model."""
    assert refused(shape, **settings) == rules


def test_of_several_kinds_of_heads_the_first_is_named() -> None:
    """Always the same one, whatever the order of a set would be."""
    both = replace(
        LLAMA_31_8B, layers=2, states=(None, None),
        caches=(heads(72, 72).caches[0], heads(80, 80).caches[0]),
    )  # fmt: skip
    (finding,) = refusals(both, EngineSettings(context_length=4096, kv_type_k="q8_0", kv_type_v="q8_0"))
    assert finding.message == "a q8_0 cache needs key heads of a multiple of 32; these have 72"


def test_shapes_of_files_without_attention_are_not_refused() -> None:
    mamba = header("mamba", block_count=2, embedding_length=64, vocab_size=100, ssm__inner_size=128, ssm__state_size=16)
    assert refused(mamba, kv_type_v="q4_0", flash_attention=False) == []
