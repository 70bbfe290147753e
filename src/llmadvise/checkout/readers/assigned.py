"""Files of lines: `.env`, TOML, properties, shell, Make, Dockerfile, Modelfile, and templates of YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import SILENT, Candidate, Slot, slot_of_key
from llmadvise.checkout.plain_names import is_tag
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.shell import candidates

_LONGEST = 4000


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "pair": r"^(\s*(?:-\s+)*(?:export\s+|ENV\s+|ARG\s+)?[\"']?)([A-Za-z_][\w.-]{0,80})([\"']?\s*(?::(?=\s)|\??:?=)\s*)(\S.*)$",
            "comment": r"\s+#.*$|\s*//\s.*$",
            "name": r"^\s*-\s+name:\s*[\"']?(\w+)[\"']?\s*$",
            "section": r"\[+\s*([\w.\"'-]+)\s*\]+$|variable\s+\"?(\w+)\"?\s*\{",
            "item": r"\s*(?:-\s+)?[\"']?([\w./:@-]+)[\"']?,?\s*(?:#.*)?$",
            "docker": r"^\s*([A-Za-z]+)\s+([\s\S]*)$",
        }[name]
    )


def read_lines(source: Source) -> Iterator[Candidate]:
    """Candidates of `key: value`, `key = value`, lists and commands, line by line."""
    above = _Above()
    for number, line in enumerate(source.text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", "//", ";")):
            continue
        pair = _pattern("pair").match(line) if len(line) < _LONGEST else None
        if pair is not None:
            yield from _pair(pair, number, above)
        elif above.list_key:
            yield from _listed(line, number, above.list_key)
        if " --" in line or bare.startswith(("-", '"--')) or "ollama " in line or " download " in line:
            text = line.replace('",', '"').lstrip(" -") if bare.startswith("- ") else line
            yield from candidates(text.rstrip("\\"), number, 1 + len(line) - len(text), "line-command")
        above.go_on(line, bare, pair)


class _Above:
    """What the lines before say of the next: an owner, a section, an open list."""

    def __init__(self) -> None:
        self.owner = ""
        self.section = ""
        self.list_key = ""

    def go_on(self, line: str, bare: str, pair: re.Match[str] | None) -> None:
        named = _pattern("name").match(line)
        self.owner = named.group(1) if named is not None else self.owner
        section = _pattern("section").match(bare)
        if section is not None:
            self.section = (section.group(1) or section.group(2)).rpartition(".")[2].strip("\"'")
        elif line.startswith("}"):
            self.section = ""
        if pair is not None:
            value = pair.group(4)
            self.list_key = pair.group(2) if value.startswith("[") and "]" not in value else ""
        elif bare.endswith(":") and bare[:-1].replace("_", "").replace("-", "").isalnum():
            self.list_key = bare[:-1]
        elif bare.startswith("]") or section is not None:
            self.list_key = ""

    def full(self, key: str) -> str:
        """A key that says nothing by itself, with what stands above it."""
        if key == "value" and self.owner:
            return self.owner
        if key in SILENT and slot_of_key(self.section) is not None:
            return self.section if key == "default" else f"{self.section}_{key}"
        return key


def _listed(line: str, number: int, key: str) -> Iterator[Candidate]:
    """One line of a list under a key that takes models."""
    slot = slot_of_key(key)
    found = _pattern("item").match(line)
    if slot is not None and found is not None:
        yield Candidate(
            value=found.group(1), line=number, column=found.start(1) + 1, kind="line-list", slot=Slot.MODEL if slot is Slot.HUB else slot, hint=key
        )  # fmt: skip


def _pair(pair: re.Match[str], number: int, above: _Above) -> Iterator[Candidate]:
    before, name, equals, value = pair.groups()
    key = above.full(name)
    slot = slot_of_key(key)
    value = _pattern("comment").sub("", value).strip().rstrip(",\\ ")
    column = len(before) + len(name) + len(equals) + 1
    kind = "environment" if equals.strip() == "=" and key.isupper() else "line-key"
    for item in value.strip("[]").split(",") if value.startswith("[") else [value]:
        text = item.strip().strip("\"'")
        if slot is None and not ("://" in text or text.startswith("hf:") or text.endswith(".gguf") or is_tag(text, ollama=False)):  # fmt: skip
            continue
        taken = slot if slot is not None and slot is not Slot.HUB else Slot.MODEL if slot else Slot.ANY
        yield Candidate(value=text, line=number, column=column, kind=kind, slot=taken, hint=key)


def read_shell(source: Source) -> Iterator[Candidate]:
    """Candidates of a script."""
    yield from candidates(source.text, 1, 1)


def read_make(source: Source) -> Iterator[Candidate]:
    """Candidates of a Makefile: variables and recipes."""
    for number, line in enumerate(source.text.split("\n"), 1):
        pair = _pattern("pair").match(line)
        if line.startswith("\t"):
            yield from candidates(line.rstrip("\\").replace("$$", "$"), number, 1, "make-recipe")
        elif pair is not None and not line.lstrip().startswith("#"):
            yield from _pair(pair, number, _Above())


def read_dockerfile(source: Source) -> Iterator[Candidate]:
    """Candidates of RUN, CMD, ENTRYPOINT, ENV, ARG, ADD and COPY; what follows FROM is an image."""
    for number, text in _joined(source.text):
        found = _pattern("docker").match(text)
        if found is None:
            continue
        word, rest = found.group(1).upper(), found.group(2)
        column = found.start(2) + 1
        if word in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
            script = rest.strip("[] ").replace('",', '" ') if rest.startswith("[") else rest
            yield from candidates(script, number, column, "dockerfile-command")
        elif word in ("ENV", "ARG", "ADD"):
            name, blank, value = rest.partition(" ")
            if word == "ENV" and blank and "=" not in name and slot_of_key(name):
                yield Candidate(value=value.strip(), line=number, column=column, kind="dockerfile-environment", slot=Slot.MODEL, hint=name)  # fmt: skip
            else:
                yield from candidates(rest, number, column, "dockerfile-environment")


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Instructions with their continuation lines, at the line where they begin; comments are left out."""
    start, held = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            held += "\n" if held else ""
            continue
        if not held:
            start = number
        held += line
        if line.rstrip().endswith("\\"):
            held += "\n"
            continue
        yield start, held
        held = ""
    if held:
        yield start, held


def read_modelfile(source: Source) -> Iterator[Candidate]:
    """Candidates of FROM and ADAPTER in an Ollama Modelfile."""
    for number, line in enumerate(source.text.split("\n"), 1):
        word, _, rest = line.strip().partition(" ")
        if word.upper() in ("FROM", "ADAPTER") and rest.strip():
            kind = f"modelfile-{word.lower()}"
            yield Candidate(
                value=rest.split("#")[0].strip(), line=number, column=line.find(rest) + 1, kind=kind, slot=Slot.OLLAMA
            )
