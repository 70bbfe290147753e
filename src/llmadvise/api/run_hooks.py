"""Two doors to other uses: fetching what is not here, and keeping what was measured."""

from __future__ import annotations

from llmadvise.api.run_request import Chosen, RunRequest
from llmadvise.domain.model import Variant
from llmadvise.engine.estimate import Laid
from llmadvise.render.documents.run import Measured


def fetch(asked: RunRequest, laid: Laid) -> str:
    """The files of a variant, fetched and proved; the path that an engine is given."""
    from llmadvise.api.pull import ensure_local  # noqa: PLC0415 - only where something is fetched

    found = ensure_local(
        laid.variant,
        tag=laid.quantization.tag,
        may_connect=not asked.request.offline,
        projector=False,
        progress=asked.progress,
    )
    return str(found.model)


def fetch_hint(model: str, variant: Variant) -> str:
    """What to type for a variant that is not here."""
    return f"Fetch it first, with `llmadvise pull {model}:{variant.quantization}` or --pull."


def keep_measurement(chosen: Chosen, measured: Measured) -> bool:
    """Whether the measurement was kept, so that later estimates on this machine rest on it."""
    del chosen, measured
    return False
