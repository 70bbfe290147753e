"""Files of lines: `.env`, TOML, properties, shell, Make, Dockerfile, Modelfile, and templates of YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import SILENT, Candidate, Slot, slot_of_key
from llmadvise.checkout.plain_names import is_tag
from llmadvise.checkout.readers.source import Source
from llmadvise.checkout.shell import candidates, of_command
from llmadvise.checkout.variables import Variables
from llmadvise.checkout.words import Word

_LONGEST = 4000
_STRIDE = 12
"""Bits between the places of two words: a word may hold a command, whose words lie within it."""
_SHELLED = frozenset(("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ENV", "ARG", "ADD", "COPY"))
_COMMANDS = frozenset(("command", "args", "entrypoint", "cmd", "extraargs", "extra_args"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            "pair": r"^(\s*(?:-\s+)*(?:export\s+|ENV\s+|ARG\s+)?[\"']?)([A-Za-z_][\w.-]{0,80})([\"']?\s*(?::(?=\s)|\??:?=)\s*)(\S.*)$",
            "comment": r"\s+#.*$|\s*//\s.*$",
            "name": r"^\s*-\s+name:\s*[\"']?(\w+)[\"']?\s*$",
            "section": r"\[+\s*([\w.\"'-]+)\s*\]+$|variable\s+\"?(\w+)\"?\s*\{",
            "item": r"\s*(?:-\s+)?[\"']?([\w./:@-]+)[\"']?,?\s*(?:#.*)?$",
            "word": r"^\s*-\s+[\"']?([^\s\"']+)[\"']?\s*$",
            "speaks": r"://|^hf:|\.gguf$|^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*\d[\w.-]*$",
            "inner": r"([A-Za-z_][\w-]*)\s*[=:]\s*[\"']([^\"']+)[\"']",
            "powershell": r"(?m)^[ \t]*\$(?:\w+:)?(\w+)[ \t]*=[ \t]*(?=[\"'])",
            "data": r"repo_type\W{1,6}(?:dataset|space)\b",
            "docker": r"^\s*([A-Za-z]+)\s+([\s\S]*)$",
        }[name]
    )


def read_lines(source: Source) -> Iterator[Candidate]:
    """Candidates of `key: value`, `key = value`, lists and commands, line by line."""
    above = _Above()
    items: list[tuple[str, int]] = []
    rows = source.text.split("\n")
    for number, line in enumerate(rows, 1):
        bare = line.strip()
        item = _pattern("word").match(line) if bare.startswith("- ") else None
        if item is not None:
            items.append((item.group(1), number))
        elif items:
            yield from _command(items)
            items = []
        if not bare or bare.startswith(("#", "//", ";")):
            continue
        pair = _pattern("pair").match(line) if len(line) < _LONGEST else None
        if pair is not None:
            near = "\n".join(rows[max(0, number - 4) : number + 3]) if "repo" in line else ""
            if "repo_type" not in near or _pattern("data").search(near) is None:
                yield from _pair(pair, number, above)
        elif above.list_key:
            yield from _listed(line, number, above.list_key)
        if " --" in line or bare.startswith(("-", '"--')) or "ollama " in line or " download " in line:
            text = line.replace('",', '"').lstrip(" -") if bare.startswith("- ") else line
            yield from candidates(text.rstrip("\\"), number, 1 + len(line) - len(text), "line-command")
        above.go_on(line, bare, pair)
    yield from _command(items)


def _command(items: list[tuple[str, int]]) -> Iterator[Candidate]:
    """A list of words, one a line, as the command that it may be."""
    for given in of_command([Word(text=text, offset=at << _STRIDE) for at, (text, _) in enumerate(items)]):
        if given.kind != "shell-address":
            yield Candidate(value=given.value, line=items[given.word.offset >> _STRIDE][1], column=1, kind="line-command", slot=given.slot, hint=given.hint)  # fmt: skip


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
            return self.section if key in ("default", "options", "choices", "enum") else f"{self.section}_{key}"
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
    items = value.strip("[]").split(",") if value.startswith("[") else [value]
    if value.startswith("[") and name.lower() in _COMMANDS:
        words = [(item.strip().strip("\"'"), number) for item in items]
        yield from _command(words)
    if value.startswith("{"):
        for found in _pattern("inner").finditer(value):
            inner = slot_of_key(found.group(1))
            if inner is not None:
                yield Candidate(value=found.group(2), line=number, column=column + found.start(2), kind=kind, slot=Slot.MODEL if inner is Slot.HUB else inner, hint=found.group(1))  # fmt: skip
    for item in items:
        text = item.strip().strip("\"'")
        if slot is None and not (_pattern("speaks").search(text) or is_tag(text, ollama=False)):
            continue
        taken = slot if slot is not None and slot is not Slot.HUB else Slot.MODEL if slot else Slot.ANY
        yield Candidate(value=text, line=number, column=column, kind=kind, slot=taken, hint=key)


def read_shell(source: Source) -> Iterator[Candidate]:
    """Candidates of a script."""
    text = source.text
    if source.name.lower().endswith(".ps1"):
        text = _pattern("powershell").sub(lambda found: f"{found.group(1)}=".rjust(len(found.group())), text)
        text = text.replace("`\n", "\\\n")
    yield from candidates(text, 1, 1, variables=sourced(source))


def sourced(source: Source) -> Variables | None:
    """The variables that a script takes from the `.env` beside it, where it speaks of one."""
    given = source.beside() if ".env" in source.text and "$" in source.text else {}
    if not given:
        return None
    variables = Variables()
    for name, value in given.items():
        variables.add(name, value)
    return variables


def read_dockerfile(source: Source) -> Iterator[Candidate]:
    """Candidates of RUN, CMD, ENTRYPOINT, ENV, ARG and ADD, read as one script; what follows FROM is an image."""
    rows: list[str] = []
    word, inside, document = "", False, ""
    for raw in source.text.split("\n"):
        line = raw
        if document:
            document = "" if line.strip() == document else document
        elif line.lstrip().startswith("#"):
            rows.append("\\" if inside else "")
            continue
        elif not inside:
            word, line = _instruction(line)
        if not document and word in _SHELLED:
            opened = re.search(r"<<-?[\"']?(\w+)", line)
            document = opened.group(1) if opened is not None else ""
        inside = not document and line.rstrip().endswith("\\")
        rows.append(line if word in _SHELLED else "")
    yield from candidates("\n".join(rows), 1, 1, "dockerfile-command")


def _instruction(line: str) -> tuple[str, str]:
    """The word of an instruction, and the rest of its line as a shell would have it, in the same columns."""
    found = _pattern("docker").match(line)
    if found is None:
        return "", line
    word, rest = found.group(1).upper(), found.group(2)
    if rest.startswith("["):
        rest = rest.strip().removesuffix("]").replace("[", " ", 1).replace('",', '" ')
    name, blank, value = rest.partition(" ")
    if word == "ENV" and blank and "=" not in name:
        rest = f"{name}={value.strip()}"
    lead = "cat>".rjust(found.start(2)) if word in ("COPY", "ADD") and "<<" in rest else " " * found.start(2)
    return word, lead + rest


def read_modelfile(source: Source) -> Iterator[Candidate]:
    """Candidates of FROM and ADAPTER in an Ollama Modelfile."""
    for number, line in enumerate(source.text.split("\n"), 1):
        word, _, rest = line.strip().partition(" ")
        if word.upper() in ("FROM", "ADAPTER") and rest.strip():
            kind = f"modelfile-{word.lower()}"
            yield Candidate(
                value=rest.split("#")[0].strip(), line=number, column=line.find(rest) + 1, kind=kind, slot=Slot.OLLAMA
            )
