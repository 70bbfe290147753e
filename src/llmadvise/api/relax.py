"""The error for a request that nothing meets, with what would help."""

from __future__ import annotations

from llmadvise.api.request import Recommended
from llmadvise.errors import NothingFitsError

_RULES_TOLD = 3


def nothing_fits(answer: Recommended) -> NothingFitsError:
    """Say what ruled everything out, and which single change would give an answer."""
    by_rule = sorted(answer.advice.ruled_out.by_rule.items(), key=lambda item: (-item[1], item[0]))
    most = ", ".join(f"{rule} ({count})" for rule, count in by_rule[:_RULES_TOLD] if count)
    return NothingFitsError(f"no model meets these requirements; ruled out by {most}", _hint(answer))


def _hint(answer: Recommended) -> str:
    if answer.setting.hardware.memory.total_bytes is None and not answer.setting.hardware.gpus:
        return "How much memory the machine has is unknown; say it with --ram 16GiB."
    helps = [f"{item.words} (then {item.first})" for item in answer.relaxations]
    return "Any one of these would do: " + "; ".join(helps) + "." if helps else "No single change would help."
