"""What mkdocs calls while it builds the site: pages from the program itself, what commands print, and the menu as far as
its pages are written.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from documented import Documented, documented  # noqa: E402 - from the folders put on the path above
from llmadvise.catalog import load  # noqa: E402 - see above
from llmadvise.cli.app import run  # noqa: E402 - see above
from site_pages import GENERATED, house, pages  # noqa: E402 - see above

COLUMNS = "84"
_CONSOLE = re.compile(r"^```console\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^```sh\n.*?^```\n", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(((?:\.\./)+[^)\s]*)\)")
_LONGEST = 60
"""Lines of output that are shown."""


def on_config(config: Any) -> Any:  # noqa: ANN401 - mkdocs is installed for the site alone
    """Leave out of the menu what is not written yet."""
    config["nav"] = _written(config["nav"])
    return config


def _written(node: Any) -> Any:  # noqa: ANN401 - lists, mappings and text, nested
    if isinstance(node, list):
        kept = [_written(item) for item in node]
        return [item for item in kept if item]
    if isinstance(node, dict):
        return {title: kept for title, item in node.items() if (kept := _written(item))}
    return node if node in GENERATED or (ROOT / "docs" / node).exists() else None


def on_files(files: Any, config: Any) -> Any:  # noqa: ANN401 - see above
    """Add the pages that are written from the program."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - not for the tests

    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401 - see above
    """Put what it prints below every command of a console block, and say of others what they need."""
    if page.file.src_uri.startswith(("catalog/", "gallery/")):
        return markdown
    source = ROOT / "docs" / page.file.src_uri
    if not source.exists():
        return markdown
    shown = markdown
    if not page.file.src_uri.startswith("extend/"):
        shown = _CONSOLE.sub(lambda match: _printed(match, source), shown)
    shown = _FENCE.sub(lambda match: match[0] + _reason(match[0], source), shown)
    shown = _LINK.sub(lambda match: _named(match, source), shown)
    return _pictured(shown) if page.file.src_uri == "architecture.md" else shown


def _named(match: re.Match[str], source: Path) -> str:
    """A link to a file of the repository that is no page: on the site its text alone is left."""
    target = (source.parent / match[2].partition("#")[0]).resolve()
    return match[0] if target.is_relative_to(ROOT / "docs") else match[1]


def _printed(match: re.Match[str], source: Path) -> str:
    blocks = [match[0]]
    for item in documented(source, match[0]):
        if isinstance(item, Documented) and item.needs is None:
            lines = _run(item.arguments).rstrip("\n").splitlines()
            more = [f"… {len(lines) - _LONGEST} more lines"] if len(lines) > _LONGEST else []
            text = escape("\n".join([*lines[:_LONGEST], *more]), quote=False)
            blocks.append(f'<div class="printed"><pre><code>{text}</code></pre></div>\n')
    return "\n".join(blocks)


def _reason(block: str, source: Path) -> str:
    needs = dict.fromkeys(
        item.needs for item in documented(source, block) if isinstance(item, Documented) and item.needs
    )
    return f"\n*Not run when this page is tested: needs {', '.join(needs)}.*\n" if needs else ""


_read = cache(load.built_in)
"""The built-in catalog, read once for the whole site."""


def _run(arguments: tuple[str, ...]) -> str:
    """What the program prints, errors too, as in a terminal without colour."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8")
    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory() as place,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        patch.dict(os.environ, COLUMNS=COLUMNS, NO_COLOR="1"),
        patch.object(load, "built_in", _read),
    ):
        os.chdir(place)
        try:
            run(list(arguments))
        finally:
            os.chdir(before)
    out.flush()
    return raw.getvalue().decode()


def _pictured(markdown: str) -> str:
    """The architecture with its picture before the drawing in letters."""
    return markdown.replace("## The house\n", f"## The house\n\n{house()}\n", 1)
