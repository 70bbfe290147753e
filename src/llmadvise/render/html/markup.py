"""HTML made of escaped text: whatever a catalog or a driver says stays text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from llmadvise.render.sanitize import clean


def text(words: str) -> str:
    """Outside text, visible and harmless."""
    return escape(clean(words), quote=True)


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """An element; what is inside is markup already, attributes are escaped here (`class_` for `class`)."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(str(value))}"' for key, value in attributes.items())
    return f"<{name}{given}>{''.join(inside)}</{name}>"


def heading(level: int, words: str) -> str:
    """A heading of plain words."""
    return element(f"h{level}", text(words))


def paragraph(words: str, **attributes: str) -> str:
    """A paragraph of plain words."""
    return element("p", text(words), **attributes)


def items(rows: Iterable[str], **attributes: str) -> str:
    """A list; each row is markup."""
    inside = "".join(element("li", row) for row in rows)
    return element("ul", inside, **attributes) if inside else ""


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Terms and what they are, as plain words."""
    return element("dl", "".join(f"{element('dt', text(term))}{element('dd', text(said))}" for term, said in pairs))


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain words whose first column names the row; it scrolls by itself where it is too wide."""
    top = "".join(element("th", text(head), scope="col") for head in heads)
    body = "".join(
        element("tr", element("th", text(row[0]), scope="row"), *(element("td", text(cell)) for cell in row[1:]))
        for row in rows
    )
    inside = element("caption", text(caption)) + element("thead", element("tr", top)) + element("tbody", body)
    return element("div", element("table", inside), class_="wide", tabindex="0", role="region", aria_label=caption)
