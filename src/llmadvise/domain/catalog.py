"""All facts together, as the engine reads them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from llmadvise.domain.calibration import Calibration
from llmadvise.domain.hardware import CpuFacts, GpuFacts, MachineFacts
from llmadvise.domain.license import License, PlatformTerms, ServiceTerms
from llmadvise.domain.lineage import Pedigree
from llmadvise.domain.model import Model, Role
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.record import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One test whose results are evidence."""

    id: str
    name: str
    group: str
    """What it tests: knowledge, reasoning, math, code, chat, instruction-following, agents, long-context, vision, general."""
    unit: str
    higher_is_better: bool = True
    note: str | None = None
    """Contamination, way of scoring, what makes a number doubtful."""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One prompt format."""

    id: str
    name: str
    example: str
    """One user turn, `{prompt}` where the user's words go."""
    sources: tuple[str, ...] = ()


class ModelSummary(NamedTuple):
    """What is known of a model before its entry is decoded: enough to see early that it cannot be the answer."""

    id: str
    repo: str
    role: Role
    capabilities: tuple[str, ...]
    family: str
    total_parameters: int
    active_parameters: int
    license: str | None
    """As declared."""
    smallest_bytes: int | None
    """Of the variants whose bytes are known; None if none are."""
    variants: int
    """How many there are."""


class QualityBound(NamedTuple):
    """The most that a model could reach in a use case, unquantized."""

    quality: float
    """A bound from above of its quality, 0..100."""
    grade: float
    """A bound from above of the grade that this quality gets, 0..1."""


class ModelIndex(Mapping[str, Model]):
    """Models by id that can be looked over without decoding each."""

    @abstractmethod
    def summaries(self) -> Iterator[ModelSummary]:
        """One summary a model, in ascending id order."""

    @abstractmethod
    def quality_bounds(self, profile: str) -> Mapping[str, QualityBound]:
        """The most that models could reach in a use case, by id; those missing were not computed."""

    @abstractmethod
    def each(self) -> Iterator[Model]:
        """Every model in ascending id order, of which none is kept: a large catalog decoded is ten times its file."""


def summarize(model: Model) -> ModelSummary:
    """Return the summary of one model."""
    known = [variant.bytes for variant in model.variants if variant.bytes is not None]
    return ModelSummary(
        id=model.id,
        repo=model.repo,
        role=model.role,
        capabilities=model.capabilities,
        family=model.family,
        total_parameters=model.parameters.total,
        active_parameters=model.parameters.active,
        license=model.license.declared,
        smallest_bytes=min(known, default=None),
        variants=len(model.variants),
    )


def summaries(models: Mapping[str, Model]) -> Iterator[ModelSummary]:
    """One summary a model, in the mapping's order, at the least cost that the mapping offers."""
    if isinstance(models, ModelIndex):
        return models.summaries()
    return map(summarize, models.values())


def quality_bounds(models: Mapping[str, Model], profile: str) -> Mapping[str, QualityBound]:
    """What is known of the most that models could reach in a use case, by id, without decoding any."""
    return models.quality_bounds(profile) if isinstance(models, ModelIndex) else {}


def each(models: Mapping[str, Model]) -> Iterator[Model]:
    """Every model, in the mapping's order, in as little memory as the mapping offers."""
    return models.each() if isinstance(models, ModelIndex) else iter(models.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogIdentity:
    """Which facts these are."""

    version: str
    as_of: str
    """ISO date of the newest fact."""
    digest: str
    """sha256 of the canonical content: the same facts have the same digest on every machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Every mapping is keyed by id and iterates in ascending id order; some decode their values only when asked."""

    identity: CatalogIdentity
    models: Mapping[str, Model]
    quantizations: Mapping[str, Quantization]
    runtimes: Mapping[str, Runtime]
    licenses: Mapping[str, License]
    profiles: Mapping[str, Profile]
    benchmarks: Mapping[str, Benchmark]
    templates: Mapping[str, Template]
    gpus: Mapping[str, GpuFacts]
    cpus: Mapping[str, CpuFacts]
    calibration: Calibration
    machines: Mapping[str, MachineFacts] = field(default_factory=dict)
    lineage: Mapping[str, Pedigree] = field(default_factory=dict)
    """Models without an entry of which license and descent are known; no id is in `models` too."""
    services: Mapping[str, ServiceTerms] = field(default_factory=dict)
    """Terms of providers whose outputs models were trained on."""
    platforms: Mapping[str, PlatformTerms] = field(default_factory=dict)
    """Terms of makers of devices and drivers."""
    license_tags: Mapping[str, str] = field(default_factory=dict)
    """What each tag of an obligation or condition means, in a sentence."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """By `section/id`: the `file:line` of each entry that a user's own catalog added or replaced."""
