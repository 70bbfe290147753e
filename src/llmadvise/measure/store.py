"""The file of measurements: lines of JSON, replaced in one step, by one program at a time.

Reading costs one failed `open` where nothing was ever measured: `recommend` reads it on every start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from llmadvise.domain.finding import Finding
from llmadvise.domain.measurement import (
    BandwidthMeasurement,
    KnownMachine,
    Measurements,
    SpeedMeasurement,
    same_machine,
)
from llmadvise.errors import LLMAdviseError
from llmadvise.measure.findings import unreadable
from llmadvise.measure.lines import line_of, measurement_of

Measurement = SpeedMeasurement | BandwidthMeasurement
_LARGEST = 8 << 20
"""Bytes: some ten thousand measurements. What is longer was not written by this program."""
_MOST_LINES = 5_000
"""Kept at most; the oldest go."""
_LONGEST_LINE = 1 << 16
_ELSEWHERE = "LLMADVISE_HOME names another folder to keep measurements in."


def read(path: str) -> tuple[tuple[Measurement, ...], tuple[Finding, ...]]:
    """Everything kept, the oldest first, and a finding for each line that cannot be read; such lines are skipped."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - pathlib costs the start of `recommend` 5 ms
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        return (), (unreadable(path, None, error.strerror or "cannot be read"),)
    if len(content) > _LARGEST:
        return (), (unreadable(path, None, f"is longer than {_LARGEST >> 20} MiB"),)
    found: list[Measurement] = []
    findings: list[Finding] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            if len(line) > _LONGEST_LINE:
                raise ValueError("too long")  # noqa: TRY301 - said like all else that is wrong with a line
            found.append(measurement_of(line.decode("utf-8")))
        except ValueError as error:
            findings.append(unreadable(path, number, str(error)))
    return tuple(found), tuple(findings)


def of_machine(items: Sequence[Measurement], machine: KnownMachine) -> Measurements:
    """Those of one machine."""
    mine = [item for item in items if same_machine(item.machine, machine)]
    return Measurements(
        speeds=tuple(item for item in mine if isinstance(item, SpeedMeasurement)),
        bandwidths=tuple(item for item in mine if isinstance(item, BandwidthMeasurement)),
    )


def add(path: str, items: Sequence[Measurement]) -> int:
    """Keep these too, and return how many of them were new. Raises LLMAdviseError where that cannot be written."""
    count = 0

    def change(lines: list[str]) -> list[str]:
        nonlocal count
        there = set(lines)
        new = [line for line in dict.fromkeys(map(line_of, items)) if line not in there]
        count = len(new)
        return [*lines, *new][-_MOST_LINES:]

    _change(path, change)
    return count


def forget(path: str, wanted: Callable[[Measurement], bool]) -> int:
    """Remove what is wanted gone, and lines that cannot be read; return how many went."""
    count = 0

    def change(lines: list[str]) -> list[str]:
        nonlocal count
        kept = [line for line in lines if not _goes(line, wanted)]
        count = len(lines) - len(kept)
        return kept

    _change(path, change)
    return count


def _goes(line: str, wanted: Callable[[Measurement], bool]) -> bool:
    try:
        return wanted(measurement_of(line))
    except ValueError:
        return True


def _change(path: str, change: Callable[[list[str]], list[str]]) -> None:
    from llmadvise.replace_file import replace_file  # noqa: PLC0415 - only where something is kept

    folder = os.path.dirname(path)  # noqa: PTH120
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        with _alone(path):
            replace_file(path, "".join(f"{line}\n" for line in change(_lines(path))).encode())
    except OSError as error:
        raise LLMAdviseError(f"{path}: {error.strerror or error}", _ELSEWHERE) from error


def _lines(path: str) -> list[str]:
    """The lines as they are. Raises LLMAdviseError for a file that is too long to be read, which nobody may cut."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            content = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        return []
    if len(content) > _LARGEST:
        raise LLMAdviseError(f"{path}: is longer than {_LARGEST >> 20} MiB", f"Move it away; {_ELSEWHERE}")
    return [line for line in content.decode("utf-8", "replace").split("\n") if line.strip()]


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """Hold the lock beside the file; the system lets go of it when a program ends, however it ends."""
    with open(f"{path}.lock", "a+b") as stream:  # noqa: PTH123
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there alone

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
            try:
                yield
            finally:
                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(stream, fcntl.LOCK_EX)
            yield
