"""What a million tokens cost, and from how many a month on the own machine is cheaper."""

from __future__ import annotations

from llmadvise.domain.cost import CostEstimate, TokenCost
from llmadvise.render.figures import amount
from llmadvise.render.page import Column, Content, Page, Span, Tone
from llmadvise.render.prices import break_even_words, money
from llmadvise.render.text.marks import write_findings


def write_cost(page: Page, cost: CostEstimate | None) -> None:
    """Write the section, where the user gave a price."""
    if cost is None:
        return
    unit = f", {cost.currency}" if cost.currency else ""
    page.heading(f"Cost of a million tokens{unit}")
    columns = (
        Column(""),
        Column("ENERGY", right=True, drop=1),
        Column("ELECTRICITY", right=True),
        Column("HARDWARE", right=True),
        Column("TOTAL", right=True),
        Column("HOSTED", right=True),
    )
    page.table(columns, [_row("prompts", cost.reading), _row("answers", cost.writing)])
    if cost.power_watts is not None:
        power = cost.power_watts
        shown = money(power)
        page.line(Span(f"At {shown} W: {'; '.join(power.sources)}", Tone.QUIET), indent=2)
    if cost.break_even is not None:
        page.line(break_even_words(cost.break_even, cost.currency))
    write_findings(page, cost.findings, indent=2)


def _row(name: str, cost: TokenCost) -> tuple[Content, ...]:
    energy = "" if cost.energy_kwh is None else f"{money(cost.energy_kwh)} kWh"
    hosted = "" if cost.hosted is None else amount(cost.hosted)
    return (
        Span(name, Tone.STRONG),
        energy,
        "" if cost.electricity is None else money(cost.electricity),
        "" if cost.hardware is None else money(cost.hardware),
        Span("" if cost.total is None else money(cost.total), Tone.STRONG),
        hosted,
    )
