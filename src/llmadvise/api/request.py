"""What a caller asks: requirements, and where the machine and the facts come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmadvise.domain.assessment import Advice, Assessment, ContextPoint
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.question import Question
from llmadvise.record import dataclass, field

if TYPE_CHECKING:
    from pathlib import Path

    from llmadvise.domain.cost import CostTerms
    from llmadvise.engine.relax import Relaxation


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Without `hardware`, `gpus` and `ram_bytes` the machine at hand is probed."""

    requirements: Requirements = field(default_factory=Requirements)
    catalog: Path | None = None
    """A directory laid over the built-in catalog."""
    hardware: str | None = None
    """A hardware file, a capture, or the name of a machine or device."""
    gpus: tuple[str, ...] = ()
    """Cards as people write them: `RTX 4090`, `2x RTX 3090`."""
    ram_bytes: int | None = None
    license_policy: Path | None = None
    """What the use is and what is accepted, in the place of `requirements.commercial`."""
    cost: CostTerms | None = None
    """What is to be said of costs; None: nothing."""
    measurements: bool = True
    """What was measured on the machine counts."""
    offline: bool = False
    """Nothing may use the network; what needs it says so instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The facts, the machine and the question that a request comes down to."""

    catalog: Catalog
    hardware: Hardware
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """The advice, and what it rests on."""

    setting: Setting
    advice: Advice
    relaxations: tuple[Relaxation, ...] = ()
    """Where nothing fits: single changes after which something would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One model's assessment (of its best variant here), its rank, and what would change the answer."""

    setting: Setting
    assessment: Assessment
    rank: int | None
    """Its place among all models that may be advised; None if it is blocked."""
    changes: tuple[str, ...]
    context_curve: tuple[ContextPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Assessments side by side, in the order asked."""

    setting: Setting
    assessments: tuple[Assessment, ...]
