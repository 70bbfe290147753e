"""Which calibrated effects apply to a device at work: from the general (the backend) to the special (this architecture)."""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Final, NamedTuple

from llmadvise.record import dataclass

GENERAL: Final = "general"
"""The effect that applies everywhere."""
_BANDWIDTH_UNIT: Final = 500e9
_BALANCE_UNIT: Final = 100.0
_CPU: Final = "cpu"
_FEED_UNIT: Final = 30.0
_FEED_TYPICAL: Final = 60.0
"""Shader operations a byte: where a card is half saturated, and that of a card whose shaders are not known."""
_SHADER_UNIT: Final = 0.5
_LEAST_SHADER: Final = 0.25
"""Below that the matrix units are those of a data centre card: the shaders do not hold them back further."""
_POWER_UNIT: Final = 3.0
"""Bytes a second, operations a byte, shader operations a matrix operation, watts a shader teraflop: mere units, chosen
so that the slopes are zero within the measured hardware."""


class Run(NamedTuple):
    """How an engine was built and started, as far as its speed depends on it; the default is how one does it now."""

    old: bool = False
    """Built before 2025."""
    flash: bool | None = True
    """Flash attention; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A device, and what runs on it, as far as its efficiency depends on them."""

    architecture: str
    vendor: str
    backend: str
    runtime: str
    kernels: str
    """The library that computes: one for all runtimes built on llama.cpp."""
    speed_class: str
    mixture: bool
    host: bool
    """Weights in RAM beside a GPU: the CPU decodes them, the GPU computes prompts with them."""
    bandwidth: float
    """Bytes a second."""
    flops: float | None
    """Half-precision operations a second."""
    cores: int | None
    shader_flops: float | None = None
    power_watts: int | None = None
    vectors: str = "unknown"


Effects = list[tuple[str, float]]
"""Keys of the calibration with the factor each is multiplied by: 1, but for slopes."""
Slopes = list[tuple[str, float]]
"""Effects that grow with a number: keys with that number."""


def weight_effects(setting: Setting) -> Effects:
    """List what the part of the bandwidth that reading weights reaches depends on."""
    kind, chip = setting.speed_class, setting.architecture
    keys = [
        *_machine(setting),
        *_kernel(setting),
        f"class backend:{kind}|{setting.backend}",
        f"class architecture:{kind}|{chip}",
        f"class card:{kind}|{_card(setting)}",
        f"card backend:{_card(setting)}|{setting.backend}",
        *_mixture_kernel(setting),
    ]
    slopes = [(f"slope bandwidth:{setting.backend}", log(setting.bandwidth / _BANDWIDTH_UNIT))]
    if setting.flops:
        slopes.append((f"slope balance:{setting.backend}", log(setting.flops / setting.bandwidth / _BALANCE_UNIT)))
    if setting.shader_flops:
        # Cards whose memory is fast beside their shaders cannot ask for bytes quickly enough.
        feed = setting.shader_flops / setting.bandwidth
        saturation = log(feed / (feed + _FEED_UNIT) * (1 + _FEED_UNIT / _FEED_TYPICAL))
        slopes += [("slope feed", saturation), (f"slope feed backend:{setting.backend}", saturation)]
    return _effects(setting, keys, slopes)


def cache_effects(setting: Setting, run: Run) -> Effects:
    """List what the part of the bandwidth that reading the KV cache reaches depends on."""
    keys = [
        GENERAL,
        f"backend:{setting.backend}",
        f"architecture:{setting.architecture}",
        f"kernels:{setting.kernels}|{setting.backend}",
        f"runtime:{setting.runtime}",
        *_mixture(setting),
    ]
    if run.flash is False:
        keys.append("no flash")
    return _effects(setting, keys)


def compute_effects(setting: Setting) -> Effects:
    """List what the time of unpacking and multiplying one parameter depends on, which only CPUs are asked."""
    kind, chip = setting.speed_class, setting.architecture
    return _plain(
        [
            GENERAL,
            f"backend:{setting.backend}",
            f"architecture:{chip}",
            f"class:{kind}",
            f"class architecture:{kind}|{chip}",
            f"kernels:{setting.kernels}",
            f"class kernels:{kind}|{setting.kernels}",
            f"vectors:{setting.vectors}",
            f"class vectors:{kind}|{setting.vectors}",
        ]
    )


def launch_effects(setting: Setting) -> Effects:
    """List what the time of a layer beside its reads depends on."""
    keys = [
        GENERAL,
        f"backend:{setting.backend}",
        f"architecture:{setting.architecture}",
        f"architecture backend:{setting.architecture}|{setting.backend}",
        f"kernels:{setting.kernels}|{setting.backend}",
        f"runtime:{setting.runtime}",
        *_mixture(setting),
        *_host(setting),
    ]
    return _effects(setting, keys)


def prefill_effects(setting: Setting) -> Effects:
    """List what the part of the operations that reading a prompt reaches depends on."""
    kind, chip = setting.speed_class, setting.architecture
    keys = [
        *_machine(setting),
        *_kernel(setting),
        f"class backend:{kind}|{setting.backend}",
        f"class architecture:{kind}|{chip}",
        *_mixture_kernel(setting),
    ]
    if setting.cores:
        keys += [
            f"vectors:{setting.vectors}",
            f"class vectors:{kind}|{setting.vectors}",
            f"vectors kernels:{setting.vectors}|{setting.kernels}",
        ]
        return _effects(setting, keys)
    return _effects(setting, keys, _proportions(setting, setting.flops) if setting.flops else ())


def attention_effects(setting: Setting, run: Run) -> Effects:
    """List what the part of the operations that the attention of a long prompt reaches depends on."""
    keys = [
        GENERAL,
        f"backend:{setting.backend}",
        f"architecture:{setting.architecture}",
        f"kernels:{setting.kernels}|{setting.backend}",
    ]
    if run.flash is not True:
        keys += [f"flash:{_flash(run)}", f"flash backend:{_flash(run)}|{setting.backend}"]
    return _effects(setting, keys)


def link_effects() -> Effects:
    """List what the part of the host link that weights on their way to a GPU reach depends on."""
    return _plain([GENERAL])


def run_effects(phase: str, kernels: str, backend: str, run: Run) -> Effects:
    """List what makes a whole run slower than one with a build and flags of today."""
    keys = []
    if run.old:
        keys += [f"{phase} old:{kernels}", f"{phase} old backend:{kernels}|{backend}"]
    if phase == "prefill" and run.flash is not True:
        keys += [f"{phase} flash:{_flash(run)}", f"{phase} flash backend:{_flash(run)}|{backend}"]
    return _plain(keys)


def batch_effects(setting: Setting) -> Effects:
    """List what the time of a batch of prompt tokens beside its operations depends on."""
    keys = [
        GENERAL,
        f"backend:{setting.backend}",
        f"architecture:{setting.architecture}",
        *_mixture(setting),
        *_host(setting),
    ]
    return _effects(setting, keys)


def _plain(keys: Iterable[str]) -> Effects:
    return [(key, 1.0) for key in keys]


def _effects(setting: Setting, keys: Iterable[str], slopes: Iterable[tuple[str, float]] = ()) -> Effects:
    """Keep CPUs apart: which quantization is quick, or what a layer costs, is another matter on them than on GPUs."""
    effects = [*_plain(keys), *slopes]
    return [(f"cpu {key}", factor) for key, factor in effects] if setting.backend == _CPU else effects


def _flash(run: Run) -> str:
    """What is known of flash attention in a run that is not known to use it."""
    return "off" if run.flash is False else "unknown"


def _proportions(setting: Setting, flops: float) -> Slopes:
    """List slopes: operations beside bandwidth, how much of the matrix units the shaders can feed, the power supply."""
    slopes = [(f"slope balance:{setting.backend}", log(flops / setting.bandwidth / _BALANCE_UNIT))]
    shader = setting.shader_flops
    if shader:
        slopes.append((f"slope shader:{setting.backend}", log(max(shader / flops, _LEAST_SHADER) / _SHADER_UNIT)))
        if setting.power_watts:
            part = setting.power_watts / (shader / 1e12) / _POWER_UNIT
            slopes.append((f"slope power:{setting.backend}", log(part)))
    return slopes


def _machine(setting: Setting) -> list[str]:
    return [
        GENERAL,
        f"backend:{setting.backend}",
        f"vendor:{setting.vendor}|{setting.backend}",
        f"architecture:{setting.architecture}",
        f"architecture backend:{setting.architecture}|{setting.backend}",
        f"card:{_card(setting)}",
        *_host(setting),
    ]


def _host(setting: Setting) -> list[str]:
    return ["host"] if setting.host else []


def _card(setting: Setting) -> str:
    """Name the card by its compute rate: cards of one architecture differ by it.

    Its bandwidth would do as well, but then a card whose bandwidth was measured anew, or made a little faster, would be
    a stranger, and could come out slower.
    """
    size = f"{setting.flops / 1e12:.1f}" if setting.flops else f"{setting.cores} cores"
    return f"{setting.architecture}@{size}"


def _kernel(setting: Setting) -> list[str]:
    kind = setting.speed_class
    return [
        f"kernels:{setting.kernels}|{setting.backend}",
        f"runtime:{setting.runtime}",
        f"class:{kind}",
        f"class kernels:{kind}|{setting.kernels}",
    ]


def _mixture(setting: Setting) -> list[str]:
    return ["mixture", f"mixture backend:{setting.backend}"] if setting.mixture else []


def _mixture_kernel(setting: Setting) -> list[str]:
    """What a mixture of experts adds where its kernels are other ones."""
    if not setting.mixture:
        return []
    return [
        *_mixture(setting),
        f"mixture architecture:{setting.architecture}",
        f"mixture architecture backend:{setting.architecture}|{setting.backend}",
        f"mixture kernels:{setting.kernels}",
        f"mixture class:{setting.speed_class}",
    ]
