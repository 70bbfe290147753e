"""What the commands do that plain command lines may ask for; the toolkit is not needed here."""

from __future__ import annotations

from llmadvise.api.request import Request
from llmadvise.cli.sink import Sink
from llmadvise.render.formats import Format


def recommend(*, request: Request, sink: Sink) -> None:
    """Advise on what to run, and write it; NothingFitsError where nothing fits."""
    from llmadvise.api.advise import recommend as advise  # noqa: PLC0415 - the engine is not needed to print help
    from llmadvise.api.documents import recommended  # noqa: PLC0415

    answer = advise(request, curve=sink.wants_curve)
    chosen = answer.advice.recommendations
    # As text the error says all there is to say; who asked for a document gets one.
    if chosen or sink.format is not Format.TEXT:
        document = recommended(answer, age_days=sink.age_days(answer.setting.catalog.identity))
        sink.emit(document, ids=(f"{item.model.id}:{item.variant.quantization}" for item in chosen))
    if not chosen:
        from llmadvise.api.relax import nothing_fits  # noqa: PLC0415 - only when nothing fits

        raise nothing_fits(answer)
