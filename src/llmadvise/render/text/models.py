"""The catalog as a person reads it: a list, one model, a line of descent."""

from __future__ import annotations

from llmadvise.domain.draft import DraftArchitecture
from llmadvise.domain.model import AttentionGroup, Variant
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument
from llmadvise.render.figures import UNKNOWN, counted, gb, parameters, tokens
from llmadvise.render.findings import by_weight
from llmadvise.render.page import Column, Content, Page, Span, Tone
from llmadvise.render.text.marks import write_findings


def write_list(page: Page, document: ModelsDocument) -> None:
    """Write one line a model."""
    columns = (
        Column("ID"),
        Column("NAME", drop=6),
        Column("ROLE", drop=2),
        Column("PARAMETERS", right=True),
        Column("ACTIVE", right=True, drop=4),
        Column("CONTEXT", right=True),
        Column("LICENSE", wraps=True),
        Column("RELEASED", drop=3),
        Column("FORMATS", drop=5),
        Column("FILES", right=True, drop=1),
    )
    rows = [
        (
            Span(model.id, Tone.STRONG),
            model.name,
            model.role.value,
            parameters(model.parameters.total),
            parameters(model.parameters.active) if model.parameters.active != model.parameters.total else "",
            tokens(model.context_length),
            model.license or "none declared",
            model.release_date or UNKNOWN,
            ", ".join(model.formats),
            str(model.variant_count),
        )
        for model in document.models
    ]
    if rows:
        page.table(columns, rows)
        page.blank()
    page.line(Span(counted(len(document.models), "model"), Tone.QUIET))


def write(page: Page, document: ModelDocument) -> None:
    """Write one entry."""
    page.line((Span(document.name, Tone.STRONG), f"  {document.id}"))
    page.pairs(_facts(document), indent=2)
    if document.architecture is not None:
        page.heading(f"Architecture  {document.architecture.id or 'without a llama.cpp name'}")
        page.pairs(_architecture(document.architecture), indent=2)
    _variants(page, document.variants)
    _evidence(page, document)
    if document.notes or document.findings:
        page.heading("Notes")
    for note in document.notes:
        page.line(f"{page.symbols.note} {note}", indent=2)
    write_findings(page, by_weight(document.findings), indent=2)
    if document.sources:
        page.heading("Sources")
    for source in document.sources:
        page.line(Span(source, Tone.QUIET), indent=2)


def write_lineage(page: Page, document: LineageDocument) -> None:
    """Write the line of descent as a tree, the license at each node."""
    for node in document.ancestors:
        branch = f"{'  ' * (node.depth - 1)}{page.symbols.branch} {node.relation or ''} of " if node.depth else ""
        unknown = "" if node.known else " (not in the catalog)"
        page.line((branch, Span(node.model, Tone.STRONG), f"  {node.license or 'no license known'}{unknown}"))
    page.blank()
    page.line(f"Licenses that bind together: {', '.join(document.effective) or UNKNOWN}")
    write_findings(page, by_weight(document.findings))


def _facts(document: ModelDocument) -> list[tuple[str, Content]]:
    total, active, native = document.parameters.total, document.parameters.active, document.context_length.native
    size = UNKNOWN if total is None else parameters(total)
    if active is not None and active != total:
        size += f", {parameters(active)} active"
    extended = document.context_length.extended
    context = UNKNOWN if native is None else tokens(native)
    license_ = document.license.declared or document.license.name or "none declared"
    rows: list[tuple[str, Content]] = [
        ("repo", f"{document.repo}{f'@{document.revision}' if document.revision else ''}"),
        ("role", ", ".join((document.role.value if document.role else UNKNOWN, *document.capabilities))),
        ("parameters", size),
        ("context", f"{context} tokens" + (f", {tokens(extended)} with RoPE scaling" if extended else "")),
        ("license", license_ + (f"  {document.license.link}" if document.license.link else "")),
        ("released", document.release_date or UNKNOWN),
        ("gated", {None: UNKNOWN, True: "yes: accept the terms on the Hub first", False: "no"}[document.gated]),
    ]
    if document.instead:
        rows.append(("instead", ", ".join(document.instead)))
    if document.origin:
        rows.append(("origin", document.origin))
    if document.languages:
        rows.append(("languages", ", ".join(document.languages)))
    return [*rows, *((base.relation, f"of {base.model}") for base in document.base_models)]


def _architecture(architecture: DraftArchitecture) -> list[tuple[str, Content]]:
    rows: list[tuple[str, Content]] = [
        ("layers", f"{_count(architecture.layers)}, {_count(architecture.hidden_size)} wide"),
        ("heads", f"{_count(architecture.heads)}, of keys and values {_count(architecture.kv_heads)}"),
        ("vocabulary", f"{_count(architecture.vocabulary_size)}{', tied' if architecture.tied_embeddings else ''}"),
    ]
    if architecture.experts is not None:
        experts = architecture.experts
        shared = f", {experts.shared} shared" if experts.shared else ""
        rows.append(("experts", f"{experts.used} of {experts.total}{shared}"))
    return rows + [("attention", _attention(group)) for group in architecture.attention or ()]


def _attention(group: AttentionGroup) -> str:
    window = f", window of {tokens(group.window)} tokens" if group.window else ""
    return f"{group.kind.value} in {len(group.layers)} layers{window}"


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _variants(page: Page, variants: tuple[Variant, ...]) -> None:
    page.heading(f"Files: {len(variants)}")
    columns = (
        Column("FORMAT"),
        Column("QUANTIZATION"),
        Column("SIZE", right=True),
        Column("BITS", right=True, drop=1),
        Column("REPO", wraps=True),
        Column("SIZE IS", drop=2),
    )
    rows = [
        (
            variant.format,
            Span(variant.quantization, Tone.STRONG),
            gb(variant.bytes),
            UNKNOWN if variant.bits_per_weight is None else f"{variant.bits_per_weight:.2f}",
            variant.repo,
            variant.bytes_basis.value if variant.bytes_basis else UNKNOWN,
        )
        for variant in variants
    ]
    if rows:
        page.table(columns, rows)


def _evidence(page: Page, document: ModelDocument) -> None:
    if not document.evidence:
        return
    page.heading("Evidence")
    columns = (
        Column("BENCHMARK"),
        Column("SCORE", right=True),
        Column("BY"),
        Column("DATE"),
        Column("SOURCE", wraps=True, drop=1),
    )
    page.table(
        columns,
        [
            (
                item.benchmark,
                f"{item.score:.1f}",
                "others" if item.independent else "publisher",
                item.date or UNKNOWN,
                item.source or UNKNOWN,
            )
            for item in document.evidence
        ],
    )
