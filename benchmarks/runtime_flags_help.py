"""Holds the stored flags of llama-server against the --help of one that is installed.

    python benchmarks/runtime_flags_help.py /path/to/llama-server

Prints flags that only one of them has, and those where they disagree on whether a value follows; nothing for the build
named in tests/data/runtime_flags/llama.cpp.json.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parents[1] / "tests" / "data" / "runtime_flags" / "llama.cpp.json"


def main() -> None:
    """Compare, and fail where they differ."""
    shown = subprocess.run([sys.argv[1], "--help"], capture_output=True, text=True, check=True).stdout
    stored = {
        name: flag["value"] != "none"
        for flag in json.loads(DATA.read_text(encoding="utf-8"))["programs"]["llama-server"]["flags"]
        for name in flag["names"]
    }
    said = dict(_flags(shown))
    differing = [name for name in said.keys() & stored.keys() if said[name] != stored[name]]
    print(f"{len(said)} names in --help, {len(stored)} stored")
    print("only in --help:", *sorted(said.keys() - stored.keys()))
    print("only stored:", *sorted(stored.keys() - said.keys()))
    print("values differ:", *sorted(differing))
    sys.exit(1 if said.keys() != stored.keys() or differing else 0)


def _flags(text: str) -> list[tuple[str, bool]]:
    """Names with whether a value follows: `-c, --ctx-size N` and then, after more space, what it is for."""
    found = []
    for line in text.splitlines():
        names = re.match(r"(--?\w[\w.-]*)(,\s+--?\w[\w.-]*)*", line)
        if names:
            value = re.match(r" \S", line[names.end() :]) is not None
            found += [(name, value) for name in re.findall(r"--?\w[\w.-]*", names.group())]
    return found


if __name__ == "__main__":
    main()
