"""Markdown: what somebody else named neither formats the page nor changes its shape."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rendered_documents import comparison, explanation

from llmadvise.render.documents.assessment import Recommendation
from llmadvise.render.formats import Format, render
from llmadvise.render.markdown.syntax import code, escaped, fenced

HOSTILE = "a|b\n| forged | row |\n# heading\n```\n<script>x</script> **bold** [link](https://example.com)"


def hurt(judged: Recommendation) -> Recommendation:
    return replace(
        judged,
        name=HOSTILE,
        runtime=HOSTILE,
        lineage=(HOSTILE,),
        variant=replace(judged.variant, id=HOSTILE, quantization=HOSTILE),
        commands=replace(judged.commands, run=HOSTILE),
        grades=tuple(replace(grade, why=HOSTILE) for grade in judged.grades),
        findings=tuple(replace(found, message=HOSTILE) for found in judged.findings),
    )


def shape(page: str) -> list[tuple[str, int]]:
    """How each line begins, and into how many cells it falls."""
    return [(line[:1], line.replace("\\|", "").count("|")) for line in page.splitlines()]


def test_an_explanation_keeps_its_shape() -> None:
    document = explanation()
    evil = replace(document, assessment=hurt(document.assessment))
    page, plain = (render(item, Format.MARKDOWN).splitlines() for item in (evil, document))
    place = page.index("````sh")
    assert page[place + 2] == "````"
    # The command that cannot close its fence is the only one that may hold bars.
    del page[place : place + 3], plain[place : place + 3]
    assert shape("\n".join(page)) == shape("\n".join(plain))


def test_a_comparison_keeps_its_shape() -> None:
    document = comparison()
    evil = replace(document, models=tuple(map(hurt, document.models)))
    assert shape(render(evil, Format.MARKDOWN)) == shape(render(document, Format.MARKDOWN))


@pytest.mark.parametrize(
    ("text", "written"),
    [("a_b*c", "a\\_b\\*c"), ("x\ny", "x\\ny"), ("[a](b)", "\\[a\\](b)"), ("~1~", "\\~1\\~")],
)
def test_escaped(text: str, written: str) -> None:
    assert escaped(text).replace("\\\\", "\\") == written


@pytest.mark.parametrize(
    ("text", "written"), [("", ""), ("a|b", "`a\\|b`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("x\ny", "`x\\ny`")]
)
def test_code(text: str, written: str) -> None:
    assert code(text) == written


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced("run ``` here") == ["````sh", "run ``` here", "````"]
