"""Quality of an embedding model: its published means over the tasks of MTEB, laid on the scale of one of its versions."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from llmadvise.domain.assessment import QualityEvidence
from llmadvise.domain.calibration import QualityCalibration
from llmadvise.domain.catalog import Benchmark
from llmadvise.domain.estimate import NORMAL_DECILE, Range
from llmadvise.domain.model import Evidence, Model
from llmadvise.domain.profile import Profile
from llmadvise.engine.quality.ability import weighed

_UNKNOWN = Range(0.0, 0.0, 100.0)


def embedding_quality(
    model: Model, profile: Profile, benchmarks: Mapping[str, Benchmark], calibration: QualityCalibration
) -> tuple[Range, tuple[QualityEvidence, ...]]:
    """Mean score 0..100, each result moved by its benchmark's offset and weighed by how far models scatter around it.

    Without a result nothing is known: 0, with an interval up to 100 (a rule keeps such models out of any advice).
    """
    rows: list[tuple[Evidence, float, float]] = []
    for evidence in sorted(model.evidence, key=lambda item: (item.benchmark, item.date or "", item.score)):
        link, benchmark = calibration.vectors.get(evidence.benchmark), benchmarks.get(evidence.benchmark)
        share = profile.evidence.get(benchmark.group, 0.0) if benchmark else 0.0
        if link is not None and share > 0.0:
            rows.append((evidence, evidence.score + link.offset, share / link.spread**2))
    if not rows:
        return _UNKNOWN, ()
    total = sum(weight for _, _, weight in rows)
    mean = sum(score * weight for _, score, weight in rows) / total
    reach = NORMAL_DECILE / sqrt(total)
    used = tuple(weighed(evidence, weight / total) for evidence, _, weight in rows)
    return Range(mean, max(0.0, mean - reach), min(100.0, mean + reach)), used
