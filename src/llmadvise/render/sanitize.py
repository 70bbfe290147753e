"""Outside text made fit for a terminal: what cannot be seen is shown as an escape.

Names, paths and notes come from catalogs, drivers and files that others wrote. An escape sequence in one of them could
recolour the screen, rewrite what was printed or set the window title; a bidirectional control could make a file name
read backwards.
"""

from __future__ import annotations

from typing import Final

_PLAIN_FORMS: Final = {
    0xB1: "+/-",
    0xB7: "-",
    0xD7: "x",
    0x2013: "-",
    0x2014: "-",
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
    0x2026: "...",
    0x2192: "->",
    0x2248: "~",
    0x2260: "!=",
    0x2264: "<=",
    0x2265: ">=",
}
"""ASCII spellings of the typographic characters that our own messages use."""


_STEERING: Final = frozenset(
    map(chr, (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029))
)
"""DEL, C1 controls, bidirectional controls and the separators that some terminals take for line breaks."""


def clean(text: str, *, unicode: bool = True) -> str:
    r"""Return the text with every character that is not visible written as an escape such as `\x1b` or `\u202e`.

    That covers C0 and C1 controls, line breaks, bidirectional controls, zero-width characters, lone surrogates and
    unassigned code points. Any kind of space becomes a plain one. Without `unicode` the result is ASCII.
    """
    if not text.isprintable():
        text = "".join(character if character.isprintable() else _visible(character) for character in text)
    if unicode or text.isascii():
        return text
    return text.translate(_PLAIN_FORMS).encode("ascii", "backslashreplace").decode("ascii")


def speech(text: str) -> str:
    """A model's answer as it may be printed: lines, tabs and joined letters stay, what could steer a terminal does not."""
    if text.isprintable():
        return text
    return "".join(
        _visible(character) if character in _STEERING or (character < " " and character not in "\n\t") else character
        for character in text
    )


def _visible(character: str) -> str:
    from unicodedata import category  # noqa: PLC0415 - nearly all text is printable

    if category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")
