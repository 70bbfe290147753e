"""Runs the parts of a probe at the same time, and leaves behind those that hang."""

from __future__ import annotations

import _thread
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from llmadvise.probe.record import Record

T = TypeVar("T")


class _Part(Generic[T]):
    """One part under way."""

    def __init__(self, job: Callable[[Record], T], record: Record) -> None:
        self.record = record
        self.result: T | None = None
        self.problem: Exception | None = None
        self._job = job
        self._done = _thread.allocate_lock()
        self._done.acquire()
        _thread.start_new_thread(self._run, ())

    def wait(self, seconds: float) -> bool:
        return self._done.acquire(timeout=seconds)

    def _run(self) -> None:
        try:
            self.result = self._job(self.record)
        except Exception as error:  # noqa: BLE001 - a probe never raises; the failure becomes a finding
            self.problem = error
        finally:
            self._done.release()


def together(jobs: Mapping[str, Callable[[Record], T]], record: Record) -> dict[str, T]:
    """Results by name, in the order given whatever finished first; a part that hangs or fails becomes a finding.

    A thread that waits for the kernel cannot be ended, so it is left alone; what it finds later is dropped.
    """
    parts = {name: _Part(job, record.branch()) for name, job in jobs.items()}
    found: dict[str, T] = {}
    for name, part in parts.items():
        if not part.wait(record.door.seconds_left()):
            record.look(name, "timed out")
            record.warn("probe-timed-out", f"The {name} part of the probe gave no answer in time and was left out.", name)
            continue
        record.join(part.record)
        if part.problem is not None:
            _explain(record, name, part.problem)
        elif part.result is not None:
            found[name] = part.result
    return found


def guarded(name: str, job: Callable[[Record], T], record: Record) -> T | None:
    """The result of one part in this very thread; a failure becomes a finding."""
    try:
        return job(record)
    except Exception as error:  # noqa: BLE001 - a probe never raises; the failure becomes a finding
        _explain(record, name, error)
        return None


def _explain(record: Record, name: str, error: Exception) -> None:
    record.look(name, "failed", type(error).__name__)
    record.warn("probe-failed", f"The {name} part of the probe failed ({type(error).__name__}) and was left out.", name)
