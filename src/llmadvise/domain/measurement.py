"""What was measured on a machine: speeds of runs and the bandwidth of its memory, with enough to use them again."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.hardware import Backend, Gpu, Hardware, Platform
from llmadvise.record import dataclass

_RAM_TOLERANCE = 0.05
"""A kernel keeps a little of the RAM for itself, more or less of it with each version."""
_CARD_TOLERANCE = 0.02
"""Likewise a driver, of the memory of its card."""


class Phase(StrEnum):
    """What was timed."""

    DECODE = "decode"
    PREFILL = "prefill"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGpu:
    """A GPU as far as it tells one machine from another."""

    vendor: str
    name: str
    """Id of the catalog's row, or what the driver says where it has none."""
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMachine:
    """What tells one machine from another; no serial number, address or name of a host."""

    platform: Platform
    cpu: str | None
    """Id of the catalog's row, or the processor's name."""
    cores: int | None
    ram_bytes: int | None
    gpus: tuple[KnownGpu, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePart:
    """What one device did for one token; see `engine.speed.traffic.Traffic`."""

    device: str
    """`gpu0`, `gpu1` … or `cpu`."""
    backend: Backend
    weight_bytes: int
    kv_bytes: int
    active_parameters: int
    layers: int
    kv_bytes_per_token: float = 0.0
    expert_bytes: int = 0
    expert_ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedMeasurement:
    """One rate that a run reached."""

    id: str
    """The first letters of the hash of everything else."""
    date: str
    """ISO day on which it ran."""
    machine: KnownMachine
    phase: Phase
    rate: float
    """Tokens a second, the mean of the rounds."""
    deviation: float | None
    """Standard deviation of the rounds, in tokens a second; None: one round, or not said."""
    tokens: int
    """Read or decoded in a round."""
    depth: int
    """Tokens in the context before that."""
    batch_tokens: int
    runtime: str
    model: str
    """How the source calls it; nothing is decided by it."""
    quantization: str | None
    speed_class: str | None
    mixture: bool
    parts: tuple[DevicePart, ...]
    """The work, by device; empty where the model is not known, and then no estimate rests on it."""
    build: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandwidthMeasurement:
    """How fast the processor was seen to read its memory."""

    id: str
    date: str
    machine: KnownMachine
    rate: int
    """Bytes a second of the fastest round."""
    median: int
    """Of the rounds."""
    threads: int
    bytes: int
    """Read in a round."""
    cache_bytes: int | None
    """Of the last level; None: not known."""
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What is kept of one machine, the oldest first."""

    speeds: tuple[SpeedMeasurement, ...] = ()
    bandwidths: tuple[BandwidthMeasurement, ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.speeds or self.bandwidths)


def known_machine(hardware: Hardware) -> KnownMachine:
    """What tells this machine from others."""
    return KnownMachine(
        platform=hardware.platform,
        cpu=hardware.cpu.id or hardware.cpu.name,
        cores=hardware.cpu.cores,
        ram_bytes=hardware.memory.total_bytes,
        gpus=tuple(_known_gpu(gpu) for gpu in hardware.gpus),
    )


def _known_gpu(gpu: Gpu) -> KnownGpu:
    return KnownGpu(vendor=gpu.vendor, name=gpu.id or gpu.name, memory_bytes=gpu.memory_bytes)


def same_machine(one: KnownMachine, other: KnownMachine) -> bool:
    """Whether two descriptions are of machines that run alike: the same devices, cores and amounts of memory."""
    if (one.platform, one.cpu, one.cores) != (other.platform, other.cpu, other.cores):
        return False
    if not _near(one.ram_bytes, other.ram_bytes, _RAM_TOLERANCE) or len(one.gpus) != len(other.gpus):
        return False
    return all(
        (mine.vendor, mine.name) == (theirs.vendor, theirs.name)
        and _near(mine.memory_bytes, theirs.memory_bytes, _CARD_TOLERANCE)
        for mine, theirs in zip(one.gpus, other.gpus, strict=True)
    )


def _near(one: int | None, other: int | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= tolerance * max(one, other)
