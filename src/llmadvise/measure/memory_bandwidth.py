"""Measures how fast the processor reads its memory, in under a second, with the C library's own comparison.

`memcmp` of two equal halves looks at every byte of both, with the widest vectors that the library knows, and writes
nothing; ctypes gives up the interpreter's lock for the call, so threads read at the same time. What it reaches is a
lower bound of what the memory gives; docs/bench.md holds it against a program in C.
"""

from __future__ import annotations

import ctypes
import mmap as memory_map
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from typing import Final, NamedTuple, TypeAlias

from llmadvise.errors import LLMAdviseError

METHOD: Final = "memcmp of the C library, all threads"
SECONDS: Final = 0.25
"""For the rounds; with filling the buffers, starting Python and the probe, a run stays below a second."""
_LEAST_BYTES: Final = 64 << 20
_MOST_BYTES: Final = 1 << 30
_CACHES: Final = 2
"""So many times the last-level cache is read, from end to end and again, so that hardly anything is still there."""
_USUAL_CACHE: Final = 32 << 20
"""Where the cache is not known: that of large desktop processors."""
_PART_OF_FREE: Final = 4
_MOST_THREADS: Final = 256
_LEAST_ROUNDS: Final = 3
_PIECE: Final = 32 << 20

Buffer: TypeAlias = "ctypes.Array[ctypes.c_char]"
Compare: TypeAlias = "Callable[[Buffer], object]"


class Bandwidth(NamedTuple):
    """Bytes a second."""

    best: int
    median: int
    threads: int
    bytes: int
    """Read in each round."""
    cache_bytes: int | None
    rounds: int
    share: float
    """Of the processors' time that this program got; what is missing went to others."""


def measure(*, threads: int, free_bytes: int | None, seconds: float = SECONDS) -> Bandwidth:
    """Read buffers larger than the cache, round after round.

    `threads` read at the same time, `free_bytes` of RAM are free (None: not known), and the rounds take about so many
    `seconds`. Raises LLMAdviseError where there is no room for the buffers.
    """
    compare = _comparison()
    cache = last_level_cache()
    threads = max(1, min(threads, _MOST_THREADS))
    each = _size(cache, free_bytes) // threads // 4096 * 4096
    buffers = _filled(each, threads)
    total = sum(len(buffer) for buffer in buffers)
    rates: list[float] = []
    start, busy = time.perf_counter(), time.process_time()
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or len(rates) < _LEAST_ROUNDS:
        rates.append(total / _round(compare, buffers, threads))
    share = (time.process_time() - busy) / (time.perf_counter() - start) / min(threads, len(buffers))
    return Bandwidth(round(max(rates)), round(median(rates)), threads, total, cache, len(rates), min(1.0, share))


def last_level_cache() -> int | None:
    """Bytes of the largest cache that the first processor sees; None where the system does not say."""
    ways = {"linux": _linux_cache, "darwin": _apple_cache}
    ask = ways.get(sys.platform)
    return ask() if ask is not None else None


def _apple_cache() -> int | None:
    return _sysctl(b"hw.l3cachesize") or _sysctl(b"hw.perflevel0.l2cachesize") or _sysctl(b"hw.l2cachesize")


def _linux_cache() -> int | None:
    folder = "/sys/devices/system/cpu/cpu0/cache"
    sizes = []
    try:
        for name in os.listdir(folder):  # noqa: PTH208
            if name.startswith("index"):
                with open(f"{folder}/{name}/size", encoding="ascii") as stream:  # noqa: PTH123
                    text = stream.read(32).strip()
                unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:], 1)
                sizes.append(int(text.rstrip("KMG")) * unit)
    except (OSError, ValueError):
        return None
    return max(sizes, default=None)


def _sysctl(name: bytes) -> int | None:
    value, size = ctypes.c_uint64(0), ctypes.c_size_t(8)
    try:
        failed = ctypes.CDLL(None).sysctlbyname(name, ctypes.byref(value), ctypes.byref(size), None, ctypes.c_size_t(0))
    except (OSError, AttributeError):
        return None
    return value.value if not failed and value.value else None


def _size(cache: int | None, free_bytes: int | None) -> int:
    """Several times the cache, within a part of what is free."""
    wanted = min(_MOST_BYTES, max(_LEAST_BYTES, _CACHES * (cache or _USUAL_CACHE)))
    room = wanted if free_bytes is None else free_bytes // _PART_OF_FREE
    if room < _LEAST_BYTES:
        raise _too_little()
    return min(wanted, room)


def _too_little() -> LLMAdviseError:
    return LLMAdviseError("there is too little free memory to measure it", "Close something, and try again.")


def _filled(each: int, threads: int) -> list[Buffer]:
    """Buffers whose pages are all really there, each filled by a thread (the first touch decides the memory's node)."""
    piece = min(each, _PIECE)
    buffers: list[Buffer] = []

    def fill() -> None:
        for _ in range(each // piece):
            pages = memory_map.mmap(-1, piece)
            if sys.platform == "linux":
                # Large pages come much faster, and are what weights lie in where it matters.
                with suppress(OSError, AttributeError):
                    pages.madvise(memory_map.MADV_HUGEPAGE)
            buffer = (ctypes.c_char * piece).from_buffer(pages)
            ctypes.memset(buffer, 1, piece)
            buffers.append(buffer)

    try:
        _together([fill] * threads)
    except (OSError, MemoryError) as error:
        raise _too_little() from error
    return buffers


def _round(compare: Compare, buffers: list[Buffer], threads: int) -> float:
    """Seconds to read every buffer once; threads take the next one that is left, so that none waits for a slow one."""
    left = iter(buffers)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                buffer = next(left, None)
            if buffer is None:
                return
            compare(buffer)

    start = time.perf_counter()
    _together([work] * min(len(buffers), threads))
    return time.perf_counter() - start


def _together(jobs: list[Callable[[], None]]) -> None:
    """Run each in a thread, the first in this one. What one of them raises is raised when all have ended."""
    problems: list[Exception] = []

    def kept(job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - raised below; a thread would print it and go on without
            problems.append(error)

    running = [threading.Thread(target=kept, args=(job,)) for job in jobs[1:]]
    for thread in running:
        thread.start()
    kept(jobs[0])
    for thread in running:
        thread.join()
    if problems:
        raise problems[0]


def _comparison() -> Compare:
    """Hold the halves of a buffer against each other; they are equal, so both are read to the end."""
    try:
        library = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
        function = library.memcmp
    except (OSError, AttributeError) as error:
        raise LLMAdviseError("the C library has no memcmp", "`llmadvise bench --take FILE` needs none.") from error
    function.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    function.restype = ctypes.c_int

    def compare(buffer: Buffer) -> object:
        start, half = ctypes.addressof(buffer), len(buffer) // 2
        return function(start, start + half, half)

    return compare
