"""Writes fitted coefficients to catalog/calibration/speed.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import yaml

from llmadvise.domain.calibration import SpeedCalibration
from speed_rows import ROOT, Row

OUTPUT = ROOT / "catalog" / "calibration" / "speed.yaml"


def write(calibration: SpeedCalibration, rows: Sequence[Row], components: Sequence[str]) -> None:
    """Write the coefficients with the sources of the rows behind them."""
    counts = (
        f"{sum(bool(row.decode) for row in rows)} decode and {sum(bool(row.prefill) for row in rows)} prefill rates"
    )
    sources = sorted({f"{row.facts['source']}: {row.facts['url'].split('#')[0]}" for row in rows})
    by_source: dict[str, str] = {}
    for source in sources:
        name, _, address = source.rpartition(": ")
        by_source.setdefault(name, address)
    document: dict[str, Any] = {name: _flow(getattr(calibration, name)) for name in components}
    document |= {
        "unseen": calibration.unseen,
        "spread": _flow(calibration.spread),
        "noise": calibration.noise,
        "alike": calibration.alike,
        "vendors": calibration.vendors,
        "kernels": calibration.kernels,
        "fitted_on": date.today().isoformat(),  # noqa: DTZ011 (a day, for people)
        "sources": [f"benchmarks/data/speed_truth.jsonl.gz ({counts})", *(f"{n} <{a}>" for n, a in by_source.items())],
    }
    head = "# Written by benchmarks/fit_speed.py; do not edit. Effects: [value, standard error, rows behind it], in logarithms.\n"
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=200)
    OUTPUT.write_text(head + text, encoding="utf-8")


class _Triple(list[float]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes triples in flow style."""


_Dumper.add_representer(
    _Triple, lambda dumper, triple: dumper.represent_sequence("tag:yaml.org,2002:seq", triple, flow_style=True)
)


def _flow(table: dict[str, tuple[float, float, int]]) -> dict[str, _Triple]:
    return {key: _Triple(value) for key, value in table.items()}
