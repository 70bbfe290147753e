"""Markdown: front matter always, code blocks when asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from llmadvise.checkout.places import Candidate
from llmadvise.checkout.readers.assigned import read_dockerfile, read_lines, read_modelfile, read_shell
from llmadvise.checkout.readers.json import read_json
from llmadvise.checkout.readers.lexed import read_hashed, read_hcl, read_slashed
from llmadvise.checkout.readers.make import read_make
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
}  # fmt: skip


_ANSWERED = frozenset(("created", "choices", "object"))
"""Keys of what a server answers, never together in what it is asked."""


def front_matter(text: str) -> str:
    """The YAML between the first two lines of dashes; empty if there is none."""
    if not text.startswith("---\n") and not text.startswith("---\r\n"):
        return ""
    end = text.find("\n---", 3)
    return text[4:end] if end > 0 else ""


def read_front_matter(source: Source) -> Iterator[Candidate]:
    """Candidates of the front matter."""
    head = front_matter(source.text)
    if head:
        yield from _moved(read_yaml, Source(name=source.name, text=head, ollama=source.ollama), 1, "front-matter")


def read_markdown(source: Source) -> Iterator[Candidate]:
    """Candidates of the front matter and of fenced and indented blocks."""
    yield from read_front_matter(source)
    fence, language, block, start = "", "", [""], 0
    for number, line in enumerate(source.text.split("\n"), 1):
        bare = line.lstrip()
        if fence and bare.startswith(fence):
            yield from _block(source, language, block, start)
            fence = ""
        elif fence:
            block.append(line)
        elif bare.startswith(("```", "~~~")):
            fence, block, start = bare[:3], [], number
            words = bare.strip("`~ ").lower().replace("{", " ").split()
            language = words[0].strip(".}") if words else ""
        elif line.startswith(("    ", "\t")):
            yield from _moved(read_shell, Source(name=source.name, text=line, ollama=source.ollama), number - 1, "")


def _block(source: Source, language: str, block: list[str], start: int) -> Iterator[Candidate]:
    import textwrap  # noqa: PLC0415 - only where Markdown is read

    rows = textwrap.dedent("\n".join(block)).split("\n")
    if language == "diff":
        rows = ["" if row.startswith("-") else row[1:] if row[:1] in ("+", " ") else row for row in rows]
    if language == "json" and _ANSWERED.issubset("\n".join(rows).split('"')):
        return  # what a server answered
    if not language and any(row.startswith(">>> ") for row in rows):
        language = "pycon"
    rows = [row[4:] if language == "pycon" and row.startswith((">>> ", "... ")) else row for row in rows]
    rows = [line.removeprefix("$ ").removeprefix("> ").removeprefix(">> ") for line in rows]
    inner = Source(name=source.name, text="\n".join(rows), ollama=source.ollama)
    yield from _moved(_LANGUAGES.get(language, read_shell), inner, start, "")


def _moved(reader: Reader, source: Source, down: int, kind: str) -> Iterator[Candidate]:
    try:
        for item in reader(source):
            yield dataclasses.replace(item, line=item.line + down, kind=kind or f"markdown-{item.kind}")
    except PartlyReadError:
        for item in read_slashed(source):
            yield dataclasses.replace(item, line=item.line + down, kind=kind or f"markdown-{item.kind}")
