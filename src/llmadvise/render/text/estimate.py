"""The answer to `estimate`: memory a device as numbers and bars, and speed."""

from __future__ import annotations

from llmadvise.domain.assessment import DeviceMemory
from llmadvise.render.documents.estimate import EstimateDocument, EstimateTarget, Setting
from llmadvise.render.figures import UNKNOWN, gb, gib, gib_with_range, parameters
from llmadvise.render.findings import by_weight
from llmadvise.render.footing import machine
from llmadvise.render.page import Column, Content, Page, Span, Tone
from llmadvise.render.text.bars import memory_rows
from llmadvise.render.text.cost import write_cost
from llmadvise.render.text.estimate_grid import write_grid
from llmadvise.render.text.estimate_log import write_log
from llmadvise.render.text.estimate_runtimes import write_runtimes
from llmadvise.render.text.explain import write_speed
from llmadvise.render.text.marks import chance_words, fit_words, write_findings, write_savings


def write(page: Page, document: EstimateDocument) -> None:
    """Write the estimate."""
    _target(page, document)
    total = document.memory.total
    page.heading(f"Memory {gib_with_range(total)}, {total.basis.value}{fit_words(document.memory.fit_chance)}")
    page.pairs(memory_rows(page, document.memory, document.hardware), indent=2)
    page.blank()
    _devices(page, document.memory.by_device)
    write_savings(page, document.memory.savings)
    if document.grid:
        write_grid(page, document.grid)
    if document.by_runtime:
        write_runtimes(page, document.by_runtime)
    write_speed(page, document.speed)
    write_cost(page, document.cost)
    if document.from_log is not None:
        write_log(page, document.from_log)
    page.heading("Settings")
    page.line(", ".join(f"{name} {_setting(value)}" for name, value in document.settings.items()), indent=2)
    if document.findings:
        page.heading("Findings")
    write_findings(page, by_weight(document.findings), indent=2)
    if document.hardware is not None:
        page.blank()
        page.line(Span(f"On {machine(document.hardware)}", Tone.QUIET))


def _target(page: Page, document: EstimateDocument) -> None:
    target = document.target
    name = target.name or target.model or target.asked
    page.line((Span(name, Tone.STRONG), f"  {target.quantization or 'quantization unknown'} with {document.runtime}"))
    page.pairs(_facts(target, document), indent=2)


def _facts(target: EstimateTarget, document: EstimateDocument) -> list[tuple[str, Content]]:
    rows: list[tuple[str, Content]] = [("file", f"{gb(target.bytes)}  {target.repo or ''}".rstrip())]
    if document.parameters is not None:
        rows.append(("parameters", parameters(document.parameters.total)))
    shape = document.architecture
    if shape is None:
        rows.append(("architecture", UNKNOWN))
    else:
        rows.append(("architecture", f"{shape.id or UNKNOWN}, {shape.layers} layers, {shape.hidden_size:,} wide"))
    if target.kind != "catalog":
        rows.append(("license", f"{target.license or UNKNOWN}, as the file declares"))
    if target.kind != "catalog" and target.base_models:
        rows.append(("based on", ", ".join(target.base_models)))
    return rows


def _devices(page: Page, devices: tuple[DeviceMemory, ...]) -> None:
    columns = (
        Column("DEVICE"),
        Column("WEIGHTS", right=True),
        Column("KV CACHE", right=True),
        Column("COMPUTE", right=True),
        Column("OVERHEAD", right=True),
        Column("USED", right=True),
        Column("BUDGET", right=True),
        Column("FITS", right=True),
    )
    rows = [
        (
            Span(device.device, Tone.STRONG),
            gib(device.weights_bytes),
            gib(device.kv_cache_bytes),
            gib(device.compute_bytes),
            gib(device.overhead_bytes),
            gib(device.used.value),
            gib(device.budget_bytes),
            chance_words(device.fit_chance),
        )
        for device in devices
    ]
    page.table(columns, rows)


def _setting(value: Setting) -> str:
    match value:
        case None:
            return "not set"
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(str(item) for item in value)
        case _:
            return str(value)
