"""Links between pages lead to a page and a heading that are there; every page can be reached from the site's menu."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "benchmarks"))
from documented import pages  # noqa: E402 - from the folder put on the path above

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?)(?: \{#[\w-]+\})?$", re.MULTILINE)
FORESEEN = {
    "serve.md",
    "runtimes.md",
    "recipes.md",
    "cost.md",
    "library.md",
    "bench.md",
    "security.md",
    "command_grid.md",
}
"""Pages that the menu and other pages may name before they are there."""


def anchors(page: Path) -> set[str]:
    """The names that headings get, as GitHub and the site give them."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"\{#([\w-]+)\}", text)) | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for heading in _HEADING.findall(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        named.add(re.sub(r" ", "-", re.sub(r"[^\w\- ]", "", plain.strip())))
    return named


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for link in _LINK.findall(text):
        path, _, anchor = link.partition("#")
        target = page if not path else (page.parent / path)
        if target.name in FORESEEN and not target.exists():
            continue
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def in_menu() -> list[str]:
    """Every page that mkdocs.yml names."""
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - text alone
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, str):
            found.append(node)
        elif isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            for item in node.values():
                walk(item)

    walk(config["nav"])
    return found


def test_every_page_is_in_the_menu() -> None:
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    entries = {name for name in written if re.fullmatch(r"catalog/[^/]+/.+", name) or name.startswith("gallery/")}
    menu = set(in_menu())
    assert written - entries - menu == set(), "give these a place in the nav of mkdocs.yml"


def test_the_menu_names_no_page_that_is_not_there() -> None:
    menu = in_menu()
    assert len(menu) == len(set(menu))
    made = {name for name in menu if name.startswith("reference/")}
    assert {name for name in menu if not (DOCS / name).exists()} <= made | FORESEEN
