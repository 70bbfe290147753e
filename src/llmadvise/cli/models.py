"""`llmadvise models list` and `llmadvise models show`."""

from __future__ import annotations

from typing import Annotated

import typer

from llmadvise.api.request import Request
from llmadvise.cli.asked import formats_named
from llmadvise.cli.options import finite, shared_options
from llmadvise.cli.sink import Sink
from llmadvise.cli.spoken import CatalogOption, EntryArgument
from llmadvise.errors import UsageError
from llmadvise.units import parse_bytes


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The catalog of models.")
    group.command("list")(shared_options(_list, "models"))
    group.command("show")(shared_options(_show, "model"))
    group.command("lineage")(shared_options(_lineage, "lineage"))
    app.add_typer(group, name="models")


def _list(
    *,
    words: Annotated[list[str] | None, typer.Argument(help="Each must occur in the id, family or name.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only this family (repeatable).")] = None,
    role: Annotated[str | None, typer.Option(help="base, instruct, reasoning, coder, vision, embedding …")] = None,
    license_: Annotated[str | None, typer.Option("--license", help="Only this declared license.")] = None,
    model_format: Annotated[
        str | None, typer.Option(help="Only with a variant in one of these: gguf, gptq, awq, mlx (comma-separated).")
    ] = None,
    largest: Annotated[
        float | None, typer.Option("--max-parameters", min=0, callback=finite, help="Billions of parameters at most.")
    ] = None,
    least: Annotated[
        float | None, typer.Option("--min-parameters", min=0, callback=finite, help="Billions of parameters at least.")
    ] = None,
    fits: Annotated[
        bool, typer.Option("--fits", help="Only what this machine, or the one described, can run.")
    ] = False,
    hardware: Annotated[str | None, typer.Option(help="With --fits: a hardware file or the name of a device.")] = None,
    gpu: Annotated[list[str] | None, typer.Option(help='With --fits: another GPU, "2x RTX 3090" (repeatable).')] = None,
    ram: Annotated[str | None, typer.Option(help="With --fits: another amount of RAM, 64GiB.")] = None,
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """The models of the catalog, filtered."""
    from llmadvise.api import facts  # noqa: PLC0415 - the catalog is not needed to print help
    from llmadvise.api.listings import listed  # noqa: PLC0415

    if (hardware or gpu or ram) and not fits:
        raise UsageError("a machine is described, but --fits is missing", "Add --fits.")
    machine = Request(
        catalog=catalog, hardware=hardware, gpus=tuple(gpu or ()), ram_bytes=None if ram is None else parse_bytes(ram)
    )
    wanted = facts.ModelFilter(
        families=tuple(family or ()),
        role=role,
        license=license_,
        formats=formats_named(model_format),
        largest=None if largest is None else round(largest * 1e9),
        smallest=None if least is None else round(least * 1e9),
        among=facts.fitting(machine) if fits else None,
        words=tuple(words or ()),
    )
    found = facts.models(facts.load_facts(catalog), wanted)
    sink.emit(listed(found), ids=[model.id for model in found])


def _show(
    *,
    model: EntryArgument,
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """One entry, whole."""
    from llmadvise.api import facts  # noqa: PLC0415 - the catalog is not needed to print help
    from llmadvise.api.listings import shown  # noqa: PLC0415

    document = shown(facts.load_facts(catalog), model)
    sink.emit(document, ids=[document.id])


def _lineage(
    *,
    model: EntryArgument,
    catalog: CatalogOption = None,
    sink: Sink,
) -> None:
    """The line of descent of a model, with the license of each ancestor."""
    from llmadvise.api import facts  # noqa: PLC0415 - the catalog is not needed to print help
    from llmadvise.api.listings import descended  # noqa: PLC0415

    document = descended(facts.load_facts(catalog), model)
    sink.emit(document, ids=[item.model for item in document.ancestors])
