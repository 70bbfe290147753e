"""YAML written by hand, so that what it looks like is decided here: blocks, double quotes wherever a word could be
anything but itself, and literal blocks for shell scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

Node: TypeAlias = "str | int | bool | Sequence[Node] | Mapping[str, Node]"

_PLAIN: Final = r"[A-Za-z/][A-Za-z0-9_./-]*"
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
"""What YAML 1.1 reads as something else than text."""
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def yaml(node: Mapping[str, Node], comments: Sequence[str] = ()) -> str:
    """One document; the comments stand before it."""
    head = [f"# {line}".rstrip() for line in comments]
    return "\n".join([*head, *_mapping(node, 0)]) + "\n"


def _mapping(node: Mapping[str, Node], depth: int) -> Iterator[str]:
    for key, value in node.items():
        yield from _entry(f"{'  ' * depth}{scalar(key)}:", value, depth)


def _entry(start: str, value: Node, depth: int) -> Iterator[str]:
    """A key or a dash with what belongs to it."""
    match value:
        case str() if _is_block(value):
            yield f"{start} |"
            yield from (f"{'  ' * (depth + 1)}{line}" if line else "" for line in value.splitlines())
        case str() | bool() | int():
            yield f"{start} {scalar(value)}"
        case Mapping() if value:
            yield start
            yield from _mapping(value, depth + 1)
        case Mapping():
            yield f"{start} {{}}"
        case _ if value:
            yield start
            yield from _items(value, depth + 1)
        case _:
            yield f"{start} []"


def _items(items: Sequence[Node], depth: int) -> Iterator[str]:
    for item in items:
        dash = f"{'  ' * depth}-"
        if isinstance(item, Mapping) and item:
            first, *rest = _mapping(item, depth + 1)
            yield f"{dash} {first.lstrip()}"
            yield from rest
        else:
            yield from _entry(dash, item, depth)


def scalar(value: str | int | bool) -> str:
    """Text, a number or a truth."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if re.fullmatch(_PLAIN, value) and value.lower() not in _WORDS:
        return value
    return quoted(value)


def quoted(text: str) -> str:
    """Text in double quotes, whatever it holds."""
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"  # noqa: PLR2004 - the last of four digits


def _is_block(text: str) -> bool:
    """Whether several lines can stand as they are."""
    lines = text.split("\n")
    whole = len(lines) > 2 and lines[-1] == "" and lines[-2] != ""  # noqa: PLR2004 - two lines and the end
    return whole and not text.startswith((" ", "\n")) and all(line.isprintable() for line in lines)
