"""Pages of the site that are written from the program: every command, every JSON document, and the picture of the house."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from typing import Any

from llmadvise.cli.manual.commands import Command, Parameter, commands, panels, usage
from llmadvise.render.documents.registry import DOCUMENTS
from llmadvise.render.formats import formats_of

COMMANDS, FIELDS = "reference/commands.md", "reference/documents.md"
GENERATED = frozenset({COMMANDS, FIELDS})


@cache
def pages() -> dict[str, str]:
    """The pages by their place below docs/."""
    return {COMMANDS: "\n".join(_commands()) + "\n", FIELDS: "\n".join(_documents()) + "\n"}


def _commands() -> Iterator[str]:
    told = commands()
    yield "# Commands\n\nWritten from the program; `--help` after any of them says the same.\n"
    for command in told:
        level = "##" if len(command.path) < 2 else "###"
        yield f"{level} {' '.join(('llmadvise', *command.path))}\n"
        yield f"{_cell(command.summary)}\n\n```text\n{usage(command)}\n```\n"
        yield from _parameters(command)


def _parameters(command: Command) -> Iterator[str]:
    if command.arguments:
        yield from _table("Argument", command.arguments)
    for panel, items in panels(command).items():
        yield from _table(panel, items)


def _table(title: str, items: tuple[Parameter, ...] | list[Parameter]) -> Iterator[str]:
    yield f"| {title} | | Default |\n| --- | --- | --- |"
    for item in items:
        takes = f" {item.takes}" if item.takes and item.flags else ""
        name = ", ".join(_code(f"{flag}{takes}") for flag in item.flags) or _code(str(item.takes))
        yield f"| {name} | {_cell(item.help)} | {_cell(item.default or '')} |"
    yield ""


def _code(text: str) -> str:
    """Code in a cell: a bar there ends the cell in Markdown, and shows its backslash in backquotes."""
    return f"<code>{escape(text, quote=False).replace('|', '&#124;')}</code>"


def _documents() -> Iterator[str]:
    from llmadvise.catalog.schema import json_schema_of  # noqa: PLC0415 - pydantic

    yield (
        "# JSON documents\n\nWhat `--json` prints, field by field, written from the types that make it. `llmadvise schema NAME`"
        " prints each as JSON Schema. `[]` is a list, `*` any key; sizes are bytes, speeds tokens a second, times seconds.\n"
    )
    for name, kind in DOCUMENTS.items():
        schema = json.loads(json.dumps(json_schema_of(kind)))
        yield f"## llmadvise.{name}/1\n\n{_cell((kind.__doc__ or '').strip().splitlines()[0])}\n"
        yield f"Comes as {', '.join(formats_of(name))}.\n"
        yield "| Field | Type | |\n| --- | --- | --- |"
        yield from _fields(schema, schema, "", ())
        yield ""


def _fields(node: Mapping[str, Any], schema: Mapping[str, Any], path: str, above: tuple[str, ...]) -> Iterator[str]:
    """One row a field; a type inside itself is named and not gone into again."""
    for name, raw in _resolved(node, schema, above)[0].get("properties", {}).items():
        place = f"{path}.{name}" if path else name
        told = raw.get("description", "")
        inner, suffix, types, names = _unwrapped(raw, schema, above)
        yield f"| `{place}{suffix}` | {_cell(types)} | {_cell(' '.join(told.split()))} |"
        if inner is not None and inner.get("properties") and len(names) < 4:
            yield from _fields(inner, schema, f"{place}{suffix}", names)


def _resolved(
    node: Mapping[str, Any], schema: Mapping[str, Any], above: tuple[str, ...]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    if "$ref" not in node:
        return node, above
    name = str(node["$ref"]).rsplit("/", 1)[1]
    return ({}, above) if name in above else (schema["$defs"][name], (*above, name))


def _unwrapped(
    node: Mapping[str, Any], schema: Mapping[str, Any], above: tuple[str, ...]
) -> tuple[Mapping[str, Any] | None, str, str, tuple[str, ...]]:
    """What a field holds inside lists and choices: the inner type, `[]` or `.*`, its name in words, and the names above."""
    found, names = _resolved(node, schema, above)
    if "anyOf" in found:
        choices = [item for item in found["anyOf"] if item.get("type") != "null"]
        null = " or null" if len(choices) < len(found["anyOf"]) else ""
        inner, suffix, _, names = _unwrapped(choices[0], schema, above)
        words = " or ".join(dict.fromkeys(_unwrapped(item, schema, above)[2] for item in choices))
        return inner, suffix, f"{words}{null}", names
    if found.get("type") == "array" and "items" in found:
        inner, suffix, types, names = _unwrapped(found["items"], schema, names)
        return inner, f"[]{suffix}", f"list of {types}", names
    if isinstance(found.get("additionalProperties"), dict):
        inner, suffix, types, names = _unwrapped(found["additionalProperties"], schema, names)
        return inner, f".*{suffix}", f"map of {types}", names
    if "enum" in found:
        return None, "", " / ".join(f"`{item}`" for item in found["enum"]), names
    if "const" in found:
        return None, "", f"`{found['const']}`", names
    return (found if "properties" in found else None), "", str(found.get("type", "any")), names


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


_PILLARS = ("probe", "catalog", "checkout", "gguf", "hub", "launch", "measure", "render")


def house() -> str:
    """The house as a picture: a roof, a beam, pillars that do not touch, a floor and a foundation."""
    gap = 8
    width = (748 + gap) / len(_PILLARS) - gap
    pillars = "".join(
        f'<rect class="pillar" x="{10 + place * (width + gap):g}" y="170" width="{width:g}" height="110" rx="4"/>'
        f'<text x="{10 + place * (width + gap) + width / 2:g}" y="230">{name}</text>'
        for place, name in enumerate(_PILLARS)
    )
    slabs = (
        ("api", "the front door: each use as a function", 110),
        ("strict_yaml", "what people write, checked with file and line", 292),
        ("engine", "verbs: memory, speed, quality, licensing, rules, ranking", 347),
        ("domain", "nouns: frozen dataclasses", 402),
    )
    floors = "".join(
        f'<rect x="10" y="{y}" width="748" height="48" rx="4"/><text x="384" y="{y + 21}">{name}</text>'
        f'<text class="small" x="384" y="{y + 39}">{words}</text>'
        for name, words, y in slabs
    )
    return (
        '<div class="house-frame"><svg class="house" viewBox="0 0 768 470" role="img" aria-label="cli rests on api, api on eight pillars that do not'
        ' know each other, they on strict_yaml, engine and domain; engine and domain do no input or output">'
        '<path d="M10 98 L384 12 L758 98 Z"/><text x="384" y="66">cli</text>'
        '<text class="small" x="384" y="86">parses, calls api, hands the document to render</text>'
        f'{pillars}{floors}<rect class="core" x="4" y="343" width="760" height="112" rx="6"/>'
        '<text class="small" x="384" y="467">pure: no clock, no I/O, no chance</text></svg></div>'
    )
