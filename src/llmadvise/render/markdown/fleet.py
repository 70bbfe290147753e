"""A fleet as Markdown: the totals, the models and the largest groups."""

from __future__ import annotations

from llmadvise.domain.fleet import FleetGroup
from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.figures import gib, speed, speed_with_range
from llmadvise.render.fleet import machine_words, share
from llmadvise.render.markdown.syntax import escaped, stamp, table

_MOST_GROUPS = 20
"""Groups that are shown to people; all are in the JSON and the CSV."""


def lines(document: FleetDocument) -> list[str]:
    """The totals, the models and the largest groups."""
    totals = document.totals
    page = [
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
    page += table(("Model", "File", "With", "Machines", "Share", "Together"), rows)
    shown = document.groups[:_MOST_GROUPS]
    page += ["", *table(("Machines", "Machine", "Model", "File", "Memory", "Each"), map(_row, shown))]
    left = len(document.groups) - len(shown)
    if left:
        page += ["", f"{left:,} smaller groups are left out here."]
    notes = [f"- Run nothing by {escaped(reason.rule)}: {reason.machines:,}" for reason in document.reasons]
    notes += [f"- {escaped(f'{item.evidence}: {item.message}')}" for item in document.findings]
    page += ["", *notes] if notes else []
    return [*page, "", stamp(document.version, document.catalog.as_of)]


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
