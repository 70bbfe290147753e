"""A model file as its header describes it, turned into the nouns that the planner works with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized
from math import prod
from typing import Final

from llmadvise.domain.assessment import LicenseAssessment
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.model import (
    BaseModel,
    ContextLength,
    DeclaredLicense,
    File,
    Model,
    Parameters,
    Role,
    Variant,
)
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.case import Candidate
from llmadvise.engine.estimate_architecture import architecture_of
from llmadvise.engine.estimate_label import scheme_of
from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import Tensor, WeightLayout, layout_from_tensors
from llmadvise.engine.memory.shape import Shape
from llmadvise.errors import InvalidFileError
from llmadvise.record import dataclass

_BITS: Final = 8
_MOST_EXPERTS: Final = 4096
"""Several times what any published model has; llama.cpp b11434 refuses more than 512 (LLAMA_MAX_EXPERTS)."""
_MOST_BASES: Final = 16
_LONGEST_TEXT: Final = 200
_NO_MODELS: Final = {"adapter": "a LoRA adapter", "mmproj": "a vision projector", "imatrix": "an importance matrix"}
"""What `general.type` may say instead of `model` (llama.cpp b11434, gguf-py/gguf/constants.py: GGUFType)."""
_DAMAGED: Final = "The file is damaged, or no language model: download it again from its publisher."


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What the header of a model file says. Texts are as the file has them."""

    name: str
    """What messages call it."""
    metadata: Mapping[str, object]
    tensors: tuple[Tensor, ...]
    files: tuple[File, ...]
    """All shards, with their bytes."""
    source: str
    """Where the header was read."""
    repo: str = ""
    """Hub id, where it came from there."""
    revision: str | None = None

    @property
    def file_bytes(self) -> int:
        """All files together."""
        return sum(file.bytes or 0 for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """A model that was read and not looked up: what a candidate, a variant and a layout need."""

    candidate: Candidate
    variant: Variant
    quantization: Quantization
    shape: Shape
    layout: WeightLayout


def read_model(facts: FileFacts, schemes: Mapping[str, Quantization]) -> ReadModel:
    """The nouns of a file. Raises InvalidFileError where it describes no language model, or contradicts itself."""
    shape = _shape(facts)
    _check_embedding(facts, shape)
    layout = layout_from_tensors(facts.tensors, shape.layers, facts.file_bytes)
    if not layout.blocks_bytes:
        raise InvalidFileError(f"{facts.name}: it has no weights for its {shape.layers} layers", _DAMAGED)
    quantization = scheme_of(facts.metadata, facts.tensors, schemes)
    model = _model(facts, shape, layout)
    return ReadModel(
        candidate=_candidate(model, shape),
        variant=_variant(facts, quantization, model),
        quantization=quantization,
        shape=shape,
        layout=layout,
    )


def model_of(metadata: Mapping[str, object], tensors: tuple[Tensor, ...], repo: str) -> Model:
    """The model that a header describes. Raises InvalidFileError where it describes none."""
    facts = FileFacts(name=repo, metadata=metadata, tensors=tensors, files=(File(name=repo),), source=repo, repo=repo)
    shape = _shape(facts)
    layout = layout_from_tensors(tensors, shape.layers, sum(tensor.bytes for tensor in tensors))
    return _model(facts, shape, layout)


def _shape(facts: FileFacts) -> Shape:
    """The shape that the header describes. Raises InvalidFileError where that is no language model."""
    kind = facts.metadata.get("general.type")
    if isinstance(kind, str) and kind in _NO_MODELS:
        raise InvalidFileError(f"{facts.name}: it is {_NO_MODELS[kind]}, not a model", "Give the file of the model.")
    shape = shape_from_header(facts.metadata)
    if shape is None:
        raise InvalidFileError(f"{facts.name}: the header does not say how many layers, or how wide", _DAMAGED)
    _check_experts(facts, shape)
    return shape


def _check_experts(facts: FileFacts, shape: Shape) -> None:
    """The graph has a node for each expert that a token uses, so their number must be one that models have."""
    if shape.experts is not None and not 0 < shape.experts.used <= shape.experts.total <= _MOST_EXPERTS:
        used, total = shape.experts.used, shape.experts.total
        raise InvalidFileError(f"{facts.name}: the header says that a token uses {used} of {total} experts", _DAMAGED)


def _check_embedding(facts: FileFacts, shape: Shape) -> None:
    """llama.cpp refuses a table that is not as wide and as long as the header says; so do we."""
    table = next((tensor for tensor in facts.tensors if tensor.name == "token_embd.weight"), None)
    if table is None:
        raise InvalidFileError(f"{facts.name}: it has no token embedding", _DAMAGED)
    tokens = facts.metadata.get("tokenizer.ggml.tokens")
    listed = len(tokens) if isinstance(tokens, Sized) else 0
    if table.shape not in {(shape.hidden_size, shape.vocabulary_size), (shape.hidden_size, listed)}:
        found = " × ".join(map(str, table.shape))
        raise InvalidFileError(
            f"{facts.name}: the token embedding is {found}, "
            f"but the header describes {shape.hidden_size} × {shape.vocabulary_size}",
            _DAMAGED,
        )


def _model(facts: FileFacts, shape: Shape, layout: WeightLayout) -> Model:
    metadata = facts.metadata
    native = metadata.get(f"{shape.architecture}.context_length")
    if not isinstance(native, int) or native <= 0:
        raise InvalidFileError(f"{facts.name}: the header does not say how many tokens it was trained for", _DAMAGED)
    return Model(
        id=facts.repo or facts.files[0].name,
        repo=facts.repo,
        name=_text(metadata, "general.name") or _text(metadata, "general.basename") or facts.files[0].name,
        org=_text(metadata, "general.organization") or "",
        family="",
        role=Role.INSTRUCT,
        parameters=parameters_of(facts.tensors, shape),
        context_length=ContextLength(native=native),
        license=DeclaredLicense(
            declared=None,
            name=_text(metadata, "general.license.name") or _text(metadata, "general.license"),
            link=_text(metadata, "general.license.link"),
        ),
        base_models=_bases(metadata),
        architecture=architecture_of(shape, layout, metadata),
    )


def parameters_of(tensors: tuple[Tensor, ...], shape: Shape) -> Parameters:
    """Elements of all tensors; a token is multiplied with all but the experts it skips and the drafting layers.

    Rotary factors are constants, not parameters.
    """
    used, routed = (shape.experts.used, shape.experts.total) if shape.experts else (1, 1)
    block = re.compile(r"(?:enc\.|dec\.)?blk\.(\d+)\.")
    total = active = 0
    for tensor in tensors:
        if tensor.name.startswith("rope_"):
            continue
        count = prod(tensor.shape)
        total += count
        match = block.match(tensor.name)
        if match and int(match.group(1)) >= shape.layers:
            continue
        active += count * min(used, routed) // routed if "_exps" in tensor.name else count
    return Parameters(total=total, active=active)


def _bases(metadata: Mapping[str, object]) -> tuple[BaseModel, ...]:
    count = metadata.get("general.base_model.count")
    found = []
    for index in range(min(count, _MOST_BASES) if isinstance(count, int) else 0):
        prefix = f"general.base_model.{index}"
        name = _text(metadata, f"{prefix}.repo_url") or _text(metadata, f"{prefix}.name")
        if name:
            found.append(BaseModel(model=name.removeprefix("https://huggingface.co/"), relation="base"))
    return tuple(found)


def _text(metadata: Mapping[str, object], key: str) -> str | None:
    value = metadata.get(key)
    return value.strip()[:_LONGEST_TEXT] or None if isinstance(value, str) else None


def _variant(facts: FileFacts, quantization: Quantization, model: Model) -> Variant:
    weights = sum(tensor.bytes for tensor in facts.tensors)
    return Variant(
        id=f"{model.id}:{quantization.id}",
        format="gguf",
        quantization=quantization.id,
        repo=facts.repo,
        revision=facts.revision,
        files=facts.files,
        bytes=facts.file_bytes,
        bytes_basis=Basis.MEASURED,
        bits_per_weight=round(weights * _BITS / max(1, model.parameters.total), 3),
        source=facts.source,
    )


def _candidate(model: Model, shape: Shape) -> Candidate:
    """A candidate of which neither quality nor license is judged: an estimate needs neither."""
    unknown = LicenseAssessment(declared=None, effective=(), verdict="unknown", obligations=(), findings=())
    return Candidate(
        model=model,
        lineage=(),
        license=unknown,
        unquantized=Range(0.0, 0.0, 0.0),
        evidence=(),
        shape=shape,
        findings=(),
    )
