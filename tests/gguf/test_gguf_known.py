"""Headers of published models: bytes of tensors, types and blocks as llama.cpp itself counted them.

Source of the numbers: benchmarks/data/memory_truth.jsonl.gz, llama.cpp b11434 and 0c1e57098 (docs/accuracy.md).
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import layout_from_tensors
from llmadvise.gguf.header import Header, read_file, read_header
from llmadvise.gguf.source import BytesSource

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "tests" / "data" / "gguf_headers").glob("*.gguf.gz"))


@cache
def truth() -> dict[str, dict[str, object]]:
    """What is known of each file, by model and quantization."""
    with gzip.open(ROOT / "benchmarks" / "data" / "memory_truth.jsonl.gz", "rt") as lines:
        return {f"{row['model']}.{row['quant']}": row for row in map(json.loads, lines)}


def known(path: Path) -> tuple[Header, dict[str, object]]:
    name = path.name.removesuffix(".gguf.gz")
    row = truth()[name]
    size = row["file_bytes"]
    assert isinstance(size, int)
    return read_header(BytesSource(gzip.decompress(path.read_bytes()), name=name, size=size)), row


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".gguf.gz"))
def test_tensors_are_those_that_llama_cpp_counted(path: Path) -> None:
    header, row = known(path)
    assert header.tensor_bytes == row["tensor_bytes"]
    assert len(header.tensors) == row["n_tensors"]
    sizes: Counter[str] = Counter()
    for tensor in header.tensors:
        sizes[tensor.type.lower()] += tensor.bytes
    expected = row["bytes_by_type"]
    assert isinstance(expected, dict)
    assert sizes == {kind.lower(): size for kind, size in expected.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".gguf.gz"))
def test_blocks_are_those_that_llama_cpp_counted(path: Path) -> None:
    header, row = known(path)
    assert header.metadata["general.architecture"] == row["arch"]
    blocks: Counter[int] = Counter()
    for tensor in header.tensors:
        if match := re.match(r"(?:enc\.|dec\.)?blk\.(\d+)\.", tensor.name):
            blocks[int(match.group(1))] += tensor.bytes
    assert [blocks[block] for block in sorted(blocks)] == row["layer_bytes"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".gguf.gz"))
def test_the_header_fits_the_memory_model(path: Path) -> None:
    header, _ = known(path)
    shape = shape_from_header(header.metadata)
    assert shape is not None
    layout = layout_from_tensors(header.tensors, shape.layers, header.file_bytes)
    assert layout.loaded_bytes + layout.skipped_bytes + layout.repeated_bytes == header.tensor_bytes
    assert layout.overhead_bytes == header.file_bytes - header.tensor_bytes


def test_a_sparse_file_on_a_disk_reads_like_its_bytes(tmp_path: Path) -> None:
    packed = next(path for path in FILES if path.name == "qwen3-8b.Q4_K_M.gguf.gz")
    header, _ = known(packed)
    path = tmp_path / "qwen3-8b.gguf"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    with path.open("r+b") as file:
        file.truncate(header.file_bytes)
    assert read_file(path) == header
