"""A small GGUF file made on the spot with the reference writer: a Llama of two blocks, random weights, a vocabulary of bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import gguf

WIDTH, HEADS, BLOCKS, FEED, TRAINED = 128, 4, 2, 256, 1 << 28
_SPECIAL = ("<unk>", "<s>", "</s>")
_WORDS = 253


def write_model(path: Path, *, architecture: str = "llama", without: str | None = None) -> Path:
    """Write the file; `architecture` may be one that nobody knows, `without` leaves a tensor out."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("made up")
    writer.add_context_length(TRAINED)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    tokens = [*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *(f"\u2581w{index}" for index in range(_WORDS))]
    kinds = [2, 3, 3, *[6] * 256, *[1] * _WORDS]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token.encode() for token in tokens])
    writer.add_token_scores([-float(index) for index in range(len(tokens))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    chance = np.random.default_rng(1)
    for name, shape in _tensors(len(tokens)):
        if name != without:
            values = np.ones(shape) if "norm" in name else chance.normal(0, 0.05, shape)
            writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(vocabulary: int) -> list[tuple[str, tuple[int, ...]]]:
    found: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (vocabulary, WIDTH)),
        ("output_norm.weight", (WIDTH,)),
        ("output.weight", (vocabulary, WIDTH)),
    ]
    for block in range(BLOCKS):
        found += [
            (f"blk.{block}.{name}.weight", (WIDTH, WIDTH)) for name in ("attn_q", "attn_k", "attn_v", "attn_output")
        ]
        found += [(f"blk.{block}.{name}.weight", (WIDTH,)) for name in ("attn_norm", "ffn_norm")]
        found += [(f"blk.{block}.{name}.weight", (FEED, WIDTH)) for name in ("ffn_gate", "ffn_up")]
        found.append((f"blk.{block}.ffn_down.weight", (WIDTH, FEED)))
    return found
