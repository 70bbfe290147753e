"""The bandwidth of memory: the sizes and the arithmetic; how fast this machine is, no test knows."""

from __future__ import annotations

import ctypes

import pytest

from llmadvise.errors import LLMAdviseError
from llmadvise.measure import memory_bandwidth
from llmadvise.measure.memory_bandwidth import measure

MIB = 1 << 20


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_bandwidth, "_LEAST_BYTES", 4 * MIB)
    monkeypatch.setattr(memory_bandwidth, "_MOST_BYTES", 16 * MIB)
    monkeypatch.setattr(memory_bandwidth, "_PIECE", 2 * MIB)


def test_every_byte_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_bandwidth, "last_level_cache", lambda: 4 * MIB)
    found = measure(threads=2, free_bytes=None, seconds=0.02)
    assert (found.bytes, found.threads, found.cache_bytes) == (8 * MIB, 2, 4 * MIB)
    assert found.rounds >= 3
    assert 0 < found.median <= found.best
    assert 0 < found.share <= 1


def test_no_more_than_a_quarter_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_bandwidth, "last_level_cache", lambda: None)
    assert measure(threads=1, free_bytes=32 * MIB, seconds=0.01).bytes == 8 * MIB
    with pytest.raises(LLMAdviseError, match="too little free memory"):
        measure(threads=1, free_bytes=8 * MIB, seconds=0.01)


@pytest.mark.parametrize("refused", [OSError(12, "Cannot allocate memory"), MemoryError()])
def test_memory_that_is_refused_is_told_and_not_measured_without(
    monkeypatch: pytest.MonkeyPatch, refused: Exception
) -> None:
    taken = iter(range(3))
    really = memory_bandwidth.memory_map.mmap

    def some(number: int, size: int) -> object:
        if next(taken, None) is None:
            raise refused
        return really(number, size)

    monkeypatch.setattr(memory_bandwidth.memory_map, "mmap", some)
    with pytest.raises(LLMAdviseError, match="too little free memory"):
        measure(threads=4, free_bytes=None, seconds=0.01)


def test_the_comparison_reads_to_the_end() -> None:
    compare = memory_bandwidth._comparison()
    buffer = (ctypes.c_char * 1024)()
    assert compare(buffer) == 0
    buffer[511] = b"\x01"
    assert compare(buffer) != 0, "the last byte of the first half is looked at"
