"""How much of the error of the speed model runs on one machine share: what a measurement says of other runs.

Residuals of rows whose hardware the fit had not seen, one group a source, machine, backend and kernel library. Within a
group they are taken as normal with a covariance that is a sum of parts: one for any two runs, more where they agree in
the quantization class, in being a mixture, in the file. The parts that make the residuals likeliest are searched on a
grid that becomes finer. `repeat`: how far two runs of one file under the same settings lie apart, by their median, so
that runs which went wrong do not count.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from speed_rows import KERNELS, Row

PARTS = ("machine", "class", "mixture", "work")
CLIP = 3.0
"""Standard deviations beyond which a residual is a wrong run and not a property of a machine."""
NORMAL_MEDIAN = 0.6745
"""Of the absolute value of a standard normal variable."""
STEPS = (2.0, 1.4, 1.15, 1.05)
Matrix = NDArray[np.float64]


class Residual(NamedTuple):
    """A measured rate beside what was said without its hardware, or without its model."""

    row: Row
    phase: str
    measured: float
    standardised: float
    hardware_unseen: bool


def shared_parts(residuals: Sequence[Residual]) -> dict[str, float]:
    """`SpeedCalibration.alike`."""
    found: dict[str, float] = {}
    for phase in ("decode", "prefill"):
        some = [item for item in residuals if item.phase == phase and item.hardware_unseen]
        groups: dict[Hashable, list[Residual]] = {}
        for item in some:
            groups.setdefault(machine(item.row), []).append(item)
        parts = _likeliest([_alike(group) for group in groups.values()])
        found |= {f"{phase}/{name}": round(part, 3) for name, part in zip(PARTS, parts, strict=True)}
        found[f"{phase}/repeat"] = round(_repeat(some), 4)
    return found


def machine(row: Row) -> Hashable:
    """What ran on one machine, as far as a row tells: a source has mostly one of a kind."""
    facts = row.facts
    kernels = KERNELS.get(row.runtime, row.runtime)
    return facts["source"], row.hardware, len(row.traffic), facts["backend"], kernels, row.group


def file(row: Row) -> Hashable:
    """What counts as one file."""
    return row.model, row.facts["quant"]


class _Group(NamedTuple):
    """Residuals of a machine, and for each part which pairs share it."""

    residuals: Matrix
    shared: tuple[Matrix, ...]


def _alike(items: Sequence[Residual]) -> _Group:
    rows = [item.row for item in items]
    keys: tuple[list[Hashable], ...] = (
        [0] * len(rows),
        [row.speed_class for row in rows],
        [row.mixture for row in rows],
        [file(row) for row in rows],
    )
    values = np.clip([item.standardised for item in items], -CLIP, CLIP)
    return _Group(values, tuple(np.array([[a == b for b in key] for a in key], dtype=float) for key in keys))


def _likeliest(groups: Sequence[_Group]) -> tuple[float, ...]:
    """The parts of a variance of one; what is left is of each run alone."""
    point = [0.3, 0.2, 0.1, 0.2, 0.2]
    best = _unlikeliness(groups, point)
    for step in STEPS:
        better = True
        while better:
            better = False
            for index in range(len(point)):
                for factor in (step, 1 / step):
                    tried = [*point[:index], point[index] * factor, *point[index + 1 :]]
                    score = _unlikeliness(groups, tried)
                    if score < best - 1e-6:
                        point, best, better = tried, score, True
    whole = sum(point)
    return tuple(part / whole for part in point[:-1])


def _unlikeliness(groups: Sequence[_Group], point: Sequence[float]) -> float:
    *parts, own = point
    total = 0.0
    for group in groups:
        covariance = own * np.eye(len(group.residuals))
        for part, shared in zip(parts, group.shared, strict=True):
            covariance = covariance + part * shared
        _, volume = np.linalg.slogdet(covariance)
        total += float(volume + group.residuals @ np.linalg.solve(covariance, group.residuals))
    return total


def _repeat(items: Sequence[Residual]) -> float:
    """The standard deviation of log(rate) between runs of one file with the same settings on one machine."""
    setups: dict[Hashable, list[float]] = {}
    for item in items:
        row, facts = item.row, item.row.facts
        length = row.prompt_tokens if item.phase == "prefill" else 0
        limits = facts["depth"], length, facts.get("power_limit_w"), facts.get("flash_attn"), facts["size_bytes"]
        setups.setdefault((machine(row), file(row), *limits), []).append(log(item.measured))
    apart = [abs(one - other) for rates in setups.values() for one, other in combinations(rates, 2)]
    return float(np.median(apart)) / sqrt(2) / NORMAL_MEDIAN
