"""Which files of a model a plan compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmadvise.api.names import check_known
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.computed_variant import computed_variant
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.quality import damage_word, retention
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError

_GOOD = 0.985
"""Least part of the full score for the word "good" (docs/quality.md); a choice."""
_USUAL = "gguf"


def kept_of(question: Question, model: Model, variant: Variant, quantization: Quantization) -> Range:
    """Part of the full model's score that the variant keeps."""
    return retention(
        model,
        quantization,
        calibrated=variant.calibrated,
        kv_type=question.requirements.kv_type,
        profile=question.profile,
        calibration=question.catalog.calibration.quality,
    )


def named_variants(catalog: Catalog, model: Model, names: Sequence[str]) -> list[Variant]:
    """The variants of these quantizations, listed or computed. Raises UsageError for an unknown one."""
    known = {id_.lower(): id_ for id_ in catalog.quantizations}
    found = []
    for name in names:
        check_known("quantization", name, known)
        found.append(_named(catalog, model, known[name.lower()]))
    return found


def _named(catalog: Catalog, model: Model, quantization: str) -> Variant:
    listed = [item for item in most_trusted(model.variants) if item.quantization == quantization and _sized(item)]
    computed = listed[0] if listed else computed_variant(model, catalog.quantizations[quantization])
    if computed is None:
        raise LLMAdviseError(f"the size of {model.id} in {quantization} is not known", "Try another quantization.")
    return computed


def _sized(variant: Variant) -> bool:
    return variant.bytes is not None and variant.bytes_basis is not Basis.ASSUMED


def ladder(question: Question, model: Model) -> list[Variant]:
    """Of each word for the loss the smallest file, the largest first; in the format that most runtimes load."""
    best: dict[str, Variant] = {}
    for variant, word in _worded(question, model):
        known = best.get(word)
        if known is None or (variant.bytes or 0, variant.id) < (known.bytes or 0, known.id):
            best[word] = variant
    return sorted(best.values(), key=lambda item: (-(item.bytes or 0), item.id))


def _worded(question: Question, model: Model) -> Iterator[tuple[Variant, str]]:
    least = question.requirements.minimum_bits or 0.0
    for variant in in_formats(question, model):
        quantization = question.catalog.quantizations[variant.quantization]
        if quantization.bits_per_weight >= least or quantization.trained:
            yield variant, damage_word(kept_of(question, model, variant, quantization))


def in_formats(question: Question, model: Model) -> list[Variant]:
    """Variants of known size in the formats asked for, of the runtime asked for, or the usual one where there is any."""
    catalog, asked = question.catalog, question.requirements
    sized = [
        item
        for item in most_trusted(model.variants)
        if _sized(item) and item.names_verified and item.files and item.quantization in catalog.quantizations
    ]
    if asked.formats:
        return [item for item in sized if item.format in asked.formats]
    if asked.runtime is not None:
        return [item for item in sized if item.format in catalog.runtimes[asked.runtime].formats]
    return [item for item in sized if item.format == _USUAL] or sized


def recommended(question: Question, model: Model, variants: Sequence[Variant]) -> Variant | None:
    """The smallest file that keeps enough of the model to be called good, else the largest."""
    quantizations = question.catalog.quantizations
    good = [
        item for item in variants if kept_of(question, model, item, quantizations[item.quantization]).value >= _GOOD
    ]
    return min(good, key=lambda item: (item.bytes or 0, item.id), default=variants[0] if variants else None)
