"""Cross-validated error of the speed model, as a factor either way, beside simple formulas; writes docs/speed.md.

    python benchmarks/speed_accuracy.py

Ten folds; all rows of a fold's hardware (or model) are left out of everything that is fitted: effects,
spreads and the quantiles of the intervals, which come from an inner cross-validation of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, log, log2
from multiprocessing import Pool
from typing import Any

import numpy as np

from fit_speed import FOLDS, Key, by_hardware, by_model, calibrate, folds, predictions
from llmadvise.domain.estimate import Range
from speed_peers import like_llmfit, like_whichllm
from speed_rows import ROOT, Row, read_hardware, read_rows

OUTPUT = ROOT / "docs" / "speed.md"
MARK = "<!-- written by benchmarks/speed_accuracy.py from here on -->"
LEAST = 8
WORKERS = 2
DEPTH_UNIT = 512


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One measured rate beside what was said without it."""

    row: Row
    phase: str
    measured: float
    said: Range


SPLITS: tuple[tuple[str, Key], ...] = (
    ("hardware unseen", by_hardware),
    ("model unseen", by_model),
)
GROUPS: tuple[tuple[str, str, Callable[[Row], bool]], ...] = (
    ("decode", "full offload, high confidence", lambda r: r.group == "full" and r.facts["confidence"] == "high"),
    ("decode", "full offload, all", lambda r: r.group == "full"),
    ("decode", "full offload, dense", lambda r: r.group == "full" and not r.mixture),
    ("decode", "full offload, mixture of experts", lambda r: r.group == "full" and r.mixture),
    ("decode", "full offload, depth of 8192 and more", lambda r: r.group == "full" and r.facts["depth"] >= 8192),
    ("decode", "partial offload", lambda r: r.group == "partial"),
    ("decode", "partial offload, high confidence", lambda r: r.group == "partial" and r.facts["confidence"] == "high"),
    ("decode", "CPU", lambda r: r.group == "cpu"),
    ("prefill", "full offload, high confidence", lambda r: r.group == "full" and r.facts["confidence"] == "high"),
    ("prefill", "full offload, all", lambda r: r.group == "full"),
    ("prefill", "partial offload", lambda r: r.group == "partial"),
    ("prefill", "CPU", lambda r: r.group == "cpu"),
)


def outcomes(rows: Sequence[Row], cards: dict[str, dict[str, Any]], key: Key) -> list[Outcome]:
    """Every measured rate with the prediction of a model that never saw its fold."""
    fold = folds(rows, key)
    jobs = [(rows, cards, fold, left_out) for left_out in range(FOLDS)]
    with Pool(WORKERS) as pool:
        return [outcome for part in pool.imap(_fold, jobs) for outcome in part]


def _fold(job: tuple[Sequence[Row], dict[str, dict[str, Any]], list[int], int]) -> list[Outcome]:
    rows, cards, fold, left_out = job
    found: list[Outcome] = []
    calibration = calibrate([row for row, number in zip(rows, fold, strict=True) if number != left_out], cards)
    for row, number in zip(rows, fold, strict=True):
        if number != left_out:
            continue
        rates = (("decode", row.decode), ("prefill", row.prefill))
        for (phase, measured), said in zip(rates, predictions(row, calibration), strict=True):
            if measured and said:
                found.append(Outcome(row=row, phase=phase, measured=measured, said=said))
    return found


def _setup(row: Row, phase: str) -> Hashable:
    """What is the same for rows that ought to be equally fast: depth within a factor of two, prompts likewise."""
    facts = row.facts
    size = facts.get("pp_tokens") or 512 if phase == "prefill" else facts["depth"] + DEPTH_UNIT
    card = row.hardware, len(row.traffic), facts["backend"], row.group
    return *card, row.model, facts["quant"].removeprefix("UD-"), row.runtime, round(log2(size))


def floor(rows: Sequence[Row], phase: str, wanted: Callable[[Row], bool]) -> str:
    """How far apart two sources are that measured the same setup: their number, median and 90 % quantile."""
    setups: dict[Hashable, list[Row]] = {}
    for row in rows:
        if (row.decode if phase == "decode" else row.prefill) and wanted(row):
            setups.setdefault(_setup(row, phase), []).append(row)
    apart = []
    for same in setups.values():
        for one, other in combinations(same, 2):
            if one.facts["source"] != other.facts["source"]:
                rates = (one.decode, other.decode) if phase == "decode" else (one.prefill, other.prefill)
                apart.append(abs(log((rates[0] or 1.0) / (rates[1] or 1.0))))
    if len(apart) < LEAST:
        return f"{len(apart)} pairs"
    return f"{exp(float(np.median(apart))):.2f} / {exp(float(np.quantile(apart, 0.9))):.2f} ({len(apart)} pairs)"


def _error(pairs: Sequence[tuple[float, float]]) -> str:
    """Median and 90 % quantile of the factor between said and measured."""
    errors = [abs(log(said / measured)) for said, measured in pairs if said > 0]
    if len(errors) < LEAST:
        return "n/a"
    return f"{exp(float(np.median(errors))):.2f} / {exp(float(np.quantile(errors, 0.9))):.2f}"


def _table(found: Sequence[Outcome], rows: Sequence[Row], vendors: dict[str, str]) -> list[str]:
    lines = [
        "| rows | n | this model | interval holds | two sources apart | in the manner of llmfit | in the manner of whichllm |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for phase, name, wanted in GROUPS:
        some = [o for o in found if o.phase == phase and wanted(o.row)]
        if len(some) < LEAST:
            continue
        held = sum(o.said.low <= o.measured <= o.said.high for o in some) / len(some)
        peers = ["no estimate", "no estimate"]
        if phase == "decode":
            peers = [
                _error([(like_llmfit(o.row), o.measured) for o in some]),
                _error([(like_whichllm(o.row, vendors), o.measured) for o in some]),
            ]
        own = _error([(o.said.value, o.measured) for o in some])
        noise = floor(rows, phase, wanted)
        lines.append(f"| {phase}, {name} | {len(some)} | {own} | {held:.0%} | {noise} | {peers[0]} | {peers[1]} |")
    return lines


def main() -> None:
    cards = read_hardware()
    rows = read_rows(cards)
    vendors = {card["architecture"]: card["vendor"] for card in cards.values() if card.get("architecture")}
    lines = [MARK, ""]
    for title, key in SPLITS:
        found = outcomes(rows, cards, key)
        lines += [f"### Left out: {title}", "", *_table(found, rows, vendors), ""]
        print("\n".join(lines[-len(GROUPS) - 4 :]), flush=True)
    kept = OUTPUT.read_text(encoding="utf-8").partition(MARK)[0] if OUTPUT.exists() else ""
    OUTPUT.write_text(kept + "\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
