"""Everything an answer depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.policy import Policy
from llmadvise.domain.profile import Profile
from llmadvise.domain.requirements import Requirements
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.downloaded import Downloaded
from llmadvise.engine.machine import Machine
from llmadvise.record import dataclass, field

if TYPE_CHECKING:
    from llmadvise.domain.cost import CostTerms
    from llmadvise.domain.measurement import Measurements


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. The requirements are filled: none is open."""

    catalog: Catalog
    profile: Profile
    requirements: Requirements
    machine: Machine
    runtimes: tuple[Runtime, ...]
    """The preferred first."""
    installed: frozenset[str] | None
    versions: dict[str, str] = field(default_factory=dict)
    """Of the installed runtimes those whose version is known."""
    downloaded: Downloaded | None = None
    """Model files that this machine has; None when it is another that is planned for."""
    options: EngineOptions = field(default_factory=EngineOptions)
    """Settings of the engine that the user said."""
    policy: Policy | None = None
    """The license policy, where one was given."""
    as_of: str = "0000-00-00"
    """The day on which its waivers have to hold."""
    chooses_cache: bool = True
    """Whether the planner may take a smaller type of cache where none was asked for."""
    cost: CostTerms | None = None
    """Prices, where the user asked what it costs."""
    measurements: Measurements | None = None
    """What was measured on this machine; `catalog.calibration.speed` is drawn to it."""

    @property
    def context_length(self) -> int:
        """Tokens for each user: what was asked for, else what the use takes."""
        return self.requirements.context_length or self.profile.context_length

    @property
    def prompt_tokens(self) -> int:
        """Of the prompt that is timed: what was asked for, else what the use takes."""
        return self.requirements.prompt_tokens or self.profile.prompt_tokens


def ordered_runtimes(catalog: Catalog, installed: frozenset[str] | None, users: int) -> tuple[Runtime, ...]:
    """Preferred first: made for many users where there are many, then installed, then by the catalog's preference."""

    def rank(runtime: Runtime) -> tuple[bool, bool, int, str]:
        crowd = users > 1 and runtime.batches
        return (not crowd, runtime.id not in (installed or ()), -runtime.preference, runtime.id)

    return tuple(sorted(catalog.runtimes.values(), key=rank))
