"""The answer to `hardware`: what was found, how that is known, and what could not be seen."""

from __future__ import annotations

from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Cpu, Gpu, InstalledRuntime, Memory
from llmadvise.render.documents.hardware import HardwareDocument
from llmadvise.render.documents.hardware_profiles import HardwareProfilesDocument
from llmadvise.render.figures import UNKNOWN, bandwidth, counted, gb, gib
from llmadvise.render.findings import by_weight
from llmadvise.render.page import Column, Content, Page, Span, Tone, joined
from llmadvise.render.text.marks import write_findings


def write(page: Page, document: HardwareDocument) -> None:
    """Write the machine."""
    name = f"{document.name} (simulated)" if document.name else "This machine"
    page.line((Span(name, Tone.STRONG), f", {document.platform.value}"))
    for gpu in document.gpus:
        page.heading(f"GPU {gpu.index}  {gpu.name}")
        page.pairs(_gpu(gpu), indent=2)
    if not document.gpus:
        page.heading("No GPU found")
    page.heading("Memory")
    page.pairs(_memory(document.memory), indent=2)
    page.heading(f"CPU  {document.cpu.name or UNKNOWN}")
    page.pairs(_cpu(document.cpu), indent=2)
    _runtimes(page, document)
    _downloads(page, document)
    _sources(page, document)
    if document.findings:
        page.heading("Findings")
    write_findings(page, by_weight(document.findings), indent=2)


def write_profiles(page: Page, document: HardwareProfilesDocument) -> None:
    """Write the machines and cards that can be named."""
    columns = (
        Column("ID"),
        Column("KIND", drop=3),
        Column("VENDOR", drop=2),
        Column("NAME", wraps=True, least=24),
        Column("GPU MEMORY", right=True),
        Column("BANDWIDTH", right=True),
        Column("RAM", right=True, drop=1),
        Column("RELEASED", drop=4),
    )
    rows = [
        (
            Span(each.id, Tone.STRONG),
            each.kind,
            each.vendor,
            each.name,
            gib(each.memory_bytes),
            bandwidth(each.memory_bandwidth),
            gib(each.ram_bytes) if each.ram_bytes else "",
            each.release_date or UNKNOWN,
        )
        for each in document.hardware
    ]
    page.table(columns, rows)
    if rows:
        page.blank()
    page.line(Span(counted(len(rows), "device"), Tone.QUIET))


def _gpu(gpu: Gpu) -> list[tuple[str, Content]]:
    kind = "shared with the CPU" if gpu.unified else "its own"
    memory = [f"{gib(gpu.memory_bytes)}, {kind}", f"{gib(gpu.free_bytes)} free"]
    rows: list[tuple[str, Content]] = [
        ("memory", joined(memory)),
        ("to plan with", Span(gib(gpu.budget_bytes), Tone.STRONG)),
        ("bandwidth", _bandwidth(gpu.memory_bandwidth, gpu.bandwidth_basis, gpu.bandwidth_source)),
        ("computes with", ", ".join(backend.value for backend in gpu.backends) or UNKNOWN),
    ]
    known = (
        ("capability", gpu.compute_capability),
        ("driver", gpu.driver),
        ("slice of", gpu.partition_of),
        ("catalog id", gpu.id),
    )
    return rows + [(name, value) for name, value in known if value is not None]


def _memory(memory: Memory) -> list[tuple[str, Content]]:
    rows: list[tuple[str, Content]] = [
        ("total", gib(memory.total_bytes)),
        ("available", gib(memory.available_bytes)),
    ]
    if memory.limit_bytes is not None:
        rows.append(("limit", f"{gib(memory.limit_bytes)}, set by {memory.limited_by or UNKNOWN}"))
    return rows


def _cpu(cpu: Cpu) -> list[tuple[str, Content]]:
    return [
        ("cores", UNKNOWN if cpu.cores is None else str(cpu.cores)),
        ("bandwidth", _bandwidth(cpu.memory_bandwidth, cpu.bandwidth_basis, cpu.bandwidth_source)),
        ("features", ", ".join(cpu.features) or UNKNOWN),
    ]


def _bandwidth(rate: int | None, basis: Basis | None, source: str | None) -> Content:
    if rate is None:
        return UNKNOWN
    reason = ", ".join(part for part in (basis.value if basis else None, source) if part)
    return (bandwidth(rate), Span(f"  {reason}", Tone.QUIET))


def _runtimes(page: Page, document: HardwareDocument) -> None:
    page.heading("Runtimes" if document.runtimes else "No runtime found")
    rows: list[tuple[str, Content]] = [
        (runtime.id, (runtime.version or "version unknown", Span(f"  {_about(runtime)}", Tone.QUIET)))
        for runtime in document.runtimes
    ]
    page.pairs(rows, indent=2)


def _about(runtime: InstalledRuntime) -> str:
    """Where it lies, what it was built for, and whether it answers."""
    built = f"for {', '.join(backend.value for backend in runtime.backends)}" if runtime.backends else None
    answers = f"answers at {runtime.address}" if runtime.address else None
    return ", ".join(part for part in (runtime.path, built, answers) if part)


_DOWNLOADS = 12


def _downloads(page: Page, document: HardwareDocument) -> None:
    """The files, largest first; more than a dozen are counted."""
    if not document.downloads:
        return
    page.heading("Models on this machine")
    largest = sorted(document.downloads, key=lambda item: (-item.bytes, item.store, item.name))
    rows: list[tuple[str, Content]] = [
        (item.store, (f"{gb(item.bytes)}  {item.name}", Span(f"  {item.repo or ''}", Tone.QUIET)))
        for item in largest[:_DOWNLOADS]
    ]
    page.pairs(rows, indent=2)
    if len(largest) > _DOWNLOADS:
        page.line(f"  and {len(largest) - _DOWNLOADS} more, in --json")


def _sources(page: Page, document: HardwareDocument) -> None:
    if not document.sources:
        return
    page.heading("Where this was read")
    rows: list[tuple[str, Content]] = []
    for source in document.sources:
        tone = Tone.PLAIN if source.status in {"read", "absent"} else Tone.CAUTION
        detail = f": {source.detail}" if source.detail else ""
        rows.append((source.status, (Span(source.source, tone), detail)))
    page.pairs(rows, indent=2)
