"""The catalog as Markdown: a list of models, one entry with its files, one line of descent."""

from __future__ import annotations

from llmadvise.domain.model import Variant
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument
from llmadvise.render.figures import UNKNOWN, gb, parameters, tokens
from llmadvise.render.markdown.syntax import escaped, table


def list_lines(document: ModelsDocument) -> list[str]:
    """A table, one row a model."""
    rows = (
        (
            escaped(model.id),
            model.role.value,
            parameters(model.parameters.total),
            tokens(model.context_length),
            escaped(model.license or "none declared"),
            escaped(", ".join(model.formats)),
        )
        for model in document.models
    )
    return table(("Model", "Role", "Parameters", "Context", "License", "Formats"), rows)


def entry_lines(document: ModelDocument) -> list[str]:
    """A table of facts, a table of files."""
    total, native = document.parameters.total, document.context_length.native
    facts = {
        "Repository": document.repo,
        "Role": ", ".join((document.role.value if document.role else UNKNOWN, *document.capabilities)),
        "Parameters": UNKNOWN if total is None else parameters(total),
        "Context": UNKNOWN if native is None else f"{tokens(native)} tokens",
        "License": document.license.declared or document.license.name or "none declared",
        "Released": document.release_date or UNKNOWN,
    }
    if document.instead:
        facts["Use instead"] = ", ".join(document.instead)
    lines = [f"**{escaped(document.name)}** {escaped(document.id)}", ""]
    lines += table(("Fact", "Value"), [(name, escaped(value)) for name, value in facts.items()])
    if document.base_models:
        lines += ["", *(f"- {escaped(base.relation)} of {escaped(base.model)}" for base in document.base_models)]
    if document.variants:
        lines += ["", *table(("Format", "Quantization", "Size", "Repository"), map(_file_cells, document.variants))]
    return lines


def _file_cells(variant: Variant) -> tuple[str, ...]:
    return (escaped(variant.format), escaped(variant.quantization), gb(variant.bytes), escaped(variant.repo))


def lineage_lines(document: LineageDocument) -> list[str]:
    """A nested list, the license at each node."""
    lines = []
    for node in document.ancestors:
        how = f"{escaped(node.relation)} of " if node.relation else ""
        unknown = "" if node.known else " (not in the catalog)"
        license_ = escaped(node.license or "no license known")
        lines.append(f"{'  ' * node.depth}- {how}**{escaped(node.model)}** {license_}{unknown}")
    return [*lines, "", f"Licenses that bind together: {escaped(', '.join(document.effective) or UNKNOWN)}"]
