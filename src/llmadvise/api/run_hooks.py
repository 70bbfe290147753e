"""Two doors to other uses: fetching what is not here, and keeping what was measured."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.api.bench_work import part_of
from llmadvise.api.run_request import Chosen, RunRequest
from llmadvise.api.today import today
from llmadvise.domain.measurement import Phase, SpeedMeasurement, known_machine
from llmadvise.domain.model import Variant
from llmadvise.domain.pull import Unwatched
from llmadvise.engine.estimate import Laid
from llmadvise.errors import LLMAdviseError
from llmadvise.measure import store
from llmadvise.measure.lines import with_id
from llmadvise.measure.place import store_path
from llmadvise.render.documents.run import Measured

_FEWEST_DECODED, _FEWEST_READ = 32, 64
"""Tokens below which a rate tells more of its beginning and end than of its middle."""
_BATCH = 512


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


def fetch_target(asked: RunRequest, target: str) -> str:
    """What `hf:org/repo:FILE` means, fetched and proved; the path of its model file. Raises LLMAdviseError for none."""
    from llmadvise.api.pull import PullRequest, pull  # noqa: PLC0415 - only where something is fetched

    wish = PullRequest(request=asked.request, target=target, projector=False)
    document = pull(wish, asked.progress or Unwatched())
    found = next((file.path for file in document.files if file.path.lower().endswith(".gguf")), None)
    if found is None:
        raise LLMAdviseError(
            f"{target[:200]} is no GGUF model", "Its runtime starts it from its folder: see `llmadvise pull`."
        )
    return found


def fetch_hint(model: str, variant: Variant) -> str:
    """What to type for a variant that is not here."""
    return f"Fetch it first, with `llmadvise pull {model}:{variant.quantization}` or --pull."


def keep_measurement(chosen: Chosen, measured: Measured) -> bool:
    """Whether the measurement was kept, so that later estimates on this machine rest on it.

    Only the engine's own times are, of answers that are long enough to say anything.
    """
    if measured.by != "server" or not chosen.laid.plan.traffic:
        return False
    depth = measured.prompt_tokens or 0
    found = []
    if measured.decode and measured.tokens >= _FEWEST_DECODED:
        found.append(_kept(chosen, Phase.DECODE, measured.decode, measured.tokens, depth))
    if measured.prefill and depth >= _FEWEST_READ:
        found.append(_kept(chosen, Phase.PREFILL, measured.prefill, depth, 0))
    if found:
        store.add(store_path(), found)
    return bool(found)


def _kept(chosen: Chosen, phase: Phase, rate: float, tokens: int, depth: int) -> SpeedMeasurement:
    laid, hardware = chosen.laid, chosen.setting.hardware
    shape, runtime = laid.candidate.shape, laid.plan.runtime.id
    installed = next((item for item in hardware.runtimes if item.id == runtime), None)
    middle = depth + tokens // 2 if phase is Phase.DECODE else 0
    parts = tuple(
        replace(part, kv_bytes=part.kv_bytes + round(part.kv_bytes_per_token * middle))
        for part in map(part_of, laid.plan.traffic)
    )
    return with_id(
        SpeedMeasurement(
            id="",
            date=today(),
            machine=known_machine(hardware),
            phase=phase,
            rate=rate,
            deviation=None,
            tokens=tokens,
            depth=depth,
            batch_tokens=laid.plan.settings.ubatch if laid.plan.settings else _BATCH,
            runtime=runtime,
            model=laid.candidate.model.id[:200],
            quantization=laid.variant.quantization,
            speed_class=laid.quantization.speed_class,
            mixture=shape is not None and shape.experts is not None,
            parts=parts,
            build=installed.version if installed else None,
            source="one request to the server that llmadvise started",
        )
    )
