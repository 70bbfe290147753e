"""Facts that physics ties together: parameters and dimensions, bytes and bits, files and the models they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from llmadvise.catalog.checks.problem import Problem, Subject, subjects
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import Basis
from llmadvise.domain.model import Architecture, Model, Variant
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.config_architecture.count import count_parameters
from llmadvise.engine.config_architecture.keys import ConfigKeys
from llmadvise.engine.config_architecture.text_config import TextConfig
from llmadvise.engine.entry_draft.shape_of_file import draft_architecture

_AGREES: Final = 0.03
_COMPRESSED: Final = frozenset({"minicpm3"})
"""Architectures whose weights are compressed although whole heads are cached (llama.cpp, src/models/minicpm3.cpp)."""
_LONGEST: Final = 1 << 25
"""Tokens; three times what any model claims."""
_SHORTEST: Final = 128
_LEAST: Final = 0.7
_MOST: Final = 1.7
"""Bounds of bytes over parameters × bits, for bytes that nobody read: k-quants of odd widths and small models included."""
_SENSELESS: Final = (0.5, 2.5)
_LARGE: Final = 1_000_000_000
_READ: Final = re.compile(r"read (\d{4}-\d{2}-\d{2})")
_STALE_DAYS: Final = 365
_NO_KEYS: Final = TextConfig(
    keys=ConfigKeys(own={}, defaults={}), model_type="", classes=(), modalities=(), known=False, nested=False
)


def check_physics(catalog: Catalog) -> Iterator[Problem]:
    """Find numbers that cannot be true together."""
    for subject, model in subjects("models", catalog.models):
        computed = parameters_from_dimensions(model)
        held = model.parameters.language or model.parameters.total
        # A count that cannot be is `catalog-parameter-count` already.
        if computed is not None and held > 0 and abs(computed / held - 1) > _AGREES:
            message = f"the dimensions give {computed} parameters, declared are {held}"
            yield subject.warn("catalog-parameters-from-dimensions", message, "parameters")
        if not _SHORTEST <= model.context_length.native <= _LONGEST:
            message = f"a context of {model.context_length.native} tokens"
            yield subject.warn("catalog-context-length", message, "context_length", "native")
        for index, variant in enumerate(model.variants):
            yield from _bits(subject, model, variant, catalog.quantizations.get(variant.quantization), index)


def parameters_from_dimensions(model: Model) -> int | None:
    """What the dimensions of an entry give; None where an entry does not hold all that the formula needs."""
    shape = model.architecture
    if shape is None or shape.id is None or shape.id in _COMPRESSED:
        return None
    return count_parameters(draft_architecture(shape), _NO_KEYS)


def expected_bytes(model: Model, scheme: Quantization) -> float:
    """Parameters × bits, the tables of the vocabulary at their own bits."""
    count, bits = model.parameters.language or model.parameters.total, scheme.bits_per_weight
    tables = sum(size * own for size, own in _tables(model.architecture, scheme))
    rest = count - sum(size for size, _ in _tables(model.architecture, scheme))
    return (max(0, rest) * bits + tables) / 8


def _tables(shape: Architecture | None, scheme: Quantization) -> tuple[tuple[int, float], ...]:
    """Elements and bits of input and output tables."""
    if shape is None:
        return ()
    size, bits = shape.vocabulary_size * shape.hidden_size, scheme.bits_per_weight
    output = (size, scheme.output_bits or bits)
    return (output,) if shape.tied_embeddings else ((size, scheme.embedding_bits or bits), output)


def _bits(
    subject: Subject, model: Model, variant: Variant, scheme: Quantization | None, index: int
) -> Iterator[Problem]:
    """Bytes that were computed or rounded must come near to parameters × bits; read ones are a fact."""
    if scheme is None or variant.bytes is None or variant.bytes_basis is Basis.DECLARED:
        return
    if model.parameters.total < _LARGE:
        return
    expected = expected_bytes(model, scheme)
    # What is beyond all sense is `catalog-size` already.
    if _SENSELESS[0] * expected <= variant.bytes < _LEAST * expected or (
        _MOST * expected < variant.bytes <= _SENSELESS[1] * expected
    ):
        message = f"{variant.id} has {variant.bytes} bytes where its bits would take {expected:.0f}"
        yield subject.warn("catalog-bytes-from-bits", message, "variants", index, "bytes")


def check_duplicates(catalog: Catalog) -> Iterator[Problem]:
    """Find a repository that is two models, and a file that is two variants."""
    repos: dict[str, str] = {}
    files: dict[tuple[str, str], str] = {}
    for subject, model in subjects("models", catalog.models):
        other = repos.setdefault(model.repo.lower(), model.id)
        if other != model.id:
            yield subject.block("catalog-duplicate-model", f"{model.repo} is also {other}", "repo")
        for index, variant in enumerate(model.variants):
            key = (variant.repo.lower(), variant.files[0].name if variant.files else variant.quantization)
            taken = files.setdefault(key, f"{model.id} {variant.id}")
            if taken != f"{model.id} {variant.id}":
                message = f"{variant.id}: {key[1]} of this repository is also {taken}"
                yield subject.warn("catalog-duplicate-file", message, "variants", index)


def check_replacements(catalog: Catalog) -> Iterator[Problem]:
    """Find entries that send people to entries that are not there."""
    for subject, model in subjects("models", catalog.models):
        for index, other in enumerate(model.instead):
            if other not in catalog.models:
                message = f"there is no model {other[:80]!r} to use in its place"
                yield subject.block("catalog-unknown-replacement", message, "instead", index)


def check_age(catalog: Catalog) -> Iterator[Problem]:
    """Find sources that were read more than a year before the newest fact of the catalog."""
    try:
        today = date.fromisoformat(catalog.identity.as_of)
    except ValueError:
        return
    for subject, model in subjects("models", catalog.models):
        days = [date.fromisoformat(day) for text in model.sources for day in _READ.findall(text) if _is_date(day)]
        if days and (today - max(days)).days > _STALE_DAYS:
            yield subject.warn("catalog-stale-source", f"nothing was read again since {max(days)}", "sources")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
