"""Files that are damaged or made to mislead: each ends in an error that says where and what, soon and in little memory."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from gguf_files import ARRAY, STRING, Maker, small_model
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import layout_from_tensors
from llmadvise.errors import InvalidFileError
from llmadvise.gguf.header import read_header
from llmadvise.gguf.limits import MOST_ENTRIES, MOST_TENSORS, MOST_TEXTS
from llmadvise.gguf.source import BytesSource

MAKE = Maker()
HUGE = 1 << 63
LARGE_FILE = 1 << 40


def one(value: bytes, key: str | bytes = "key") -> bytes:
    """A file with one metadata entry."""
    return MAKE.head(0, 1) + MAKE.entry(key, value)


def tensors(*entries: bytes) -> bytes:
    """The header of a file with these tensors."""
    return MAKE.head(len(entries), 0) + b"".join(entries)


def array(kind: int, count: int) -> bytes:
    """The beginning of an array."""
    return struct.pack("<IIQ", ARRAY, kind, count)


DEEP = b"".join(struct.pack("<IQ", ARRAY, 1) for _ in range(100_000))

CASES = {
    "2^63 entries": (MAKE.head(0, HUGE), 24, "metadata entries"),
    "2^63 tensors": (MAKE.head(HUGE, 0), 24, "tensors"),
    "more entries than any model": (MAKE.head(0, MOST_ENTRIES + 1), 24, "metadata entries"),
    "more tensors than any model": (MAKE.head(MOST_TENSORS + 1, 0), 24, "tensors"),
    "a key of 2^63 bytes": (MAKE.head(0, 1) + struct.pack("<Q", HUGE), 24, "a text of 9223372036854775808 bytes"),
    "a key of 64 KiB": (one(b"", "k" * 65536), 24, "has 65536 bytes"),
    "no key": (one(MAKE.number("uint8", 1), ""), 24, "has 0 bytes"),
    "a key that is not UTF-8": (one(MAKE.number("uint8", 1), b"\xff\xfe"), 24, "is not UTF-8"),
    "a key with an escape sequence": (one(MAKE.number("uint8", 1), "\x1b[2J"), 24, r"'\\x1b\[2J' has characters"),
    "a key that reads backwards": (one(MAKE.number("uint8", 1), "a\u202eb"), 24, r"a\\u202eb"),
    "the same key twice": (MAKE.file([("a", MAKE.number("int8", 1))] * 2), 38, "'a' stands there twice"),
    "a text of 4 GiB": (one(struct.pack("<IQ", STRING, 4 << 30)), 39, "longer than 256 MiB"),
    "a value of no type": (one(struct.pack("<I", 13)), 35, "unknown type 13"),
    "an array of 2^63 numbers": (one(array(4, HUGE)), 51, "longer than 256 MiB"),
    "an array of 2^63 texts": (one(array(STRING, HUGE)), 51, "more than 2097152 texts"),
    "a token of 2^63 bytes": (one(array(STRING, 1000) + struct.pack("<Q", HUGE)), 51, "longer than 256 MiB"),
    "an array of 4 GiB": (one(array(0, 4 << 30)), 51, "longer than 256 MiB"),
    "an array of no type": (one(array(99, 1)), 39, "elements of unknown type 99"),
    "lists in lists": (one(struct.pack("<I", ARRAY) + DEEP), 39, "list of lists"),
    "an alignment of 0": (one(MAKE.number("uint32", 0), "general.alignment"), 24, "not a power of two"),
    "an alignment of 48": (one(MAKE.number("uint32", 48), "general.alignment"), 24, "not a power of two"),
    "an alignment in words": (one(MAKE.string("32"), "general.alignment"), 49, "must be a uint32"),
    "a tensor without a name": (tensors(MAKE.tensor("", (1,), 0, 0)), 24, "has 0 bytes"),
    "a tensor's name of 256 bytes": (tensors(MAKE.tensor("n" * 256, (1,), 0, 0)), 24, "has 256 bytes"),
    "a tensor's name with a line break": (tensors(MAKE.tensor("a\nb", (1,), 0, 0)), 24, r"a\\nb"),
    "the same tensor twice": (tensors(*[MAKE.tensor("a", (1,), 0, 0)] * 2), 57, "'a' stands there twice"),
    "five dimensions": (tensors(MAKE.tensor("a", (1,) * 5, 0, 0)), 24, "5 dimensions"),
    "2^32 dimensions": (tensors(MAKE.text("a") + b"\xff" * 40), 24, "4294967295 dimensions"),
    "an extent of 0": (tensors(MAKE.tensor("a", (32, 0), 0, 0)), 24, "no elements"),
    "2^64 elements": (tensors(MAKE.tensor("a", (1 << 32, 1 << 32), 0, 0)), 24, r"more than 2\^63"),
    "a product that wraps around to 0": (tensors(MAKE.tensor("a", (1 << 62, 4), 24, 0)), 24, r"more than 2\^63"),
    "a broken block": (tensors(MAKE.tensor("a", (33,), 8, 0)), 24, "not a multiple of Q8_0's block of 32"),
    "a type that ggml gave up": (tensors(MAKE.tensor("a", (32,), 31, 0)), 24, "type Q4_0_4_4, which ggml gave up"),
    "a type that does not exist": (tensors(MAKE.tensor("a", (32,), 200, 0)), 24, "type 200"),
    "a tensor off the alignment": (tensors(MAKE.tensor("a", (1,), 0, 4)), 24, "off the alignment of 32"),
    "tensors over each other": (
        tensors(MAKE.tensor("a", (64,), 0, 0), MAKE.tensor("b", (8,), 0, 128)), 57, "'a' and 'b' overlap at 128",
    ),
    "a tensor beyond the file": (tensors(MAKE.tensor("a", (32,), 0, LARGE_FILE)), 24, "but the file has"),
    "a tensor at 2^64": (tensors(MAKE.tensor("a", (32,), 0, (1 << 64) - 32)), 24, "but the file has"),
    "version 0": (Maker(version=0).head(0, 0), 4, "version 0"),
    "version 4": (Maker(version=4).head(0, 0), 4, "version 4"),
    "version 4 the other way round": (Maker(version=4, order=">").head(0, 0), 4, "version 4"),
}  # fmt: skip
"""What is wrong, the file, the byte that the message must name and what it must say."""


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_header_is_a_clear_error(case: str) -> None:
    data, at, said = CASES[case]
    with pytest.raises(InvalidFileError, match=said) as caught:
        read_header(BytesSource(data + bytes(4096), name="bad.gguf", size=LARGE_FILE))
    assert caught.value.message.startswith(f"bad.gguf: byte {at}: ")
    assert caught.value.message.isprintable()
    assert caught.value.hint


def test_a_vocabulary_cut_at_any_byte_is_an_error() -> None:
    data = one(MAKE.strings([f"token {number}" for number in range(300)]))
    for end in range(len(data)):
        with pytest.raises(InvalidFileError, match="byte "):
            read_header(BytesSource(data[:end]))


OTHER_FILES = {
    "nothing": (b"", "the file is empty", "download"),
    "a hole": (bytes(64), "empty space", "incomplete"),
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
    "a web page": (b"<!DOCTYPE html>", "a web page", "Download"),
    "GGML of 2023": (b"tjgg\3\0\0\0", "GGJT", "convert"),
    "a PyTorch file": (b"PK\3\4....", "PyTorch", "convert_hf_to_gguf"),
    "safetensors": (b"\x08\0\0\0\0\0\0\0{}", "not a GGUF file", "convert_hf_to_gguf"),
    "one letter": (b"G", "not a GGUF file", ".gguf"),
}


@pytest.mark.parametrize("case", OTHER_FILES)
def test_another_file_is_called_what_it_is(case: str) -> None:
    data, what, hint = OTHER_FILES[case]
    with pytest.raises(InvalidFileError, match=what) as caught:
        read_header(BytesSource(data))
    assert hint in str(caught.value.hint)


def test_the_name_of_the_file_is_made_fit_to_print() -> None:
    with pytest.raises(InvalidFileError) as caught:
        read_header(BytesSource(b"", name="\x1b]0;title\x07" + "x" * 500))
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300


def test_a_value_that_is_not_utf_8_harms_nobody() -> None:
    header = read_header(BytesSource(one(MAKE.string(b"caf\xe9"), "general.name")))
    assert header.metadata["general.name"] == "caf\ufffd"


@given(st.binary(max_size=400))
def test_random_bytes_after_a_good_beginning(data: bytes) -> None:
    expect_only_our_error(MAKE.head(2, 3) + data)


@given(st.integers(0, 600), st.binary(min_size=1, max_size=12), st.sampled_from(["<", ">"]))
def test_a_good_file_with_some_bytes_changed(at: int, change: bytes, order: str) -> None:
    data = small_model(Maker(order="<" if order == "<" else ">"))
    expect_only_our_error(data[:at] + change + data[at + len(change) :])


def expect_only_our_error(data: bytes) -> None:
    """Read the bytes, and use what was read, as far as that goes."""
    try:
        header = read_header(BytesSource(data))
    except InvalidFileError:
        return
    shape_from_header(header.metadata)
    layout_from_tensors(header.tensors, 2, header.file_bytes)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))
resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
from llmadvise.errors import InvalidFileError
from llmadvise.gguf.header import read_file
try:
    header = read_file(sys.argv[1])
except InvalidFileError as error:
    print(error)
else:
    print("read", len(header.metadata), len(header.tensors))
"""
"""One second is promised; the kernel counts whole ones, and the interpreter starts within the first."""

COSTLY = {
    "as many texts as may be": (one(array(STRING, MOST_TEXTS)), "read 1 0"),
    "a text of 4 GiB": (one(struct.pack("<IQ", STRING, 4 << 30)), "longer than 256 MiB"),
    "texts with a hole of 200 MiB": (
        MAKE.head(0, 2) + MAKE.text("a") + array(STRING, 1000) + struct.pack("<Q", 200 << 20), "key has 0 bytes",
    ),
    "as many tensors as may be": (
        MAKE.head(MOST_TENSORS, 0) + b"".join(
            MAKE.tensor(f"t{number:0100d}", (1 << 10, 3, 5, 7), 0, number << 20) for number in range(MOST_TENSORS)
        ),
        f"read 0 {MOST_TENSORS}",
    ),
    "many values that swell": (
        MAKE.head(0, MOST_ENTRIES) + b"".join(
            MAKE.entry(f"k{number}", MAKE.string("😀" + "a" * 400)) for number in range(MOST_ENTRIES)
        ),
        f"read {MOST_ENTRIES} 0",
    ),
    "more values than any model": (
        MAKE.head(0, MOST_ENTRIES) + b"".join(
            MAKE.entry(f"k{number}", MAKE.string("a" * 4000)) for number in range(MOST_ENTRIES)
        ),
        "more than the 8 MiB",
    ),
    "many numbers that swell": (
        MAKE.head(0, MOST_ENTRIES) + b"".join(
            MAKE.entry(f"k{number}", MAKE.numbers("int16", [-9] * 4000)) for number in range(80)
        ),
        "more than the 8 MiB",
    ),
}  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits on memory are enforced on Linux")
@pytest.mark.parametrize("case", COSTLY)
def test_no_file_costs_more_than_200_mb_and_a_moment(tmp_path: Path, case: str) -> None:
    data, said = COSTLY[case]
    path = tmp_path / "costly.gguf"
    path.write_bytes(data)
    with path.open("r+b") as file:
        file.truncate(1 << 38)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
