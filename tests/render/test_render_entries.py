"""An entry and a line of descent as Markdown and CSV."""

from __future__ import annotations

import csv
from io import StringIO

import rendered_advice as made

from llmadvise.render.documents.models import Ancestor, lineage_document, model_document
from llmadvise.render.formats import Format, render

MODEL = made.first().model
DOCUMENT = model_document(MODEL, version=made.VERSION)
LINEAGE = lineage_document(
    "a/child",
    (
        Ancestor(model="a/child", relation=None, depth=0, license="mit", known=True),
        Ancestor(model="=b|parent", relation="finetune", depth=1, license=None, known=False),
    ),
    version=made.VERSION,
    effective=("mit",),
)


def test_csv_of_a_model_has_a_row_a_file_set() -> None:
    rows = list(csv.DictReader(StringIO(render(DOCUMENT, Format.CSV))))
    assert [row["quantization"] for row in rows] == [variant.quantization for variant in MODEL.variants]
    assert [int(row["bytes"]) for row in rows] == [variant.bytes for variant in MODEL.variants]


def test_csv_of_a_lineage_is_safe_in_a_spreadsheet() -> None:
    rows = list(csv.DictReader(StringIO(render(LINEAGE, Format.CSV))))
    assert [(row["model"], row["depth"], row["in_catalog"]) for row in rows] == [
        ("a/child", "0", "yes"),
        ("'=b|parent", "1", "no"),
    ]


def test_markdown_of_a_lineage_is_a_tree() -> None:
    lines = render(LINEAGE, Format.MARKDOWN).splitlines()
    assert lines[:2] == ["- **a/child** mit", "  - finetune of **=b\\|parent** no license known (not in the catalog)"]


def test_markdown_of_a_model_names_its_files() -> None:
    text = render(DOCUMENT, Format.MARKDOWN)
    assert text.startswith(f"**{MODEL.name}**")
    assert all(variant.repo.replace("_", "\\_") in text for variant in MODEL.variants)
