"""JSON Schemas: valid ones, which accept what the reader accepts and refuse what it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
import yaml

from llmadvise.catalog.schema import FILE_FORMATS, json_schema, json_schema_of
from llmadvise.errors import UsageError

FIXTURE = Path(__file__).parent / "fixture"
FILES = [
    ("catalog", "catalog.yaml"),
    ("model", "models/acme/anvil-8b-base.yaml"),
    ("license", "licenses/apache-2.0.yaml"),
    ("services", "licenses/services.yaml"),
    ("platforms", "licenses/platforms.yaml"),
    ("lineage", "lineage/acme.yaml"),
    ("license-tags", "licenses/tags.yaml"),
    ("runtime", "runtimes/llama.cpp.yaml"),
    ("profile", "profiles/chat.yaml"),
    ("quantizations", "quantizations.yaml"),
    ("benchmarks", "benchmarks.yaml"),
    ("templates", "templates.yaml"),
    ("gpus", "hardware/gpus/nvidia.yaml"),
    ("cpus", "hardware/cpus/amd.yaml"),
    ("machines", "hardware/machines/desktops.yaml"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A part of a tree."""

    name: str
    """What it is called."""
    branches: tuple[Branch, ...] = ()


@pytest.mark.parametrize("name", FILE_FORMATS)
def test_every_format_has_a_valid_schema(name: str) -> None:
    schema = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["description"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("name", "file"), FILES)
def test_schemas_accept_catalog_files(name: str, file: str) -> None:
    values = yaml.safe_load((FIXTURE / file).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(json_schema(name))
    validator.validate(values)
    assert not validator.is_valid({**values, "surprise": 1})


def test_every_format_is_tried() -> None:
    assert {name for name, _ in FILES} == {name for name in FILE_FORMATS if not name.endswith("-calibration")}


def test_docstrings_become_descriptions() -> None:
    schema = json_schema("model")
    assert schema["description"] == "One published model: what is true of it whatever file it comes in."
    assert schema["properties"]["repo"]["description"] == "Hub id as spelled there."
    parameters = schema["$defs"]["Parameters"]
    assert parameters["properties"]["total"]["description"].startswith("All parameters")
    assert "id" not in schema["required"]


def test_schema_of_a_type_that_contains_itself() -> None:
    validator = jsonschema.Draft202012Validator(json_schema_of(Branch))
    validator.validate({"name": "a", "branches": [{"name": "b"}]})
    assert not validator.is_valid({"name": "a", "branches": [{"name": 1}]})


def test_refuses_unknown_formats() -> None:
    with pytest.raises(UsageError, match="there is no file format 'none'"):
        json_schema("none")
