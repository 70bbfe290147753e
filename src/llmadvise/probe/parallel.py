"""Runs the parts of a probe at the same time, and leaves behind those that hang."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from typing import Generic, TypeVar

from llmadvise.probe.record import Record

T = TypeVar("T")


class Part(Generic[T]):
    """One part of a probe, under way in a thread of its own since it was made.

    A thread that waits for the kernel cannot be ended, so it is left alone; what it finds later is dropped.
    """

    def __init__(self, name: str, job: Callable[[Record], T], record: Record) -> None:
        self._name = name
        self._record = record.branch()
        self._whole = record
        self._job = job
        self._result: T | None = None
        self._problem: Exception | None = None
        self._done = _thread.allocate_lock()
        self._done.acquire()
        try:
            _thread.start_new_thread(self._run, ())
        except RuntimeError:  # no more threads for this user
            self._run()

    def take(self, seconds: float | None = None) -> T | None:
        """The result, with what it was found from; None and a finding where the part hangs or fails."""
        left = self._whole.door.seconds_left()
        late = not self._done.acquire(timeout=left if seconds is None else min(left, seconds))
        if late or self._whole.door.lost(self._name):
            self._whole.door.lose(self._name)
            self._whole.look(self._name, "timed out")
            self._whole.warn(
                "probe-timed-out",
                f"The {self._name} part of the probe gave no answer in time and was left out; "
                "LLMADVISE_PROBE_SECONDS=10 waits longer.",
                self._name,
            )
            return None
        self._whole.join(self._record)
        if self._problem is not None:
            explain(self._whole, self._name, self._problem)
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._job(self._record)
        except Exception as error:  # noqa: BLE001 - a probe never raises; the failure becomes a finding
            self._problem = error
        finally:
            self._done.release()


def explain(record: Record, name: str, error: Exception) -> None:
    """Say that a part failed, which is a bug in it or a machine like no other."""
    record.look(name, "failed", type(error).__name__)
    record.warn("probe-failed", f"The {name} part of the probe failed ({type(error).__name__}) and was left out.", name)
