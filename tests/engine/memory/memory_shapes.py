"""Networks and layouts for the tests: published dimensions, and small made-up ones."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import Tensor, WeightLayout, layout_from_tensors
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape


def header(architecture: str, **keys: object) -> Shape:
    """The shape of a header with these keys; `__` in a name stands for a dot."""
    named = {f"{architecture}.{key.replace('__', '.')}": value for key, value in keys.items()}
    shape = shape_from_header(named, architecture)
    assert shape is not None
    return shape


LLAMA_31_8B = header(
    "llama", block_count=32, embedding_length=4096, feed_forward_length=14336, attention__head_count=32,
    attention__head_count_kv=8, vocab_size=128256,
)  # fmt: skip
"""meta-llama/Llama-3.1-8B config.json."""
DEEPSEEK_V3 = header(
    "deepseek2", block_count=61, embedding_length=7168, feed_forward_length=18432, attention__head_count=128,
    attention__head_count_kv=1, attention__key_length=576, attention__value_length=512,
    attention__key_length_mla=192, attention__value_length_mla=128, attention__kv_lora_rank=512,
    expert_count=256, expert_used_count=8, expert_feed_forward_length=2048, expert_shared_count=1,
    leading_dense_block_count=3, vocab_size=129280,
)  # fmt: skip
"""deepseek-ai/DeepSeek-V3 config.json, as llama.cpp converts it."""
GEMMA_3_4B = header(
    "gemma3", block_count=34, embedding_length=2560, feed_forward_length=10240, attention__head_count=8,
    attention__head_count_kv=4, attention__key_length=256, attention__value_length=256,
    attention__sliding_window=1024, vocab_size=262208,
)  # fmt: skip
"""google/gemma-3-4b-it config.json."""
QWEN_35_35B = header(
    "qwen35moe", block_count=40, embedding_length=2048, feed_forward_length=512, attention__head_count=16,
    attention__head_count_kv=2, attention__key_length=256, attention__value_length=256, expert_count=256,
    expert_used_count=8, expert_feed_forward_length=512, expert_shared_feed_forward_length=512,
    ssm__conv_kernel=4, ssm__state_size=128, ssm__group_count=16, ssm__time_step_rank=32, ssm__inner_size=4096,
    vocab_size=248320,
)  # fmt: skip
"""Qwen/Qwen3.5-35B-A3B config.json."""

KINDS = (LLAMA_31_8B, DEEPSEEK_V3, GEMMA_3_4B, QWEN_35_35B)


def layout(shape: Shape, bits: int = 4) -> WeightLayout:
    """Weights of that shape: an attention matrix and a network in each block, `bits` a weight."""
    wide = 3 * shape.feed_forward_size or 4 * shape.hidden_size

    def tensor(name: str, columns: int) -> Tensor:
        rows = shape.hidden_size
        return Tensor(name, (rows, columns), f"Q{bits}", rows * columns * bits // 8)

    tensors = [tensor("token_embd.weight", shape.vocabulary_size), tensor("output.weight", shape.vocabulary_size)]
    for block in range(shape.layers):
        tensors.append(tensor(f"blk.{block}.attn_q.weight", shape.hidden_size))
        tensors.append(tensor(f"blk.{block}.ffn_up.weight", wide))
        if shape.experts is not None:
            count = shape.experts.total * shape.experts.feed_forward_size
            tensors.append(tensor(f"blk.{block}.ffn_down_exps.weight", count))
    return layout_from_tensors(tensors, shape.layers)


@st.composite
def options(draw: DrawFn) -> EngineSettings:
    """Options of one load."""
    return EngineSettings(
        context_length=draw(st.integers(256, 200_000)),
        ubatch=draw(st.sampled_from((64, 256, 512, 2048))),
        slots=draw(st.integers(1, 8)),
        kv_unified=draw(st.booleans()),
        kv_type_k=draw(st.sampled_from(("f16", "q8_0"))),
        flash_attention=draw(st.sampled_from((None, True))),
        swa_full=draw(st.booleans()),
        kv_offload=draw(st.booleans()),
    )
