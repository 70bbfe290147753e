"""A repository on a hub as its service describes it: read, but not yet judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from llmadvise.domain.finding import Finding
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFile:
    """One file of one commit."""

    path: str
    bytes: int
    sha256: str | None = None
    """Of large files only, which the service stores by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTensor:
    """One tensor in the header of a safetensors file."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What a repository of a model says of itself. Texts are as they stand there."""

    repo: str
    revision: str | None
    files: tuple[RepositoryFile, ...]
    card: Mapping[str, object] = field(default_factory=dict)
    """The front matter of its card."""
    config: Mapping[str, object] | None = None
    adapter: Mapping[str, object] | None = None
    """adapter_config.json."""
    quantization: Mapping[str, object] | None = None
    """quantize_config.json or quant_config.json, where config.json does not say how it is quantized."""
    tokenizer: Mapping[str, object] = field(default_factory=dict)
    """tokenizer_config.json."""
    tags: tuple[str, ...] = ()
    pipeline: str | None = None
    library: str | None = None
    gated: bool | None = None
    created: str | None = None
    """ISO date."""
    parameters: Mapping[str, int] | None = None
    """Elements by type, as the service counted them in safetensors headers."""
    total_parameters: int | None = None
    tensor_names: tuple[str, ...] | None = None
    """Of all safetensors files, where an index or the headers were read."""
    tensors: tuple[StoredTensor, ...] | None = None
    """Of all safetensors files, where their headers were read."""
    gguf: Mapping[str, object] = field(default_factory=dict)
    """What the service read in one of its GGUF files."""
    declared_bases: tuple[tuple[str, str | None], ...] = ()
    """Parents and relation as the service lists them."""
    findings: tuple[Finding, ...] = ()
    """What could not be read, and why."""
    license_sha256: str | None = None
    """Of its license file, byte by byte."""
