"""What reads recipes, written after the programs that do: Modelfiles, words of a systemd unit, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

COMMANDS = frozenset({
    "from", "license", "template", "system", "adapter", "draft", "renderer", "parser", "parameter", "message", "requires",
})  # fmt: skip
PARAMETERS = frozenset({"num_ctx", "num_gpu", "temperature", "stop", "num_predict"})


def read_modelfile(text: str) -> list[tuple[str, str]]:
    """Commands of a Modelfile by the states of ollama parser/parser.go (00dc3af); stricter: parameters must be known."""
    found = []
    for line in text.split("\n"):
        stripped = line.strip(" \t")
        if not stripped or stripped.startswith("#"):
            continue
        name, space, value = stripped.partition(" ")
        assert space, f"a command without a value: {line!r}"
        assert name.isalpha(), name
        assert name.lower() in COMMANDS, name
        value = _unquoted(value.strip())
        if name.lower() == "parameter":
            name, _, value = value.partition(" ")
            assert re.fullmatch(r"[A-Za-z0-9_]+", name), name
            assert name in PARAMETERS, name
        found.append((name.lower(), "".join(letter for letter in value if letter.isprintable())))
    assert any(name == "from" for name, _ in found), "no FROM line"
    return found


def _unquoted(value: str) -> str:
    for mark in ('"""', '"'):
        if value.startswith(mark):
            assert value.endswith(mark)
            assert len(value) >= 2 * len(mark)
            return value[len(mark) : -len(mark)]
    return value


_UNIT_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "s": " "}


def unit_words(line: str) -> list[str]:
    """Words of an Exec line by systemd.service(5): double quotes, C escapes, `$$` and `%%`."""
    words, rest = [], line
    while rest := rest.lstrip(" "):
        if not rest.startswith('"'):
            word, _, rest = rest.partition(" ")
            assert not set(word) & set("\"'\\$%"), word
            words.append(word)
            continue
        match = re.match(r'"((?:[^"\\]|\\.)*)"(?= |$)', rest)
        assert match, rest[:80]
        words.append(_expanded(match.group(1)))
        rest = rest[match.end() :]
    return words


def _expanded(text: str) -> str:
    data = bytearray()
    place = 0
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            following = text[place + 1]
            if following == "x":
                data.append(int(text[place + 2 : place + 4], 16))
                place += 4
                continue
            data += _UNIT_ESCAPES[following].encode()
            place += 2
            continue
        if letter in "$%":
            assert text[place + 1] == letter, "a variable or a specifier"
            place += 1
        data += letter.encode()
        place += 1
    return data.decode()


def variables(text: str) -> Iterator[tuple[str, str]]:
    """Variables as an EnvironmentFile holds them: bare, or in single quotes."""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        assert equals
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", name), name
        if value.startswith("'"):
            assert re.fullmatch(r"'[^']*'", value), value
            value = value[1:-1]
        else:
            assert re.fullmatch(r"[A-Za-z0-9_./:@%+=,-]*", value), value
        yield name, value


def dollars(text: str) -> str:
    """A string of Compose or Kubernetes with its escapes undone; anything to be replaced is an error."""
    assert "$" not in text.replace("$$", ""), text
    return text.replace("$$", "$")
