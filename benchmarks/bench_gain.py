"""What a few measurements on a machine do for estimates of other models on it; writes the table in docs/bench.md.

    python benchmarks/bench_gain.py

Ten folds by hardware: everything is fitted without a fold's machines. Of each of those with enough measured files, the
runs of k files are given to the engine as measurements, and all runs of its other files are asked for, before and
after; several draws for each machine, from a fixed seed. Runs with builds of before 2025 are left out: who measures
today does not have one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from multiprocessing import Pool
from typing import Any

import numpy as np

from fit_speed import FOLDS, by_hardware, calibrate, folds
from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.engine.speed import decode_speed, prefill_speed
from llmadvise.engine.speed.measured import MeasuredRun, with_runs
from speed_alike import file, machine
from speed_rows import ROOT, Row, read_hardware, read_rows

OUTPUT = ROOT / "docs" / "bench.md"
MARK = "<!-- written by benchmarks/bench_gain.py from here on -->"
COUNTS = (1, 2, 4)
DRAWS = 6
WORKERS = 2
LEAST = 20
PLACES = (
    ("full", "on GPUs, careful sources", True),
    ("full", "on GPUs", False),
    ("cpu", "on CPUs", False),
    ("partial", "on both", False),
)
SEED = 20261121


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One run of a file that was not measured, before and after k others were."""

    count: int
    phase: str
    group: str
    careful: bool
    """Measured with llama-bench or its like, by a source that shows the log."""
    machine: Hashable
    measured: float
    before: Range
    after: Range


def main() -> None:
    cards = read_hardware()
    rows = [row for row in read_rows(cards) if not row.run.old]
    fold = folds(rows, by_hardware)
    with Pool(WORKERS) as pool:
        jobs = [(rows, cards, fold, left_out) for left_out in range(FOLDS)]
        found = [item for part in pool.imap(_fold, jobs) for item in part]
    lines = [MARK, "", *_table(found)]
    print("\n".join(lines))
    kept = OUTPUT.read_text(encoding="utf-8").partition(MARK)[0] if OUTPUT.exists() else ""
    OUTPUT.write_text(kept + "\n".join(lines) + "\n", encoding="utf-8")


def _fold(job: tuple[Sequence[Row], dict[str, dict[str, Any]], list[int], int]) -> list[Asked]:
    rows, cards, fold, left_out = job
    calibration = calibrate([row for row, number in zip(rows, fold, strict=True) if number != left_out], cards)
    machines: dict[Hashable, list[Row]] = {}
    for row, number in zip(rows, fold, strict=True):
        if number == left_out:
            machines.setdefault(machine(row), []).append(row)
    generator = np.random.default_rng(SEED + left_out)
    return [asked for known in machines.values() for asked in _machine(known, calibration, generator)]


def _machine(rows: Sequence[Row], calibration: SpeedCalibration, generator: np.random.Generator) -> Iterator[Asked]:
    files = sorted({file(row) for row in rows}, key=str)
    for count in COUNTS:
        if len(files) <= count:
            continue
        for _ in range(DRAWS):
            chosen = {files[int(index)] for index in generator.choice(len(files), count, replace=False)}
            runs = [run for row in rows if file(row) in chosen for run in _one_each(row, rows)]
            here = with_runs(calibration, runs)
            for row in rows:
                if file(row) not in chosen:
                    yield from _asked(row, count, calibration, here)


def _one_each(row: Row, rows: Sequence[Row]) -> Iterator[MeasuredRun]:
    """The rates of a row, if it is the shallowest of its file: a bench measures a file once."""
    first = min((other for other in rows if file(other) == file(row)), key=lambda item: (item.facts["depth"], item.id))
    if first is not row:
        return
    for phase, rate in (("decode", row.decode), ("prefill", row.prefill)):
        if rate:
            yield MeasuredRun(
                id=row.id,
                date="2026-11-21",
                phase=phase,
                rate=rate,
                deviation=0.0,
                traffic=row.traffic,
                work=(row.runtime, row.speed_class, row.mixture),
                tokens=row.prompt_tokens,
                batch_tokens=row.batch_tokens,
            )


def _asked(row: Row, count: int, plain: SpeedCalibration, here: SpeedCalibration) -> Iterator[Asked]:
    for phase, measured in (("decode", row.decode), ("prefill", row.prefill)):
        before, after = (_said(row, phase, calibration) for calibration in (plain, here))
        if measured and before and after:
            careful = row.facts["confidence"] == "high"
            yield Asked(
                count=count, phase=phase, group=row.group, careful=careful, machine=machine(row), measured=measured,
                before=before, after=after,
            )  # fmt: skip


def _said(row: Row, phase: str, calibration: SpeedCalibration) -> Range | None:
    if phase == "decode":
        return decode_speed(
            row.traffic, speed_class=row.speed_class, mixture=row.mixture, runtime=row.runtime, calibration=calibration
        )
    return prefill_speed(
        row.traffic,
        prompt_tokens=row.prompt_tokens,
        speed_class=row.speed_class,
        mixture=row.mixture,
        runtime=row.runtime,
        calibration=calibration,
        batch_tokens=row.batch_tokens,
    )


def _table(found: Sequence[Asked]) -> list[str]:
    lines = [
        (
            "| asked about | files measured | runs | machines | error before | after | interval holds before | after | "
            "interval's width before | after |"
        ),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for phase in ("decode", "prefill"):
        for group, name, careful in PLACES:
            for count in COUNTS:
                some = [item for item in found if (item.phase, item.group, item.count) == (phase, group, count)]
                some = [item for item in some if item.careful or not careful]
                if len(some) >= LEAST:
                    lines.append(_row(f"{phase}, {name}", count, some))
    return lines


def _row(name: str, count: int, some: Sequence[Asked]) -> str:
    # Every machine counts the same, however many rows it has.
    number: dict[Hashable, int] = {}
    for item in some:
        number[item.machine] = number.get(item.machine, 0) + 1
    weights = np.array([1.0 / number[item.machine] for item in some])
    cells = [name, str(count), str(len(some)), str(len(number))]
    for which in ("before", "after"):
        errors = np.array([abs(log(item.measured / getattr(item, which).value)) for item in some])
        cells.append(f"{exp(_quantile(errors, weights, 0.5)):.2f} / {exp(_quantile(errors, weights, 0.9)):.2f}")
    for which in ("before", "after"):
        held = np.array([getattr(item, which).low <= item.measured <= getattr(item, which).high for item in some])
        cells.append(f"{float((held * weights).sum() / weights.sum()):.0%}")
    for which in ("before", "after"):
        widths = np.array([log(getattr(item, which).high / getattr(item, which).low) for item in some])
        cells.append(f"{exp(_quantile(widths, weights, 0.5)):.2f}")
    return f"| {' | '.join(cells)} |"


def _quantile(values: Any, weights: Any, part: float) -> float:  # noqa: ANN401 - arrays
    order = np.argsort(values)
    summed = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(summed, part * summed[-1]))])


if __name__ == "__main__":
    main()
