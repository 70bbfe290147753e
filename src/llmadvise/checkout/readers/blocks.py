"""A block of code in a document, read as the language that it says it is."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator, Sequence

from llmadvise.checkout.places import Candidate
from llmadvise.checkout.readers.assigned import read_dockerfile, read_lines, read_modelfile, read_shell
from llmadvise.checkout.readers.json import read_json
from llmadvise.checkout.readers.lexed import read_hashed, read_hcl, read_slashed
from llmadvise.checkout.readers.make import read_make
from llmadvise.checkout.readers.markup import read_markup
from llmadvise.checkout.readers.python import read_python
from llmadvise.checkout.readers.source import PartlyReadError, Reader, Source
from llmadvise.checkout.readers.yaml import read_yaml

_LANGUAGES: dict[str, Reader] = {
    "python": read_python, "py": read_python, "python3": read_python, "yaml": read_yaml, "yml": read_yaml,
    "json": read_json, "dockerfile": read_dockerfile, "docker": read_dockerfile, "modelfile": read_modelfile,
    "toml": read_lines, "ini": read_lines, "env": read_lines, "js": read_slashed, "javascript": read_slashed,
    "typescript": read_slashed, "ts": read_slashed, "rust": read_slashed, "go": read_slashed, "java": read_slashed,
    "jsx": read_slashed, "tsx": read_slashed, "kotlin": read_slashed, "swift": read_slashed, "csharp": read_slashed,
    "cs": read_slashed, "c#": read_slashed, "cpp": read_slashed, "c++": read_slashed, "c": read_slashed, "php": read_slashed,
    "golang": read_slashed, "rs": read_slashed, "scala": read_slashed, "dart": read_slashed, "vue": read_slashed,
    "svelte": read_slashed, "mjs": read_slashed, "groovy": read_slashed, "ruby": read_hashed, "rb": read_hashed,
    "elixir": read_hashed, "r": read_hashed, "julia": read_hashed, "lua": read_hashed, "perl": read_hashed, "nix": read_hashed,
    "diff": read_hashed, "hcl": read_hcl, "terraform": read_hcl, "tf": read_hcl, "makefile": read_make, "make": read_make,
    "jsonc": read_json, "json5": read_json, "ipython": read_python, "pycon": read_python, "properties": read_lines,
    "dotenv": read_lines, "conf": read_lines, "config": read_lines, "cfg": read_lines, "helm": read_yaml,
    "html": read_markup, "xml": read_markup, "ipython3": read_python, "doctest": read_python, "default": read_python,
}  # fmt: skip
_ANSWERED = frozenset(("created", "choices", "object"))
"""Keys of what a server answers, never together in what it is asked."""
_SESSIONS = frozenset(("console", "shell-session", "sh-session", "terminal"))
_PROMPTS = ("$ ", "> ", ">> ")


def read_block(source: Source, language: str, rows: Sequence[str], down: int) -> Iterator[Candidate]:
    """Candidates of a block whose first line follows line `down` of its document."""
    rows = textwrap.dedent("\n".join(rows)).split("\n")
    if language == "diff":
        rows = ["" if row.startswith("-") else row[1:] if row[:1] in ("+", " ") else row for row in rows]
    language = language or _guessed(rows)
    if language == "json" and _ANSWERED.issubset("\n".join(rows).split('"')):
        return  # what a server answered
    if any(row.startswith(">>> ") for row in rows) and _LANGUAGES.get(language, read_shell) in (
        read_python,
        read_shell,
    ):
        language, rows = "pycon", [row[4:] if row.startswith((">>> ", "... ")) else "" for row in rows]
    if language in _SESSIONS and any(row.startswith(_PROMPTS) for row in rows):
        rows = _typed(rows)
    rows = [line.removeprefix("$ ").removeprefix("> ").removeprefix(">> ") for line in rows]
    inner = Source(name=source.name, text="\n".join(rows), ollama=source.ollama)
    yield from moved(_LANGUAGES.get(language, read_shell), inner, down, "")


def _guessed(rows: Sequence[str]) -> str:
    """The language of a block that says none: Python where it imports something; JSON, a Modelfile or a Dockerfile where
    it begins like one; else a script.
    """
    if any(row.startswith(("import ", "from ")) and " import " in f" {row}" for row in rows):
        return "python"
    first = next((row for row in rows if row.strip() and not row.startswith("#")), "")
    if first.startswith(("{", "[")) and first.strip() == first[0]:
        return "json"
    if first.startswith("FROM "):
        return "dockerfile" if any(row.startswith(("RUN ", "COPY ", "CMD ", "ENV ")) for row in rows) else "modelfile"
    return ""


def _typed(rows: Sequence[str]) -> list[str]:
    """What was typed behind a prompt, with the lines that it goes on over; the rest is what was answered."""
    out: list[str] = []
    goes_on = False
    for row in rows:
        typed = goes_on or row.startswith(_PROMPTS)
        out.append("" if not typed else row if goes_on else row.partition(" ")[2])
        goes_on = typed and row.rstrip().endswith("\\")
    return out


def moved(reader: Reader, source: Source, down: int, kind: str) -> Iterator[Candidate]:
    """What a reader finds in a part of a document that begins after line `down`."""
    try:
        for item in reader(source):
            yield dataclasses.replace(item, line=item.line + down, kind=kind or f"markdown-{item.kind}")
    except PartlyReadError:
        for item in read_slashed(source):
            yield dataclasses.replace(item, line=item.line + down, kind=kind or f"markdown-{item.kind}")
