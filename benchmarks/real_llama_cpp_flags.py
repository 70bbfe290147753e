"""Whether a real llama.cpp knows every option in the commands that llmadvise prints, and what its version says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from llmadvise.catalog.load import load_catalog
from real_llama_cpp_build import Programs
from real_llama_cpp_cases import OPTIONS
from real_llama_cpp_models import MadeFile
from real_llama_cpp_server import run_server

_FLAG = re.compile(r"(?<!\S)(--?[a-z][\w-]*)")


def report(programs: Programs, made: MadeFile) -> str:
    """A table of options, the version that is found, and one answered request."""
    runtime = load_catalog().runtimes["llama.cpp"]
    run, serve = runtime.commands.run or "", runtime.commands.serve or ""
    shared = " ".join(runtime.flags.values())
    lines = ["| program | options | unknown to it |", "| --- | --- | --- |"]
    for program, template in ((programs.cli, run), (programs.server, serve)):
        text = _output(program, "--help")
        known = set(re.findall(r"(?:^|, +)(--?[a-zA-Z][\w-]*)", text, flags=re.MULTILINE))
        wanted = list(dict.fromkeys(_FLAG.findall(f"{template} {shared}")))
        unknown = [flag for flag in wanted if flag not in known]
        lines.append(f"| {program.name} | {', '.join(wanted)} | {', '.join(unknown) or 'none'} |")
    version = _output(programs.server, "--version").splitlines()
    pattern = runtime.detection.version_pattern or ""
    found = re.search(pattern, "\n".join(version)) if pattern else None
    said, matched = version[0] if version else "", found.group(1) if found else "nothing"
    lines += [
        "",
        f"`llama-server --version` says `{said}`; the catalog's pattern `{pattern}` finds `{matched}`.",
        "",
    ]
    answered = run_server(programs.server, made.path, OPTIONS[0].arguments, prompt="12 34 56")
    lines.append(
        f"`{answered.command}`: /health {'answered' if answered.healthy else 'did not answer'}, "
        f"/v1/chat/completions {'answered' if answered.answer is not None else 'did not answer'}"
        f" ({len(answered.answer or '')} characters from random weights); n_ctx {answered.context_length}."
    )
    return "\n".join(lines)


def _output(program: Path, argument: str) -> str:
    """What the program prints; `--version` goes to the error stream."""
    found = subprocess.run([program, argument], check=True, capture_output=True, text=True)
    return found.stdout + found.stderr
