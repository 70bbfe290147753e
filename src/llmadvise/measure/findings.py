"""What there is to say about measurements."""

from __future__ import annotations

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.measurement import BandwidthMeasurement, SpeedMeasurement
from llmadvise.units import MIB


def unreadable(path: str, line: int | None, why: str) -> Finding:
    """A line of the file that nothing can be made of, or the whole file."""
    where = path if line is None else f"{path}:{line}"
    return Finding(
        rule="measurement-unreadable",
        verdict=Verdict.WARN,
        message=f"{where}: {why[:200]}; it is left out. `llmadvise bench forget unreadable` removes such lines.",
    )


def left_out(problem: str) -> Finding:
    """A test that says nothing that could be used."""
    return Finding(rule="measurement-left-out", verdict=Verdict.NOTE, message=f"Left out: {problem}.")


def not_used(model: str, why: str) -> Finding:
    """A test of a model that is not known."""
    message = f"No estimate rests on {model[:80]}: {why}. Say which model it was: `--as MODEL:QUANTIZATION`."
    return Finding(rule="measurement-model-unknown", verdict=Verdict.WARN, message=message)


def scattered(item: SpeedMeasurement) -> Finding:
    """Rounds that lie far apart."""
    part = (item.deviation or 0.0) / item.rate
    message = f"The rounds of {item.model[:80]} ({item.phase.value}) lie {part:.0%} apart: measure again when less is going on."
    return Finding(rule="measurement-disturbed", verdict=Verdict.WARN, message=message, evidence=item.id)


def disturbed(share: float) -> Finding:
    """Other programs ran meanwhile; `share` is the part of the time that was ours."""
    return Finding(
        rule="measurement-disturbed",
        verdict=Verdict.WARN,
        message=f"Other programs took {1 - share:.0%} of the processors' time: measure again when less is going on.",
    )


def in_cache(item: BandwidthMeasurement) -> Finding:
    """What was read may have come from a cache."""
    return Finding(
        rule="measurement-in-cache",
        verdict=Verdict.WARN,
        message=(
            f"{item.bytes // MIB} MiB were read and the last-level cache holds {(item.cache_bytes or 0) // MIB} MiB (other "
            "programs and virtual machines may share it): a part may have come from there, and memory be slower."
        ),
    )
