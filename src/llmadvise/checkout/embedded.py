"""What stands inside a script: JSON in a word, Python after `-c`, and here-documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmadvise.checkout.places import Candidate, slot_of_key
from llmadvise.checkout.shell import Given
from llmadvise.checkout.words import Word

_LONGEST = 200_000
_MOST = 5_000


def of_json(word: Word) -> Iterator[Given]:
    """Models under the keys of a JSON document that is one word, as after `curl -d`."""
    from llmadvise.checkout.readers.json import texts  # noqa: PLC0415 - they read each other

    quoted = word.text.replace('\\"', '"') if '\\"' in word.text else word.text
    for text in texts(quoted[:_LONGEST]):
        slot = slot_of_key(text.key)
        if slot is not None:
            at = word.text.find(text.value)
            yield Given(
                word=Word(text=text.value, offset=word.offset + 1 + max(at, 0)), value=text.value, slot=slot, kind="shell-json", hint=text.key
            )  # fmt: skip


def of_python(word: Word) -> Iterator[Given]:
    """Models that a program after `python -c` names."""
    from llmadvise.checkout.positions import Lines  # noqa: PLC0415 - rare

    lines = Lines(word.text)
    for item in _python(word.text[:_LONGEST]):
        offset = lines.starts[min(item.line, len(lines.starts)) - 1] + item.column - 1
        yield Given(word=Word(text=item.value, offset=word.offset + 1 + offset), value=item.value, slot=item.slot, kind="shell-python", revision=item.revision, hint=item.hint)  # fmt: skip


def _python(text: str) -> list[Candidate]:
    from llmadvise.checkout.readers.python import read_python  # noqa: PLC0415 - rare
    from llmadvise.checkout.readers.source import PartlyReadError, Source  # noqa: PLC0415 - rare

    for program in (text, text.replace('\\"', '"')):
        try:
            return list(read_python(Source(name="", text=program, ollama="ollama" in text)))
        except PartlyReadError:
            continue
    return []


@cache
def _document() -> re.Pattern[str]:
    return re.compile(r"^([^\n]*)<<[-~]?[ \t]*(['\"\\]?)([A-Za-z_]\w{0,40})['\"]?([^\n]*)\n", re.MULTILINE)


def without_documents(text: str) -> tuple[str, list[Candidate]]:
    """The script with its here-documents left blank, and what they name; one for a shell stays where it is."""
    out: list[str] = []
    found: list[Candidate] = []
    at = rows = 0
    for _ in range(_MOST):
        start = _document().search(text, at)
        if start is None:
            break
        end = re.compile(rf"^[ \t]*{start.group(3)}[ \t]*$", re.MULTILINE).search(text, start.end())
        if end is None:
            break
        body = text[start.end() : end.start()]
        read = _reader(start.group(1) + start.group(4), body)
        out.append(text[at : start.end()])
        if read is None or len(body) > _LONGEST:
            out.append(body)
        else:
            out.append("\n" * body.count("\n"))
            found += _read(read, body, rows + text.count("\n", at, start.end()))
        rows += text.count("\n", at, end.start())
        at = end.start()
    return "".join([*out, text[at:]]), found


def _reader(command: str, body: str) -> str | None:
    """What a here-document is; None: a script, or nothing that is known."""
    if re.search(r"\bpython[\d.]*\b", command):
        return "a.py"
    if re.search(r"(?:^|[\s;|&])(?:ba|z|k)?sh\b|\bssh\b|\bRUN\s*$", command):
        return None
    named = re.search(r">>?\s*[\"']?([^\s\"';|&]+)", command)
    if named is not None and not named.group(1).endswith((".txt", ".log", ".md")):
        return named.group(1).rpartition("/")[2]
    first = next((line.strip() for line in body.split("\n") if line.strip()), "")
    if first.startswith(("{", "[")):
        return "a.json"
    return "a.yaml" if re.match(r"(?:- )?[\w./-]+:(?:\s|$)|---$", first) else None


def _read(name: str, body: str, down: int) -> Iterator[Candidate]:
    from dataclasses import replace  # noqa: PLC0415 - rare

    from llmadvise.checkout.readers.registry import reader_of  # noqa: PLC0415 - they read each other
    from llmadvise.checkout.readers.source import PartlyReadError, Source  # noqa: PLC0415 - as above

    reader = reader_of(name, markdown=False)
    if reader is None:
        return
    source = Source(name=name, text=body, ollama="ollama" in body.lower() or "11434" in body)
    try:
        for item in reader(source):
            yield replace(item, line=item.line + down)
    except (PartlyReadError, RecursionError):
        return
