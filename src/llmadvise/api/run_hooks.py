"""Two doors to other uses: fetching what is not here, and keeping what was measured."""

from __future__ import annotations

from llmadvise.api.run_request import Chosen
from llmadvise.domain.model import Variant
from llmadvise.render.documents.run import Measured


def fetch_hint(model: str, variant: Variant) -> str:
    """What to type for a variant that is not here."""
    return f"Fetch it first: `llmadvise pull {model}:{variant.quantization}`."


def keep_measurement(chosen: Chosen, measured: Measured) -> bool:
    """Whether the measurement was kept, so that later estimates on this machine rest on it."""
    del chosen, measured
    return False
