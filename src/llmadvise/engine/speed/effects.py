"""Which calibrated effects apply to a device at work: from the general (the backend) to the special (this architecture)."""

from __future__ import annotations

from math import log
from typing import Final, NamedTuple

GENERAL: Final = "general"
"""The effect that applies everywhere."""
_BANDWIDTH_UNIT: Final = 500e9
_BALANCE_UNIT: Final = 100.0
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


class Setting(NamedTuple):
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


def weight_effects(setting: Setting) -> Effects:
    """List what the part of the bandwidth that reading weights reaches depends on."""
    kind, chip = setting.speed_class, setting.architecture
    effects = [*_machine(setting), *_kernel(setting)]
    effects += [
        (f"class backend:{kind}|{setting.backend}", 1.0),
        (f"class architecture:{kind}|{chip}", 1.0),
        (f"class card:{kind}|{_card(setting)}", 1.0),
        (f"card backend:{_card(setting)}|{setting.backend}", 1.0),
        (f"slope bandwidth:{setting.backend}", log(setting.bandwidth / _BANDWIDTH_UNIT)),
    ]
    if setting.mixture:
        effects += _mixture(setting)
    if setting.flops:
        effects.append((f"slope balance:{setting.backend}", log(setting.flops / setting.bandwidth / _BALANCE_UNIT)))
    if setting.shader_flops:
        # Cards whose memory is fast beside their shaders cannot ask for bytes quickly enough.
        feed = setting.shader_flops / setting.bandwidth
        saturation = log(feed / (feed + _FEED_UNIT) * (1 + _FEED_UNIT / _FEED_TYPICAL))
        effects += [("slope feed", saturation), (f"slope feed backend:{setting.backend}", saturation)]
    return effects


def cache_effects(setting: Setting, run: Run) -> Effects:
    """List what the part of the bandwidth that reading the KV cache reaches depends on."""
    return [
        (GENERAL, 1.0),
        (f"backend:{setting.backend}", 1.0),
        (f"architecture:{setting.architecture}", 1.0),
        (f"kernels:{setting.kernels}|{setting.backend}", 1.0),
        (f"runtime:{setting.runtime}", 1.0),
        *([("mixture", 1.0), (f"mixture backend:{setting.backend}", 1.0)] if setting.mixture else []),
        *([("no flash", 1.0)] if run.flash is False else []),
    ]


def compute_effects(setting: Setting) -> Effects:
    """List what the time of unpacking and multiplying one parameter depends on."""
    kind, chip = setting.speed_class, setting.architecture
    return [
        (GENERAL, 1.0),
        (f"backend:{setting.backend}", 1.0),
        (f"architecture:{chip}", 1.0),
        (f"class:{kind}", 1.0),
        (f"class architecture:{kind}|{chip}", 1.0),
        (f"kernels:{setting.kernels}", 1.0),
        (f"class kernels:{kind}|{setting.kernels}", 1.0),
        (f"vectors:{setting.vectors}", 1.0),
        (f"class vectors:{kind}|{setting.vectors}", 1.0),
    ]


def launch_effects(setting: Setting) -> Effects:
    """List what the time of a layer beside its reads depends on."""
    effects = [
        (GENERAL, 1.0),
        (f"backend:{setting.backend}", 1.0),
        (f"architecture:{setting.architecture}", 1.0),
        (f"architecture backend:{setting.architecture}|{setting.backend}", 1.0),
        (f"kernels:{setting.kernels}|{setting.backend}", 1.0),
        (f"runtime:{setting.runtime}", 1.0),
    ]
    if setting.mixture:
        effects += [("mixture", 1.0), (f"mixture backend:{setting.backend}", 1.0)]
    if setting.host:
        effects.append(("host", 1.0))
    return effects


def prefill_effects(setting: Setting) -> Effects:
    """List what the part of the operations that reading a prompt reaches depends on."""
    kind, chip = setting.speed_class, setting.architecture
    effects = [*_machine(setting), *_kernel(setting)]
    effects += [
        (f"class backend:{kind}|{setting.backend}", 1.0),
        (f"class architecture:{kind}|{chip}", 1.0),
    ]
    if setting.mixture:
        effects += _mixture(setting)
    if setting.cores:
        effects += [
            (f"vectors:{setting.vectors}", 1.0),
            (f"class vectors:{kind}|{setting.vectors}", 1.0),
            (f"vectors kernels:{setting.vectors}|{setting.kernels}", 1.0),
        ]
    elif setting.flops:
        effects.append((f"slope balance:{setting.backend}", log(setting.flops / setting.bandwidth / _BALANCE_UNIT)))
        effects += _proportions(setting, setting.flops)
    return effects


def attention_effects(setting: Setting, run: Run) -> Effects:
    """List what the part of the operations that the attention of a long prompt reaches depends on."""
    effects = [
        (GENERAL, 1.0),
        (f"backend:{setting.backend}", 1.0),
        (f"architecture:{setting.architecture}", 1.0),
        (f"kernels:{setting.kernels}|{setting.backend}", 1.0),
    ]
    if run.flash is not True:
        state = "off" if run.flash is False else "unknown"
        effects += [(f"flash:{state}", 1.0), (f"flash backend:{state}|{setting.backend}", 1.0)]
    return effects


def link_effects() -> Effects:
    """List what the part of the host link that weights on their way to a GPU reach depends on."""
    return [(GENERAL, 1.0)]


def run_effects(phase: str, kernels: str, backend: str, run: Run) -> Effects:
    """List what makes a whole run slower than one with a build and flags of today."""
    effects = []
    if run.old:
        effects += [(f"{phase} old:{kernels}", 1.0), (f"{phase} old backend:{kernels}|{backend}", 1.0)]
    if phase == "prefill" and run.flash is not True:
        state = "off" if run.flash is False else "unknown"
        effects += [(f"{phase} flash:{state}", 1.0), (f"{phase} flash backend:{state}|{backend}", 1.0)]
    return effects


def batch_effects(setting: Setting) -> Effects:
    """List what the time of a batch of prompt tokens beside its operations depends on."""
    effects = [(GENERAL, 1.0), (f"backend:{setting.backend}", 1.0), (f"architecture:{setting.architecture}", 1.0)]
    if setting.mixture:
        effects += [("mixture", 1.0), (f"mixture backend:{setting.backend}", 1.0)]
    if setting.host:
        effects.append(("host", 1.0))
    return effects


def _proportions(setting: Setting, flops: float) -> Effects:
    """List slopes: how much of the matrix units the shaders can feed, and the power supply."""
    effects = []
    shader = setting.shader_flops
    if shader:
        effects.append((f"slope shader:{setting.backend}", log(max(shader / flops, _LEAST_SHADER) / _SHADER_UNIT)))
        if setting.power_watts:
            part = setting.power_watts / (shader / 1e12) / _POWER_UNIT
            effects.append((f"slope power:{setting.backend}", log(part)))
    return effects


def _machine(setting: Setting) -> Effects:
    effects = [
        (GENERAL, 1.0),
        (f"backend:{setting.backend}", 1.0),
        (f"vendor:{setting.vendor}|{setting.backend}", 1.0),
        (f"architecture:{setting.architecture}", 1.0),
        (f"architecture backend:{setting.architecture}|{setting.backend}", 1.0),
        (f"card:{_card(setting)}", 1.0),
    ]
    if setting.host:
        effects.append(("host", 1.0))
    return effects


def _card(setting: Setting) -> str:
    """Name the card by its compute rate: cards of one architecture differ by it.

    Its bandwidth would do as well, but then a card whose bandwidth was measured anew, or made a little faster, would be
    a stranger, and could come out slower.
    """
    size = f"{setting.flops / 1e12:.1f}" if setting.flops else f"{setting.cores} cores"
    return f"{setting.architecture}@{size}"


def _kernel(setting: Setting) -> Effects:
    kind = setting.speed_class
    return [
        (f"kernels:{setting.kernels}|{setting.backend}", 1.0),
        (f"runtime:{setting.runtime}", 1.0),
        (f"class:{kind}", 1.0),
        (f"class kernels:{kind}|{setting.kernels}", 1.0),
    ]


def _mixture(setting: Setting) -> Effects:
    return [
        ("mixture", 1.0),
        (f"mixture backend:{setting.backend}", 1.0),
        (f"mixture architecture:{setting.architecture}", 1.0),
        (f"mixture architecture backend:{setting.architecture}|{setting.backend}", 1.0),
        (f"mixture kernels:{setting.kernels}", 1.0),
        (f"mixture class:{setting.speed_class}", 1.0),
    ]
