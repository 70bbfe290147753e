"""Results of llama-bench taken in: each test checked, its model found, and what cannot be used said with the reason."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from llmadvise.api.bench_work import RUNTIME, Work, backend_of, work_of
from llmadvise.api.today import today
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import Backend, Hardware
from llmadvise.domain.measurement import Phase, SpeedMeasurement, known_machine
from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.measure.bench_output import quantization_of, read_output
from llmadvise.measure.bench_row import BenchRow
from llmadvise.measure.findings import left_out, not_used, scattered
from llmadvise.measure.lines import with_id
from llmadvise.record import dataclass

_BATCH: Final = 512
"""llama-bench's own `--ubatch-size`."""
_LEAST_PROMPT: Final = 128
"""Tokens: a shorter prompt tells of latency, not of how fast prompts are read (as in the fit, docs/speed.md)."""
_SCATTER: Final = 0.1
"""Of the rate: rounds on a quiet machine lie within one or two hundredths. A choice."""
_ON_CPU: Final = frozenset({"cpu", "blas", "accelerate", "zendnn", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """How results are taken in."""

    model: str | None = None
    """What ran, where the output does not tell."""
    keep: bool | None = None
    """None: unless it was disturbed so that it says little."""
    today: str | None = None
    """The day to write down where the output says none; None: by the clock."""


class Taken(NamedTuple):
    """What could be used, and what could not."""

    found: tuple[SpeedMeasurement, ...]
    findings: tuple[Finding, ...]


class _UnusedError(LLMAdviseError):
    """A test that says nothing that could be used."""


class Intake:
    """Takes results in for one machine."""

    def __init__(self, catalog: Catalog, hardware: Hardware, taking: Taking, source: str) -> None:
        self._catalog, self._hardware, self._taking, self._source = catalog, hardware, taking, source
        self._findings: list[Finding] = []

    def take(self, text: str) -> Taken:
        """Every test of an output. Raises UsageError where there is none, LLMAdviseError where not one is of use."""
        read = read_output(text)
        self._findings = [left_out(problem) for problem in read.problems]
        found: list[SpeedMeasurement] = []
        for row in read.rows:
            try:
                found.append(self._measurement(row))
            except _UnusedError as unused:
                self._findings.append(left_out(unused.message))
        if not found:
            raise LLMAdviseError(
                f"nothing in it can be used: {self._findings[0].message}",
                "`llama-bench -p 512 -n 128 -o json` measures what can.",
            )
        self._findings += [scattered(item) for item in found if (item.deviation or 0.0) > _SCATTER * item.rate]
        return Taken(tuple(found), tuple(dict.fromkeys(self._findings)))

    def _measurement(self, row: BenchRow) -> SpeedMeasurement:
        phase = _phase(row)
        name = f"{row.model_type[:80]} {'decode' if phase is Phase.DECODE else 'prompt'}"
        other = _other_machine(row, self._hardware)
        if other is not None:
            raise _UnusedError(f"{name}: {other}")
        try:
            backend = backend_of(row)
        except UsageError as error:
            raise _UnusedError(f"{name}: {error.message}") from error
        if phase is Phase.PREFILL and backend is Backend.CPU and _has_gpu(row):
            raise _UnusedError(f"{name}: without layers on the GPU, it may still have read the prompt")
        cores = self._hardware.cpu.cores
        if backend is Backend.CPU and row.threads and cores and row.threads < cores:
            raise _UnusedError(f"{name}: it ran with {row.threads} threads, estimates are for all {cores} cores")
        depth = row.depth + row.decoded_tokens // 2 if phase is Phase.DECODE else 0
        return self._recorded(row, phase, self._work(row, depth))

    def _work(self, row: BenchRow, depth: int) -> Work | None:
        """What ran; None where that is not known, which is then a finding. Raises where somebody said what it was."""
        if row.overrides:
            self._findings.append(not_used(row.model_type, "tensors were placed one by one"))
            return None
        try:
            return work_of(row, self._taking.model, self._catalog, self._hardware, depth=depth)
        except LLMAdviseError as error:
            if self._taking.model is not None:
                raise
            self._findings.append(not_used(row.model_type, error.message))
            return None

    def _recorded(self, row: BenchRow, phase: Phase, work: Work | None) -> SpeedMeasurement:
        return with_id(
            SpeedMeasurement(
                id="",
                date=_day(row.time) or self._taking.today or today(),
                machine=known_machine(self._hardware),
                phase=phase,
                rate=row.rate,
                deviation=row.deviation,
                tokens=row.decoded_tokens if phase is Phase.DECODE else row.prompt_tokens,
                depth=row.depth,
                batch_tokens=row.ubatch or _BATCH,
                runtime=RUNTIME,
                model=((work and work.model) or row.model_type)[:200],
                quantization=work.quantization if work else quantization_of(row.model_type),
                speed_class=work.speed_class if work else None,
                mixture=work.mixture if work else False,
                parts=work.parts if work else (),
                build=row.build,
                source=self._source,
            )
        )


def _phase(row: BenchRow) -> Phase:
    """What was timed alone. Raises _UnusedError where it was both, or says nothing of later runs."""
    name = row.model_type[:80]
    if row.embeddings:
        raise _UnusedError(f"{name}: embeddings were made, nothing was decoded")
    if row.prompt_tokens and row.decoded_tokens:
        raise _UnusedError(f"{name}: reading and decoding were timed together")
    if row.decoded_tokens:
        return Phase.DECODE
    if row.prompt_tokens < _LEAST_PROMPT:
        raise _UnusedError(f"{name}: a prompt of {row.prompt_tokens} tokens tells little of longer ones")
    if row.depth > row.prompt_tokens // 4:
        raise _UnusedError(f"{name}: a prompt that is read behind {row.depth} tokens is timed otherwise")
    return Phase.PREFILL


def _has_gpu(row: BenchRow) -> bool:
    """Whether the build could have computed on a GPU."""
    names = {name.strip().lower() for name in (row.backends or "").split(",")}
    return not names <= _ON_CPU


def _other_machine(row: BenchRow, hardware: Hardware) -> str | None:
    """What says that it ran elsewhere; None where nothing does."""
    told, here = _letters(row.cpu_info), _letters(hardware.cpu.name)
    if told and here and told not in here and here not in told:
        return f"it ran on {(row.cpu_info or '')[:80]}, this machine has {(hardware.cpu.name or '')[:80]}"
    cards = [_letters(name) for name in (row.gpu_info or "").split(",") if name.strip()]
    mine = [_letters(gpu.name) for gpu in hardware.gpus]
    if (row.backends or "").upper().startswith("CUDA") and cards and row.gpu_layers != 0:
        unknown = [card for card in cards if not any(card in own or own in card for own in mine)]
        if unknown:
            return f"it ran on {(row.gpu_info or '')[:120]}, which this machine has not"
    return None


def _letters(text: str | None) -> str:
    return re.sub(r"\((r|tm)\)|[^a-z0-9]", "", (text or "").lower())


def _day(text: str | None) -> str | None:
    match = re.match(r"(\d{4}-\d{2}-\d{2})T", text or "")
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match.group(1)).date().isoformat()
    except ValueError:
        return None
