"""Commands for a plan: the runtime's templates, split into words first and filled word by word afterwards.

So no value from outside can become two words, an option or a part of a shell's grammar, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import join, split
from typing import Final, TypeAlias

from llmadvise.domain.assessment import FilledCommands, PlacementKind
from llmadvise.domain.command import CommandStep, FilledArguments
from llmadvise.domain.hardware import Backend, Platform
from llmadvise.domain.model import Variant
from llmadvise.domain.profile import Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Commands, Runtime
from llmadvise.engine.case import Plan
from llmadvise.engine.shells import posix, powershell

LOCALHOST: Final = "127.0.0.1"
_PLACEHOLDER: Final = r"\{(\w+)\}"
_SETTING: Final = r"[A-Z_][A-Z0-9_]*="
_NEXT: Final = "&&"
_QUOTING: Final = ("'", '"', "\\")
_PAGE: Final = 256
_OWN: Final = ("options", "model")
"""Values that are filled templates themselves."""

Value: TypeAlias = str | Sequence[str] | None
"""One word or part of one, or several words; None: unknown."""


def fill_commands(
    plan: Plan, variant: Variant, quantization: Quantization, *, platform: Platform = Platform.LINUX
) -> FilledCommands:
    """The runtime's commands for this plan; None where the runtime has no such command or a value is unknown."""
    arguments = fill_arguments(plan, variant, quantization)
    line = powershell if platform is Platform.WINDOWS else posix
    pull, run, serve = (
        None if steps is None else line(steps) for steps in (arguments.pull, arguments.run, arguments.serve)
    )
    return FilledCommands(pull=pull, run=run, serve=serve, arguments=arguments)


def fill_arguments(
    plan: Plan,
    variant: Variant,
    quantization: Quantization,
    *,
    local_path: str | None = None,
    port: int | None = None,
    host: str | None = None,
    prompt: str | None = None,
    template: str | None = None,
) -> FilledArguments:
    """The same as words for a process.

    `local_path`: the model on this machine, instead of its repository (the first file of a split one, the folder of a
    whole repository). `prompt`: one question for `run`. `template`: a file with a chat template, for a model that
    brings none. A runtime that takes one of them in no command says so by None.
    """
    commands = plan.runtime.commands
    values: dict[str, Value] = {
        **_names(variant, quantization, plan.more_files),
        "context_length": str(plan.context_length * _slots(plan)),
        "context_padded": str(_padded(plan.context_length * _users(plan))),
        "name": variant.repo.rpartition("/")[2],
        "users": str(_users(plan)),
        "options": option_words(plan.runtime, (*plan.options, *_placed(plan))),
        "host": host or LOCALHOST,
        "port": str(port or plan.runtime.detection.port or "") or None,
        "prompt": None if prompt is None else _not_an_option(prompt, " "),
        "template": _path(template),
    }
    pull = fill(commands.pull, values)
    if local_path is not None:
        values |= {"repo": None, "revision": None, "file": None, "files": None, "model_path": _path(local_path)}
    values["model"] = _model(commands, values, local=local_path is not None)
    # Neither vectors nor completions at a cursor are asked for in a terminal.
    run = None if plan.task in {Task.EMBEDDING, Task.FILL_IN} else fill(commands.run, values)
    return FilledArguments(pull=pull, run=run, serve=fill(commands.serve, values))


def fill(template: str | None, values: Mapping[str, Value]) -> tuple[CommandStep, ...] | None:
    """The steps of a template with its values; None when a value that it needs is unknown or cannot be said."""
    if template is None:
        return None
    steps: list[CommandStep] = []
    for words in _steps(_without_unknown(_words(template), values)):
        filled = _fill_step(words, values)
        if filled is None:
            return None
        steps.append(filled)
    return tuple(steps)


def options(runtime: Runtime, settings: Sequence[tuple[str, str]]) -> str:
    """The plan's settings in the runtime's own flags, for a POSIX shell."""
    return join(option_words(runtime, settings))


def option_words(runtime: Runtime, settings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The same as words; settings for which the runtime has no flag are not said."""
    words: list[str] = []
    for name, value in settings:
        said = runtime.kv_names.get(value, value) if name.startswith("kv_type") else value
        if not _may_stand(said):
            continue
        for word in _words(runtime.flags.get(name, "")):
            words.extend(said.split(",") if word == "{values}" else [word.replace("{value}", said)])
    return tuple(words)


def _words(template: str) -> list[str]:
    """The words of a template as a POSIX shell reads them; where nothing is quoted, without reading each character."""
    return split(template) if any(mark in template for mark in _QUOTING) else template.split()


def _names(variant: Variant, quantization: Quantization, more: Sequence[str]) -> dict[str, Value]:
    """How the variant and its files are called; a repository that is loaded whole has no file to name."""
    first = variant.files[0].name if variant.files else None
    file = None if first is None or first.startswith("*") else first
    return {
        "repo": variant.repo,
        "revision": variant.revision,
        "file": file,
        "files": None if file is None else [*(item.name for item in variant.files), *more],
        "model_path": _path(file),
        "quantization": quantization.tag or quantization.id,
    }


def _model(commands: Commands, values: Mapping[str, Value], *, local: bool) -> Value:
    """The words that name the model: its repository, or where it lies."""
    steps = fill(commands.local_model if local else commands.model, values)
    return steps[0].arguments if steps else None


def _steps(words: Iterable[str]) -> Iterator[list[str]]:
    step: list[str] = []
    for word in words:
        if word == _NEXT:
            yield step
            step = []
        else:
            step.append(word)
    yield step


def _without_unknown(words: Sequence[str], values: Mapping[str, Value]) -> Iterator[str]:
    """The words of a template without brackets, and without those in brackets that hold an unknown value."""
    group: list[str] | None = None
    for raw in words:
        opens, closes = group is None and raw.startswith("["), raw.endswith("]")
        if group is None and not opens:
            yield raw
            continue
        group = [*(group or ()), raw[opens : len(raw) - closes]]
        if closes:
            if all(values.get(name) for item in group for name in re.findall(_PLACEHOLDER, item)):
                yield from group
            group = None


def _fill_step(words: Sequence[str], values: Mapping[str, Value]) -> CommandStep | None:
    """One step; the leading `NAME=` words, and those among the plan's flags, are its environment."""
    environment: dict[str, str] = {}
    arguments: list[str] = []
    for word in words:
        filled = _fill_word(word, values)
        if filled is None:
            return None
        for item, shape in filled:
            if not arguments and re.match(_SETTING, shape):
                name, _, value = item.partition("=")
                environment[name] = value
            else:
                arguments.append(item)
    return CommandStep(arguments=tuple(arguments), environment=environment)


def _fill_word(word: str, values: Mapping[str, Value]) -> list[tuple[str, str]] | None:
    """The words that a template's word becomes, each with the shape that decides what it is; None: not sayable."""
    names = re.findall(_PLACEHOLDER, word)
    several = values.get(names[0]) if names and word == f"{{{names[0]}}}" else ""
    if several is None:
        return None
    if not isinstance(several, str):
        # The runtime's own words may begin with a dash and may be settings; names of files may not.
        own = names[0] in _OWN
        return [(item, item if own else word) for item in several] if own or all(map(_may_stand, several)) else None
    if not all(isinstance(value := values.get(name), str) and value for name in names):
        return None
    text = re.sub(_PLACEHOLDER, lambda match: str(values[match.group(1)]), word)
    if "\0" in text or (word.startswith("{") and not _may_stand(text)):
        return None
    return [(text, word)]


def _may_stand(text: str) -> bool:
    """Whether a value can be a word of its own: not empty, not an option in the eyes of the program."""
    return bool(text) and not text.startswith("-") and "\0" not in text


def _not_an_option(text: str, before: str) -> str:
    return f"{before}{text}" if text.startswith("-") else text


def _path(path: str | None) -> str | None:
    return None if path is None else _not_an_option(path, "./")


def _placed(plan: Plan) -> Iterator[tuple[str, str]]:
    """What the placement alone says: whether everything is on GPUs, and which backend computes."""
    if plan.placement.kind is PlacementKind.GPU:
        yield "all_layers", "on"
    working = [item.device for item in plan.memory if item.device.id in plan.placement.devices]
    backend = next((device.backend for device in working if device.backend is not Backend.CPU), Backend.CPU)
    yield f"backend_{backend}", "on"


def _slots(plan: Plan) -> int:
    return _users(plan) if plan.runtime.divides_context else 1


def _users(plan: Plan) -> int:
    said = dict(plan.options)
    return int(said.get("slots") or said.get("users") or "1")


def _padded(tokens: int) -> int:
    """Rounded up to what a cache in pages of 256 tokens can be."""
    return -(-tokens // _PAGE) * _PAGE
