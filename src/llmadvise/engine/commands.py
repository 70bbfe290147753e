"""Commands to paste: the runtime's templates filled with the plan, every outside value quoted for a POSIX shell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from shlex import quote

from llmadvise.domain.assessment import FilledCommands
from llmadvise.domain.model import Variant
from llmadvise.domain.profile import Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.case import Plan

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\s*\[([^\[\]]*)\]")


def fill_commands(plan: Plan, variant: Variant, quantization: Quantization) -> FilledCommands:
    """The runtime's commands for this plan; None where the runtime has no such command or a value is unknown."""
    values = _values(plan, variant, quantization)
    templates = plan.runtime.commands
    return FilledCommands(
        pull=fill(templates.pull, values),
        # Neither vectors nor completions at a cursor are asked for in a terminal.
        run=None if plan.task in {Task.EMBEDDING, Task.FILL_IN} else fill(templates.run, values),
        serve=fill(templates.serve, values),
    )


def fill(template: str | None, values: Mapping[str, str | None]) -> str | None:
    """Replace each `{name}`; a part in square brackets is left out when one of its values is unknown.

    Returns None when a value outside brackets is unknown. The values must be quoted already.
    """
    if template is None:
        return None
    text = _OPTIONAL.sub(lambda match: _optional(match, values), template)
    if any(values.get(name) is None for name in _PLACEHOLDER.findall(text)):
        return None
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)] or "", _drop_empty(text, values)).strip()


def _drop_empty(text: str, values: Mapping[str, str | None]) -> str:
    """Take out placeholders without a value together with the space before them."""
    return re.sub(r"\s*\{(\w+)\}", lambda match: match.group(0) if values[match.group(1)] else "", text)


def _optional(match: re.Match[str], values: Mapping[str, str | None]) -> str:
    inner = match.group(1)
    unknown = any(not values.get(name) for name in _PLACEHOLDER.findall(inner))
    return "" if unknown else " " + inner


def options(runtime: Runtime, settings: tuple[tuple[str, str], ...]) -> str:
    """The plan's settings in the runtime's own flags."""
    return " ".join(
        runtime.flags[name].replace("{value}", quote(value)) for name, value in settings if name in runtime.flags
    )


def _values(plan: Plan, variant: Variant, quantization: Quantization) -> dict[str, str | None]:
    first = variant.files[0].name if variant.files else None
    whole = first is not None and first.startswith("*")
    file = None if first is None or whole else quote(first)
    return {
        "repo": quote(variant.repo),
        "revision": quote(variant.revision) if variant.revision else None,
        "file": file,
        "files": None
        if file is None
        else " ".join(map(quote, (*(item.name for item in variant.files), *plan.more_files))),
        "model_path": file,
        "quantization": quote(quantization.tag or quantization.id),
        "context_length": str(plan.context_length * _slots(plan)),
        "options": options(plan.runtime, plan.options),
    }


def _slots(plan: Plan) -> int:
    return int(dict(plan.options).get("slots", "1")) if plan.runtime.divides_context else 1
