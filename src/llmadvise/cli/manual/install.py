"""Where a shell looks for completion, and putting a script there; no start-up file of a shell is changed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from llmadvise.cli.manual.commands import commands
from llmadvise.cli.manual.completion import script
from llmadvise.cli.manual.values import SHELLS
from llmadvise.cli.output import write
from llmadvise.errors import LLMAdviseError, UsageError


def completion_for(shell: str) -> str:
    """The script for a shell. Raises UsageError for an unknown one."""
    from llmadvise.api.facts import load_facts  # noqa: PLC0415 - only where a script is written

    return script(_known(shell), commands(), load_facts())


def install(shell: str) -> None:
    """Write the script where the shell finds it, and say on standard error what is left to do."""
    text = completion_for(shell)
    target, hint = place(_known(shell), dict(os.environ), Path.home())
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "`llmadvise --show-completion` prints it."
        raise LLMAdviseError(f"{target.parent}: {error.strerror or error}", hint) from error
    write(text, target)
    sys.stderr.write(f"{target} is written. {hint}\n")


def _known(shell: str) -> str:
    name = {"pwsh": "powershell"}.get(shell.lower(), shell.lower())
    if name not in SHELLS:
        raise UsageError(f"unknown shell {shell[:20]!r}", f"Known ones: {', '.join(SHELLS)}.")
    return name


def place(shell: str, environment: dict[str, str], home: Path) -> tuple[Path, str]:
    """The file of a shell's completion, and what the user has to do besides."""
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    again = "New shells complete."
    match shell:
        case "bash":
            needs = f"{again} It needs the package bash-completion; without it, source the file from ~/.bashrc."
            return data / "bash-completion" / "completions" / "llmadvise", needs
        case "zsh":
            folder = data / "zsh" / "site-functions"
            return folder / "_llmadvise", f"Put `fpath=({folder} $fpath)` before `compinit` in ~/.zshrc."
        case "fish":
            return config / "fish" / "completions" / "llmadvise.fish", again
        case _:
            file = config / "powershell" / "llmadvise.ps1"
            return file, f"Put `. {file}` into the file that $PROFILE names."
