"""The man page llmadvise(1), in the macros of man(7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from llmadvise import __version__
from llmadvise.cli.manual.commands import Command, Parameter, panels, usage

_EXIT_CODES: Final = (
    ("0", "advised; a check passed"),
    ("1", "an error; its message and a hint are on standard error"),
    ("2", "wrong usage"),
    ("3", "nothing fits the requirements"),
    ("10", "the license policy is violated"),
    ("11", "undecided: a model or a license is unknown, and the policy says that this fails"),
    ("12", "a catalog, policy, lock or hardware file is invalid"),
    ("130", "interrupted"),
)
_ENVIRONMENT: Final = (
    ("NO_COLOR, FORCE_COLOR", "no colour, or colour wherever the output goes"),
    ("COLUMNS", "the width of text"),
    ("HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN", "as in every tool of the Hugging Face Hub"),
    ("HF_HUB_OFFLINE", "never use the network, as --offline"),
    ("LLMADVISE_PROBE_SECONDS", "how long the probe waits for a part of the machine that does not answer"),
)
_SHARED: Final = 4
"""An option that so many commands take is described once."""


def man_page(commands: Sequence[Command]) -> str:
    """The page for all commands."""
    return "\n".join(_lines(commands)) + "\n"


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    program, *others = commands
    yield f'.TH LLMADVISE 1 "" "llmadvise {__version__}" "User Commands"'
    yield from (".SH NAME", f"llmadvise \\- {_text(program.summary)}")
    yield from (".SH SYNOPSIS", ".B llmadvise", "[OPTIONS] COMMAND [ARGUMENTS]")
    yield from (".SH DESCRIPTION", _text(program.summary))
    yield _text(
        "Results go to standard output, everything else to standard error. Nothing is sent anywhere; the network is used"
        " by commands and targets that name the Hub alone."
    )
    shared = _shared(others)
    yield ".SH COMMANDS"
    for command in others:
        if not command.groups:
            yield from _command(command, shared)
    yield ".SH OPTIONS OF SEVERAL COMMANDS"
    yield "A command takes those that its own list names."
    for item in shared.values():
        yield from _option(item)
    yield ".SH EXIT STATUS"
    yield from _pairs(_EXIT_CODES)
    yield ".SH ENVIRONMENT"
    yield from _pairs(_ENVIRONMENT)
    yield from (".SH SEE ALSO", ".BR llama-cli (1)")


def _shared(commands: Sequence[Command]) -> dict[tuple[str, str], Parameter]:
    """Options that several commands take with the same words."""
    takers: dict[tuple[str, str], list[Parameter]] = {}
    for command in commands:
        for item in command.options:
            takers.setdefault((item.flags[0], item.help), []).append(item)
    return {key: items[0] for key, items in takers.items() if len(items) >= _SHARED}


def _command(command: Command, shared: dict[tuple[str, str], Parameter]) -> Iterator[str]:
    yield f".SS {_text(usage(command).replace(' [OPTIONS]', ''))}"
    yield _text(command.summary)
    for item in command.arguments:
        yield from (".TP", f"\\fI{_text(str(item.takes))}\\fR", _text(item.help or "What it is asked about."))
    for items in panels(command).values():
        for item in items:
            if (item.flags[0], item.help) not in shared:
                yield from _option(item)
    others = [item.flags[0] for item in command.options if (item.flags[0], item.help) in shared]
    if others:
        yield from (".PP", f"Takes as well: {', '.join(_bold(flag) for flag in others)}.")


def _option(item: Parameter) -> Iterator[str]:
    takes = f" \\fI{_text(item.takes)}\\fR" if item.takes else ""
    default = f" [{item.default}]" if item.default else ""
    yield from (
        ".TP",
        f"{', '.join(map(_bold, item.flags))}{takes}",
        _text(f"{item.help}{default}" or "See the guide."),
    )


def _pairs(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, meaning in rows:
        yield from (".TP", _bold(name), _text(meaning))


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _text(text: str) -> str:
    """Text without the power to command: backslashes, dashes that are meant, dots and quotes that begin a line."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain
