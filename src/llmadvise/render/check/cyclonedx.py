"""CycloneDX 1.7: a bill of materials of models, each with its licenses, ancestors and places of use."""

from __future__ import annotations

import json
from hashlib import sha256
from urllib.parse import quote
from uuid import UUID

from llmadvise.render.check.wording import DISCLAIMER, one_line
from llmadvise.render.documents.check import CheckDocument, CheckReference, CheckResult
from llmadvise.render.documents.check_terms import CheckTerms, is_listed, license_ref, reference_id

_COMMIT_LENGTH = 40


def write(document: CheckDocument) -> str:
    """The same check gives the same bytes: the serial number is made from the content, and there is no time stamp."""
    terms = {item.id: item for item in document.licenses}
    named: dict[str, list[CheckReference]] = {}
    for reference in document.references:
        named.setdefault(reference.model or "", []).append(reference)
    components = [_component(result, terms, named.get(result.model, [])) for result in document.results]
    body: dict[str, object] = {
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "llmadvise", "version": document.version}]},
            "component": {"type": "application", "bom-ref": "checkout", "name": "checkout"},
            "properties": [
                _property("llmadvise:catalog", document.catalog.version),
                _property("llmadvise:catalog-digest", document.catalog.digest),
                _property("llmadvise:verdict", document.summary.verdict),
                _property("llmadvise:note", DISCLAIMER),
            ],
        },
        "components": components,
        "dependencies": [
            {"ref": "checkout", "dependsOn": [str(item["bom-ref"]) for item in components]},
            *({"ref": str(item["bom-ref"])} for item in components),
        ],
    }
    serial = UUID(bytes=sha256(json.dumps(body, sort_keys=True).encode()).digest()[:16], version=5)
    bom = {"$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.7"}
    return json.dumps({**bom, "serialNumber": f"urn:uuid:{serial}", **body}, indent=2, ensure_ascii=True) + "\n"


def _component(result: CheckResult, terms: dict[str, CheckTerms], named: list[CheckReference]) -> dict[str, object]:
    name = result.repo or result.model
    component: dict[str, object] = {
        "type": "machine-learning-model",
        "bom-ref": f"model:{quote(result.model.encode('utf-8', 'surrogatepass'), safe='/:')}",
        "name": one_line(name),
    }
    if result.revision:
        component["version"] = one_line(result.revision)
    if licenses := _licenses(result, terms):
        component["licenses"] = licenses
    if result.repo:
        component["purl"] = package_url(result.repo, result.revision)
        component["externalReferences"] = [
            {"type": "distribution", "url": f"https://huggingface.co/{_quoted(result.repo)}"}
        ]
    if result.lineage:
        component["pedigree"] = {
            "ancestors": [_ancestor(item.model, item.license, terms) for item in result.lineage],
            "notes": "; ".join(one_line(f"{item.relation} of {item.model}") for item in result.lineage),
        }
    if named:
        component["evidence"] = {"occurrences": _occurrences(named)}
    component["modelCard"] = {"modelParameters": {"task": one_line(result.role)}} if result.role else {}
    component["properties"] = [
        _property("llmadvise:verdict", result.verdict),
        _property("llmadvise:effective-licenses", " + ".join(result.license.effective) or "none found"),
        *(_property(f"llmadvise:finding:{item.rule}", item.message) for item in result.findings),
        *(_property(f"llmadvise:duty:{item.id}", item.text) for item in result.obligations),
    ]
    return component


def _occurrences(named: list[CheckReference]) -> list[dict[str, object]]:
    found = dict.fromkeys((one_line(item.file), item.line) for item in named)
    return [{"location": file, **({"line": line} if line else {})} for file, line in found]


def _licenses(result: CheckResult, terms: dict[str, CheckTerms]) -> list[dict[str, object]]:
    """What is declared, and beside it what binds: the schema's `declared` and `concluded`."""
    declared = result.license.declared
    listed = [_license(declared, terms, "declared")] if declared else []
    if result.license.effective != ((declared,) if declared else ()):
        listed += [_license(id_, terms, "concluded") for id_ in result.license.effective]
    return listed


def _license(id_: str, terms: dict[str, CheckTerms], acknowledgement: str) -> dict[str, object]:
    """`id` may hold ids of the SPDX list alone; every other text goes by its LicenseRef- as a name."""
    known = terms.get(id_)
    if known is not None and is_listed(known):
        named: dict[str, object] = {"id": known.spdx}
    else:
        named = {"name": one_line(reference_id(known)) if known else license_ref(id_)}
    if known is not None and known.url:
        named["url"] = quote(known.url, safe=":/?#@!$&'()*+,;=%~")
    return {"license": {**named, "acknowledgement": acknowledgement}}


def _ancestor(model: str, license_: str | None, terms: dict[str, CheckTerms]) -> dict[str, object]:
    ancestor: dict[str, object] = {"type": "machine-learning-model", "name": one_line(model)}
    if license_:
        ancestor["licenses"] = [_license(license_, terms, "declared")]
    return ancestor


def package_url(repo: str, revision: str | None) -> str:
    """`pkg:huggingface/owner/name@commit` (package-url type huggingface: the version is a lower-case commit)."""
    commit = f"@{revision.lower()}" if revision and len(revision) == _COMMIT_LENGTH else ""
    return f"pkg:huggingface/{_quoted(repo)}{commit}"


def _quoted(repo: str) -> str:
    return quote(repo.encode("utf-8", "surrogatepass"), safe="/")


def _property(name: str, value: str) -> dict[str, object]:
    return {"name": one_line(name), "value": one_line(value)}
