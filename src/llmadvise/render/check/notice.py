"""A NOTICE file: for each allowed model its license and the texts that are due when it is used or passed on."""

from __future__ import annotations

from llmadvise.render.check.wording import DISCLAIMER, one_line
from llmadvise.render.documents.check import CheckDocument, CheckObligation, CheckResult
from llmadvise.render.documents.check_terms import CheckTerms, reference_id

_RULE = "-" * 78


def write(document: CheckDocument) -> str:
    """Every model that may be used, in order of name; those that may not are named at the end."""
    terms = {item.id: item for item in document.licenses}
    used = [result for result in document.results if result.verdict in {"allowed", "waived"}]
    other = [result for result in document.results if result.verdict not in {"allowed", "waived"}]
    lines = [
        "THIRD-PARTY MODEL NOTICES",
        "",
        f"Written by llmadvise {one_line(document.version)} from the catalog of {one_line(document.catalog.as_of)}.",
        DISCLAIMER,
    ]
    for result in used:
        lines += ["", _RULE, *_model(result, terms)]
    if other:
        lines += ["", _RULE, "Not covered, since their use is denied or undecided:"]
        lines += [f"  {one_line(result.model)} ({result.verdict})" for result in other]
    return "\n".join(lines) + "\n"


def _model(result: CheckResult, terms: dict[str, CheckTerms]) -> list[str]:
    lines = [one_line(result.name or result.model)]
    if result.repo:
        revision = f" at {one_line(result.revision)}" if result.revision else ""
        lines.append(f"  https://huggingface.co/{one_line(result.repo)}{revision}")
    lines += [f"  License: {_license(id_, terms)}" for id_ in result.license.effective or ("none declared",)]
    lines += [f"  Made from: {one_line(item.model)} ({one_line(item.relation)})" for item in result.lineage]
    for duty in result.obligations:
        lines += _duty(duty)
    return lines


def _license(id_: str, terms: dict[str, CheckTerms]) -> str:
    known = terms.get(id_)
    if known is None:
        return one_line(id_)
    url = f", {one_line(known.url)}" if known.url else ""
    read = f"; text read: {one_line(known.verified.replace('_', ' '))}" if known.verified else "; text not read"
    return f"{one_line(known.name)} ({one_line(reference_id(known))}{read}){url}"


def _duty(duty: CheckObligation) -> list[str]:
    clause = f" ({one_line(duty.clause)})" if duty.clause else ""
    lines = ["", f"  {one_line(duty.id)}{clause}: {one_line(duty.text)}"]
    if duty.literal:
        lines += [f"  > {one_line(line)}" for line in duty.literal.splitlines()]
    if duty.turns_on:
        facts = ", ".join(f"use.{one_line(fact)}" for fact in duty.turns_on)
        lines.append(f"  Whether it is due turns on {facts}.")
    if duty.quote:
        lines += [f"  | {one_line(line)}" for line in duty.quote.splitlines()]
    return lines
