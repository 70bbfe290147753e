"""The check in every format: held against the official schemas, and against names made to break or forge it."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from referencing import Registry, Resource
from rendered_check import check

from llmadvise.errors import LLMAdviseError, UsageError
from llmadvise.render.documents.failure import error_document
from llmadvise.render.formats import Format, render

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
HOSTILE = (
    "\x1b]0;title\x07",
    "x\n::error file=a::forged",
    "x\r\n::add-mask::y",
    "]]><!--",
    "</failure><testcase name='forged'/>",
    '"\n<!ENTITY x SYSTEM "file:///etc/passwd">',
    "[click](https://example.com) {0}",
    "a|b\n| forged | row |",
    "``` \n# heading\n<script>alert(1)</script>",
    "javascript:alert(1)",
    "../../etc/passwd",
    "\udc80\ufffe\u202e\u0000",
    "%0A::error::forged",
    "`code` | `more`",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(), min_size=1, max_size=30))


def schema(name: str) -> Any:  # noqa: ANN401 - JSON Schema
    return json.loads(gzip.decompress((SCHEMAS / f"{name}.json.gz").read_bytes()))


def validators() -> dict[Format, jsonschema.protocols.Validator]:
    beside = Registry().with_resources(
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", Resource.from_contents(schema(stem)))
        for name, stem in (("spdx", "spdx"), ("jsf-0.82", "jsf-0.82"), ("cryptography-defs", "cryptography-defs"))
    )
    return {
        Format.SARIF: jsonschema.Draft7Validator(schema("sarif-2.1.0")),
        Format.CYCLONEDX: jsonschema.Draft7Validator(schema("bom-1.7"), registry=beside),
        Format.SPDX: jsonschema.Draft202012Validator(schema("spdx-3.0.1")),
        Format.GITLAB: jsonschema.Draft202012Validator(GITLAB),
    }


GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": "^\\./"}},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}
"""The fields that docs.gitlab.com/ci/testing/code_quality lists as required; GitLab publishes no schema."""
CHECKED = validators()


@pytest.mark.parametrize("form", CHECKED)
def test_official_schema(form: Format) -> None:
    CHECKED[form].validate(json.loads(render(check(), form)))


@pytest.mark.parametrize("form", CHECKED)
def test_the_schema_can_fail(form: Format) -> None:
    broken = {
        Format.SARIF: {"version": "2.1.0"},
        Format.CYCLONEDX: {
            "bomFormat": "CycloneDX",
            "specVersion": "1.7",
            "components": [
                {"type": "machine-learning-model", "name": "m", "licenses": [{"license": {"id": "llama3.2"}}]}
            ],
        },
        Format.SPDX: {
            "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
            "@graph": [{"type": "ai_AIPackage"}],
        },
        Format.GITLAB: [{"description": "x"}],
    }
    assert not CHECKED[form].is_valid(broken[form])


@examples(max_examples=10)
@given(model=TEXTS, file=TEXTS, text=TEXTS)
@pytest.mark.parametrize("form", [Format.SARIF, Format.GITLAB])
def test_hostile_names_keep_the_schema(form: Format, model: str, file: str, text: str) -> None:
    CHECKED[form].validate(json.loads(render(check(model, file, text), form)))


@pytest.mark.parametrize("form", [Format.CYCLONEDX, Format.SPDX])
def test_all_hostile_names_at_once_keep_the_large_schemas(form: Format) -> None:
    names = "/".join(HOSTILE)
    CHECKED[form].validate(json.loads(render(check(names, names, names), form)))


@given(model=TEXTS, file=TEXTS, text=TEXTS)
def test_junit_is_well_formed_and_has_one_case_a_model(model: str, file: str, text: str) -> None:
    document = check(model, file, text)
    root = ET.fromstring(render(document, Format.JUNIT))  # noqa: S314 - our own output
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(document.results) + 1
    assert len(root.findall(".//failure")) == int(root.get("failures", "")) == 1
    assert {child.tag for child in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "skipped", "system-out",
    }  # fmt: skip


@given(model=TEXTS, file=TEXTS, text=TEXTS)
def test_one_workflow_command_an_issue(model: str, file: str, text: str) -> None:
    document = check(model, file, text)
    lines = render(document, Format.GITHUB).split("\n")
    assert lines.pop() == ""
    assert Counter(line.split(" ")[0] for line in lines) == {"::error": 2, "::warning": 2, "::notice": 1}
    assert all(re.fullmatch(r"::(error|warning|notice) [^:]*::.*", line) for line in lines)
    assert all(line.isprintable() for line in lines)


@given(model=TEXTS, file=TEXTS, text=TEXTS)
def test_markdown_has_the_same_lines_and_cells_whatever_is_named(model: str, file: str, text: str) -> None:
    plain, hostile = (render(document, Format.MARKDOWN).split("\n") for document in (check(), check(model, file, text)))
    assert len(plain) == len(hostile)
    for mine, theirs in zip(plain, hostile, strict=True):
        if mine.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", mine)) == len(re.findall(r"(?<!\\)\|", theirs.replace("\\\\", "")))
        assert theirs.isprintable()


@given(model=TEXTS, file=TEXTS, text=TEXTS)
@pytest.mark.parametrize("form", [Format.TEXT, Format.NOTICE])
def test_nothing_invisible_is_printed(form: Format, model: str, file: str, text: str) -> None:
    assert render(check(model, file, text), form).replace("\n", "").isprintable()


@given(file=st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_sarif_address_is_the_file_and_nothing_else(file: str) -> None:
    log = json.loads(render(check(file=file), Format.SARIF))
    uri = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == file
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]*", uri)


def test_sarif_fingerprints_stay_when_code_moves_and_tell_results_apart() -> None:
    log = json.loads(render(check(), Format.SARIF))["runs"][0]["results"]
    hashes = [item["partialFingerprints"]["primaryLocationLineHash"] for item in log]
    assert len(set(hashes)) == len(hashes)
    assert [len(item.get("suppressions", ())) for item in log] == [0, 0, 1, 1, 0]
    assert log[2]["suppressions"][0]["kind"] == "inSource"


def test_links_and_placeholders_in_sarif_messages_are_escaped() -> None:
    log = json.loads(render(check(text="[a](b) {0}"), Format.SARIF))
    assert r"\[a\](b) {{0}}" in log["runs"][0]["results"][0]["message"]["text"]


def test_only_listed_ids_stand_as_ids() -> None:
    components = json.loads(render(check(), Format.CYCLONEDX))["components"]
    licenses = [item["license"] for component in components for item in component.get("licenses", ())]
    assert {item["id"] for item in licenses if "id" in item} == {"Apache-2.0"}
    assert {item["name"] for item in licenses if "name" in item} == {"LicenseRef-llama3.2", "LicenseRef-qwen-research"}


def test_declared_and_effective_are_relationships_of_their_own() -> None:
    graph = json.loads(render(check(), Format.SPDX))["@graph"]
    kinds = Counter(node["relationshipType"] for node in graph if node["type"] == "Relationship")
    assert kinds == {"hasDeclaredLicense": 2, "hasConcludedLicense": 2, "descendantOf": 1}
    ids = [node["spdxId"] for node in graph if "spdxId" in node]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("form", [form for form in Format if form.documents == ("check",)])
def test_other_documents_do_not_come_so(form: Format) -> None:
    with pytest.raises(UsageError, match="cannot be written as"):
        render(error_document(LLMAdviseError("x"), version="1"), form)
