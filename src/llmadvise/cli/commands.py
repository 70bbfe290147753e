"""The commands, by name."""

from __future__ import annotations

from typing import Final

COMMANDS: Final[dict[str, str]] = {
    "recommend": "recommend",
    "explain": "explain",
    "compare": "compare",
    "estimate": "estimate",
    "plan": "plan",
    "run": "run",
    "serve": "serve",
    "hardware": "hardware",
    "bench": "bench",
    "models": "models",
    "check": "check",
    "lock": "lock",
    "licenses": "licenses",
    "pull": "pull",
    "catalog": "catalog",
    "rules": "rules",
    "schema": "schema",
    "doctor": "doctor",
}
"""Every command with its module in `llmadvise.cli`, in the order of the help page (groups stand last there)."""
