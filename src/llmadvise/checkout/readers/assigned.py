"""Files of lines: `.env`, TOML, properties, shell, Make, Dockerfile, Modelfile, and templates of YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import Candidate, Slot, slot_of_key
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
            "docker": r"^\s*([A-Za-z]+)\s+(.*)$",
        }[name]
    )


def read_lines(source: Source) -> Iterator[Candidate]:
    """Candidates of `key: value`, `key = value` and commands, line by line."""
    owner = ""
    for number, line in enumerate(source.text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", "//", ";")):
            continue
        named = _pattern("name").match(line)
        pair = _pattern("pair").match(line)
        if pair is not None and len(line) < _LONGEST:
            yield from _pair(pair, number, owner)
        if " --" in line or bare.startswith(("-", '"--')) or "ollama " in line or " download " in line:
            text = line.replace('",', '"').lstrip(" -") if bare.startswith("- ") else line
            yield from candidates(text.rstrip("\\"), number, 1 + len(line) - len(text), "line-command")
        owner = named.group(1) if named is not None else owner


def _pair(pair: re.Match[str], number: int, owner: str) -> Iterator[Candidate]:
    before, key, equals, value = pair.groups()
    key = owner if key == "value" and owner else key
    slot = slot_of_key(key)
    value = _pattern("comment").sub("", value).strip().rstrip(",")
    column = len(before) + len(pair.group(2)) + len(equals) + 1
    items = value.strip("[]").split(",") if value.startswith("[") else [value]
    for item in items:
        text = item.strip().strip("\"'")
        kind = "environment" if equals.strip() == "=" and key.isupper() else "line-key"
        if slot is None and not ("://" in text or text.startswith("hf:") or text.endswith(".gguf")):
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
            yield from _pair(pair, number, "")


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
