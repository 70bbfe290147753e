"""What is judged: a candidate (one model), its variants, and cases (variant × runtime × placement)."""

from __future__ import annotations

from typing import NamedTuple

from llmadvise.domain.assessment import LicenseAssessment, Placement, QualityEvidence
from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Finding
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.profile import Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.device import Device
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import Shape
from llmadvise.engine.speed.traffic import Traffic
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One model with everything that does not depend on the file or the machine."""

    model: Model
    lineage: tuple[str, ...]
    license: LicenseAssessment
    unquantized: Range
    evidence: tuple[QualityEvidence, ...]
    shape: Shape | None
    findings: tuple[Finding, ...]


class DeviceBytes(NamedTuple):
    """What one device holds, in bytes; overhead as low, best guess and high."""

    device: Device
    weights: int
    kv_cache: int
    """Cache and recurrent state."""
    compute: int
    """Compute and output buffers."""
    overhead: Range
    total: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A variant laid out on a machine, in bare numbers."""

    runtime: Runtime
    placement: Placement
    context_length: int
    """Tokens for one user."""
    options: tuple[tuple[str, str], ...]
    """What the runtime must be told, as (setting, value): turned into flags by `commands`."""
    memory: tuple[DeviceBytes, ...]
    fits: bool
    """The high end of every device's interval is within its budget, and all of them within a shared memory."""
    decode: Range | None
    prefill: Range | None
    findings: tuple[Finding, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    """What each device does for a token; empty where nothing was timed."""
    settings: EngineSettings | None = None
    """What llama.cpp is told, where the runtime is built on it."""
    task: Task = Task.TEXT
    """What the runtime is started for."""
    more_files: tuple[str, ...] = ()
    """Files of the variant's repository that the task needs beside the variant's own."""
    rereads: bool = False
    """Nothing that was read for one request serves the next that differs in its middle."""
    pool_bytes: int | None = None
    """What its devices may take together, where they share one memory."""

    @property
    def together_bytes(self) -> float:
        """The high ends of all devices, added."""
        return sum(item.total.high for item in self.memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to run one variant, with what it is worth."""

    candidate: Candidate
    variant: Variant
    quantization: Quantization
    plan: Plan
    kept: Range
    """Part of the full model's score that the variant keeps."""
    quality: Range
    grades: tuple[float, ...]
    """In the order of `criteria.CRITERIA`."""
    score: float
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """What sentences call it: model and quantization."""
        return f"{self.candidate.model.name} {self.variant.quantization}"
