"""Holds the memory engine against every measured row, beside three formulas in use, and writes docs/accuracy.md.

Run: python benchmarks/memory_accuracy.py
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace

from llmadvise.domain.hardware import Backend
from llmadvise.engine.memory.layout import without_table
from llmadvise.engine.memory.llama_cpp import DeviceTerms, llama_cpp_memory
from memory_catalog import forecast as from_dimensions
from memory_catalog import not_made_up
from memory_rows import ROOT, Device, Row, files, rows
from memory_usual import FORMULAS

SIMULATED = ROOT / "benchmarks" / "data" / "memory_simulated.json"
_MIB = 1 << 20
_SLACK = 16 * _MIB
_COLUMNS = "| what | n | exact | within 0.1 % | within 1 % | within 3 % | within 5 % or 16 MiB | worst |"


@dataclass(frozen=True, slots=True)
class Error:
    """One forecast beside what was measured."""

    forecast: float
    measured: int
    load: tuple[str, str, str] = ("", "", "")
    """Build of the engine, model and kind of placement."""

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
    closed: Errors = field(default_factory=lambda: defaultdict(list))
    hidden: Errors = field(default_factory=lambda: defaultdict(list))
    hidden_part: Errors = field(default_factory=lambda: defaultdict(list))
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
    plain = llama_cpp_memory(
        shape,
        without_table(layout),
        row.settings,
        gpus=row.gpus,
        backend=Backend.CUDA if row.gpus else Backend.CPU,
    )
    without = {terms.device: terms for terms in plain.by_device}
    alone = from_dimensions(row, forecast)
    dimensions = {terms.device: terms for terms in alone.by_device} if alone else {}
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
            judged.part[f"{place}: {part}"].append(Error(said, was, (row.engine, row.model, row.kind)))
        judged.kind[f"{place}: {row.kind}"].append(Error(_engine_total(terms), total))
        judged.compute[f"{place}: {row.kind}"].append(Error(terms.compute, measured.compute))
        if place == "GPU":
            judged.closed[row.kind].append(Error(_engine_total(without[terms.device]), total))
        if terms.device in dimensions:
            _judge_hidden(judged, f"{place}: {row.kind}", dimensions[terms.device], measured)
        if place == "GPU" and row.kind == "one GPU":
            for name, formula in FORMULAS.items():
                judged.usual[name].append(Error(formula(row, shape, layout), total))


def _judge_hidden(judged: Judged, kind: str, said: DeviceTerms, measured: Device) -> None:
    """The errors of one device where only dimensions are known."""
    total = measured.model + measured.context + measured.compute
    judged.hidden[kind].append(Error(_engine_total(said), total))
    for part, value, was in (
        ("weights", said.model, measured.model),
        ("cache and state", said.kv + said.recurrent, measured.context),
        ("compute", said.compute, measured.compute),
        ("total", _engine_total(said), total),
    ):
        judged.hidden_part[f"{kind.partition(': ')[0]}: {part}"].append(Error(value, was))


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


def simulated() -> list[str]:
    """One line an architecture; nothing where that benchmark was never run."""
    if not SIMULATED.exists():
        return ["Not run."]
    found = json.loads(SIMULATED.read_text())["architectures"]
    lines = [
        "| architecture | devices | all but compute exact | compute within 0.1 % | within 5 % or 16 MiB | total within 1 % | worst |",
        "| --- |" + " --- |" * 6,
    ]
    sums = dict.fromkeys(("devices", "kept", "compute", "near", "total"), 0)
    for name, count in found.items():
        for key in sums:
            sums[key] += count[key]
        lines.append(_simulated_line(name, count, f"{count['worst'] / _MIB:,.1f} MiB"))
    return [*lines, _simulated_line("all", sums, "")]


def _simulated_line(name: str, count: dict[str, int], worst: str) -> str:
    parts = [f"{100 * count[key] / max(1, count['devices']):.1f} %" for key in ("kept", "compute", "near", "total")]
    return f"| {name} | {count['devices']} | {' | '.join(parts)} | {worst} |"


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
        "The compute buffers are those of the graph that llama.cpp would build: it is drawn from the tensors in the",
        "header, each operation is given to a device, copies are put between devices, and buffers are laid out with",
        "the engine's own best-fit rule (src/llama-graph.cpp, src/models/*.cpp, ggml-backend.cpp, ggml-alloc.c of",
        "b11434). Nothing in it is fitted to these rows. Catalog entries have no tensors: theirs are made up, see below.",
        "",
        "Some rows hold only the engine's own forecast (`no_alloc`), not an allocation. The forecast forgets which",
        "operations are held on a device (ggml_backend_sched_reserve_size resets the scheduler), so for several GPUs",
        "it is four inputs (4 × hidden size × micro-batch × 4 bytes) above the allocation for every GPU but the",
        "first, and with the cache on the host and flash attention off it puts attention on the GPU where the",
        "allocation has it on the host (the one wrong row of one GPU). The engine here gives the allocation.",
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
        "## From dimensions alone, as for catalog entries",
        "",
        "The same files with their tensors hidden: dimensions, number of parameters, scheme and bytes are what a catalog",
        "entry says. Tensors are made up from the dimensions and the rules of llama-quantize (src/llama-quant.cpp of",
        "b11434), then the graph is drawn as for a file. Not made up, and so by the closed form: "
        + ", ".join(not_made_up(list(rows())))
        + ".",
        "",
        *table(judged.hidden_part),
        "",
        *table(judged.hidden),
        "",
        "## Closed form, the same files without the graph",
        "",
        "What `recommend` ranks by before it draws, and all that there is for networks that cannot be drawn.",
        "",
        *table(judged.closed),
        "",
        "## Architectures and settings outside the table",
        "",
        "Files with dimensions of our own making, loaded under settings drawn by chance (context, micro-batch, slots,",
        "outputs, cache types, flash attention, layers, split, experts and cache on the host, no taking over) by llama.cpp",
        "b11434 on simulated devices: `benchmarks/memory_simulated.py`, which anybody with its source can run. The files of",
        "AFMoE, Falcon-H1, Jamba, Gemma 4, HunYuan and Qwen3-VL helped to find what was not drawn, or drawn in another",
        "order; what is drawn now follows the source, and these loads were drawn by another seed.",
        "",
        *simulated(),
        "",
        "## Known misses",
        "",
        "- A network with a tensor that the drawing does not know (RWKV, BERT, DeepSeek 3.2's indexer, Kimi Linear, Step 3.5,",
        "  Grok, PLaMo 2, …) falls back to the closed form.",
        "- SmallThinker chooses its experts before attention, and PhiMoE adds in another order: up to 18 MiB off.",
        "- The closed form follows the largest tensors only: part of the layers on the host, recurrent models on",
        "  several GPUs, LFM2 cut inside a group of convolutions and T5 on several GPUs are its worst cases.",
        "- Compressed keys in bf16 whose layer lies on the host are copied to the GPU twice; one copy is missed (64 MiB at",
        "  65,536 tokens).",
        "- Flash attention forced on GPUs without a kernel, in a pipeline, with a cache in f32: one mask copy is missed.",
        "- Split mode row is drawn like split mode layer.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
