"""Writes docs/quality.md from what benchmarks/quality_ranking.py found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from llmadvise.domain.calibration import QualityCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.model import ContextLength, DeclaredLicense, Model, Parameters, Role
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.quality import damage_word, model_quality, retention
from quality_agreement import Row, agreement
from quality_facts import Facts
from quality_loss import read_rows

MIXES = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q3_K_M", "IQ3_XXS", "Q2_K", "IQ2_M", "IQ2_XXS", "IQ1_S")
SIZES = (3, 8, 14, 32, 70)
TYPICAL_DATE = "2025-06-30"


def report(
    facts: Facts,
    calibration: QualityCalibration,
    *,
    rows: Sequence[Row],
    covered: float,
    factors: Mapping[str, float],
    points: Mapping[str, float],
) -> str:
    """Put the whole page together."""
    return (
        "\n".join(
            [
                "# How quality is estimated, and how well",
                "",
                "Written by `benchmarks/quality_ranking.py`; the coefficients come from `benchmarks/fit_quality.py`.",
                "",
                *_method(calibration),
                *agreement(rows, covered),
                *_loss(facts, calibration, factors, points),
                *_claims(facts, calibration),
                *_limits(),
            ]
        )
        + "\n"
    )


def _method(calibration: QualityCalibration) -> list[str]:
    prior, results = calibration.prior, sum(link.results for link in calibration.links.values())
    return [
        "## The estimate",
        "",
        (
            f"{results} published results of {len(calibration.links)} tests are laid on one scale of ability: the log-odds of a "
            "score are a straight line in ability, each test with its own difficulty, slope and noise. Old and new tests "
            "meet through models that took both. A model's ability in a use is the precision-weighted mean of what its "
            "results say, by how much each group of tests says about the use (`evidence` in `catalog/profiles`), drawn to what "
            f"its card alone lets expect (standard deviation {prior.spread:.2f}). Publishers' own results count for less: "
            f"they differ from each other by {calibration.optimism_spread:.2f} more. No name is read."
        ),
        "",
        (
            "What the card says, in log-odds of a typical test: "
            f"{prior.log_active + prior.log_total:+.2f} for each factor e of parameters "
            f"({prior.log_active:+.2f} for active ones), {prior.year:+.2f} a year, {prior.thinking:+.2f} for thinking. "
            "It is shown on 0..100, where nine tenths of the catalog's models lie between 10 and 90."
        ),
        "",
    ]


def _loss(
    facts: Facts, calibration: QualityCalibration, factors: Mapping[str, float], points: Mapping[str, float]
) -> list[str]:
    """Tabulate what is kept, and the errors for models left out."""
    lines = [
        "## What quantization takes",
        "",
        (
            "Part of the score above chance that is kept, in chat / in coding, for a dense model of mid-2025, files made with an "
            "importance matrix:"
        ),
        "",
        "| mix | bits | " + " | ".join(f"{size}B" for size in SIZES) + " | an 8B is |",
        "| --- | ---: |" + " ---: |" * len(SIZES) + " --- |",
    ]
    chat, coding = facts.profiles["chat"], facts.profiles["coding"]
    for name in MIXES:
        mix = facts.quantizations[name]
        cells = [
            f"{_kept(size, mix, chat, calibration):.3f} / {_kept(size, mix, coding, calibration):.3f}" for size in SIZES
        ]
        word = damage_word(_range(8, mix, chat, calibration))
        lines.append(f"| {name} | {mix.bits_per_weight:.2f} | " + " | ".join(cells) + f" | {word} |")
    worst = max(factors, key=lambda name: factors[name])
    return [
        *lines,
        "",
        (
            f"Leaving each of {len(factors)} models out, the damage (KL divergence or logarithm of the ratio of perplexities) is "
            f"missed by a factor of {np.median(list(factors.values())):.2f} at the median, {factors[worst]:.1f} at worst "
            f"({worst}); the score kept by {np.median(list(points.values())):.0f} points of 100 at the median of {len(points)} "
            f"models, {max(points.values()):.0f} at worst, on rows that are nearly all of two or three bits."
        ),
        "",
    ]


def _claims(facts: Facts, calibration: QualityCalibration) -> list[str]:
    rows = read_rows()
    return [
        "## Three sayings, checked",
        "",
        *_four_bits(rows),
        *_two_bits(rows, facts, calibration),
        *_eight_bits(rows),
    ]


def _four_bits(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Check that four-bit 30B beats 16-bit 13B, on WikiText-2 at 2048 tokens."""
    wiki = [row for row in rows if row.get("ctx") == 2048 and "wiki" in row.get("dataset", "") and "ppl" in row]
    small = next(row["ppl"] for row in wiki if row["model"] == "LLaMA-1-13B" and row["method"] == "float")
    large = [row for row in wiki if row["model"] == "LLaMA-1-30B" and row["method"] != "float"]
    four = [row["ppl"] for row in large if 3.9 < row["bits"] < 4.6]
    worse = sorted(
        f"{row['quantization']} ({row['ppl']:.2f})" for row in large if row["bits"] < 3.9 and row["ppl"] > small
    )
    return [
        (
            f"**A four-bit 30B beats a 16-bit 13B.** True in the one family where it was measured: all {len(four)} four-bit "
            f"versions of LLaMA-30B have a perplexity of {min(four):.2f} to {max(four):.2f}, LLaMA-13B in 16 bits {small:.2f}. At "
            f"three bits it depends on the method: {', '.join(worse)} are worse. Across families it does not hold, because "
            "parameters are not quality; the advice therefore compares results first."
        ),
        "",
    ]


def _two_bits(rows: Sequence[dict[str, Any]], facts: Facts, calibration: QualityCalibration) -> list[str]:
    """Find where the larger model at fewer bits stops to pay: in measured perplexity, and by the formulas."""
    full = next(
        row["ppl_base"]
        for row in rows
        if row["model"] == "Llama-3-8B" and row.get("kld_mean") and row.get("ctx") == 512
    )
    large = [row for row in rows if row["model"] == "Llama-3-70B" and "6745" in row["source"] and "ppl" in row]
    better = min((row for row in large if row["ppl"] < full), key=lambda row: row["bits"])
    worse = max((row for row in large if row["ppl"] > full), key=lambda row: row["bits"])
    chat, coding = (_break_even(facts.profiles[use], calibration) for use in ("chat", "coding"))
    return [
        (
            f"**Two bits of a large model beat eight of a small one.** Down to {better['bits']:.2f} bits: Llama-3-70B at "
            f"{better['quantization']} ({better['size_gib']:.1f} GiB) has a perplexity of {better['ppl']:.2f}, Llama-3-8B in 16 bits "
            f"{full:.2f}; at {worse['quantization']} ({worse['bits']:.2f} bits, {worse['size_gib']:.1f} GiB) it has {worse['ppl']:.2f}. "
            f"That is a step of 9 in size. For a step of two (14B against 7B at Q4_K_M) the formulas break even at {chat:.1f} bits "
            f"in chat and {coding:.1f} in coding."
        ),
        "",
    ]


def _eight_bits(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Say what eight bits gain over six, on Llama-3-8B."""
    measured = {
        row["quantization"]: row["kld_mean"]
        for row in rows
        if row["model"] == "Llama-3-8B" and row.get("kld_mean") and "imatrix" not in row
    }
    eight, six, four = (measured[name] for name in ("Q8_0", "Q6_K", "Q4_K_M"))
    return [
        (
            f"**Q8_0 is better than Q6_K.** By a divergence of {eight:.4f} against {six:.4f} nats a token (Llama-3-8B; Q4_K_M "
            f"{four:.3f}): real, a quarter of the damage, and too small for any task score in the data to show. The memory does "
            "more good as context or as a larger model."
        ),
        "",
    ]


def _limits() -> list[str]:
    return [
        "## Limits",
        "",
        (
            "- Models of 2026 have few results, most of them one index; their intervals are wide for that reason. A model without any "
            "result is judged by its card, basis `assumed`."
        ),
        (
            "- What a group of tests says about a use, and that long chains and code lose twice as much to the same damage as "
            "commonsense questions and knowledge do, are judgements, marked as such in the profiles and in `quality_loss.py`."
        ),
        (
            "- Loss was measured on dense models; a mixture of experts is taken as a dense model of the geometric mean of its total "
            "and active parameters. MLX, MXFP4, NVFP4, FP8 and INT8 go by analogy (`basis: assumed` in `quality.yaml`)."
        ),
        (
            "- Fragility moves with the year of release, as far as 2025, since no source tells the training tokens of all models; "
            "single models miss it by a factor of three (Llama-3-70B)."
        ),
        (
            "- Contaminated tests are not removed, but noisy ones weigh little and results far off a model's others pull no harder "
            "than 1.3 standard deviations."
        ),
    ]


def _kept(size: float, mix: Quantization, profile: Profile, calibration: QualityCalibration) -> float:
    return _range(size, mix, profile, calibration).value


def _range(size: float, mix: Quantization, profile: Profile, calibration: QualityCalibration) -> Range:
    return retention(_model(size), mix, calibrated=True, kv_type="f16", profile=profile, calibration=calibration)


def _break_even(profile: Profile, calibration: QualityCalibration) -> float:
    """Bits of an i-quant at which 14B is worth 7B at Q4_K_M."""
    small, large = (model_quality(_model(size), profile, {}, calibration)[0].value for size in (7, 14))
    four = Quantization(id="Q4_K_M", format="gguf", bits_per_weight=4.798, method="k_quant")
    target = small * _kept(7, four, profile, calibration)
    low, high = 1.5, 4.8
    for _ in range(40):
        middle = (low + high) / 2
        mix = Quantization(id="i", format="gguf", bits_per_weight=middle, method="i_quant")
        low, high = (low, middle) if large * _kept(14, mix, profile, calibration) > target else (middle, high)
    return high


def _model(size: float) -> Model:
    """Make a dense instruct model of mid-2025."""
    count = round(size * 1e9)
    return Model(
        id="example/model",
        repo="example/model",
        name="model",
        org="example",
        family="example",
        role=Role.INSTRUCT,
        parameters=Parameters(total=count, active=count),
        context_length=ContextLength(native=8192),
        license=DeclaredLicense(declared=None),
        release_date=TYPICAL_DATE,
    )
