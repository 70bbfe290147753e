"""What each device reads and computes for one token, given where the weights lie."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from llmadvise.domain.model import Model
from llmadvise.engine.device import Device
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.speed import Traffic
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveBytes:
    """Weights that one token reads, by place. Sums over the first n blocks, so that any cut is one subtraction."""

    dense: tuple[int, ...]
    """Attention, norms, shared experts and dense networks of the first n blocks; n from 0 to all."""
    experts: tuple[int, ...]
    """Routed experts that a token runs through, of the first n blocks."""
    output: int
    """The output matrix, or the embedding where the two are tied: read whole for every token."""
    spread: float
    """How many times as many bytes of routed experts there are as a token runs through."""
    counted: int
    """File bytes × active / all parameters: what the speed calibration counts as read for a token. The places above
    share it in proportion."""

    @property
    def layers(self) -> int:
        """How many blocks there are."""
        return len(self.dense) - 1

    @property
    def total(self) -> int:
        """All weights that a token reads."""
        return self.dense[-1] + self.experts[-1] + self.output


def active_bytes(model: Model, layout: WeightLayout) -> ActiveBytes:
    """The weights a token reads: every dense one, of the routed experts the part that is used."""
    experts = model.architecture.experts if model.architecture else None
    used, total = (experts.used, experts.total) if experts else (1, 1)
    own = layout.expert_bytes or (0,) * len(layout.layer_bytes)
    return ActiveBytes(
        dense=tuple(accumulate((whole - part for whole, part in zip(layout.layer_bytes, own, strict=True)), initial=0)),
        experts=tuple(accumulate((part * used // total for part in own), initial=0)),
        output=layout.output_unit_bytes,
        spread=total / max(1, used),
        counted=layout.loaded_bytes * model.parameters.active // max(1, model.parameters.total),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One device's part of a model: the blocks from `first` up to `last`, and whether the output is with them."""

    device: Device
    first: int
    last: int
    output: bool = False
    experts_from: int = 0
    """Routed experts of blocks before this one lie elsewhere."""


def traffic(
    active: ActiveBytes,
    shares: Sequence[Share],
    host: Device,
    parameters: int,
    cache: tuple[Sequence[int], Sequence[int]],
) -> list[Traffic]:
    """One entry a device that holds anything; experts kept away from their block are read from the host.

    `parameters` are those a token is multiplied with; they divide as the bytes do. `cache` gives the cache and
    state read for one token, and what each token of context adds to it, both summed over the first n blocks.
    """
    cache_bytes, cache_slope = cache
    result = []
    away = 0
    for share in shares:
        kept_from = min(max(share.first, share.experts_from), share.last)
        weights = active.dense[share.last] - active.dense[share.first]
        experts = active.experts[share.last] - active.experts[kept_from]
        weights += experts
        weights += active.output if share.output else 0
        away += active.experts[kept_from] - active.experts[share.first]
        read = cache_bytes[share.last] - cache_bytes[share.first]
        if weights or read:
            layers = share.last - share.first
            result.append(
                _entry(
                    active,
                    share.device,
                    (weights, experts),
                    (read, cache_slope[share.last] - cache_slope[share.first]),
                    parameters=parameters,
                    layers=layers,
                )
            )
    if away:
        blocks = max(share.experts_from for share in shares)
        result.append(_entry(active, host, (away, away), (0, 0), parameters=parameters, layers=blocks))
    return result


def _entry(
    active: ActiveBytes,
    device: Device,
    read: tuple[int, int],
    cache: tuple[int, int],
    *,
    parameters: int,
    layers: int,
) -> Traffic:
    weights, experts = read
    part = weights / max(1, active.total)
    return Traffic(
        device=device,
        weight_bytes=round(active.counted * part),
        kv_bytes=cache[0],
        kv_bytes_per_token=float(cache[1]),
        active_parameters=round(parameters * part),
        layers=layers,
        expert_bytes=round(active.counted * experts / max(1, active.total)),
        expert_ratio=active.spread,
    )
