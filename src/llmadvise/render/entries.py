"""One entry and one line of descent as Markdown and as rows of CSV: its files, its ancestors."""

from __future__ import annotations

from llmadvise.domain.model import Variant
from llmadvise.render.documents.models import LineageDocument, ModelDocument
from llmadvise.render.figures import UNKNOWN, gb, parameters, tokens
from llmadvise.render.markdown import escaped, table

VARIANT_HEADER = (
    "model", "format", "quantization", "repo", "revision", "bytes", "bytes_basis", "bits_per_weight", "files", "sha256",
)  # fmt: skip
LINEAGE_HEADER = ("model", "depth", "relation", "license", "in_catalog")


def entry_markdown(document: ModelDocument) -> list[str]:
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


def lineage_markdown(document: LineageDocument) -> list[str]:
    """A nested list, the license at each node."""
    lines = []
    for node in document.ancestors:
        how = f"{escaped(node.relation)} of " if node.relation else ""
        unknown = "" if node.known else " (not in the catalog)"
        license_ = escaped(node.license or "no license known")
        lines.append(f"{'  ' * node.depth}- {how}**{escaped(node.model)}** {license_}{unknown}")
    return [*lines, "", f"Licenses that bind together: {escaped(', '.join(document.effective) or UNKNOWN)}"]


def variant_rows(document: ModelDocument) -> list[tuple[str | int | float, ...]]:
    """One row a variant; unknown is empty."""
    return [
        (
            document.id,
            variant.format,
            variant.quantization,
            variant.repo,
            variant.revision or "",
            "" if variant.bytes is None else variant.bytes,
            variant.bytes_basis.value if variant.bytes_basis else "",
            "" if variant.bits_per_weight is None else variant.bits_per_weight,
            " ".join(file.name for file in variant.files),
            " ".join(file.sha256 or "" for file in variant.files).strip(),
        )
        for variant in document.variants
    ]


def lineage_rows(document: LineageDocument) -> list[tuple[str | int, ...]]:
    """One row an ancestor, the model itself first."""
    return [
        (node.model, node.depth, node.relation or "", node.license or "", "yes" if node.known else "no")
        for node in document.ancestors
    ]
