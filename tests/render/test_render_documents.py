"""JSON: shapes by the contract, values by the schema, the same bytes every day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import cast

import jsonschema
import pytest
import rendered_advice as made
from golden_files import matches
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from rendered_documents import documents

from llmadvise.render.documents.recommendation import recommendation_document
from llmadvise.render.documents.registry import DOCUMENTS, schema_entries
from llmadvise.render.encode import encode, to_json

Json = dict[str, object]


@cache
def schema_of(name: str) -> Json:
    return TypeAdapter(DOCUMENTS[name]).json_schema(mode="serialization")


def parsed(document: object) -> Json:
    return cast("Json", json.loads(to_json(document)))


def paths(node: Json, schema: Json, path: str = "") -> Iterator[str]:
    """Flatten a schema into one line a value: its path and its type."""
    if "$ref" in node:
        definitions = cast("dict[str, Json]", schema["$defs"])
        yield from paths(definitions[str(node["$ref"]).rsplit("/", 1)[1]], schema, path)
    elif "anyOf" in node:
        for choice in cast("list[Json]", node["anyOf"]):
            yield from paths(choice, schema, path)
    elif "properties" in node:
        for name, child in cast("dict[str, Json]", node["properties"]).items():
            yield from paths(child, schema, f"{path}.{name}")
    elif node.get("type") == "array":
        yield from paths(cast("Json", node["items"]), schema, f"{path}[]")
    elif node.get("type") == "object":
        yield from paths(cast("Json", node.get("additionalProperties", {})), schema, f"{path}.*")
    else:
        yield f"{path} {node.get('const') or node.get('enum') or node.get('type')}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_shape_is_frozen(name: str) -> None:
    """A change here changes what others read: add freely, raise the number to drop or rename."""
    schema = schema_of(name)
    matches(f"shapes/{name}.txt", "\n".join(dict.fromkeys(paths(schema, schema))) + "\n")


@pytest.mark.parametrize("name", documents())
def test_document_matches_its_schema(name: str) -> None:
    content = parsed(documents()[name])
    kind = str(content["schema"]).removeprefix("llmadvise.").removesuffix("/1")
    jsonschema.validate(content, schema_of(kind), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", documents())
def test_document_begins_with_schema_and_version(name: str) -> None:
    content = parsed(documents()[name])
    assert list(content)[:2] == ["schema", "version"]
    assert content["version"] == made.VERSION


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_has_a_sample_and_is_named_as_its_schema(name: str) -> None:
    properties = cast("dict[str, Json]", schema_of(name)["properties"])
    assert properties["schema"]["const"] == f"llmadvise.{name}/1"
    assert any(type(document) is DOCUMENTS[name] for document in documents().values())


def test_schema_list_names_every_document_with_a_sentence() -> None:
    assert [entry.name for entry in schema_entries()] == sorted(DOCUMENTS)
    assert all(entry.summary.endswith(".") for entry in schema_entries())


CONTRACT = {
    "recommendation": """
        schema version catalog.version catalog.digest catalog.age_days hardware.platform requirements.use_case
        recommendations.0.rank recommendations.0.model recommendations.0.name recommendations.0.family
        recommendations.0.lineage recommendations.0.role recommendations.0.use_cases
        recommendations.0.parameters.total recommendations.0.parameters.active
        recommendations.0.context_length.native recommendations.0.context_length.used
        recommendations.0.variant.id recommendations.0.variant.format recommendations.0.variant.quantization
        recommendations.0.variant.bits_per_weight recommendations.0.variant.repo recommendations.0.variant.revision
        recommendations.0.variant.files.0.name recommendations.0.variant.files.0.bytes
        recommendations.0.variant.files.0.sha256 recommendations.0.variant.bytes recommendations.0.runtime
        recommendations.0.placement.kind recommendations.0.placement.gpu_layers
        recommendations.0.placement.cpu_moe_layers recommendations.0.placement.devices
        recommendations.0.memory.total.value recommendations.0.memory.weights.low
        recommendations.0.memory.kv_cache.high recommendations.0.memory.compute.basis
        recommendations.0.memory.overhead.sources recommendations.0.memory.by_device.0.device
        recommendations.0.memory.by_device.0.budget_bytes recommendations.0.memory.by_device.0.used
        recommendations.0.memory.by_device.0.headroom_bytes recommendations.0.speed.prefill.value
        recommendations.0.speed.decode.low recommendations.0.speed.time_to_first_token.high
        recommendations.0.quality.value recommendations.0.quality.low recommendations.0.quality.high
        recommendations.0.quality.basis recommendations.0.quality.sources recommendations.0.quality.evidence
        recommendations.0.license.declared recommendations.0.license.effective recommendations.0.license.verdict
        recommendations.0.license.obligations recommendations.0.license.findings recommendations.0.score
        recommendations.0.grades.0.criterion recommendations.0.grades.0.grade recommendations.0.grades.0.weight
        recommendations.0.grades.0.points recommendations.0.grades.0.why recommendations.0.findings.0.rule
        recommendations.0.findings.0.verdict recommendations.0.findings.0.message
        recommendations.0.findings.0.evidence recommendations.0.commands.pull recommendations.0.commands.run
        recommendations.0.commands.serve recommendations.0.prompt.template recommendations.0.prompt.example
        ruled_out.count ruled_out.by_rule.does-not-fit
    """,
    "estimate": """
        schema version target architecture parameters runtime settings memory.total memory.engine.model
        memory.engine.kv memory.engine.recurrent memory.engine.compute memory.engine.output
        memory.engine.by_device.0.device memory.engine.by_device.0.kind memory.engine.by_device.0.model
        memory.engine.by_device.0.kv memory.engine.by_device.0.recurrent memory.engine.by_device.0.compute
        memory.engine.by_device.0.output speed
    """,
    "hardware": """
        schema version platform cpu.name cpu.cores cpu.features cpu.memory_bandwidth memory.total_bytes
        memory.available_bytes memory.limit_bytes memory.limited_by gpus.0.index gpus.0.vendor gpus.0.name gpus.0.id
        gpus.0.memory_bytes gpus.0.free_bytes gpus.0.budget_bytes gpus.0.unified gpus.0.memory_bandwidth
        gpus.0.compute_capability gpus.0.driver gpus.0.backends gpus.0.partition_of runtimes.0.id runtimes.0.version
        runtimes.0.path sources findings
    """,
    "models": """
        schema version models.0.id models.0.repo models.0.name models.0.org models.0.family models.0.role
        models.0.parameters.total models.0.parameters.active models.0.context_length models.0.license
        models.0.release_date models.0.formats models.0.variant_count
    """,
    "model": """
        schema version id repo revision role parameters.total parameters.active context_length.native
        context_length.extended license.declared license.name license.link base_models gated architecture.layers
        architecture.hidden_size architecture.heads architecture.kv_heads architecture.key_size
        architecture.value_size architecture.vocabulary_size architecture.tied_embeddings architecture.experts
        architecture.attention.0.kind architecture.attention.0.layers architecture.attention.0.kv_heads
        architecture.attention.0.window variants.0.format variants.0.quantization variants.0.repo
        variants.0.revision variants.0.files.0.name variants.0.files.0.bytes variants.0.files.0.sha256
        variants.0.bytes sources findings
    """,
    "error": "schema error.code error.message error.hint",
}
"""What the published contract promises, path by path."""


@pytest.mark.parametrize("name", CONTRACT)
def test_document_has_what_the_contract_promises(name: str) -> None:
    content = parsed(documents()[name])
    for path in CONTRACT[name].split():
        node: object = content
        for step in path.split("."):
            node = node[int(step)] if isinstance(node, list) else cast("Json", node)[step]


def test_sizes_are_whole_bytes_even_where_the_interval_is_not() -> None:
    held = made.memory(made.device("gpu0", 11.2, 8.2, 1.3, 0.4))
    entry = cast("list[Json]", parsed(made.document(made.advice()))["recommendations"])[0]
    total = cast("Json", cast("Json", entry["memory"])["total"])
    assert isinstance(held.total.value, int)
    assert all(isinstance(total[field], int) for field in ("value", "low", "high"))


def test_age_is_null_unless_the_day_is_given() -> None:
    def age(days: int | None) -> object:
        document = recommendation_document(
            made.advice(),
            made.machine(),
            version=made.VERSION,
            catalog=made.IDENTITY,
            age_days=days,
            use_cases={},
            prompts={},
        )
        return cast("Json", parsed(document)["catalog"])["age_days"]

    assert age(None) is None
    assert age(3) == 3


def test_rules_that_removed_cases_are_sorted_by_name() -> None:
    ruled_out = cast("Json", parsed(made.document(made.advice()))["ruled_out"])
    by_rule = list(cast("Json", ruled_out["by_rule"]))
    assert by_rule == sorted(by_rule)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (None, None),
        (True, True),
        ((1, (2,)), [1, [2]]),
        (0.1 + 0.2, 0.3),
        (3.0, 3.0),
        ({"b": 1, "a": 2}, {"b": 1, "a": 2}),
    ],
)
def test_encode(value: object, encoded: object) -> None:
    assert encode(value) == encoded


def test_encode_refuses_what_has_no_json_form() -> None:
    with pytest.raises(TypeError, match=r"PosixPath|WindowsPath"):
        encode(Path("x"))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_refuses_numbers_that_it_does_not_know(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json((value,))


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False, width=32) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_json_text_is_that_of_the_standard_library(value: object) -> None:
    plain = encode(value)
    assert to_json(value) == json.dumps(plain, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
