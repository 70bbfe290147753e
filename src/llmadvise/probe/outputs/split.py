"""A paste of a terminal taken apart into commands and their answers."""

from __future__ import annotations

import re

from llmadvise.probe.outputs.sighting import Piece

_LARGEST = 2 << 20
_LONGEST_LINE = 4000
_MOST_LINES = 60_000
_PROGRAMS = (
    "sudo|cat|grep|head|tail|nvidia-smi|rocm-smi|amd-smi|rocminfo|lspci|lscpu|free|sysctl|system_profiler|ioreg|sw_vers|vulkaninfo|"
    "uname|xpu-smi|hl-smi|wmic|powershell|pwsh|Get-CimInstance|Get-WmiObject|Get-ItemProperty|gcim|gwmi|reg|dxdiag|python3?|clinfo|"
    "sycl-ls|llama-cli|llama-bench|llama-server|fastfetch|neofetch|llmfit|nproc|type|gc|Get-Content"
)


def split_session(text: str) -> list[Piece]:
    """The answers in a paste, each with its command; a text without prompts is one answer."""
    body = _tidy(text)
    prompt = rf"^[^\S\n]*(?:[\w.@:~/\\ ()\[\]-]{{0,80}}[$#>%❯➜][^\S\n]{{1,3}}|PS [^\n>]{{0,100}}>[^\S\n]?|[A-Za-z]:\\[^\n>]{{0,100}}>)((?:\S{{0,80}}[/\\])?(?:{_PROGRAMS})(?:\.exe)?(?:[^\S\n][^\n]{{0,2000}})?)$"
    prompts = list(re.finditer(prompt, body, re.MULTILINE))
    pieces = [Piece(text=body[: prompts[0].start()])] if prompts and body[: prompts[0].start()].strip() else []
    for place, match in enumerate(prompts):
        end = prompts[place + 1].start() if place + 1 < len(prompts) else len(body)
        pieces.append(Piece(text=body[match.end() : end].strip("\n"), command=plain_command(match.group(1))))
    return pieces or [Piece(text=body)]


def plain_command(command: str) -> str:
    """The command without `sudo`, on one line."""
    words = command.split()
    return " ".join(words[1:] if words[:1] == ["sudo"] else words)


def tidy(piece: Piece) -> list[Piece]:
    """A piece made safe to read; one that is a session itself is taken apart."""
    parts = split_session(piece.text)
    if len(parts) == 1 and parts[0].command is None:
        return [Piece(text=parts[0].text, command=piece.command, exit=piece.exit)]
    return parts


def _tidy(text: str) -> str:
    """At most two megabytes without escape codes, zero bytes and endless lines."""
    body = re.sub(r"\x1b(?:\[[0-9;?]{0,20}[A-Za-z]|[()][A-Z0-9])", "", text[:_LARGEST])
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\xa0", " ").replace("\ufeff", "")
    lines = body.split("\n", _MOST_LINES)[:_MOST_LINES]
    return "\n".join(line[:_LONGEST_LINE] for line in lines)
