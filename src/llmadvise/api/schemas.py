"""JSON Schemas of every output and every file format, written from the same types that make and read them."""

from __future__ import annotations

from typing import Final

from llmadvise import __version__
from llmadvise.catalog.schema import FILE_FORMATS, json_schema, json_schema_of
from llmadvise.checkout.baseline import Baseline
from llmadvise.domain.own_profile import OwnProfile
from llmadvise.domain.policy import Policy
from llmadvise.errors import UsageError
from llmadvise.render.documents.registry import DOCUMENTS, schema_entries
from llmadvise.render.documents.schemas import SchemaEntry, SchemasDocument, schemas_document
from llmadvise.render.encode import to_json

CHECKOUT_FILES: Final[dict[str, type]] = {"baseline": Baseline, "policy": Policy, "use-case": OwnProfile}
"""Files that people keep in a checkout or beside it; the lock is a document too."""


def schemas() -> SchemasDocument:
    """The list of everything that has a schema."""
    files = tuple(
        SchemaEntry(
            name=_file_name(name),
            schema=name,
            kind="file",
            summary=_summary(name, kind),
        )
        for name, kind in sorted({**FILE_FORMATS, **CHECKOUT_FILES}.items())
    )
    return schemas_document((*schema_entries(), *files), version=__version__)


def _summary(name: str, kind: type) -> str:
    """The first paragraph that the class says of itself; a row that is one word has only Python's docstring, which says nothing of it."""
    if kind.__module__ == "builtins":
        return f"One row of {name.replace('-', ' ')}."
    return " ".join((kind.__doc__ or "").strip().partition("\n\n")[0].split())


def schema_text(name: str) -> str:
    """The JSON Schema of that name as text. Raises UsageError for an unknown one."""
    wanted = name.lower().removeprefix("llmadvise.").removesuffix("/1")
    if wanted in DOCUMENTS:
        return to_json(json_schema_of(DOCUMENTS[wanted]))
    if wanted in CHECKOUT_FILES:
        return to_json(json_schema_of(CHECKOUT_FILES[wanted]))
    files = {_file_name(format_): format_ for format_ in sorted(FILE_FORMATS)}
    if wanted in files:
        return to_json(json_schema(files[wanted]))
    known = ", ".join((*sorted(DOCUMENTS), *sorted(CHECKOUT_FILES), *files))
    raise UsageError(f"unknown schema {name[:60]!r}", f"Known ones: {known}.")


def _file_name(format_: str) -> str:
    """The name to ask for a file format by: its own, unless an output is called so."""
    return f"{format_}-file" if format_ in DOCUMENTS else format_
