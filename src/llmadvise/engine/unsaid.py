"""What a plan sets and a runtime's command line cannot say: there the runtime decides, and the plan is a forecast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from llmadvise.domain.assessment import PlacementKind
from llmadvise.engine.case import Plan

_LAYERS: Final = {"gpu_layers": "how many layers go to the GPU", "cpu_moe_layers": "which experts stay in RAM"}
_CACHE: Final = ("kv_type", "kv_type_k", "kv_type_v")


def unsaid(plan: Plan, users: int) -> tuple[str, ...]:
    """In words, for the command that serves; nothing where there is no such command."""
    serve = plan.runtime.commands.serve
    return () if serve is None else tuple(_unsaid(plan, users, serve))


def _unsaid(plan: Plan, users: int, serve: str) -> Iterator[str]:
    flags, said = plan.runtime.flags, dict(plan.options)
    if "{context_length}" not in serve:
        yield f"the context of {plan.context_length:,} tokens"
    # A runtime with a sizing of its own was planned as it places the layers by itself.
    if plan.runtime.sizing is None and plan.placement.kind is not PlacementKind.GPU:
        yield from (words for setting, words in _LAYERS.items() if setting in said and setting not in flags)
    if users > 1 and not {"slots", "users"} & flags.keys():
        yield f"{users} users at once"
    if any(setting in said and setting not in flags for setting in _CACHE):
        yield "the type of the KV cache"
