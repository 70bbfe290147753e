"""What measurements on a machine say of other runs on it.

The calibration is off on a machine in ways that its runs share: its cooling, drivers and memory; its kernels for a
class of quantizations or for mixtures; one file. How much of the squared deviation is shared by what was estimated
from machines with several measured runs (`SpeedCalibration.alike`, docs/bench.md). Given measured runs, the deviation
of another is then a normal variable whose mean and spread follow from its covariances with theirs: one measurement
moves it by a part, more of them by more, and the interval narrows. The very same run is as fast as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import Final, NamedTuple

from llmadvise.domain.estimate import Range
from llmadvise.engine.speed import decode_said, prefill_said
from llmadvise.engine.speed.measured import MeasuredRun
from llmadvise.engine.speed.rates import Said, SpeedModel, Work
from llmadvise.engine.speed.traffic import Traffic, accelerators

_MOST_RUNS: Final = 24
"""Of one kind, the newest; the arithmetic grows with their square, and what many runs share is known by then."""
_SAME_FILE: Final = 0.01
"""Bytes and parameters this near are those of one file, or of another that runs alike: a finetune of the same size."""
_SAME_READ: Final = 0.02
"""A cache that makes up so little more or less of what is read changes nothing that repeats of a run do not."""
_SAME_PROMPT: Final = 0.1
"""Prompts of nearly the same length; below a batch a longer one is read only a little faster."""

Key = tuple[object, ...]


class _Case(NamedTuple):
    """A run as far as its deviation depends on it."""

    phase: str
    traffic: Sequence[Traffic]
    work: Work
    deviation: float
    """Of the logarithm of what was said, without that of an assumed bandwidth."""
    assumed: float
    """Deviation by an assumed bandwidth: it is the same error in every run that reads with it."""

    @property
    def variance(self) -> float:
        return self.deviation**2 + self.assumed**2


class _Known(NamedTuple):
    """A measured run beside what was said of it."""

    run: MeasuredRun
    case: _Case
    residual: float
    """log(measured / said)."""


class _Group(NamedTuple):
    """Runs of one phase on the same devices with the same kernels, and what follows from them once for all."""

    known: tuple[_Known, ...]
    inverse: tuple[tuple[float, ...], ...]
    """Of the covariance matrix of their residuals."""
    weights: tuple[float, ...]
    """The inverse times the residuals."""
    least: float
    most: float
    """Residuals beyond which no correction goes: more was never seen here."""


class Evidence:
    """The measured runs of one machine."""

    __slots__ = ("_groups", "_model", "_repeat", "_shared", "most")

    def __init__(self, runs: Sequence[MeasuredRun], model: SpeedModel) -> None:
        alike = model.calibration.alike
        self._model = model
        self._shared = {
            phase: tuple(alike.get(f"{phase}/{name}", 0.0) for name in ("machine", "class", "mixture", "work"))
            for phase in ("decode", "prefill")
        }
        self._repeat = {phase: alike.get(f"{phase}/repeat", 0.0) for phase in ("decode", "prefill")}
        sorted_out: dict[Key, list[_Known]] = {}
        for run in sorted(runs, key=lambda item: (item.date, item.id)):
            known = self._known(run)
            if known is not None:
                sorted_out.setdefault(self._key(run.phase, run.traffic, run.work), []).append(known)
        self._groups = {key: self._group(known[-_MOST_RUNS:]) for key, known in sorted_out.items()}
        highest = max((group.most for group in self._groups.values()), default=0.0)
        # The very same run may be said to be a little slower than the one that was measured.
        self.most = exp(highest) * (1 + 2 * _SAME_FILE + _SAME_READ)
        """No value is raised by more than this factor."""

    def drawn(
        self, phase: str, traffic: Sequence[Traffic], work: Work, said: Said, *, tokens: int = 0, batch_tokens: int = 0
    ) -> Range | None:
        """The rate given what was measured; None where nothing of its kind was."""
        group = self._groups.get(self._key(phase, traffic, work))
        if group is None:
            return None
        exact = self._exact(group, traffic, work, tokens, batch_tokens)
        if exact:
            return self._repeated(phase, exact, said)
        case = _case(phase, traffic, work, said)
        covariances = [self._covariance(item.case, case) for item in group.known]
        moved = sum(weight * part for weight, part in zip(group.weights, covariances, strict=True))
        moved = min(max(moved, group.least), group.most)
        explained = sum(
            covariances[row] * sum(cell * part for cell, part in zip(cells, covariances, strict=True))
            for row, cells in enumerate(group.inverse)
        )
        left = sqrt(max(case.variance - explained, self._repeat[phase] ** 2))
        value = said.speed * exp(moved)
        return Range(value, value * exp(said.interval.down * left), value * exp(said.interval.up * left))

    def behind(
        self, phase: str, traffic: Sequence[Traffic], work: Work, *, tokens: int = 0, batch_tokens: int = 0
    ) -> tuple[tuple[MeasuredRun, ...], bool]:
        """The runs that a rate rests on, and whether they are the very same run."""
        group = self._groups.get(self._key(phase, traffic, work))
        if group is None:
            return (), False
        exact = self._exact(group, traffic, work, tokens, batch_tokens)
        near = [item for item in group.known if not _mixed(traffic) or _same_weights(item.run.traffic, traffic)]
        return tuple(item.run for item in exact or near), bool(exact)

    def _known(self, run: MeasuredRun) -> _Known | None:
        if run.phase == "decode":
            said = decode_said(run.traffic, run.work, self._model)
        else:
            said = prefill_said(
                run.traffic, run.work, self._model, prompt_tokens=run.tokens, batch_tokens=run.batch_tokens
            )
        if said is None:
            return None
        return _Known(run, _case(run.phase, run.traffic, run.work, said), log(run.rate / said.speed))

    def _key(self, phase: str, traffic: Sequence[Traffic], work: Work) -> Key:
        devices = sorted((item.device.backend.value, item.device.name) for item in traffic)
        return (phase, self._model.kernels(work[0]), *devices)

    def _group(self, known: Sequence[_Known]) -> _Group:
        rows = [[self._covariance(one.case, other.case) for one in known] for other in known]
        for number, item in enumerate(known):
            rows[number][number] = item.case.variance + item.run.deviation**2
        inverse = _inverse(rows)
        residuals = [item.residual for item in known]
        weights = tuple(sum(cell * rest for cell, rest in zip(row, residuals, strict=True)) for row in inverse)
        return _Group(tuple(known), inverse, weights, min(0.0, *residuals), max(0.0, *residuals))

    def _covariance(self, one: _Case, other: _Case) -> float:
        """Of the deviations of two runs on this machine."""
        machine, class_, mixture, file = self._shared[one.phase]
        same = one.work[1:] == other.work[1:] and _same_weights(one.traffic, other.traffic)
        if not same and _mixed(one.traffic):
            return 0.0
        part = machine
        if one.work[1] == other.work[1]:
            part += class_
        if one.work[2] == other.work[2]:
            part += mixture
        if same:
            part += file
        return part * one.deviation * other.deviation + one.assumed * other.assumed

    def _exact(
        self, group: _Group, traffic: Sequence[Traffic], work: Work, tokens: int, batch_tokens: int
    ) -> list[_Known]:
        return [
            item
            for item in group.known
            if item.run.work[1:] == work[1:]
            and _same_file(item.run.traffic, traffic)
            and _same_length(item.run, traffic, tokens, batch_tokens)
        ]

    def _repeated(self, phase: str, exact: Sequence[_Known], said: Said) -> Range:
        """The mean of the logarithms, and how far the next repeat may be off: by the scatter of repeats, and of the mean."""
        repeat = self._repeat[phase] ** 2
        parts = [1.0 / max(repeat + item.run.deviation**2, 1e-6) for item in exact]
        middle = sum(part * log(item.run.rate) for part, item in zip(parts, exact, strict=True)) / sum(parts)
        left, interval = sqrt(repeat + 1.0 / sum(parts)), said.interval
        return Range(exp(middle), exp(middle + interval.down * left), exp(middle + interval.up * left))


def _case(phase: str, traffic: Sequence[Traffic], work: Work, said: Said) -> _Case:
    deviation = sqrt(said.interval.variance + said.doubt**2)
    return _Case(phase, traffic, work, deviation, said.assumed * said.interval.assumed)


def _mixed(traffic: Sequence[Traffic]) -> bool:
    """Whether a CPU works beside a GPU: there, other files say nothing, as each is split in its own way (docs/bench.md)."""
    return 0 < accelerators(traffic) < len(traffic)


def _same_weights(one: Sequence[Traffic], other: Sequence[Traffic]) -> bool:
    """Whether it is the same file, wherever its weights lie."""
    sums = [
        (sum(item.weight_bytes for item in items), sum(item.active_parameters for item in items))
        for items in (one, other)
    ]
    return all(_near(mine, theirs, _SAME_FILE) for mine, theirs in zip(*sums, strict=True))


def _same_file(one: Sequence[Traffic], other: Sequence[Traffic]) -> bool:
    """Whether the same weights lie on the same devices."""
    if len(one) != len(other):
        return False
    mine, theirs = (sorted(items, key=lambda item: item.device.id) for items in (one, other))
    return all(
        a.device.id == b.device.id
        and a.layers == b.layers
        and _near(a.weight_bytes, b.weight_bytes, _SAME_FILE)
        and _near(a.active_parameters, b.active_parameters, _SAME_FILE)
        for a, b in zip(mine, theirs, strict=True)
    )


def _same_length(run: MeasuredRun, traffic: Sequence[Traffic], tokens: int, batch_tokens: int) -> bool:
    if run.phase == "prefill":
        return _near(run.tokens, tokens, _SAME_PROMPT) and run.batch_tokens == batch_tokens
    read = sum(item.weight_bytes + item.kv_bytes for item in traffic)
    return abs(sum(item.kv_bytes for item in traffic) - sum(item.kv_bytes for item in run.traffic)) <= _SAME_READ * read


def _near(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)


def _inverse(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """Of a symmetric matrix with a heavy diagonal: Gauss and Jordan without looking for pivots."""
    size = len(rows)
    table = [[*row, *(1.0 if column == number else 0.0 for column in range(size))] for number, row in enumerate(rows)]
    for column in range(size):
        pivot = max(table[column][column], 1e-12)
        table[column] = [cell / pivot for cell in table[column]]
        for number in range(size):
            factor = table[number][column]
            if number != column and factor:
                table[number] = [cell - factor * top for cell, top in zip(table[number], table[column], strict=True)]
    return tuple(tuple(row[size:]) for row in table)
