"""Measures how fast this machine reads its RAM, where no catalog row says it."""

from __future__ import annotations

from dataclasses import dataclass

from llmadvise.units import MIB

_PASSES = 3
_THREADS = 8
"""Eight cores saturate the two channels of every desktop; a server's full rate needs more and is then understated."""
_CHUNK = 16 * MIB
_LEAST_CHUNK = 4 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRate:
    """Bytes a second, and how it was measured."""

    bytes_per_second: int
    buffer_bytes: int
    threads: int


def measure_read_rate(*, cores: int, free_bytes: int | None) -> ReadRate | None:
    """The median rate at which `memchr` reads a buffer of 16 MiB a thread; about 20 ms, None where libc has none.

    Reading is what decoding does with weights. memchr of the C library runs at the speed of the memory, and a
    foreign call releases the interpreter lock, so that threads overlap. The buffer is written first by the same
    threads: untouched pages all map to one page of zeros.
    """
    import ctypes  # noqa: PLC0415 - a few milliseconds that a known processor does not need
    import mmap  # noqa: PLC0415
    from threading import Barrier, Thread  # noqa: PLC0415
    from time import perf_counter  # noqa: PLC0415

    threads = max(1, min(cores, _THREADS))
    chunk = min(_CHUNK, (free_bytes // 8 // threads) if free_bytes is not None else _CHUNK)
    if chunk < _LEAST_CHUNK:
        return None
    try:
        search = ctypes.CDLL(None).memchr
        buffer = mmap.mmap(-1, chunk * threads)
    except (OSError, AttributeError, TypeError, ValueError):
        return None
    search.argtypes, search.restype = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t], ctypes.c_void_p
    start = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    barrier = Barrier(threads)
    spans: list[list[tuple[float, float]]] = [[] for _ in range(threads)]

    def work(number: int) -> None:
        own = start + number * chunk
        ctypes.memset(own, 1, chunk)
        for _ in range(_PASSES):
            barrier.wait()
            began = perf_counter()
            search(own, 2, chunk)
            spans[number].append((began, perf_counter()))

    workers = [Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return ReadRate(bytes_per_second=median_rate(spans, chunk), buffer_bytes=chunk * threads, threads=threads)


def median_rate(spans: list[list[tuple[float, float]]], chunk: int) -> int:
    """Bytes a second of the middle pass: all chunks over the time from the first start to the last end."""
    rates = []
    for ends in zip(*spans, strict=True):
        seconds = max(end for _, end in ends) - min(begin for begin, _ in ends)
        rates.append(chunk * len(ends) / max(seconds, 1e-9))
    return int(sorted(rates)[len(rates) // 2])
