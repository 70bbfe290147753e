"""How many parameters a repository holds: counted in its files, computed from its dimensions, or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from llmadvise.domain.draft import DraftArchitecture, DraftParameters
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.repository import Repository
from llmadvise.engine.config_architecture.count import count_parameters, unused_parameters
from llmadvise.engine.config_architecture.read import ConfigReading
from llmadvise.engine.entry_draft.packed import count_weights
from llmadvise.engine.entry_draft.schemes import Storage

_AGREES: Final = 0.03
"""Part by which a count from the dimensions may be off: it leaves out biases and norms; a choice."""
_PLAIN: Final = frozenset({"BF16", "F16", "F32", "F64", "F8_E4M3", "F8_E5M2"})
_HEADS: Final = ("lm_head.weight", "output.weight", "embed_out.weight", "language_model.lm_head.weight", "head.weight")
_EMBEDDINGS: Final = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight", "shared.weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The parameters, and what was doubtful about them."""

    parameters: DraftParameters
    findings: tuple[Finding, ...]


def count(
    repository: Repository, reading: ConfigReading, architecture: DraftArchitecture, storage: Storage | None
) -> Sizes:
    """The parameters of a repository with a config."""
    computed = count_parameters(architecture, reading.text)
    counted = _counted(repository, architecture, storage)
    total = counted if counted is not None else computed
    if total is None:
        message = "how many parameters there are is not said, and the dimensions do not give it"
        return Sizes(parameters=DraftParameters(), findings=(_warn("parameters-unknown", message),))
    language = _language(total, computed, reading, architecture)
    unused = unused_parameters(architecture, reading.text)
    active = total if unused == 0 else None if unused is None else _running(total, language, computed) - unused
    findings = []
    if counted is None:
        message = "the number of parameters is computed from the dimensions; no file says it"
        findings.append(Finding(rule="parameters-computed", verdict=Verdict.NOTE, message=message))
    elif computed is not None and abs(computed / (language or total) - 1) > _AGREES and not reading.text.modalities:
        message = f"the files hold {language or total} parameters, the dimensions give {computed}"
        findings.append(_warn("parameters-contradict", message))
    if active is not None and not 0 < active <= total:
        findings.append(_warn("parameters-contradict", "the experts have more parameters than the files"))
        active = None
    return Sizes(parameters=DraftParameters(total=total, active=active, language=language), findings=tuple(findings))


def _running(total: int, language: int | None, computed: int | None) -> int:
    """What could run for a token if all experts did: without drafting layers, which not every config names."""
    base = language or total
    return computed if computed is not None and (1 - _AGREES) * base <= computed <= base else base


def stored_head(repository: Repository) -> bool | None:
    """Whether the files hold an output matrix; None where no list of tensors was read, or it names no embedding."""
    names = repository.tensor_names
    if not names or not any(name.endswith(_EMBEDDINGS) for name in names):
        return None
    return any(name in _HEADS or name.endswith((".lm_head.weight", ".output_layer.weight")) for name in names)


def _counted(repository: Repository, architecture: DraftArchitecture, storage: Storage | None) -> int | None:
    """Weights in the files: from their headers, else as the hub counts elements of plain types."""
    if repository.tensors is not None:
        total = count_weights(repository.tensors, storage)
    elif repository.total_parameters and (repository.parameters is None or set(repository.parameters) <= _PLAIN):
        total = repository.total_parameters
    else:
        return None
    table = (architecture.vocabulary_size or 0) * (architecture.hidden_size or 0)
    if architecture.tied_embeddings and stored_head(repository) and total > 2 * table:
        # A tied matrix that was saved a second time.
        total -= table
    return total or None


def _language(total: int, computed: int | None, reading: ConfigReading, architecture: DraftArchitecture) -> int | None:
    """The language model alone: all of it without vision, audio or drafting layers, else as the dimensions give it."""
    if not reading.text.modalities and not architecture.draft_layers:
        return total
    return computed if computed is not None and computed <= total else None


def _warn(rule: str, message: str) -> Finding:
    return Finding(rule=rule, verdict=Verdict.WARN, message=message)
