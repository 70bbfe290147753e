"""`llmadvise.schemas/1`: which JSON documents and file formats have a schema."""

from __future__ import annotations

from typing import Literal

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaEntry:
    """One document or file format."""

    name: str
    """What `llmadvise schema NAME` takes."""
    schema: str
    """What the document's `schema` field says."""
    kind: Literal["output", "file"]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemasDocument:
    """Every document and file format that has a JSON Schema."""

    schema: Literal["llmadvise.schemas/1"]
    version: str
    """Of the program."""
    schemas: tuple[SchemaEntry, ...]


def schemas_document(entries: tuple[SchemaEntry, ...], *, version: str) -> SchemasDocument:
    """Build the document of the list."""
    return SchemasDocument(schema="llmadvise.schemas/1", version=version, schemas=entries)
