"""Which calibrated effects apply to a device at work: from the general (the backend) to the special (this architecture)."""

from __future__ import annotations

from math import log
from typing import Final, NamedTuple

GENERAL: Final = "general"
"""The effect that applies everywhere."""
_BANDWIDTH_UNIT: Final = 500e9
_BALANCE_UNIT: Final = 100.0
"""Bytes a second, operations a byte: mere units, chosen so that the slopes are zero within the measured hardware."""


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
    return effects


def cache_effects(setting: Setting) -> Effects:
    """List what the part of the bandwidth that reading the KV cache reaches depends on."""
    return [
        (GENERAL, 1.0),
        (f"backend:{setting.backend}", 1.0),
        (f"architecture:{setting.architecture}", 1.0),
        (f"kernels:{setting.kernels}|{setting.backend}", 1.0),
        (f"runtime:{setting.runtime}", 1.0),
        *([("mixture", 1.0), (f"mixture backend:{setting.backend}", 1.0)] if setting.mixture else []),
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
    if setting.flops:
        effects.append((f"slope balance:{setting.backend}", log(setting.flops / setting.bandwidth / _BALANCE_UNIT)))
    return effects


def batch_effects(setting: Setting) -> Effects:
    """List what the time of a batch of prompt tokens beside its operations depends on."""
    effects = [(GENERAL, 1.0), (f"backend:{setting.backend}", 1.0), (f"architecture:{setting.architecture}", 1.0)]
    if setting.mixture:
        effects += [("mixture", 1.0), (f"mixture backend:{setting.backend}", 1.0)]
    if setting.host:
        effects.append(("host", 1.0))
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
