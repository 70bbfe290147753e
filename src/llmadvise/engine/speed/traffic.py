"""What a device must read and compute for one token."""

from __future__ import annotations

from llmadvise.engine.device import Device
from llmadvise.record import dataclass


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
