"""The command to begin with, the same in every format."""

from __future__ import annotations

from llmadvise.domain.assessment import FilledCommands


def first_command(commands: FilledCommands, users: int) -> str | None:
    """A chat in the terminal for one user, a server for several; None where neither is known, nor how to download."""
    alone, shared = commands.run, commands.serve
    return ((shared or alone) if users > 1 else (alone or shared)) or commands.pull
