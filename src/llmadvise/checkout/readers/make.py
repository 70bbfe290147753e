"""Makefiles and justfiles, as the scripts that they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import Candidate
from llmadvise.checkout.readers.assigned import sourced
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.shell import candidates


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "pair": r"^(\s*(?:export\s+|override\s+)*)([A-Za-z_][\w.-]{0,80})(\s*(?:\?|:{0,2}|\+)=\s*)(\S.*?)\s*$",
            "brace": r"\{\{\s*([A-Za-z_]\w*)\s*\}\}",
            "recipe": r"^[ \t]+@?",
        }[name]
    )


def read_make(source: Source) -> Iterator[Candidate]:
    """Candidates of variables and recipes; a variable in a recipe is what it is given."""
    just = "just" in source.name.rpartition("/")[2].lower()
    rows = [_row(line, just=just) for line in source.text.split("\n")]
    yield from candidates("\n".join(rows), 1, 1, "make", variables=sourced(source))


def _row(line: str, *, just: bool) -> str:
    """A line as a shell would have it, what it names in the same column."""
    if line.startswith(("\t", " ")):
        recipe = _pattern("recipe").sub(lambda found: " " * len(found.group()), line).replace("$$", " $")
        return _pattern("brace").sub(r"${\1}", recipe) if just else recipe
    pair = _pattern("pair").match(line)
    if pair is not None and not line.startswith("#"):
        before, name, equals, value = pair.groups()
        goes_on = value.endswith("\\")
        quoted = value.rstrip("\\ ").strip("\"'")
        head = f"{name.replace('.', '_').replace('-', '_')}="
        end = " \\" if goes_on else ""
        return f'{head.rjust(len(before) + len(name) + len(equals))}"{quoted}"{end}' if "'" not in quoted and '"' not in quoted else line  # fmt: skip
    return line.removesuffix(":") if just and ":=" not in line else line
