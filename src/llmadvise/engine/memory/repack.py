"""The second copy of weights that llama.cpp lays out anew for the CPU's vector units.

It is ordinary memory beside the mapped file. It is made only where no GPU is in use: a GPU's pinned host memory comes
first in the list of places for weights on the host (src/llama-model.cpp of b11434: make_cpu_buft_list). The pages of
the file that it was made from can be dropped once the model is loaded; until then both are there. `-nr` turns it off.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from llmadvise.engine.memory.layout import Tensor, TensorTable, WeightLayout
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Repacking:
    """One type of weight: which CPU features each suffice, and what the number of rows must be a multiple of."""

    features: frozenset[str]
    rows: int


REPACKED: Final = {
    "x86": {
        "Q4_0": Repacking(features=frozenset({"avx2"}), rows=8),
        "Q4_K": Repacking(features=frozenset({"avx2"}), rows=8),
        "IQ4_NL": Repacking(features=frozenset({"avx2"}), rows=8),
        "MXFP4": Repacking(features=frozenset({"avx2"}), rows=8),
        "Q2_K": Repacking(features=frozenset({"avx512f"}), rows=8),
    },
    "arm": {
        "Q4_0": Repacking(features=frozenset({"dotprod", "i8mm"}), rows=4),
        "Q4_K": Repacking(features=frozenset({"dotprod", "i8mm"}), rows=8),
        "Q5_K": Repacking(features=frozenset({"dotprod", "i8mm"}), rows=8),
        "Q6_K": Repacking(features=frozenset({"dotprod", "i8mm"}), rows=8),
        "Q8_0": Repacking(features=frozenset({"dotprod", "i8mm"}), rows=4),
        "IQ4_NL": Repacking(features=frozenset({"dotprod"}), rows=4),
        "MXFP4": Repacking(features=frozenset({"dotprod"}), rows=4),
    },
}
"""ggml-cpu/repack.cpp of b11434: ggml_repack_get_optimal_repack_type."""
_FEATURE_NAMES: Final = {"asimddp": "dotprod"}
"""Linux's name for a feature, where it is another."""


def repacked_bytes(layout: WeightLayout, features: Collection[str]) -> int | None:
    """Bytes of the copies where the whole model lies on a CPU with these features; None: tensors unknown."""
    if layout.table is None:
        return None
    known = {_FEATURE_NAMES.get(name, name) for name in features}
    rules = [
        (kind, rule)
        for family in REPACKED.values()
        for kind, rule in family.items()
        if not known.isdisjoint(rule.features)
    ]
    chosen = dict(rules)
    return sum(tensor.bytes for tensor in _multiplied(layout.table) if _is_repacked(tensor, chosen))


def _multiplied(table: TensorTable) -> list[Tensor]:
    """Matrices of the blocks, stacks of experts, and the output; a tied embedding counts as the output."""
    matrices = [
        tensor
        for block in table.blocks
        for tensor in block.values()
        if len(tensor.shape) == (3 if "_exps." in tensor.name else 2) and not tensor.name.endswith("_norm.weight")
    ]
    last = table.outside.get("output.weight") or table.outside.get("token_embd.weight")
    return [*matrices, last] if last else matrices


def _is_repacked(tensor: Tensor, rules: dict[str, Repacking]) -> bool:
    rule = rules.get(tensor.type.upper())
    return rule is not None and tensor.shape[1] % rule.rows == 0
