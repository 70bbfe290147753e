"""Files of all versions and byte orders, made by hand and by the reference writer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf.constants import GGML_QUANT_SIZES
from gguf_files import Maker, small_model
from hypothesis import given
from hypothesis import strategies as st

from gguf import GGMLQuantizationType, GGUFEndian, GGUFReader, GGUFValueType, GGUFWriter
from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import Tensor
from llmadvise.errors import InvalidFileError
from llmadvise.gguf.header import read_file, read_header
from llmadvise.gguf.source import BytesSource

MAKERS = [Maker(version, order) for version in (1, 2, 3) for order in ("<", ">")]
WRITTEN = [kind for kind in GGML_QUANT_SIZES if kind.name != "Q8_1"]
ENDIANNESS = [GGUFEndian.LITTLE, GGUFEndian.BIG]


@pytest.mark.parametrize("make", MAKERS, ids=str)
def test_every_version_and_byte_order_reads_alike(make: Maker) -> None:
    header = read_header(BytesSource(small_model(make)))
    assert header.version == make.version
    assert header.byte_order == {"<": "little", ">": "big"}[make.order]
    assert header.alignment == 64
    assert header.data_offset % 64 == 0
    assert header.metadata["general.name"] == "tiny"
    assert header.metadata["llama.attention.head_count_kv"] == (2, 4)
    assert header.metadata["llama.rope.freq_base"] == 10000.0
    assert header.metadata["tokenizer.ggml.tokens"] == ("a", "b", "ü")
    assert header.metadata["tokenizer.ggml.add_bos_token"] is True
    assert header.tensors == (
        Tensor("token_embd.weight", (32, 8), "Q8_0", 8 * 34),
        Tensor("blk.0.attn_q.weight", (32, 3), "Q4_0", 3 * 18),
        Tensor("blk.1.ffn_up.weight", (32, 2), "F16", 2 * 32 * 2),
        Tensor("output_norm.weight", (32,), "F32", 128),
    )
    shape = shape_from_header(header.metadata)
    assert shape is not None
    assert [cache and cache.kv_heads for cache in shape.caches] == [2, 4]


@pytest.mark.parametrize("make", MAKERS, ids=str)
def test_a_file_cut_at_any_byte_is_an_error_and_nothing_else(make: Maker) -> None:
    data = small_model(make)
    for end in range(len(data)):
        with pytest.raises(InvalidFileError) as caught:
            read_header(BytesSource(data[:end], name="cut.gguf"))
        assert caught.value.message.startswith("cut.gguf: byte ")
        assert caught.value.hint


def test_a_file_without_tensors_is_a_vocabulary() -> None:
    header = read_header(BytesSource(Maker().file([("general.architecture", Maker().string("llama"))])))
    assert header.tensors == ()
    assert header.tensor_bytes == 0
    assert header.data_offset == header.file_bytes


def test_a_tensor_without_dimensions_is_one_number() -> None:
    header = read_header(BytesSource(Maker().file(tensors=[("scale", (), 0)])))
    assert header.tensors == (Tensor("scale", (1,), "F32", 4),)


@pytest.mark.parametrize("make", MAKERS[2:], ids=str)
def test_the_reference_reader_sees_the_same(tmp_path: Path, make: Maker) -> None:
    path = tmp_path / "small.gguf"
    path.write_bytes(small_model(make))
    reference, header = GGUFReader(path), read_file(path)
    assert reference.data_offset == header.data_offset
    assert {key for key in reference.fields if not key.startswith("GGUF.")} == set(header.metadata)
    assert [(one.name, tuple(map(int, one.shape)), one.tensor_type.name, one.n_bytes) for one in reference.tensors] == [
        tuple(tensor) for tensor in header.tensors
    ]


@pytest.mark.parametrize("endianness", ENDIANNESS, ids=str)
def test_every_tensor_type_of_the_reference_writer(tmp_path: Path, endianness: GGUFEndian) -> None:
    path = tmp_path / "types.gguf"
    writer = GGUFWriter(path, "llama", endianess=endianness)
    for kind in WRITTEN:
        block, size = GGML_QUANT_SIZES[kind]
        writer.add_tensor(kind.name, np.zeros((2, 3, size), dtype=np.uint8), raw_dtype=kind)
        assert block
    finish(writer)
    header = read_file(path)
    expected = [
        Tensor(kind.name, (GGML_QUANT_SIZES[kind][0], 3, 2), kind.name, 6 * GGML_QUANT_SIZES[kind][1])
        for kind in WRITTEN
    ]
    assert list(header.tensors) == expected
    assert header.byte_order == endianness.name.lower()


@pytest.mark.parametrize("endianness", ENDIANNESS, ids=str)
def test_every_value_type_of_the_reference_writer(tmp_path: Path, endianness: GGUFEndian) -> None:
    path = tmp_path / "values.gguf"
    writer = GGUFWriter(path, "llama", endianess=endianness)
    values: dict[str, tuple[GGUFValueType, object]] = {
        "u8": (GGUFValueType.UINT8, 200), "i8": (GGUFValueType.INT8, -100), "u16": (GGUFValueType.UINT16, 60000),
        "i16": (GGUFValueType.INT16, -30000), "u32": (GGUFValueType.UINT32, 4 << 28), "i32": (GGUFValueType.INT32, -5),
        "u64": (GGUFValueType.UINT64, 1 << 63), "i64": (GGUFValueType.INT64, -(1 << 62)),
        "f32": (GGUFValueType.FLOAT32, 0.25), "f64": (GGUFValueType.FLOAT64, 1e300),
        "no": (GGUFValueType.BOOL, False), "text": (GGUFValueType.STRING, "größer"),
    }  # fmt: skip
    for key, (kind, value) in values.items():
        writer.add_key_value(f"test.{key}", value, kind)
    writer.add_array("test.numbers", [3, -4, 5])
    writer.add_array("test.texts", ["a", "", "b"])
    writer.add_array("test.flags", [True, False])
    writer.add_tensor("output.weight", np.zeros((4, 8), dtype=np.float32))
    finish(writer)
    metadata = read_file(path).metadata
    assert {key: metadata[f"test.{key}"] for key in values} == {key: value for key, (_, value) in values.items()}
    assert metadata["test.numbers"] == (3, -4, 5)
    assert metadata["test.texts"] == ("a", "", "b")
    assert metadata["test.flags"] == (True, False)


@given(
    shapes=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), max_size=5),
    kinds=st.lists(st.sampled_from(sorted(GGMLQuantizationType)), min_size=5, max_size=5),
    alignment=st.sampled_from([8, 16, 32, 64, 4096]),
    texts=st.dictionaries(
        st.text("abc._", min_size=1, max_size=12),
        st.text(st.characters(codec="utf-8"), max_size=20),
        max_size=4,
    ),
    make=st.sampled_from(MAKERS),
)
def test_what_was_written_is_read(
    shapes: list[list[int]], kinds: list[int], alignment: int, texts: dict[str, str], make: Maker
) -> None:
    tensors = []
    for number, (shape, kind) in enumerate(zip(shapes, kinds, strict=False)):
        block = GGML_QUANT_SIZES[GGMLQuantizationType(kind)][0]
        tensors.append((f"t{number}", (shape[0] * block, *shape[1:]), int(kind)))
    entries = [(key, make.string(text)) for key, text in texts.items()]
    entries.append(("general.alignment", make.number("uint32", alignment)))
    header = read_header(BytesSource(make.file(entries, tensors, alignment)))
    assert [(one.name, one.shape) for one in header.tensors] == [(name, shape) for name, shape, _ in tensors]
    assert dict(header.metadata) == {**texts, "general.alignment": alignment}
    assert header.alignment == alignment
    if tensors:
        assert header.file_bytes - header.data_offset >= header.tensor_bytes


def finish(writer: GGUFWriter) -> None:
    """Write everything and close."""
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
