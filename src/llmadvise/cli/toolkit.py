"""The application as Typer sees it: every command with its options, help pages and completion."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer

from llmadvise.cli.commands import COMMANDS
from llmadvise.cli.plain import show_version

_EPILOG: Final = (
    "Exit codes: 0 advised; 1 an error; 2 wrong usage; 3 nothing fits the requirements; "
    "10 the license policy is violated; 11 undecided; 12 a file is invalid; 130 interrupted."
)


def answer(arguments: list[str]) -> object:
    """Run one command line and return what its command returns; KeyboardInterrupt where the user gave up."""
    try:
        return build(_needed(arguments))(arguments, standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None


def build(names: Sequence[str] = tuple(COMMANDS)) -> typer.Typer:
    """The application with these commands; only their modules are imported."""
    app = typer.Typer(
        name="llmadvise",
        help="Which local LLM to run on this machine, exactly how, and whether you may.",
        epilog=_EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        import_module(f"llmadvise.cli.{COMMANDS[name]}").register(app)
    _tell_exit_codes(app)
    return app


def _tell_exit_codes(app: typer.Typer) -> None:
    """Put the exit codes below the help page of every command."""
    for command in app.registered_commands:
        command.epilog = _EPILOG
    for group in app.registered_groups:
        if group.typer_instance is not None:
            _tell_exit_codes(group.typer_instance)


def _show_version(value: bool) -> None:
    if value:
        show_version()
        raise typer.Exit


def _show_completion(shell: str | None) -> None:
    if shell is not None:
        from llmadvise.cli.manual.install import completion_for  # noqa: PLC0415 - it looks at every command
        from llmadvise.cli.output import write  # noqa: PLC0415

        write(completion_for(shell), None)
        raise typer.Exit


def _install_completion(shell: str | None) -> None:
    if shell is not None:
        from llmadvise.cli.manual.install import install  # noqa: PLC0415 - it looks at every command

        install(shell)
        raise typer.Exit


def _root(
    *,
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_show_version, is_eager=True
    ),
    show_completion: str | None = typer.Option(
        None,
        metavar="SHELL",
        help="Print the completion of bash, zsh, fish or powershell.",
        callback=_show_completion,
        is_eager=True,
    ),
    install_completion: str | None = typer.Option(
        None, metavar="SHELL", help="Put it where that shell finds it.", callback=_install_completion, is_eager=True
    ),
) -> None:
    """Which local LLM to run on this machine, exactly how, and whether you may."""


def _needed(arguments: Sequence[str]) -> tuple[str, ...]:
    """The command named first, alone where there is one; help and completion need all."""
    completing = any(name.startswith("_LLMADVISE") for name in os.environ)
    first = next((argument for argument in arguments if not argument.startswith("-")), None)
    if first in COMMANDS and not completing:
        return (first,)
    return tuple(COMMANDS)
