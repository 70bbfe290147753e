"""Options that mean the same in every command, declared once and woven into the commands that take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from llmadvise.api.request import Request
from llmadvise.cli.sink import Sink, format_named
from llmadvise.domain.requirements import Requirements
from llmadvise.errors import UsageError
from llmadvise.render.formats import Format
from llmadvise.units import parse_bytes, parse_tokens

_MACHINE = "Machine"
_WANTS = "What you need"
_OUTPUT = "Output"


def finite(value: float | None) -> float | None:
    """The number, unless it is infinite or NaN, which pass every check of the range."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value


def _request(
    *,
    use_case: Annotated[
        str,
        typer.Option(
            "--use-case",
            "-u",
            help="chat, coding, reasoning, agents, writing, extraction, rag.",
            rich_help_panel=_WANTS,
        ),
    ] = "chat",
    context: Annotated[
        str | None, typer.Option(help="Tokens for each user: 8192, 32k.", rich_help_panel=_WANTS)
    ] = None,
    users: Annotated[int, typer.Option(min=1, max=4096, help="Concurrent sequences.", rich_help_panel=_WANTS)] = 1,
    min_speed: Annotated[
        float | None, typer.Option(min=0, callback=finite, help="Tokens a second of decoding.", rich_help_panel=_WANTS)
    ] = None,
    min_bits: Annotated[
        float | None, typer.Option(min=0, max=32, callback=finite, help="Bits a weight.", rich_help_panel=_WANTS)
    ] = None,
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family (repeatable).", rich_help_panel=_WANTS)
    ] = None,
    model_format: Annotated[
        str | None, typer.Option(help="gguf, gptq, awq, mlx (comma-separated).", rich_help_panel=_WANTS)
    ] = None,
    runtime: Annotated[
        str | None, typer.Option(help="llama.cpp, ollama, vllm, mlx-lm …", rich_help_panel=_WANTS)
    ] = None,
    commercial: Annotated[
        bool, typer.Option("--commercial", help="Only licenses that permit commercial use.", rich_help_panel=_WANTS)
    ] = False,
    license_policy: Annotated[
        Path | None, typer.Option(help="Only what this license policy allows.", rich_help_panel=_WANTS)
    ] = None,
    prefer: Annotated[
        str | None,
        typer.Option(help="What weighs most: quality, speed, memory or context.", rich_help_panel=_WANTS),
    ] = None,
    kv_type: Annotated[str, typer.Option(help="KV cache: f16, q8_0, q4_0 … or K,V.", rich_help_panel=_WANTS)] = "f16",
    depth: Annotated[
        str | None, typer.Option(help="Tokens already in the context while decoding is timed.", rich_help_panel=_WANTS)
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Tokens of the prompt, for the time to the first token.", rich_help_panel=_WANTS)
    ] = None,
    top: Annotated[
        int, typer.Option("--top", "-n", min=1, max=1000, help="How many models to name.", rich_help_panel=_WANTS)
    ] = 3,
    hardware: Annotated[
        str | None,
        typer.Option(
            help="A hardware file, a capture, or the name of a machine or device, instead of this one.",
            rich_help_panel=_MACHINE,
        ),
    ] = None,
    gpu: Annotated[
        list[str] | None,
        typer.Option(help='Another GPU: "RTX 4090", "2x RTX 3090" (repeatable).', rich_help_panel=_MACHINE),
    ] = None,
    ram: Annotated[str | None, typer.Option(help="Another amount of RAM: 64GiB.", rich_help_panel=_MACHINE)] = None,
    cpu_only: Annotated[bool, typer.Option("--cpu-only", help="Leave the GPUs out.", rich_help_panel=_MACHINE)] = False,
    catalog: Annotated[
        Path | None, typer.Option(help="A directory laid over the built-in catalog.", rich_help_panel=_MACHINE)
    ] = None,
    measurements: Annotated[
        bool, typer.Option(help="Count with what `bench` measured on this machine.", rich_help_panel=_MACHINE)
    ] = True,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Never use the network (only hf: models need it).", rich_help_panel=_MACHINE),
    ] = False,
) -> Request:
    asked = {
        "use_case": use_case != "chat", "context_length": context, "users": users != 1, "minimum_speed": min_speed is not None,
        "minimum_bits": min_bits is not None, "families": family, "formats": model_format, "runtime": runtime,
        "commercial": commercial, "license_policy": license_policy, "prefer": prefer, "cpu_only": cpu_only, "kv_type": kv_type != "f16", "depth": depth, "prompt_tokens": prompt,
    }  # fmt: skip
    if commercial and license_policy is not None:
        raise UsageError(
            "--commercial and --license-policy are both given",
            "State `use.commercial` in the policy, and leave the other.",
        )
    return Request(
        requirements=Requirements(
            use_case=use_case,
            context_length=None if context is None else parse_tokens(context),
            users=users,
            minimum_speed=min_speed,
            minimum_bits=min_bits,
            formats=_words(model_format),
            runtime=runtime,
            prefer=prefer.strip().lower() if prefer else None,
            families=tuple(name.strip().lower() for name in family or ()),
            commercial=commercial,
            license_policy=None if license_policy is None else str(license_policy),
            cpu_only=cpu_only,
            kv_type=kv_type.strip().lower(),
            top=top,
            prompt_tokens=None if prompt is None else parse_tokens(prompt),
            depth=0 if depth in {None, "0"} else parse_tokens(depth or ""),
            asked=tuple(sorted(name for name, value in asked.items() if value)),
        ),
        catalog=catalog,
        hardware=hardware,
        gpus=tuple(gpu or ()),
        ram_bytes=None if ram is None else parse_bytes(ram),
        license_policy=license_policy,
        measurements=measurements,
        offline=offline,
    )


def _words(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    words = tuple(word.strip().lower() for word in text.split(",") if word.strip())
    if not words:
        raise UsageError("--model-format names no format", "Give formats such as gguf,gptq.")
    return words


def _sink(
    *,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.", rich_help_panel=_OUTPUT)] = False,
    format_: Annotated[
        str | None,
        typer.Option("--format", help="text, json; some commands: markdown, csv, html.", rich_help_panel=_OUTPUT),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this file, whole or not at all.", rich_help_panel=_OUTPUT),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Ids only, one a line.", rich_help_panel=_OUTPUT)
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Count the catalog's age up to this day (2026-11-20).", rich_help_panel=_OUTPUT),
    ] = None,
) -> Sink:
    if json and format_ not in {None, "json"}:
        raise UsageError("--json and --format contradict each other", "Give one of them.")
    chosen = Format.JSON if json else format_named(format_ or Format.TEXT)
    return Sink(format=chosen, output=output, quiet=quiet, as_of=as_of)


_SOURCES: dict[str, Callable[..., Any]] = {"request": _request, "sink": _sink}


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replace the parameters `request` and `sink` of a command by the options they are made from."""
    own = inspect.signature(command).parameters
    hints = get_type_hints(command, include_extras=True)
    taken = {name: _SOURCES[name] for name in own if name in _SOURCES}
    parameters = [item for name, item in own.items() if name not in taken]
    annotations = {name: hints[name] for name in own if name not in taken}
    for source in taken.values():
        parameters.extend(inspect.signature(source).parameters.values())
        annotations |= {k: v for k, v in get_type_hints(source, include_extras=True).items() if k != "return"}

    @wraps(command)
    def run(**given: Any) -> Any:  # noqa: ANN401 - whatever the command returns
        for name, source in taken.items():
            given[name] = source(**{key: given.pop(key) for key in inspect.signature(source).parameters})
        return command(**given)

    resolved = [item.replace(annotation=annotations[item.name]) for item in parameters]
    run.__signature__ = inspect.Signature(resolved)  # type: ignore[attr-defined]  # read by inspect.signature
    run.__annotations__ = annotations
    return run
