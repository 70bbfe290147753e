"""Weaves the options that all commands share into the commands that take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from math import isfinite
from operator import getitem
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, assert_never, get_type_hints

import typer

from llmadvise.cli.asked import FORMAT, REQUEST, SINK, WANTS, request_of, sink_of
from llmadvise.cli.costs import COST, terms_of
from llmadvise.cli.engine import ENGINE, START, engine_of, start_of
from llmadvise.cli.option import Kind, Option
from llmadvise.render.formats import check_format, formats_of


class _Source(NamedTuple):
    """Options, and what makes one value of them."""

    options: tuple[Option, ...]
    make: Callable[..., Any]
    unspoken: str | None = None
    """A panel of options that are taken, since they mean the same everywhere, and not shown, since they change nothing."""


_SOURCES: Final = {
    "request": _Source(REQUEST, request_of),
    "machine": _Source(REQUEST, request_of, unspoken=WANTS),
    "sink": _Source(SINK, sink_of),
    "cost": _Source(COST, terms_of),
    "engine": _Source(ENGINE, engine_of),
    "start": _Source(START, start_of),
}
"""By the parameter of a command that it fills."""


def finite(value: float | None) -> float | None:
    """The number, unless it is infinite or NaN, which pass every check of the range."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value


def shared_options(command: Callable[..., Any], *documents: str) -> Callable[..., Any]:
    """Replace the parameters of a command that options make (see `_SOURCES`) by those options.

    `documents` are what the command may write, the usual one first: its help names their formats, and no other format
    gets as far as the command.
    """
    own = inspect.signature(command).parameters
    hints = get_type_hints(command, include_extras=True)
    taken = {name: _SOURCES[name] for name in own if name in _SOURCES}
    parameters = [item.replace(annotation=hints[name]) for name, item in own.items() if name not in taken]
    for source in taken.values():
        parameters.extend(
            _parameter(_told(option, documents), hidden=option.panel == source.unspoken) for option in source.options
        )

    @wraps(command)
    def run(**given: Any) -> Any:  # noqa: ANN401 - whatever the command returns
        for name, source in taken.items():
            given[name] = source.make(**{option.parameter: given.pop(option.parameter) for option in source.options})
        if "sink" in taken:
            check_format(given["sink"].format, *documents)
        return command(**given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect.signature
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    run.documents = documents  # type: ignore[attr-defined]  # read where the manual is written
    return run


def _told(option: Option, documents: Sequence[str]) -> Option:
    """The option with what only the command knows."""
    return option._replace(help=f"{', '.join(formats_of(*documents))}.") if option is FORMAT else option


def _parameter(option: Option, *, hidden: bool = False) -> inspect.Parameter:
    """The option as Typer wants to be told of it."""
    described = typer.Option(
        *option.flags,
        help=option.help,
        rich_help_panel=option.panel,
        hidden=hidden,
        min=option.least,
        max=option.most,
        callback=finite if option.kind is Kind.NUMBER else None,
    )
    default: object = False if option.kind is Kind.FLAG else option.default
    taken: Any = _type(option.kind)
    # Made by a call, since a type checker reads the brackets of Annotated as a type it should know.
    annotation = getitem(Annotated, (taken | None if default is None else taken, described))
    return inspect.Parameter(option.parameter, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _type(kind: Kind) -> object:
    match kind:
        case Kind.FLAG | Kind.SWITCH:
            return bool
        case Kind.TEXT:
            return str
        case Kind.TEXTS:
            return list[str]
        case Kind.PATH:
            return Path
        case Kind.INTEGER:
            return int
        case Kind.NUMBER:
            return float
        case _:
            assert_never(kind)
