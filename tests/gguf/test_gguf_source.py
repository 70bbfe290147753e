"""What is read: the header in few requests, never the weights."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gguf_files import Maker, small_model

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.errors import InvalidFileError, LLMAdviseError, UsageError
from llmadvise.gguf.header import read_header
from llmadvise.gguf.limits import LONGEST_KEPT_TEXT
from llmadvise.gguf.source import ByteSource, BytesSource, FileSource
from llmadvise.gguf.values import ArraySummary

GB = 10**9
MAKE = Maker()


class CountingSource:
    """Another source, and what was asked of it."""

    def __init__(self, inner: ByteSource) -> None:
        self._inner = inner
        self.requests: list[tuple[int, int]] = []
        self.name, self.size = inner.name, inner.size

    def read_at(self, offset: int, size: int) -> bytes:
        self.requests.append((offset, size))
        return self._inner.read_at(offset, size)


def with_vocabulary(tokens: int) -> bytes:
    """The header of a file of 40 GB with many tokens, scores and a tokenizer as one long text."""
    entries = [
        ("general.architecture", MAKE.string("llama")),
        ("tokenizer.ggml.tokens", MAKE.strings([f"token {number}" for number in range(tokens)])),
        ("tokenizer.ggml.scores", MAKE.numbers("float32", [0.5] * tokens)),
        ("tokenizer.huggingface.json", MAKE.string("x" * (LONGEST_KEPT_TEXT + 1))),
        ("llama.block_count", MAKE.number("uint32", 1)),
        ("llama.embedding_length", MAKE.number("uint32", 1000)),
    ]
    pairs = b"".join(MAKE.entry(key, value) for key, value in entries)
    tensor = MAKE.tensor("token_embd.weight", (1000, 10**7), 0, 0)
    return MAKE.head(1, len(entries)) + pairs + tensor


def test_only_the_header_of_a_file_of_40_gb_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "large.gguf"
    data = with_vocabulary(100_000)
    path.write_bytes(data)
    with path.open("r+b") as file:
        file.truncate(41 * GB)
    source = CountingSource(FileSource(path))
    header = read_header(source)
    assert header.tensor_bytes == 40 * GB
    assert header.file_bytes == 41 * GB
    assert len(source.requests) <= 8
    assert sum(size for _, size in source.requests) < 2 * len(data)
    assert max(offset + size for offset, size in source.requests) < len(data) + (4 << 20)
    assert header.data_offset == -(-len(data) // 32) * 32


def test_long_lists_and_texts_are_counted_and_not_kept() -> None:
    header = read_header(BytesSource(with_vocabulary(5000), size=41 * GB))
    assert header.metadata["tokenizer.ggml.tokens"] == ArraySummary("string", 5000)
    assert header.metadata["tokenizer.ggml.scores"] == ArraySummary("float32", 5000)
    assert header.metadata["tokenizer.huggingface.json"] == ArraySummary("byte", LONGEST_KEPT_TEXT + 1)


def test_the_vocabulary_is_counted_from_the_tokens() -> None:
    header = read_header(BytesSource(with_vocabulary(5000), size=41 * GB))
    shape = shape_from_header(header.metadata)
    assert shape is not None
    assert shape.vocabulary_size == 5000


def test_one_number_a_layer_is_kept() -> None:
    heads = list(range(4096))
    data = MAKE.file([("kept", MAKE.numbers("uint32", heads)), ("counted", MAKE.numbers("uint32", [*heads, 1]))])
    metadata = read_header(BytesSource(data)).metadata
    assert metadata["kept"] == tuple(heads)
    assert metadata["counted"] == ArraySummary("uint32", 4097)


def test_a_source_that_gives_less_than_it_promised_is_an_error() -> None:
    data = small_model(MAKE)
    with pytest.raises(InvalidFileError, match="could be read"):
        read_header(BytesSource(data[:300], size=len(data)))


@pytest.mark.parametrize(("name", "kind"), [("absent.gguf", UsageError), ("", UsageError), ("a\0b", LLMAdviseError)])
def test_what_is_not_a_file_is_an_error(tmp_path: Path, name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        FileSource(f"{tmp_path}/{name}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_before_it_blocks(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.gguf"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="not a regular file"):
        FileSource(pipe)


def test_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").symlink_to(tmp_path / "b.gguf")
    (tmp_path / "b.gguf").symlink_to(tmp_path / "a.gguf")
    with pytest.raises(LLMAdviseError):
        FileSource(tmp_path / "a.gguf")


def test_a_file_that_went_away_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(small_model(MAKE))
    source = FileSource(path)
    path.unlink()
    with pytest.raises(LLMAdviseError):
        read_header(source)
