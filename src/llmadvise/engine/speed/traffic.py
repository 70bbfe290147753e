"""What a device must read and compute for one token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.hardware import Backend
from llmadvise.engine.device import Device
from llmadvise.record import dataclass

OPERATIONS_PER_BYTE: Final = 8.0
"""Attention operations for a byte of half-precision cache: a unit (that of eight query heads to a key head)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What one device does for one token of one sequence."""

    device: Device
    weight_bytes: int
    """Weights read to decode one token: all dense ones, of the routed experts only those used."""
    kv_bytes: int
    """Cache and state read to decode one token at the depth asked for."""
    active_parameters: int
    """Parameters a token is multiplied with on this device (two operations each)."""
    layers: int
    """Blocks computed here (per-token launch overhead)."""
    kv_bytes_per_token: float = 0.0
    """What each token of context adds to the cache read, on average up to the depth asked for."""
    expert_bytes: int = 0
    """The part of `weight_bytes` that routed experts make up."""
    expert_ratio: float = 1.0
    """How many times as many bytes of routed experts lie here as one token reads."""

    def touched(self, tokens: float) -> float:
        """Bytes of weights that a batch of tokens reads: dense ones once, of the experts those that any token uses.

        Tokens choose experts as if by chance, so each token misses an expert with the same likelihood.
        """
        if self.expert_ratio <= 1.0 or not self.expert_bytes:
            return self.weight_bytes
        missed: float = (1.0 - 1.0 / self.expert_ratio) ** tokens
        return self.weight_bytes + self.expert_bytes * (self.expert_ratio * (1.0 - missed) - 1.0)


def accelerators(traffic: Sequence[Traffic]) -> int:
    """How many GPUs work."""
    count = 0
    for item in traffic:
        if item.device.backend is not Backend.CPU:
            count += 1
    return count


def place_of(traffic: Sequence[Traffic]) -> str:
    """Where it runs, as the calibration calls it: the backend, or `partial` where a CPU works beside a GPU."""
    return "partial" if 0 < accelerators(traffic) < len(traffic) else traffic[0].device.backend.value


def batches(prompt_tokens: int, batch_tokens: int) -> float:
    """How many batches a prompt fills, at least one."""
    return max(1.0, prompt_tokens / batch_tokens)


def attention_operations(kv_bytes_per_token: float, prompt_tokens: int) -> float:
    """Operations of the attention of a prompt: each token is held against half of the others on average."""
    return OPERATIONS_PER_BYTE * kv_bytes_per_token * prompt_tokens * prompt_tokens / 2.0


def pipelined(accelerators: int, count: float) -> float:
    """How many times as fast batches run through GPUs that each hold some layers, were there no other cost."""
    if accelerators <= 1:
        return 1.0
    return accelerators * count / (count + accelerators - 1)
