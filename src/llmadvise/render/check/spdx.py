"""SPDX 3.0.1 as JSON-LD: an AI package a model, with declared and concluded license as relationships."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from llmadvise.render.check.cyclonedx import package_url
from llmadvise.render.check.wording import DISCLAIMER, one_line
from llmadvise.render.documents.check import CheckDocument, CheckResult
from llmadvise.render.documents.check_terms import CheckTerms, is_listed, license_ref, reference_id

_CREATION: Final = "_:creation"
_Node = dict[str, object]


def write(document: CheckDocument) -> str:
    """The same check gives the same bytes: ids are made from the content, the time is the day of the facts."""
    base = f"https://spdx.org/spdxdocs/llmadvise-{_digest(document)}"
    models = [_iri(base, "model", result.model) for result in document.results]
    described = [*_suppliers(document, base), *_described(document, base)]
    graph = [*_origin(document, base), *_frame(document, base, models, described), *described]
    text = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph}
    return json.dumps(text, indent=2, ensure_ascii=True) + "\n"


def _described(document: CheckDocument, base: str) -> Iterable[_Node]:
    """Every model with its relations, then every license."""
    for result in document.results:
        yield from _package(result, base)
    terms = {item.id: item for item in document.licenses}
    for id_ in sorted({id_ for result in document.results for id_ in _license_ids(result)}):
        yield from _license(id_, terms.get(id_), base)


def _suppliers(document: CheckDocument, base: str) -> Iterable[_Node]:
    for org in sorted({_org(result) for result in document.results if result.repo}):
        yield {
            "type": "Organization",
            "spdxId": _iri(base, "supplier", org),
            "creationInfo": _CREATION,
            "name": one_line(org),
        }


def _origin(document: CheckDocument, base: str) -> tuple[_Node, _Node]:
    """When the document was made, and by what."""
    creation: _Node = {
        "type": "CreationInfo",
        "@id": _CREATION,
        "specVersion": "3.0.1",
        "created": f"{document.as_of}T00:00:00Z",
        "createdBy": [f"{base}#llmadvise"],
        "comment": f"{DISCLAIMER} The time is the day of the facts, so that the same check gives the same document.",
    }
    agent: _Node = {
        "type": "SoftwareAgent",
        "spdxId": f"{base}#llmadvise",
        "creationInfo": _CREATION,
        "name": f"llmadvise {document.version}",
    }
    return creation, agent


def _frame(document: CheckDocument, base: str, models: list[str], described: list[_Node]) -> tuple[_Node, _Node]:
    """The document, and the bill of materials in it."""
    elements = [str(node["spdxId"]) for node in described]
    # The profile asks for a day of release of every model; without one it is not claimed.
    complete = all(result.release_date and result.repo for result in document.results)
    profiles = ["core", "software", "simpleLicensing", *(["ai"] if complete else [])]
    whole: _Node = {
        "type": "SpdxDocument",
        "spdxId": f"{base}#document",
        "creationInfo": _CREATION,
        "name": "Models that the checkout refers to",
        "profileConformance": profiles,
        "rootElement": [f"{base}#bom"],
        "element": [f"{base}#llmadvise", *elements],
    }
    bom: _Node = {
        "type": "software_Sbom",
        "spdxId": f"{base}#bom",
        "creationInfo": _CREATION,
        "software_sbomType": ["source"],
        "profileConformance": profiles,
    }
    return whole, {**bom, "rootElement": models, "element": elements} if models else bom


def _package(result: CheckResult, base: str) -> Iterable[_Node]:
    own = _iri(base, "model", result.model)
    package: _Node = {
        "type": "ai_AIPackage",
        "spdxId": own,
        "creationInfo": _CREATION,
        "name": one_line(result.repo or result.model),
        "software_primaryPurpose": "model",
        "software_packageVersion": one_line(result.revision or "NOASSERTION"),
        "comment": f"llmadvise: {result.verdict}",
    }
    if result.repo:
        package["software_downloadLocation"] = (
            f"https://huggingface.co/{quote(result.repo.encode('utf-8', 'surrogatepass'), safe='/')}"
        )
        package["software_packageUrl"] = package_url(result.repo, result.revision)
        package["suppliedBy"] = _iri(base, "supplier", _org(result))
    if result.release_date:
        package["releaseTime"] = f"{result.release_date}T00:00:00Z"
    if result.role:
        package["ai_typeOfModel"] = [one_line(result.role)]
    texts = [one_line(item.text) for item in result.obligations]
    if texts:
        package["software_attributionText"] = list(dict.fromkeys(texts))
    yield package
    declared, effective = result.license.declared, result.license.effective
    if declared:
        yield _relation(base, own, "hasDeclaredLicense", [_iri(base, "license", declared)])
    if effective:
        yield _relation(base, own, "hasConcludedLicense", [_iri(base, "license", id_) for id_ in effective])
    yield from _ancestors(result, own, base)


def _ancestors(result: CheckResult, own: str, base: str) -> Iterable[_Node]:
    """Each step of the line of descent, and that the model comes from it."""
    for step in result.lineage:
        parent = _iri(base, "ancestor", f"{result.model} {step.model}")
        yield {
            "type": "ai_AIPackage",
            "spdxId": parent,
            "creationInfo": _CREATION,
            "name": one_line(step.model),
            "software_primaryPurpose": "model",
            "software_packageVersion": "NOASSERTION",
        }
        yield _relation(base, own, "descendantOf", [parent], one_line(step.relation))


def _relation(base: str, own: str, kind: str, targets: list[str], comment: str | None = None) -> _Node:
    node: _Node = {
        "type": "Relationship",
        "spdxId": _iri(base, kind, f"{own} {' '.join(targets)}"),
        "creationInfo": _CREATION,
        "from": own,
        "relationshipType": kind,
        "to": targets,
    }
    return {**node, "comment": comment} if comment else node


def _license_ids(result: CheckResult) -> set[str]:
    return {*result.license.effective, *([result.license.declared] if result.license.declared else [])}


def _license(id_: str, known: CheckTerms | None, base: str) -> Iterable[_Node]:
    """A listed license by its id; any other one by a LicenseRef-, with what is known of its text beside it."""
    own: _Node = {"type": "simplelicensing_LicenseExpression", "spdxId": _iri(base, "license", id_)}
    own["creationInfo"] = _CREATION
    if known is not None and is_listed(known):
        yield {**own, "simplelicensing_licenseExpression": known.spdx}
        return
    name = license_ref(reference_id(known).removeprefix("LicenseRef-")) if known else license_ref(id_)
    text = _iri(base, "text", id_)
    yield {
        **own,
        "simplelicensing_licenseExpression": name,
        "simplelicensing_customIdToUri": [{"type": "DictionaryEntry", "key": name, "value": text}],
    }
    words = f"{known.name}: {known.url}" if known and known.url else known.name if known else "not in the catalog"
    yield {
        "type": "simplelicensing_SimpleLicensingText",
        "spdxId": text,
        "creationInfo": _CREATION,
        "simplelicensing_licenseText": one_line(words),
    }


def _org(result: CheckResult) -> str:
    return (result.repo or result.model).partition("/")[0]


def _iri(base: str, kind: str, name: str) -> str:
    """An id that any name can stand behind."""
    return f"{base}#{kind}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _digest(document: CheckDocument) -> str:
    parts = [document.version, document.catalog.digest, document.as_of]
    parts += [f"{item.model} {item.verdict} {item.license.effective}" for item in document.results]
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
