"""Documents: blocks in Markdown, reStructuredText and AsciiDoc, pages of HTML. One line of input, one expectation."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmadvise.checkout.readers.markup import read_markup
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.scan import ScanOptions, scan

FORMS = [
    ("a.md", '````markdown\nx\n```python\nLLM("acme/small")\n```\n````\n', {4: "acme/small"}),
    (
        "a.md",
        '````text\n```python\nLLM("acme/small")\n```\n````\n```bash\nollama pull qwen3:8b\n```\n',
        {7: "ollama:qwen3:8b"},
    ),
    ("a.md", '> Say:\n>\n> ```python\n> LLM("acme/small")\n> ```\n', {4: "acme/small"}),
    ("a.md", "1. Say:\n   ```bash\n   ollama pull qwen3:8b\n   ```\n", {3: "ollama:qwen3:8b"}),
    ("a.md", "```bash\nollama pull qwen3:8b\n", {2: "ollama:qwen3:8b"}),
    (
        "a.md",
        "```console\n$ hf download \\\n    acme/small\nLoading acme/large-7b --model acme/other\n```\n",
        {3: "acme/small"},
    ),
    ("a.md", '```\n>>> LLM("acme/small")\n<LLM of "acme/large-7b">\n```\n', {2: "acme/small"}),
    ("a.md", '```\nfrom x import LLM\nLLM("acme/small")\n```\n', {3: "acme/small"}),
    ("a.md", "```\nFROM ./small-Q4_0.gguf\nPARAMETER x 1\n```\n", {2: "file:small-Q4_0.gguf"}),
    ("a.md", "```\nFROM acme/image\nENV MODEL_ID=acme/small\n```\n", {3: "acme/small"}),
    ("a.rst", '.. code-block:: python\n   :linenos:\n\n   LLM("acme/small")\n\nLLM("acme/prose")\n', {4: "acme/small"}),
    ("a.rst", "Start it::\n\n    vllm serve acme/small\n\nvllm serve acme/prose\n", {3: "acme/small"}),
    ("a.rst", '>>> LLM("acme/small")\nacme/large-7b\n\nEnd\n', {1: "acme/small"}),
    ("a.rst", ".. note::\n\n   .. code:: yaml\n\n      model: acme/small\n", {5: "acme/small"}),
    ("a.adoc", "[source,properties]\n----\na.ollama.model-id=qwen3:1.7b <1>\n----\n", {3: "ollama:qwen3:1.7b"}),
    ("a.adoc", '[source, java]\n.Title\n----\nb.modelName("acme/small") // <1>\n----\n', {4: "acme/small"}),
    ("a.adoc", "[source,bash]\nollama pull qwen3:8b\n\nollama pull llama3.2:1b\n", {2: "ollama:qwen3:8b"}),
]
PAGES = [
    ("a.html", '<p>x</p>\n<script type="module">\nconst p = await pipeline("x", "acme/small");\n</script>\n', {3: "acme/small"}),
    ("a.html", '<script type="application/json">{"model": "acme/small"}</script>', {1: "acme/small"}),
    ("a.html", '<select id="modelSelect">\n<option value="acme/small">S</option>\n</select>', {2: "acme/small"}),
    ("a.html", '<input name="model" value="acme/small">', {1: "acme/small"}),
    ("a.html", '<option value="acme/small"><!-- <chat model="acme/old"> --><img src="acme/x.png">', {}),
    ("a.html", '<chat data-model="acme/small"></chat>', {1: "acme/small"}),
    ("a.xml", "<p>\n<model.name>acme/small</model.name><name>acme/other</name></p>", {2: "acme/small"}),
    ("a.xml", '<property name="model_id" value="acme/small"/>', {1: "acme/small"}),
]  # fmt: skip


def places(folder: Path, name: str, text: str, **options: bool) -> dict[int, str]:
    (folder / name).write_text(text, encoding="utf-8")
    return {item.line: item.model for item in scan([folder], ScanOptions(**options)).mentions if item.model}


@pytest.mark.parametrize(("name", "text", "expected"), FORMS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FORMS)])
def test_a_block_is_read_when_asked(tmp_path: Path, name: str, text: str, expected: dict[int, str]) -> None:
    assert places(tmp_path, name, text, markdown=True) == expected
    assert places(tmp_path, name, text, markdown=False) == {}


@pytest.mark.parametrize(("name", "text", "expected"), PAGES, ids=[f"{i}-{row[0]}" for i, row in enumerate(PAGES)])
def test_a_page_is_read_by_its_elements(tmp_path: Path, name: str, text: str, expected: dict[int, str]) -> None:
    assert places(tmp_path, name, text) == expected


def test_a_place_in_a_page_is_that_of_the_page() -> None:
    text = '<a\n model="acme/small"/>\n<script>run("x"); f = new LLM("acme/large")</script>'
    found = {item.value: (item.line, item.column) for item in read_markup(Source(name="", text=text, ollama=False))}
    assert found == {"acme/small": (2, 9), "acme/large": (3, 31)}


@pytest.mark.parametrize("unit", ["<a ", "<script>", '<a x="', "<!--", "</script", "<option value='a/b'>", "<a b=''"])
def test_a_page_that_never_closes_ends(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    found = [item.value for item in read_markup(Source(name="", text=text, ollama=False))]
    assert set(found) <= {"a/b"}
