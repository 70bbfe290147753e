"""How the versions of MTEB stand to each other: fitted on models that have results on two of them.

Quality is shown on the scale of MTEB(eng, v2). The offset of another version is the mean difference; its spread is what
is left of the difference when the reference's own share is taken off, both versions of the English test counting alike.
"""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from statistics import mean, stdev

import yaml

from llmadvise.domain.calibration import VectorLink

PAIRS = Path(__file__).parent / "data" / "embedding_pairs.yaml"
REFERENCE = "mteb-eng-v2"
EARLIER = "mteb-eng-v1"
VECTORS = (REFERENCE, EARLIER, "mteb-multilingual-v2")
"""Ids of catalog/benchmarks.yaml."""


def fit_vectors() -> dict[str, VectorLink]:
    """Offset and spread of each version."""
    rows = yaml.safe_load(PAIRS.read_text(encoding="utf-8"))["models"].values()
    differences = {
        name: [row[REFERENCE] - row[name] for row in rows if REFERENCE in row and name in row] for name in VECTORS
    }
    own = stdev(differences[EARLIER]) / sqrt(2)
    return {
        name: VectorLink(
            offset=mean(values),
            spread=own if name in {REFERENCE, EARLIER} else sqrt(max(stdev(values) ** 2 - own**2, own**2)),
            pairs=len(values),
        )
        for name, values in differences.items()
    }
