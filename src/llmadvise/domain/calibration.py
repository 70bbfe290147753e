"""Coefficients that scripts in benchmarks/ fit from measurements; never typed in by hand."""

from __future__ import annotations

from enum import StrEnum

from llmadvise.domain.estimate import Basis
from llmadvise.record import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedCalibration:
    """How fast memory is read and matrices are multiplied in practice: effects that add up in natural logarithms.

    An effect is (value, standard error, measured rows behind it) under a key such as `backend:cuda` or
    `architecture backend:Ada Lovelace|cuda`; `engine.speed` says which keys apply. A key without a row counts as zero
    with the spread of its kind in `unseen`: then the parents of the key speak, and the interval is wider.
    """

    weights: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the part of the memory bandwidth that is reached while weights are read."""
    cache: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the part of the memory bandwidth that is reached while the KV cache is read."""
    launch: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the seconds a layer takes beside what it reads."""
    compute: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the nanoseconds a CPU core takes to unpack and multiply a parameter."""
    parallel: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """By `kernels:`: the power of the number of GPUs that decoding gains (0: they take turns, 1: they share all work);
    by `pipeline kernels:`: that of the gain of an ideal pipeline which reading a prompt gets."""
    prefill: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the part of the half-precision operations that is reached while a prompt is read."""
    batch: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the seconds a batch of prompt tokens takes for each layer, beside its operations."""
    attention: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the part of the half-precision operations that the attention of a prompt reaches."""
    link: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the part of 16 GB/s at which weights in RAM reach the GPU that computes a prompt with them."""
    run: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """Log of the factor on the time of a run with an old build, or without flash attention: to read old measurements."""
    unseen: dict[str, float] = field(default_factory=dict)
    """By `component/kind`: the standard deviation of the effects of that kind, for a key that was never measured."""
    spread: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    """By context: the 10 % and 90 % quantiles of log(measured / predicted), in units of the predicted deviation."""
    noise: dict[str, float] = field(default_factory=dict)
    """Standard deviation of log(measured / predicted) that no effect explains: `decode`, `prefill`, `bandwidth`
    (of a typical bandwidth where the real one is unknown)."""
    alike: dict[str, float] = field(default_factory=dict)
    """By `phase/what is shared`: the part of the squared deviation that runs on one machine have in common: `machine`,
    any two; `class`, those of one quantization class; `mixture`, those alike in being a mixture of experts; `work`, those
    of one file. By `phase/repeat`: the standard deviation of log(rate) when the same run is made again."""
    vendors: dict[str, str] = field(default_factory=dict)
    """Vendor by architecture."""
    kernels: dict[str, str] = field(default_factory=dict)
    """Kernel library by runtime, where several runtimes share one."""
    fitted_on: str = ""
    sources: tuple[str, ...] = ()


class ScoreScale(StrEnum):
    """What a benchmark's numbers are, which decides how they are laid on the ability scale."""

    SHARE = "share"
    """Per cent of something: compared as log-odds."""
    ELO = "elo"
    """Rating points, 400 of which are ten to one: compared as natural log-odds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkLink:
    """How a benchmark's log-odds follow from ability: `intercept + slope * ability`, plus noise."""

    scale: ScoreScale
    intercept: float
    slope: float
    noise: float
    """Standard deviation of a result around the line, in log-odds."""
    results: int
    """How many results the line rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbilityPrior:
    """The ability to expect of a model of which nothing but its card is known."""

    intercept: float
    """Of an instruct model with 8 billion parameters, all active, released at `reference_year`."""
    log_active: float
    """Per natural logarithm of active parameters over 8 billion."""
    log_total: float
    """Per natural logarithm of language-model parameters over 8 billion."""
    size_squared: float
    """Per square of the mean of the two logarithms, which is called size here."""
    year: float
    """Per year after `reference_year`."""
    year_size: float
    """Per year and size: newer training makes more of a large model."""
    reference_year: float
    thinking: float
    """Added where the model thinks before it answers."""
    thinking_size: float
    """Per size, where it thinks: small models gain more."""
    roles: dict[str, float]
    """Added by role; a role that is not named adds nothing."""
    role_groups: dict[str, dict[str, float]]
    """By role and benchmark group: how much better than its general ability such a model is at it."""
    spread: float
    """Standard deviation of real models around the formula."""
    undated_spread: float
    """The same where the release date is unknown and `reference_year` stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbilityScale:
    """How ability is shown: 100 / (1 + exp(-(ability - centre) / width))."""

    centre: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodLoss:
    """Damage that a quantization method does: divergence from the full model (nats a token)."""

    damage: float
    """At four bits a weight, in a model of ordinary fragility; without calibration data where that can be chosen."""
    calibrated: float | None = None
    """The same with calibration data (importance matrix); None: no difference is made."""
    by_bits: bool = True
    """Whether it falls with every bit, or holds for the method's only width."""
    spread: float = 0.5
    """Standard deviation of the natural logarithm of the damage."""
    basis: Basis = Basis.ASSUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class LossModel:
    """What quantization costs: bits and method to damage, damage and size to the part of the score that is kept."""

    bits: float
    """Natural logarithm of damage per bit above four (negative)."""
    bits_squared: float
    methods: dict[str, MethodLoss]
    """By Quantization.method; `unknown` stands for methods that nobody measured."""
    fragility_year: float
    """Natural logarithm of damage per year of release after `reference_year`: newer models waste fewer bits."""
    reference_year: float
    first_year: float
    last_year: float
    """Beyond these the data say nothing and the effect is held."""
    fragility_spread: float
    """Standard deviation of the natural logarithm of damage between model families."""
    kv_cache: dict[str, float]
    """Damage added by a quantized KV cache, by type of keys and values; `unknown` for others."""
    damage_power: float
    size_power: float
    """Per natural logarithm of parameters over 8 billion (negative: large models keep more)."""
    sensitivity: dict[str, float]
    """Loss factor by benchmark group; `general` for groups that are not named."""
    loss_spread: float
    """Standard deviation of the natural logarithm of the loss that the damage does not explain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorLink:
    """How the mean of one version of MTEB stands to that of the version that quality is shown on."""

    offset: float
    """Added to a score, in points of 100."""
    spread: float
    """Standard deviation of what is left, in points: what this version tells of a model is that far from the others."""
    pairs: int
    """Models with both results that it was fitted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityCalibration:
    """Published results on one scale of ability, and what quantization takes away from it."""

    links: dict[str, BenchmarkLink]
    """By benchmark id."""
    prior: AbilityPrior
    group_spread: dict[str, float]
    """By benchmark group: standard deviation of a model's ability at it around its general ability."""
    optimism_spread: float
    """Standard deviation, in ability, of how much more one publisher's own results flatter than another's."""
    score_error: float
    """Error of any published score before all else (few questions, prompts), as a share of 1."""
    display: AbilityScale
    loss: LossModel
    sources: tuple[str, ...] = ()
    vectors: dict[str, VectorLink] = field(default_factory=dict)
    """By benchmark id: means over the tasks of MTEB, which rank embedding models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryCalibration:
    """What drivers and engines take beside the buffers the engine reports, and reserves to keep free. Bytes."""

    driver_context_bytes: dict[str, tuple[int, int, int]]
    """By backend: (low, best guess, high) for one process on one GPU."""
    ram_reserve_bytes: int
    """Left to the operating system beside what is in use."""
    gpu_reserve_bytes: int
    """Left free on a GPU."""
    ram_in_use_share: float = 0.0
    """Part of the RAM that is taken to be in use where nobody measured it; never less than the reserve."""
    ram_in_use_most_bytes: int = 0
    """That part is no larger than this."""
    sources: tuple[str, ...] = ()

    def ram_reserve(self, total_bytes: int, *, free_known: bool) -> int:
        """Bytes of RAM to leave alone: beside what is known to be in use, or in place of knowing it."""
        if free_known:
            return self.ram_reserve_bytes
        return max(self.ram_reserve_bytes, min(int(total_bytes * self.ram_in_use_share), self.ram_in_use_most_bytes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """All coefficients."""

    speed: SpeedCalibration
    quality: QualityCalibration
    memory: MemoryCalibration
