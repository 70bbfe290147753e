"""Holds the memory engine against every measured row, beside three formulas in use, and writes docs/accuracy.md.

Run: python benchmarks/memory_accuracy.py
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.llama_cpp import DeviceTerms, llama_cpp_memory
from memory_catalog import catalog_errors
from memory_rows import ROOT, Row, files, rows
from memory_usual import FORMULAS

_MIB = 1 << 20
_SLACK = 16 * _MIB
_COLUMNS = "| what | n | exact | within 0.1 % | within 1 % | within 3 % | within 5 % or 16 MiB | worst |"


@dataclass(frozen=True, slots=True)
class Error:
    """One forecast beside what was measured."""

    forecast: float
    measured: int

    @property
    def off(self) -> float:
        return self.forecast - self.measured


Errors = dict[str, list[Error]]


def main() -> None:
    """Measure, print and write."""
    judged = Judged()
    for row in rows():
        judge(row, judged)
    page = report(judged)
    print(page)
    (ROOT / "docs" / "accuracy.md").write_text(page)


@dataclass(frozen=True, slots=True)
class Judged:
    """The errors of all rows, sorted in the ways that the page shows them."""

    part: Errors = field(default_factory=lambda: defaultdict(list))
    kind: Errors = field(default_factory=lambda: defaultdict(list))
    compute: Errors = field(default_factory=lambda: defaultdict(list))
    usual: Errors = field(default_factory=lambda: defaultdict(list))
    refusals: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def judge(row: Row, judged: Judged) -> None:
    """Add the errors of one row."""
    shape, layout = files(row.model, row.quantization)
    forecast = llama_cpp_memory(
        shape, layout, row.settings, gpus=row.gpus, backend=Backend.CUDA if row.gpus else Backend.CPU
    )
    judged.refusals[
        f"{'refused' if row.refused else 'ran'}, forecast {'refused' if forecast.findings else 'runs'}"
    ] += 1
    if row.refused:
        return
    for terms in forecast.by_device:
        measured = row.devices.get(terms.device)
        if measured is None or (row.gpus > 1 and terms.total == 0):
            continue
        place = "host" if terms.device == "host" else "GPU"
        if place == "GPU" and not measured.allocated:
            place = "GPU, the engine's forecast only"
        total = measured.model + measured.context + measured.compute
        for part, said, was in (
            ("weights", terms.model, measured.model),
            ("cache and state", terms.kv + terms.recurrent, measured.context),
            ("compute", terms.compute, measured.compute),
            ("total", _engine_total(terms), total),
        ):
            judged.part[f"{place}: {part}"].append(Error(said, was))
        judged.kind[f"{place}: {row.kind}"].append(Error(_engine_total(terms), total))
        judged.compute[f"{place}: {row.kind}"].append(Error(terms.compute, measured.compute))
        if place == "GPU" and row.kind == "one GPU":
            for name, formula in FORMULAS.items():
                judged.usual[name].append(Error(formula(row, shape, layout), total))


def _engine_total(terms: DeviceTerms) -> int:
    """Without the output buffer, which the engine's breakdown leaves out."""
    return replace(terms, output=0).total


def table(errors: Errors) -> list[str]:
    """One line a key."""
    lines = [_COLUMNS, "| --- |" + " --- |" * 7]
    for name, items in errors.items():
        count = len(items)

        def part(within: float, slack: int = 0, items: list[Error] = items) -> str:
            good = sum(abs(item.off) <= max(within * item.measured, slack) for item in items)
            return f"{100 * good / len(items):.1f} %"

        worst = max(items, key=lambda item: abs(item.off))
        lines.append(
            f"| {name} | {count} | {part(0)} | {part(0.001)} | {part(0.01)} | {part(0.03)} | {part(0.05, _SLACK)} "
            f"| {worst.off / _MIB:+,.0f} of {worst.measured / _MIB:,.0f} MiB |"
        )
    return lines


def quantiles(items: list[Error]) -> str:
    """Measured over forecast: tenth percentile, median, ninetieth."""
    ratios = sorted(item.measured / item.forecast for item in items if item.forecast > 0)
    return ", ".join(f"{ratios[int(share * (len(ratios) - 1))]:.3f}" for share in (0.1, 0.5, 0.9))


def report(judged: Judged) -> str:
    """The page."""
    lines = [
        "# How accurate the memory engine is",
        "",
        "Written by `benchmarks/memory_accuracy.py`; do not edit. Measured: 1,671 loads of 44 published models in 30",
        "architectures by llama.cpp b11434 and 0c1e57098 on simulated devices with the CUDA backend's allocation",
        "rules. They do not contain what the driver takes (see catalog/calibration/memory.yaml).",
        "",
        "## By part",
        "",
        *table(judged.part),
        "",
        "Where several GPUs form a pipeline and no allocation was measured, the engine's forecast for every GPU but",
        "the first is four inputs (4 × hidden size × micro-batch × 4 bytes) above what it allocates in all rows that",
        "have both numbers; the engine here gives the allocation.",
        "",
        "## Totals by placement",
        "",
        *table(judged.kind),
        "",
        "## Compute buffers by placement",
        "",
        *table(judged.compute),
        "",
        "## Measured over forecast (tenth percentile, median, ninetieth)",
        "",
        "| compute buffer | quantiles |",
        "| --- | --- |",
        *(f"| {name} | {quantiles(items)} |" for name, items in judged.compute.items()),
        f"| all | {quantiles([item for items in judged.compute.values() for item in items])} |",
        "",
        "## Refusals",
        "",
        *(f"- {name}: {count}" for name, count in sorted(judged.refusals.items())),
        "",
        "## Formulas in use, whole model on one GPU",
        "",
        *table({"this engine": judged.kind["GPU: one GPU"], **judged.usual}),
        "",
        "## From the catalog alone, whole model on one GPU",
        "",
        "Dimensions and the size of the file, without its tensors; models that are in the catalog.",
        "",
        *table(catalog_errors()),
        "",
        "## Known misses",
        "",
        "- Part of the layers on the host: which freed room the allocator uses again depends on every tensor of the",
        "  graph; the forecast follows the largest ones.",
        "- LFM2 with a cut inside a group of convolutions: llama.cpp finds attention on another device than expected",
        "  and switches flash attention off, which takes up to 2 GiB at 32,768 tokens; not forecast.",
        "- Recurrent models on several GPUs: states cross devices; up to 125 MiB too low.",
        "- Gemma 3n and Gemma 4 E on several GPUs: layers that read a cache on another GPU copy it; not forecast.",
        "- T5 partly on a GPU: the position biases of the host's layers are not forecast.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
