"""A fleet as Markdown and as rows for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from llmadvise.domain.fleet import FleetGroup, FleetMachine
from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.figures import gib, percent, speed, speed_with_range
from llmadvise.render.markdown import escaped, table

MOST_GROUPS = 20
"""Groups that are shown to people; all are in the JSON and the CSV."""
_LEAST_SHARE = 1000
HEADER = (
    "machines", "platform", "gpus", "gpu_budget_bytes", "ram_budget_bytes", "cores", "model", "format", "quantization",
    "repo", "bytes", "runtime", "placement", "memory_bytes", "decode", "together", "together_low", "together_high",
    "quality", "license", "reason", "relaxation", "example",
)  # fmt: skip


def machine_words(machine: FleetMachine) -> str:
    """Name what the machines of a group have in common: `2x RTX 3090, 56.0 GiB RAM`."""
    parts = [f"{gpu.count}x {gpu.name}" if gpu.count > 1 else gpu.name for gpu in machine.gpus] or ["no GPU"]
    parts.append(f"{gib(machine.ram_budget_bytes)} RAM")
    if not machine.gpus and machine.cores:
        parts.append(f"{machine.cores} cores")
    return ", ".join(parts)


def share(part: int, whole: int) -> str:
    """Part of all machines: `96.2%`, `<0.1%`."""
    return percent(part / whole) if part * _LEAST_SHARE >= whole else "<0.1%"


def fleet_markdown(document: FleetDocument) -> list[str]:
    """The totals, the models and the largest groups."""
    totals = document.totals
    lines = [
        (
            f"**{totals.machines:,} machines in {totals.groups:,} groups**: {totals.advised:,} can run something, "
            f"{totals.without:,} nothing; documents that could not be read: {totals.invalid:,}."
        ),
        "",
        f"Together {speed_with_range(totals.together, 'tokens/s')} for {totals.users:,} users at once.",
        "",
    ]
    rows = (
        (
            escaped(model.name),
            escaped(model.quantization),
            escaped(model.runtime),
            f"{model.machines:,}",
            share(model.machines, totals.machines),
            speed(model.together),
        )
        for model in document.models
    )
    lines += table(("Model", "File", "With", "Machines", "Share", "Together"), rows)
    shown = document.groups[:MOST_GROUPS]
    lines += ["", *table(("Machines", "Machine", "Model", "File", "Memory", "Each"), map(_row, shown))]
    left = len(document.groups) - len(shown)
    if left:
        lines += ["", f"{left:,} smaller groups are left out here."]
    notes = [f"- Run nothing by {escaped(reason.rule)}: {reason.machines:,}" for reason in document.reasons]
    notes += [f"- {escaped(f'{item.evidence}: {item.message}')}" for item in document.findings]
    lines += ["", *notes] if notes else []
    return [*lines, "", f"llmadvise {escaped(document.version)}, catalog of {escaped(document.catalog.as_of)}"]


def _row(group: FleetGroup) -> tuple[str, ...]:
    machine, pick = escaped(machine_words(group.machine)), group.pick
    if pick is None:
        return (f"{group.machines:,}", machine, f"nothing: {escaped(group.reason or '')}", "", "", "")
    memory = gib(pick.memory.value)
    return (
        f"{group.machines:,}",
        machine,
        escaped(pick.name),
        escaped(pick.quantization),
        memory,
        speed(pick.together),
    )


def fleet_rows(document: FleetDocument) -> Iterator[tuple[str | float | int | None, ...]]:
    """One row a group; unknown is empty."""
    for group in document.groups:
        machine, pick = group.machine, group.pick
        gpus = " + ".join(f"{gpu.count}x {gpu.name}" for gpu in machine.gpus)
        budget = sum(gpu.count * gpu.budget_bytes for gpu in machine.gpus)
        head = (group.machines, machine.platform.value, gpus, budget, machine.ram_budget_bytes, machine.cores)
        tail = (group.reason, group.relaxation, f"{group.example.file}:{group.example.line}")
        if pick is None:
            yield (*head, *(None,) * (len(HEADER) - len(head) - len(tail)), *tail)
            continue
        decode, together = pick.decode, pick.together
        yield (
            *head, pick.model, pick.format, pick.quantization, pick.repo, pick.bytes, pick.runtime, pick.placement.value,
            round(pick.memory.value), None if decode is None else decode.value,
            *((None,) * 3 if together is None else (together.value, together.low, together.high)),
            pick.quality, " + ".join(pick.license), *tail,
        )  # fmt: skip
