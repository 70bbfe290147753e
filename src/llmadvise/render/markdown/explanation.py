"""An explanation as Markdown: the score as a sum that adds up, the other files, what would change the answer."""

from __future__ import annotations

from llmadvise.domain.assessment import Alternative
from llmadvise.domain.finding import Finding
from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.documents.explanation import ExplanationDocument
from llmadvise.render.figures import UNKNOWN, adding_up, gb, gib, two_digits
from llmadvise.render.findings import by_weight
from llmadvise.render.markdown.advice import figures
from llmadvise.render.markdown.syntax import escaped, fenced, footing, items, stamp, table


def lines(document: ExplanationDocument) -> list[str]:
    """The lines of the page."""
    judged = document.assessment
    rank = "" if judged.rank is None else f"#{judged.rank} "
    page = [f"**{rank}{escaped(judged.name)}** {escaped(judged.variant.id)} with {escaped(judged.runtime)}", ""]
    if document.blocked:
        page += ["**Not advised: a rule forbids it.**", ""]
    page += [*_score(judged), "", *figures(judged)]
    page += _section("Findings", [_finding(found) for found in by_weight((*judged.findings, *judged.license.findings))])
    page += _section("What would change the answer", [escaped(change) for change in document.changes])
    if judged.alternatives:
        header = ("Other file", "With", "Download", "Memory", "Speed", "Quality", "Score")
        page += ["", *table(header, map(_alternative, judged.alternatives))]
    commands = (judged.commands.pull, judged.commands.run, judged.commands.serve)
    for command in dict.fromkeys(command for command in commands if command is not None):
        page += ["", *fenced(command)]
    told = footing(document.hardware, document.requirements)
    return [*page, "", *told, stamp(document.version, document.catalog.as_of)]


def _score(judged: Recommendation) -> list[str]:
    points = adding_up([grade.points for grade in judged.grades], judged.score)
    rows = [
        (escaped(grade.criterion), f"{grade.grade:.3f}", f"{100 * grade.weight:.1f}", shown, escaped(grade.why))
        for grade, shown in zip(judged.grades, points, strict=True)
    ]
    weights = sum(grade.weight for grade in judged.grades)
    total = ("**sum**", "", f"{100 * weights:.1f}", f"**{judged.score:.1f}**", "points of 100")
    return table(("Criterion", "Grade", "x Weight", "= Points", "Why"), [*rows, total])


def _section(title: str, texts: list[str]) -> list[str]:
    return ["", f"{title}:", "", *items(dict.fromkeys(texts))] if texts else []


def _finding(found: Finding) -> str:
    evidence = f" ({escaped(found.evidence)})" if found.evidence else ""
    return f"{found.verdict.value}: {escaped(found.message)}{evidence} {escaped(f'[{found.rule}]')}"


def _alternative(other: Alternative) -> tuple[str, ...]:
    return (
        escaped(other.variant.quantization),
        escaped(other.runtime),
        gb(other.variant.bytes),
        gib(other.memory_bytes),
        UNKNOWN if other.decode is None else escaped(f"~{two_digits(other.decode)} t/s"),
        f"{other.quality:.0f}",
        f"{other.score:.1f}",
    )
