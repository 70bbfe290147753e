"""Quantization schemes: one row each, shared by all models."""

from __future__ import annotations

from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """One scheme of storing weights (a GGUF mix such as Q4_K_M, GPTQ int4 with groups of 128 …)."""

    id: str
    format: str
    bits_per_weight: float
    """Nominal bits a weight of the decoder's matrices, scales included: what quality depends on. Memory comes from file bytes."""
    method: str
    """Key of the loss coefficients in catalog/calibration/quality.yaml: k_quant, i_quant, legacy, gptq, awq, mlx, float …"""
    embedding_bits: float | None = None
    """Bits a weight of the token embedding; None: as the rest."""
    output_bits: float | None = None
    """Bits a weight of the output matrix; None: as the rest."""
    group_size: int | None = None
    """Weights of a row that share a scale, where a slice must hold whole groups; None: none such, or unknown."""
    trained: bool = False
    """The model was trained for this format (QAT, native MXFP4): no loss against its reference."""
    needs_compute_capability: str | None = None
    """Least NVIDIA compute capability with a kernel for it."""
    backends: tuple[str, ...] = ()
    """Backends that can run it; empty: every backend of the runtime."""
    speed_class: str | None = None
    """Key of the kernel efficiency in catalog/calibration/speed.yaml."""
    aliases: tuple[str, ...] = ()
    tag: str | None = None
    """How runtimes and registries name it after a colon (`repo:Q4_0`); None: as the id."""
    summary: str | None = None
    sources: tuple[str, ...] = ()
