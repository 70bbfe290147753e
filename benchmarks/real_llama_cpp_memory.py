"""What a real llama-server allocates, beside the memory engine's forecast: by part, and as the system counts it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import layout_from_tensors
from llmadvise.engine.memory.llama_cpp import DeviceTerms, llama_cpp_memory
from real_llama_cpp_cases import Options
from real_llama_cpp_models import MadeFile
from real_llama_cpp_server import Run, run_server

_MIB = 1 << 20
_ROUNDING = 3 * 5243
"""Half of the last decimal of a mebibyte in the log, for up to three lines."""
_COPIES = ("CPU_REPACK", "AMX")
"""Weights that the CPU keeps a second time, laid out for its instructions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One start beside its forecast."""

    model: str
    options: Options
    run: Run
    forecast: DeviceTerms
    refused: bool

    @property
    def parts(self) -> dict[str, tuple[int, int]]:
        """Forecast and log by part. The copy that the CPU makes of weights is no part: its pages replace the file's."""
        return {
            "weights": (self.forecast.model, self.mapped),
            "KV cache": (self.forecast.kv, self.run.total("KV")),
            "state": (self.forecast.recurrent, self.run.total("RS")),
            "compute": (self.forecast.compute, self.run.total("compute")),
            "output": (self.forecast.output, self.run.total("output")),
        }

    @property
    def mapped(self) -> int:
        """Weights as they lie in the file."""
        return sum(size for place, size in self.run.buffers.get("model", {}).items() if place not in _COPIES)

    @property
    def copied(self) -> int:
        """Weights that lie in memory a second time."""
        return sum(size for place, size in self.run.buffers.get("model", {}).items() if place in _COPIES)

    @property
    def logged(self) -> int:
        """All parts in the log."""
        return sum(real for _, real in self.parts.values())

    @property
    def resident(self) -> int:
        """What the process holds, with the pages of the file."""
        return self.run.private_bytes + self.run.mapped_bytes

    @property
    def needed(self) -> int:
        """The same without the pages of the file that were copied, which the system may take back."""
        return self.resident - min(self.copied, self.run.mapped_bytes)


def compare(server: Path, made: MadeFile, options: Options) -> Compared:
    """One start of the server on one file."""
    shape = shape_from_header(made.metadata)
    assert shape is not None
    memory = llama_cpp_memory(shape, layout_from_tensors(made.tensors, shape.layers), options.settings)
    run = run_server(server, made.path, options.arguments, prompt="12 34 56")
    return Compared(model=made.name, options=options, run=run, forecast=memory.host, refused=bool(memory.findings))


def report(found: list[Compared]) -> str:
    """The tables in Markdown."""
    loaded = [item for item in found if item.run.healthy]
    refused = [item for item in found if not item.run.healthy]
    lines = [
        "| part | n | same to the printed digit | within 0.1 % | within 1 % | within 5 % | worst |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
        *(_summary(part, loaded) for part in ("weights", "KV cache", "state", "compute", "output")),
        "",
        "Forecast / log, MiB. A copy is what the CPU lays out anew for its instructions (`CPU_REPACK`).",
        "",
        "| model | options | weights | KV cache | state | compute | output | error of all | copy |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_row(item) for item in loaded),
        "",
        "What the system counts after one answer, MiB: private memory, pages of the file, and both without the pages",
        "that were copied, which it may take back at any time. Pages of the compute buffer count once a prompt has",
        "used them; the short one here uses few.",
        "",
        "| model | options | forecast | private | file | both | without copied pages | over forecast |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_resident(item) for item in loaded),
        "",
        f"Refused by the engine: {len(refused)}, foreseen: {sum(item.refused for item in refused)}.",
        f"Foreseen and yet loaded: {sum(item.refused for item in loaded)}.",
        "",
        *(f"- {item.model}, `{' '.join(item.options.arguments)}`: {_last_error(item.run)}" for item in refused),
    ]
    return "\n".join(lines)


def _summary(part: str, found: list[Compared]) -> str:
    """How many forecasts are how close; what the rounding of the log explains is no error."""
    errors = []
    for item in found:
        said, real = item.parts[part]
        if said or real:
            errors.append((0.0 if abs(said - real) <= _ROUNDING else abs(said - real) / max(real, 1), item))
    within = [sum(error <= limit for error, _ in errors) for limit in (0.0, 0.001, 0.01, 0.05)]
    worst, item = max(errors, key=lambda entry: entry[0])
    return (
        f"| {part} | {len(errors)} | {' | '.join(map(str, within))} | {worst:.2%}{f', {item.model}' if worst else ''} |"
    )


def _row(item: Compared) -> str:
    cells = [f"{said / _MIB:,.2f} / {real / _MIB:,.2f}" if said or real else "" for said, real in item.parts.values()]
    error = (item.forecast.total - item.logged) / max(1, item.logged)
    copy = f"{item.copied / _MIB:,.2f}" if item.copied else ""
    return f"| {item.model} | `{' '.join(item.options.arguments)}` | {' | '.join(cells)} | {error:+.2%} | {copy} |"


def _resident(item: Compared) -> str:
    sizes = (item.forecast.total, item.run.private_bytes, item.run.mapped_bytes, item.resident, item.needed)
    cells = " | ".join(f"{size / _MIB:,.0f}" for size in sizes)
    over = (item.needed - item.forecast.total) / _MIB
    return f"| {item.model} | `{' '.join(item.options.arguments)}` | {cells} | {over:+,.0f} |"


def _last_error(run: Run) -> str:
    """The engine's last complaint."""
    said = [line for line in run.log.splitlines() if " E " in line or "GGML_ASSERT" in line or "error" in line]
    return f"`{said[-1][-160:]}`" if said else "no message"
