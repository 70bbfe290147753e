"""JSON Schemas, written from the domain's own dataclasses and docstrings: of catalog files, and of any output."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from pydantic import ConfigDict, TypeAdapter

from llmadvise.catalog.layout import CALIBRATION, SECTIONS, EntryFiles
from llmadvise.catalog.tree import Identity
from llmadvise.errors import UsageError

Schema: TypeAlias = dict[str, Any]
"""JSON Schema is a recursive mapping without a narrower type."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DOCUMENTED: Final = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)
# The entries of these formats are files of their own, hence the singular.
_ENTRY_FORMATS: Final = {
    section.name.removesuffix("s"): section.kind for section in SECTIONS if isinstance(section.place, EntryFiles)
}
_ROW_KEYS: Final = {
    section.name.replace("_", "-"): section.place.key
    for section in SECTIONS
    if not isinstance(section.place, EntryFiles)
}
_ROW_FORMATS: Final = {
    section.name.replace("_", "-"): section.kind for section in SECTIONS if not isinstance(section.place, EntryFiles)
}
_CALIBRATION_FORMATS: Final = {f"{name}-calibration": kind for name, kind in CALIBRATION.kinds}

FILE_FORMATS: Final[Mapping[str, type]] = MappingProxyType(
    {"catalog": Identity, **_ENTRY_FORMATS, **_ROW_FORMATS, **_CALIBRATION_FORMATS}
)
"""Names of the catalog's file formats, and the type of an entry of each."""


def json_schema(name: str) -> Schema:
    """Describe one of FILE_FORMATS as JSON Schema. Raises UsageError for an unknown name."""
    if name not in FILE_FORMATS:
        raise UsageError(f"there is no file format {name[:60]!r}", f"There are {', '.join(FILE_FORMATS)}.")
    schema = json_schema_of(FILE_FORMATS[name])
    if name in _ENTRY_FORMATS or name in _ROW_FORMATS:
        _free_ids(schema)
    return _rows_of(schema, name, _ROW_KEYS[name]) if name in _ROW_KEYS else schema


def _rows_of(row: Schema, name: str, key: str) -> Schema:
    """Describe a file of such rows by id."""
    entry = {word: value for word, value in row.items() if word not in {"$schema", "$defs"}}
    return {
        "$schema": _DIALECT,
        "title": name,
        "description": f"Rows by id, below the single key `{key}`.",
        "type": "object",
        "properties": {key: {"type": "object", "additionalProperties": entry}},
        "required": [key],
        "additionalProperties": False,
        **({"$defs": row["$defs"]} if "$defs" in row else {}),
    }


def json_schema_of(kind: type) -> Schema:
    """Describe any dataclass as JSON Schema; docstrings of the class and its fields are the descriptions."""
    # Pydantic takes no settings beside a bare dataclass, but hands those of a union down to its members.
    optional: Any = kind | None
    schema: Schema = TypeAdapter(optional, config=_DOCUMENTED).json_schema()
    definitions: dict[str, Schema] = schema.get("$defs", {})
    main = schema["anyOf"][0]
    if "$ref" in main:
        name = main["$ref"].removeprefix("#/$defs/")
        nested = [value for key, value in definitions.items() if key != name]
        # A type that contains itself must stay among the definitions as well.
        main = definitions[name] if _refers_to(name, [definitions[name], *nested]) else definitions.pop(name)
    return {"$schema": _DIALECT, **main, **({"$defs": definitions} if definitions else {})}


def _refers_to(name: str, value: object) -> bool:
    match value:
        case dict():
            return value.get("$ref") == f"#/$defs/{name}" or any(_refers_to(name, inner) for inner in value.values())
        case list():
            return any(_refers_to(name, inner) for inner in value)
        case _:
            return False


def _free_ids(schema: Schema) -> None:
    """Make ids optional that follow from the file's path, the row's key or the variant's repository."""
    for part in (schema, schema.get("$defs", {}).get("Variant", {})):
        if "id" in part.get("required", ()):
            part["required"] = [field for field in part["required"] if field != "id"]
