"""The table of licenses in docs/licenses.md, and one page a license below docs/catalog/licenses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.license import License, Limit, Obligation
from page_part import replaced

BEGIN, END = "<!-- licenses: begin (benchmarks/catalog_pages.py) -->", "<!-- licenses: end -->"
_READ = {
    "full_text": "the whole text",
    "standard_text": "the standard text",
    "key_clauses": "the clauses named",
    "summary_page": "a summary",
    "secondary": "what others say",
    "memory": "memory",
}


def with_table(page: str, catalog: Catalog) -> str:
    """The page with the table of the catalog's licenses between its marks."""
    return replaced(page, BEGIN, END, "\n".join(("", *_table(catalog), "", "")))


def _table(catalog: Catalog) -> Iterator[str]:
    counts = Counter(text.verified or "unknown" for text in catalog.licenses.values())
    yield ", ".join(f"{counts[key]} from {words}" for key, words in _READ.items() if counts[key]) + "."
    yield ""
    yield "| License | Category | Commercial use | Outputs may train | Students | Limits | Read |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for id_, text in sorted(catalog.licenses.items()):
        cells = (
            f"[{text.name}](catalog/licenses/{_file(id_)})",
            text.category,
            text.commercial_use.value,
            text.outputs.reach.value if text.outputs else text.output_training.value,
            "derivatives" if text.students_are_derivatives else "",
            ", ".join(dict.fromkeys(limit.kind.value for limit in text.limits)),
            _READ.get(text.verified or "", "unknown"),
        )
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _file(id_: str) -> str:
    return f"{id_.replace('+', '-plus')}.md"


def pages(catalog: Catalog, generated: str) -> dict[str, str]:
    """Every page by its path below docs/catalog."""
    return {f"licenses/{_file(id_)}": _page(text, catalog, generated) for id_, text in catalog.licenses.items()}


def _page(text: License, catalog: Catalog, generated: str) -> str:
    facts = (
        ("Id", f"`{text.id}`, `{text.spdx_id}`"),
        ("Category", text.category),
        ("Commercial use", text.commercial_use.value),
        ("Passing it on", text.redistribution.value),
        ("Changed versions", text.derivatives.value),
        ("As a service", text.hosting.value),
        ("Outputs may train", f"{text.output_training.value}{_outputs(text)}"),
        ("Students", "derivatives" if text.students_are_derivatives else "no derivatives by the text"),
        ("Copyleft", text.copyleft.value),
        ("Patents", f"{text.patents.value}{f'; who sues loses: {text.litigation}' if text.litigation else ''}"),
        ("Acceptable use", _acceptable_use(text)),
        ("Version of", text.effective or "unknown"),
        ("Ends", f"on breach; {text.ends}" if text.ends else "on breach"),
        ("Text", text.url or "unknown"),
        ("Read", _READ.get(text.verified or "", "unknown")),
    )
    models = sorted(model.id for model in catalog.models.values() if model.license.declared == text.id)
    lines = [generated, "", f"# {text.name}", "", "Terms as facts, not legal advice.", "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in facts]
    lines += _section("Limits", (_limit(limit) for limit in text.limits))
    lines += _section("Conditions", (_clause(item) for item in text.conditions))
    lines += _section("Duties", (_clause(item, when=True) for item in text.obligations))
    lines += _section("Notes", text.notes)
    lines += _section("Declared by", (f"[{id_}](../{id_}.md)" for id_ in models))
    lines += _section("Sources", text.sources)
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(title: str, items: Iterator[str] | tuple[str, ...]) -> list[str]:
    rows = [f"- {item}" for item in items]
    return ["", f"## {title}", "", *rows] if rows else []


def _outputs(text: License) -> str:
    if text.outputs is None:
        return ""
    owned = ", the licensor claims them" if text.outputs.owned_by_licensor else ""
    clause = f" ({text.outputs.clause})" if text.outputs.clause else ""
    return f": {text.outputs.reach.value}{owned}{clause}"


def _acceptable_use(text: License) -> str:
    if text.acceptable_use is None:
        return "no policy known"
    return text.acceptable_use.place + ("; recipients have to be bound to it" if text.acceptable_use.passed_on else "")


def _limit(limit: Limit) -> str:
    counted = f" Counted once{f', on {limit.counted_at}' if limit.counted_at else ''}." if limit.at_release else ""
    scope = f" Of: {limit.scope.value}." if limit.scope else ""
    use = " Any use." if limit.any_use else " Commercial use."
    return f"{limit.kind.value}{_of(limit.clause)}: {limit.text}.{scope}{counted}{use}{_quote(limit.quote)}"


def _clause(item: Obligation, *, when: bool = False) -> str:
    due = f" Due: {item.due.value}{', commercial' if item.commercial else ''}." if when else ""
    literal = f" Words: `{item.literal}`." if item.literal else ""
    return f"{item.id}{_of(item.clause)}: {item.text}{literal}{due}{_quote(item.quote)}"


def _of(clause: str | None) -> str:
    return f" ({clause})" if clause else ""


def _quote(quote: str | None) -> str:
    return f' "{quote}"' if quote else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
