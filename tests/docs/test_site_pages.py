"""What the site is made from: commands as they are documented, pages from the program, the menu as far as it is written."""

from __future__ import annotations

import re
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from llmadvise.cli.manual.commands import commands
from llmadvise.render.documents.registry import DOCUMENTS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import site_hook  # noqa: E402 - from the folder put on the path above
import site_pages  # noqa: E402
from documented import Documented, Other, documented  # noqa: E402

PAGE = Path("page.md")


def found(text: str, kind: str = "sh") -> list[Documented | Other]:
    return documented(PAGE, f"words\n\n```{kind}\n{text}\n```\n")


@pytest.mark.parametrize(
    ("line", "arguments", "needs"),
    [
        ("llmadvise recommend   # for this machine", ("recommend",), None),
        ('llmadvise recommend --gpu "RTX 4090" | jq .', ("recommend", "--gpu", "RTX 4090"), None),
        ("llmadvise hardware --json > machine.json", ("hardware", "--json"), None),
        ("NO_COLOR=1 llmadvise rules", ("rules",), None),
        ("llmadvise pull qwen/qwen3-8b", ("pull", "qwen/qwen3-8b"), "the network"),
        ("llmadvise estimate hf:a/b", ("estimate", "hf:a/b"), "the network"),
        ("llmadvise doctor  # needs a hammer", ("doctor",), "a hammer"),
        ('place="$(llmadvise licenses list)"', ("licenses", "list"), None),
        ('other -m "$(llmadvise pull a/b -q | head -1)"', ("pull", "a/b", "-q"), "the network"),
        (".venv/bin/llmadvise rules", ("rules",), None),
    ],
)
def test_a_line(line: str, arguments: tuple[str, ...], needs: str | None) -> None:
    first = found(line)[0]
    assert isinstance(first, Documented)
    assert (first.arguments, first.needs, first.line) == (arguments, needs, 4)


def test_a_command_over_several_lines_and_others_beside_it() -> None:
    items = found("llmadvise recommend \\\n  --top 1 && cat x\nllmadvise rules < y  # exit code 3")
    assert isinstance(items[0], Documented)
    assert isinstance(items[2], Documented)
    assert items[0].arguments == ("recommend", "--top", "1")
    assert items[1] == Other(PAGE, 4, "cat")
    assert (items[2].feeds, items[2].code, items[2].line) == ("y", 3, 6)


def test_output_in_a_console_is_no_command() -> None:
    items = found("$ llmadvise rules\nllmadvise said something", "console")
    assert [str(item) for item in items] == ["page.md:4 llmadvise rules"]


def test_the_reference_has_every_command_and_option() -> None:
    page = site_pages.pages()[site_pages.COMMANDS]
    for command in commands():
        assert f" {' '.join(('llmadvise', *command.path))}\n" in page
        assert all(f"<code>{item.flags[0]}" in page for item in command.options)


def test_the_reference_has_every_document() -> None:
    page = site_pages.pages()[site_pages.FIELDS]
    assert [name for name in DOCUMENTS if f"## llmadvise.{name}/1\n" not in page] == []
    for field in ("totals.machines", "groups[].pick.memory.value", "groups[].machine.gpus[].name"):
        assert f"| `{field}` |" in page
    assert page.count("\n| ") > 500
    assert "## llmadvise.comparison/1\n" in page
    told = page.partition("## llmadvise.comparison/1\n")[2].partition("\n## ")[0]
    assert "\nComes as text, json, markdown, html.\n" in told


def test_the_menu_leaves_out_what_is_not_written() -> None:
    nav = [{"A": [{"Here": "index.md"}, {"Not yet": "nowhere.md"}]}, {"B": [{"Not yet": "neither.md"}]}, "fleets.md"]
    assert site_hook._written(nav) == [{"A": [{"Here": "index.md"}]}, "fleets.md"]


def test_links_to_files_that_are_no_pages_leave_their_text() -> None:
    class File:
        src_uri = "extend/model.md"

    class Page:
        file = File

    text = "[a](../../README.md#x) [b](../speed.md) [c](../../catalog/benchmarks.yaml) [d](gpu.md)"
    assert site_hook.on_page_markdown(text, page=Page) == "a [b](../speed.md) c [d](gpu.md)"


def test_what_a_command_prints_is_put_below_it() -> None:
    class File:
        src_uri = "index.md"

    class Page:
        file = File

    shown = site_hook.on_page_markdown("```console\n$ llmadvise --version\n```\n", page=Page)
    assert '<div class="printed"><pre><code>llmadvise 0' in shown
    told = site_hook.on_page_markdown("```sh\nllmadvise pull a/b\n```\n", page=Page)
    assert "needs the network" in told


def test_the_picture_of_the_house_has_the_pillars_that_a_tool_enforces() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ][0]
    pillars = next(names for layer in contract["layers"] if "probe" in (names := layer.split(" | ")))
    drawn = re.findall(
        r'<rect class="pillar" x="([0-9.]+)" [^>]*width="([0-9.]+)".*?<text[^>]*>(\w+)<', site_pages.house()
    )
    assert [name for *_, name in drawn] == pillars
    ends = [(float(x), float(x) + float(width)) for x, width, _ in drawn]
    assert all(left[1] < right[0] for left, right in pairwise(ends))
    assert ends[-1][1] <= 758
