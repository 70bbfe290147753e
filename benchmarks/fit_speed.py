"""Fit catalog/calibration/speed.yaml from data/speed_truth.jsonl.gz and the hardware catalog.

    python benchmarks/fit_speed.py

Decode first, then prefill on top of it (a batch reads the weights as decoding does). What an effect is and which ones
apply stands in llmadvise.engine.speed.effects; how they are pooled in speed_regression.py, how they are written in
speed_written.py.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from math import log
from typing import Any

import numpy as np

from llmadvise.domain.calibration import SpeedCalibration
from llmadvise.domain.estimate import Range
from llmadvise.engine.speed import SpeedModel, decode_speed, prefill_speed
from speed_alike import Residual, shared_parts
from speed_observations import decode_observation, prefill_observation
from speed_regression import Fit, fit
from speed_rows import KERNELS, ROOT, Row, read_hardware, read_rows
from speed_written import OUTPUT, write

DECODE_COMPONENTS = ("weights", "cache", "launch", "compute", "parallel", "run")
PREFILL_COMPONENTS = ("prefill", "batch", "attention", "link", "parallel", "run")
COMPONENTS = tuple(dict.fromkeys(DECODE_COMPONENTS + PREFILL_COMPONENTS))
FOLDS = 10
INNER_FOLDS = 3
INNER_ROUNDS = 8
"""Of the cross-validation that the intervals come from: the model is fitted six times more, less finely."""
DECODE_START = {
    # Where the search for the general effects starts, with a wide prior (a factor of e either way).
    "weights/general": (log(0.7), 1.0),
    "cache/general": (log(0.5), 1.0),
    "launch/general": (log(40e-6), 1.0),
    "compute/general": (0.0, 1.0),
    "weights/cpu general": (log(0.7), 1.0),
    "cache/cpu general": (log(0.5), 1.0),
    "launch/cpu general": (log(40e-6), 1.0),
    # Of these there are too few levels to learn their spread from them.
    "compute/class": (0.0, 0.5),
    "weights/slope feed": (0.0, 1.0),
    "cache/no flash": (0.0, 0.5),
    "parallel/kernels": (0.0, 0.5),
}
PREFILL_START = {
    "prefill/general": (log(0.4), 1.0),
    "batch/general": (log(100e-6), 1.0),
    "attention/general": (log(0.2), 1.0),
    "attention/flash": (0.0, 1.0),
    "prefill/cpu general": (log(0.4), 1.0),
    "batch/cpu general": (log(100e-6), 1.0),
    "attention/cpu general": (log(0.2), 1.0),
    "attention/cpu flash": (0.0, 1.0),
    "link/general": (0.0, 0.3),  # PCIe 3 to 5, eight or sixteen lanes
    "parallel/pipeline kernels": (0.5, 0.5),
}
ROUNDS = 16
LEAST_ROWS = 40
"""A context with fewer residuals takes the quantiles of all rows: its own deciles would rest on under four of them."""
Key = Callable[[Row], Hashable]


def by_hardware(row: Row) -> Hashable:
    return row.hardware


def by_model(row: Row) -> Hashable:
    return row.model


def folds(rows: Sequence[Row], key: Key, count: int = FOLDS) -> list[int]:
    """Deal each row a fold; rows with the same key share one. The order is fixed."""
    keys = sorted({str(key(row)) for row in rows})
    order = np.random.default_rng(20261120).permutation(len(keys))
    dealt = {keys[position]: number % count for number, position in enumerate(order)}
    return [dealt[str(key(row))] for row in rows]


def calibrate(
    rows: Sequence[Row], cards: dict[str, dict[str, Any]], *, with_intervals: bool = True
) -> SpeedCalibration:
    """Everything the engine needs, from these rows alone."""
    if not with_intervals:
        return _effects(rows, _vendors(cards), _bandwidth_noise(cards), INNER_ROUNDS)
    calibration = _effects(rows, _vendors(cards), _bandwidth_noise(cards), ROUNDS)
    residuals = list(unseen_residuals(rows, cards))
    return replace(calibration, spread=_spread(residuals), alike=shared_parts(residuals))


def predictions(row: Row, calibration: SpeedCalibration) -> tuple[Range | None, Range | None]:
    """Ask the engine about a row: decode and prefill."""
    kind, mixture, runtime = row.speed_class, row.mixture, row.runtime
    return (
        decode_speed(
            row.traffic, speed_class=kind, mixture=mixture, runtime=runtime, calibration=calibration, run=row.run
        ),
        prefill_speed(
            row.traffic,
            prompt_tokens=row.prompt_tokens,
            speed_class=kind,
            mixture=mixture,
            runtime=runtime,
            calibration=calibration,
            run=row.run,
            batch_tokens=row.batch_tokens,
        ),
    )


def _effects(rows: Sequence[Row], vendors: dict[str, str], bandwidth_noise: float, rounds: int) -> SpeedCalibration:
    empty = SpeedCalibration(vendors=vendors, kernels=KERNELS)
    decode = fit([decode_observation(row, vendors) for row in rows if row.decode], DECODE_START, rounds)
    found = _tables(decode)
    first = replace(empty, **found, unseen=_unseen(decode))
    model = SpeedModel(first)
    observed = [prefill_observation(row, vendors, model) for row in rows if row.prefill]
    prefill = fit([row for row in observed if row], PREFILL_START, rounds)
    return replace(
        first,
        **{name: found[name] | table for name, table in _tables(prefill).items()},
        unseen=_unseen(decode) | _unseen(prefill),
        noise={"decode": _noise(decode), "prefill": _noise(prefill), "bandwidth": bandwidth_noise},
    )


def _tables(result: Fit) -> dict[str, dict[str, tuple[float, float, int]]]:
    tables: dict[str, dict[str, tuple[float, float, int]]] = {name: {} for name in COMPONENTS}
    deviations = np.sqrt(np.diag(result.covariance))
    for key, value, deviation in zip(result.keys, result.values, deviations, strict=True):
        component, _, name = key.partition("/")
        tables[component][name] = (round(float(value), 4), round(float(deviation), 4), result.rows[key])
    return tables


def _unseen(result: Fit) -> dict[str, float]:
    return {kind: round(spread, 4) for kind, spread in result.spreads.items() if not kind.endswith("/general")}


def _noise(result: Fit) -> float:
    squares = [scale**2 * result.members[group] for group, scale in result.scales.items()]
    return round((sum(squares) / sum(result.members.values())) ** 0.5, 4)


def unseen_residuals(rows: Sequence[Row], cards: dict[str, dict[str, Any]]) -> Iterator[Residual]:
    """Of rows whose hardware, then of rows whose model the fit had not seen."""
    for key in (by_hardware, by_model):
        fold = folds(rows, key, INNER_FOLDS)
        for left_out in range(INNER_FOLDS):
            train = [row for row, number in zip(rows, fold, strict=True) if number != left_out]
            calibration = replace(
                calibrate(train, cards, with_intervals=False),
                spread={"decode": (-1.0, 1.0, 0), "prefill": (-1.0, 1.0, 0)},
            )
            for row, number in zip(rows, fold, strict=True):
                if number == left_out:
                    yield from _residuals(row, calibration, hardware_unseen=key is by_hardware)


def _residuals(row: Row, calibration: SpeedCalibration, *, hardware_unseen: bool) -> Iterator[Residual]:
    for phase, said, measured in zip(
        ("decode", "prefill"), predictions(row, calibration), (row.decode, row.prefill), strict=True
    ):
        if said is not None and measured:
            # With a spread of one the upper end is exp(deviation) above the value.
            standardised = log(measured / said.value) / log(said.high / said.value)
            yield Residual(row, phase, measured, standardised, hardware_unseen)


def _spread(residuals: Sequence[Residual]) -> dict[str, tuple[float, float, int]]:
    """Deciles of standardised residuals of rows whose hardware, or whose model, the fit had not seen."""
    found: dict[str, list[tuple[float, bool]]] = {}
    for item in residuals:
        row = item.row
        place = "partial" if row.group == "partial" else row.traffic[0].device.backend.value
        entry = item.standardised, row.facts["confidence"] == "high"
        found.setdefault(f"{item.phase} {place}", []).append(entry)
        found.setdefault(item.phase, []).append(entry)
    return {
        context: (*_deciles([z for z, _ in known], [z for z, careful in known if careful]), len(known) // 2)
        for context, known in sorted(found.items())
        if len(known) >= 2 * LEAST_ROWS or " " not in context
    }


def _deciles(all_rows: Sequence[float], careful: Sequence[float]) -> tuple[float, float]:
    """Half-way between the deciles of all rows and those of careful ones: the one holds too many of these, the other
    too few of those.
    """
    found = []
    for part in (0.1, 0.9):
        whole = float(np.quantile(all_rows, part))
        narrow = float(np.quantile(careful, part)) if len(careful) >= 2 * LEAST_ROWS else whole
        found.append(round((whole + narrow) / 2, 3))
    return found[0], found[1]


def _vendors(cards: dict[str, dict[str, Any]]) -> dict[str, str]:
    vendors = {card["architecture"]: card["vendor"] for card in cards.values() if card.get("architecture")}
    return dict(sorted((vendors | {"x86_64": "cpu", "aarch64": "cpu"}).items()))


def _bandwidth_noise(cards: dict[str, dict[str, Any]]) -> float:
    """How far typical bandwidths of two-channel machines lie apart: what is not known where one is assumed."""
    known = [log(card["typical_bandwidth"]) for card in cards.values() if card.get("memory_channels") == 2]
    return round(statistics.stdev(known), 4)


def main() -> None:
    cards = read_hardware()
    rows = read_rows(cards)
    calibration = calibrate(rows, cards)
    write(calibration, rows, COMPONENTS)
    print(f"{OUTPUT.relative_to(ROOT)}: noise {calibration.noise}, intervals {calibration.spread}")
    print(f"shared on a machine: {calibration.alike}")


if __name__ == "__main__":
    main()
