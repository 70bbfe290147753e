"""Fits catalog/calibration/quality.yaml: run it after results, models or quantization measurements changed.

    python benchmarks/fit_quality.py [--catalog DIR] [--check]

--check writes nothing and fails if the file is not what the facts give. numpy and scipy are needed here only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import log
from pathlib import Path

import numpy as np
import yaml

from llmadvise.domain.calibration import AbilityPrior, AbilityScale, BenchmarkLink, LossModel, QualityCalibration
from llmadvise.domain.catalog import Benchmark
from llmadvise.domain.model import Model
from llmadvise.engine.quality.prior import release_year
from quality_ability import CARD, REFERENCE_YEAR, ROLES, SCORE_ERROR, AbilityFit, results_of
from quality_facts import CATALOG, read_facts
from quality_loss import damages, fit_damage, fit_kept, kept_scores, read_rows
from quality_methods import loss_model
from quality_vectors import VECTORS, fit_vectors

COMPOSED = frozenset({"ollb2-average", "helm-capabilities"})
"""Means of other rows of the same models: they would count those twice."""
LEAST_RESULTS = 4
LEAST_TALENT = 0.02
DIGITS = 4
LARGE = 1000.0
"""Years: two decimals say more than four digits."""
SOURCES = (
    "ability: evidence rows of catalog/models, fitted by benchmarks/fit_quality.py (docs/quality.md)",
    "loss: benchmarks/data/quant_quality.jsonl.gz, each row with its source, fitted by benchmarks/fit_quality.py",
    "form of the damage: Kumar et al. 2024, Scaling Laws for Precision, arXiv:2411.04330",
    "vectors: benchmarks/data/embedding_pairs.yaml, each row with its source, fitted by benchmarks/quality_vectors.py",
)


def fit_links(models: Sequence[Model], benchmarks: Mapping[str, Benchmark]) -> AbilityFit:
    """Fit abilities and lines to all results that are not made of others."""
    counted = {name: benchmark for name, benchmark in benchmarks.items() if name not in COMPOSED | set(VECTORS)}
    fit = AbilityFit(models, results_of(models, counted))
    fit.run()
    return fit


def calibration_of(fit: AbilityFit, loss: LossModel) -> QualityCalibration:
    """Put the fit in the form that the engine reads."""
    return QualityCalibration(
        links={
            name: BenchmarkLink(
                scale=line.scale,
                intercept=line.intercept,
                slope=line.slope,
                noise=line.variance**0.5,
                results=len(line.rows),
            )
            for name, line in fit.lines.items()
            if len(line.rows) >= LEAST_RESULTS
        },
        prior=_prior(fit),
        group_spread={group: float(value**0.5) for group, value in zip(fit.groups, fit.talent, strict=True)},
        optimism_spread=fit.optimism**0.5,
        score_error=SCORE_ERROR,
        display=_display(fit),
        loss=loss,
        sources=SOURCES,
        vectors=fit_vectors(),
    )


def _prior(fit: AbilityFit) -> AbilityPrior:
    formula = dict(zip((*CARD, *ROLES), map(float, fit.formula), strict=True))
    ages = [year for model in fit.models if (year := release_year(model.release_date)) is not None]
    undated = float(np.hypot(fit.spread**0.5, formula["year"] * np.std(ages)))
    talents = {
        role.value: {
            group: float(value)
            for group, value in zip(fit.groups, fit.talent_mean[index], strict=True)
            if abs(value) >= LEAST_TALENT
        }
        for index, role in enumerate(fit.roles)
    }
    return AbilityPrior(
        **{name: formula[name] for name in CARD},
        reference_year=REFERENCE_YEAR,
        roles={role.value: formula[role] for role in ROLES},
        role_groups={role: groups for role, groups in talents.items() if groups},
        spread=fit.spread**0.5,
        undated_spread=undated,
    )


def _display(fit: AbilityFit) -> AbilityScale:
    """Show the abilities of nine tenths of the catalog's models, those between, as 10 to 90."""
    low, high = np.quantile(fit.ability, [0.05, 0.95])
    return AbilityScale(centre=float(low + high) / 2, width=float(high - low) / (2 * log(9)))


def fit_loss() -> LossModel:
    rows = read_rows()
    damage = fit_damage(damages(rows))
    return loss_model(rows, damage, fit_kept(kept_scores(rows, damage)))


def to_yaml(calibration: QualityCalibration) -> str:
    values = _plain(asdict(calibration))
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    return f"# Written by benchmarks/fit_quality.py; docs/quality.md tells what the numbers mean.\n{text}"


def _plain(value: object) -> object:
    """Round to what the data support, drop what is unset, and leave nothing but plain YAML."""
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items() if item is not None}
        case list() | tuple():
            return [_plain(item) for item in value]
        case bool() | int():
            return value
        case float():
            return float(f"{value:.{DIGITS}g}") if abs(value) < LARGE else round(value, 2)
        case _:
            return str(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--catalog", type=Path, default=CATALOG)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    facts = read_facts(arguments.catalog)
    text = to_yaml(calibration_of(fit_links(facts.models, facts.benchmarks), fit_loss()))
    target = arguments.catalog / "calibration" / "quality.yaml"
    if arguments.check:
        same = target.is_file() and target.read_text(encoding="utf-8") == text
        print(f"{target}: {'up to date' if same else 'stale: run benchmarks/fit_quality.py'}")
        return 0 if same else 1
    target.write_text(text, encoding="utf-8")
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
