"""Lines of descent of published models, against what was found by reading their cards, reports and discussions.

tests/data/lineage_known.jsonl: 369 models with their declared and effective licenses, and how 36 of them are labelled
wrongly, each with its source.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from llmadvise.domain.assessment import LicenseAssessment
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.lineage import Descended, Pedigree
from llmadvise.domain.model import DeclaredLicense
from llmadvise.engine.licensing.effective import assess_license
from llmadvise.engine.licensing.lineage import ancestors, inherited_licenses

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "lineage_known.jsonl").read_text(encoding="utf-8").splitlines()
]
KNOWN = {row["model"]: row for row in ROWS}
WRONG = [row["model"] for row in ROWS if row["mismatch"]]
LABELS = {"license-conflict", "license-label", "license-addition"}
OTHERWISE = {
    # Google licenses its own derivative anew; the source says that it does not know whether the Gemma terms flow too.
    "google/medgemma-4b-it": {"health-ai-developer-foundations"},
    # The card's tag says modified-mit; the row rests on memory.
    "minimaxai/minimax-m2": {"minimax-modified-mit"},
    # The source names the stale license; the row calls it unknown.
    "thebloke/phi-2-gguf": {"microsoft-research-license", "mit"},
}
"""Where the catalog differs from the row, with the reason."""
FLAGGED_TOO = {
    # Trained on outputs of a Qwen2.5 72B, whose license asks students for a display that the declared one does not.
    "nvidia/nvidia-nemotron-nano-12b-v2",
}


def known(catalog: Catalog, id_: str) -> Descended:
    return catalog.models.get(id_) or catalog.lineage[id_]


def assess(catalog: Catalog, model: Descended) -> LicenseAssessment:
    line = ancestors(model, catalog.models, catalog.lineage)
    return assess_license(model, line, catalog.licenses, commercial=True)


def test_all_are_there(catalog: Catalog) -> None:
    assert len(ROWS) == 369
    assert len(WRONG) == 36
    assert [id_ for id_ in KNOWN if id_ not in catalog.models and id_ not in catalog.lineage] == []


@pytest.mark.parametrize("id_", KNOWN)
def test_effective_licenses(catalog: Catalog, id_: str) -> None:
    expected = OTHERWISE.get(id_, set(KNOWN[id_]["effective"]))
    assert set(assess(catalog, known(catalog, id_)).effective) - {"unknown"} == expected - {"unknown"}


@pytest.mark.parametrize("id_", WRONG)
def test_a_wrong_label_is_found_with_its_path(catalog: Catalog, id_: str) -> None:
    found = [item for item in assess(catalog, known(catalog, id_)).findings if item.rule in LABELS]
    assert found
    if KNOWN[id_]["mismatch"] != "card-text-adds-condition":
        assert all((item.evidence or "").startswith(f"{id_} < ") for item in found)


@pytest.mark.parametrize("id_", [id_ for id_ in KNOWN if id_ not in WRONG])
def test_a_right_label_raises_nothing(catalog: Catalog, id_: str) -> None:
    found = {item.rule for item in assess(catalog, known(catalog, id_)).findings}
    assert bool(found & LABELS) == (id_ in FLAGGED_TOO)


@pytest.mark.parametrize("id_", WRONG)
def test_the_same_model_with_a_right_label_raises_nothing(catalog: Catalog, id_: str) -> None:
    """The license of what it descends from; where several bind, no one declaration says all of them."""
    model = known(catalog, id_)
    line = ancestors(model, catalog.models, catalog.lineage)
    strict = [
        item for item in inherited_licenses(line, catalog.licenses) if catalog.licenses[item].category != "permissive"
    ]
    if len(strict) > 1:
        pytest.skip("several ancestors bind it")
    right = next(iter(strict), KNOWN[id_]["effective"][-1])
    relabelled = replace(_pedigree(model), license=DeclaredLicense(declared=right))
    again = assess_license(relabelled, line, catalog.licenses, commercial=True)
    assert not {item.rule for item in again.findings} & LABELS


def _pedigree(model: Descended) -> Pedigree:
    return Pedigree(
        id=model.id,
        repo=model.repo,
        name=model.name,
        org=model.org,
        license=model.license,
        base_models=model.base_models,
    )


def test_a_provider_of_outputs_is_told_and_binds_nothing(catalog: Catalog) -> None:
    model = known(catalog, "teknium/openhermes-2.5-mistral-7b")
    found = assess(catalog, model)
    assert found.effective == ("apache-2.0",)
    assert found.verdict == "allowed"
    told = next(item for item in found.findings if item.rule == "service-terms")
    assert "openai:gpt-4" in told.message
    assert {base.service for base in model.base_models if base.service} <= set(catalog.services)
