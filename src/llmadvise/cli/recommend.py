"""`llmadvise recommend`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmadvise.api.request import Request
from llmadvise.cli.sink import Sink
from llmadvise.render.formats import Format

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    from llmadvise.cli.fleet import recommend_one_or_many  # noqa: PLC0415 - a plain line is read without Typer
    from llmadvise.cli.options import shared_options  # noqa: PLC0415 - see above

    app.command("recommend")(shared_options(recommend_one_or_many))


def recommend(*, request: Request, sink: Sink) -> None:
    """What should I run on this machine, and exactly how?"""
    from llmadvise.api.advise import recommend as advise  # noqa: PLC0415 - the engine is not needed to print help
    from llmadvise.api.documents import recommended  # noqa: PLC0415

    answer = advise(request)
    chosen = answer.advice.recommendations
    if chosen or sink.format is Format.JSON:
        document = recommended(answer, age_days=sink.age_days(answer.setting.catalog.identity))
        sink.emit(document, ids=(f"{item.model.id}:{item.variant.quantization}" for item in chosen))
    if not chosen:
        from llmadvise.api.relax import nothing_fits  # noqa: PLC0415 - only when nothing fits

        raise nothing_fits(answer)
