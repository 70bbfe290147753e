"""The command line as data, read off the application itself: every command with its arguments and options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import typer.main

from llmadvise.cli.toolkit import build
from llmadvise.render.formats import formats_of

OTHER_OPTIONS = "Options"
"""The heading of options that stand under no other."""


class Parameter(NamedTuple):
    """An argument, or an option."""

    name: str
    """Of the function's parameter."""
    flags: tuple[str, ...]
    """Spellings, those that turn it off too; none for an argument."""
    takes: str | None
    """What it takes, as a word in capitals; None for a flag."""
    help: str
    default: str | None
    repeatable: bool
    required: bool
    panel: str


class Command(NamedTuple):
    """One command, or a group of them."""

    path: tuple[str, ...]
    """Without the name of the program: `("models", "list")`."""
    summary: str
    arguments: tuple[Parameter, ...]
    options: tuple[Parameter, ...]
    groups: tuple[str, ...]
    """Names of the commands below it."""
    formats: tuple[str, ...]
    """What its `--format` takes; none where it has no such option."""


def commands() -> tuple[Command, ...]:
    """The program itself, then every command, groups before what is in them."""
    return tuple(_walk(typer.main.get_command(build()), ()))


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[Command]:  # noqa: ANN401 - Typer's own Click, in later versions
    below: dict[str, Any] = getattr(command, "commands", {})
    parameters = [_parameter(item) for item in command.params if not getattr(item, "hidden", False)]
    summary = (command.help or "").split("\f")[0].strip()
    yield Command(
        path=path,
        summary=" ".join(summary.split("\n\n")[0].split()),
        arguments=tuple(item for item in parameters if not item.flags),
        options=tuple(item for item in parameters if item.flags),
        groups=tuple(below),
        formats=formats_of(*documents) if (documents := getattr(command.callback, "documents", ())) else (),
    )
    for name, child in below.items():
        if not child.hidden:
            yield from _walk(child, (*path, name))


def _parameter(item: Any) -> Parameter:  # noqa: ANN401 - see above
    flag = bool(getattr(item, "is_flag", False))
    argument = item.param_type_name == "argument"
    many = bool(getattr(item, "multiple", False)) or item.nargs == -1
    return Parameter(
        name=item.name,
        flags=() if argument else (*item.opts, *item.secondary_opts),
        takes=None if flag else _takes(item),
        help=" ".join((getattr(item, "help", None) or "").split()),
        default=None if flag or many or item.default in (None, "") else str(item.default),
        repeatable=many,
        required=bool(item.required),
        panel=getattr(item, "rich_help_panel", None) or OTHER_OPTIONS,
    )


def _takes(item: Any) -> str:  # noqa: ANN401 - see above
    if item.metavar:
        return str(item.metavar)
    if item.param_type_name == "argument":
        return str(item.name).rstrip("_").upper()
    kind = type(item.type).__name__.lower()
    words = {"path": "PATH", "int": "N", "float": "NUMBER"}
    return next((word for part, word in words.items() if part in kind), "TEXT")


def usage(command: Command) -> str:
    """How a command is written: `llmadvise models show [OPTIONS] MODEL`."""
    words = ["llmadvise", *command.path, "[OPTIONS]"]
    if command.groups:
        words.append("COMMAND")
    for item in command.arguments:
        word = f"{item.takes}{'...' if item.repeatable and not str(item.takes).endswith(('…', ']')) else ''}"
        words.append(word if item.required or word.startswith("[") else f"[{word}]")
    return " ".join(words)


def panels(command: Command) -> dict[str, list[Parameter]]:
    """The options under their headings, in the order of the help page."""
    found: dict[str, list[Parameter]] = {}
    for item in command.options:
        found.setdefault(item.panel, []).append(item)
    return found
