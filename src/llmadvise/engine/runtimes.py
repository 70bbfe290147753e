"""Which runtimes can load a variant on a machine, and why others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend, Gpu, Platform
from llmadvise.domain.model import Architecture
from llmadvise.domain.profile import Task
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime
from llmadvise.record import dataclass

_LLAMA_CPP_FORMAT: Final = "gguf"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsableRuntime:
    """A runtime that can load the variant, with the GPUs it can use and whether the CPU will do."""

    runtime: Runtime
    gpus: tuple[tuple[int, Backend], ...]
    """(position in the machine's list, backend), for each GPU that it can use."""
    cpu: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeChoice:
    """The usable runtimes, the preferred first; with none, the refusal that says why."""

    usable: tuple[UsableRuntime, ...]
    refusal: Finding | None = None


def usable_runtimes(
    runtimes: Sequence[Runtime], platform: Platform, gpus: Sequence[Gpu]
) -> tuple[UsableRuntime | None, ...]:
    """For each runtime what it can use on this machine; None where it does not run here."""
    return tuple(_usable(runtime, platform, gpus) for runtime in runtimes)


def choose_runtimes(
    *,
    format_: str,
    architecture: Architecture | None,
    runtimes: Sequence[Runtime],
    here: Sequence[UsableRuntime | None],
    asked: str | None,
    split: bool = False,
    kv_types: Sequence[str] = (),
    task: Task = Task.TEXT,
) -> RuntimeChoice:
    """Runtimes for one (format, architecture); `runtimes` come with the preferred first, `here` beside them.

    `split`: the variant is one model in several files, which some runtimes refuse.
    """
    loading = [
        pair
        for pair in zip(runtimes, here, strict=True)
        if format_ in pair[0].formats
        and (pair[0].split_files or not split)
        and (not pair[0].asked_only or pair[0].id == asked)
    ]
    if asked is not None:
        loading = [pair for pair in loading if pair[0].id == asked]
        if not loading:
            return _refuse(
                "runtime-not-asked", f"{asked} does not load {format_}{' in several files' if split else ''}"
            )
    implementing = [pair for pair in loading if _implements(pair[0], architecture, format_)]
    if loading and not implementing:
        detail = f"{_names(loading)}: no {(architecture and architecture.id) or 'llama.cpp'} architecture"
        return _refuse("runtime-cannot-load-architecture", detail)
    serving = [pair for pair in implementing if task in pair[0].tasks]
    if implementing and not serving:
        return _refuse("runtime-cannot-serve-use", f"{_names(implementing)}: not known to serve {task}")
    typed = [pair for pair in serving if all(name in pair[0].kv_types for name in kv_types)]
    if serving and not typed:
        wanted = " and ".join(dict.fromkeys(kv_types))
        return _refuse("runtime-lacks-kv-type", f"{_names(serving)}: no KV cache in {wanted}")
    placed = [usable for _, usable in typed if usable is not None]
    if not placed:
        return _refuse("no-runtime-here", f"no runtime loads {format_} on this machine's backends")
    return RuntimeChoice(usable=tuple(placed))


def with_kernels(choice: RuntimeChoice, quantization: Quantization, gpus: Sequence[Gpu]) -> RuntimeChoice:
    """Of these runtimes those that have a kernel for the scheme on a device here."""
    fitting = [usable for item in choice.usable if (usable := _with_kernels(item, quantization, gpus))]
    if fitting or not choice.usable:
        return RuntimeChoice(usable=tuple(fitting), refusal=choice.refusal)
    return _refuse("kernel-needs-compute-capability", _no_kernel(choice, quantization, gpus))


def _no_kernel(choice: RuntimeChoice, quantization: Quantization, gpus: Sequence[Gpu]) -> str:
    """Which device falls short of what, if that is the reason; else it is the backend."""
    for usable in choice.usable:
        needed = _needed_capability(usable.runtime, quantization)
        for position, backend in usable.gpus:
            have = gpus[position].compute_capability
            if backend is Backend.CUDA and needed is not None and have is not None and not _at_least(have, needed):
                return (
                    f"{usable.runtime.name}'s kernel for {quantization.id} needs compute capability {needed}; "
                    f"{gpus[position].name} has {have}"
                )
    return f"no kernel for {quantization.id} on this machine"


def _needed_capability(runtime: Runtime, quantization: Quantization) -> str | None:
    """The runtime's own bound for the scheme or its format, else that of the scheme."""
    own = runtime.kernels.get(quantization.id) or runtime.kernels.get(quantization.format)
    return own or quantization.needs_compute_capability


def _names(pairs: Sequence[tuple[Runtime, UsableRuntime | None]]) -> str:
    return ", ".join(runtime.name for runtime, _ in pairs)


def _refuse(rule: str, message: str) -> RuntimeChoice:
    return RuntimeChoice(usable=(), refusal=Finding(rule=rule, verdict=Verdict.BLOCK, message=message))


def _implements(runtime: Runtime, architecture: Architecture | None, format_: str) -> bool:
    """A runtime that lists no architectures is not judged; nor are models that llama.cpp has no name for, but in GGUF."""
    if not runtime.architectures or architecture is None:
        return True
    if architecture.id is None:
        return format_ != _LLAMA_CPP_FORMAT
    return architecture.id in runtime.architectures


def _usable(runtime: Runtime, platform: Platform, gpus: Sequence[Gpu]) -> UsableRuntime | None:
    here = [item for item in runtime.backends if platform in item.platforms]
    pairs: list[tuple[int, Backend]] = []
    for position, gpu in enumerate(gpus):
        for backend in gpu.backends:
            entry = next((item for item in here if item.backend is backend), None)
            if entry and _at_least(gpu.compute_capability, entry.minimum_compute_capability):
                pairs.append((position, backend))
                break
    cpu = any(item.backend is Backend.CPU for item in here)
    if not pairs and not cpu:
        return None
    return UsableRuntime(runtime=runtime, gpus=tuple(pairs), cpu=cpu)


def _with_kernels(usable: UsableRuntime, quantization: Quantization, gpus: Sequence[Gpu]) -> UsableRuntime | None:
    allowed = quantization.backends
    pairs = tuple(
        (position, backend)
        for position, backend in usable.gpus
        if (not allowed or backend in allowed)
        and (
            backend is not Backend.CUDA
            or _at_least(gpus[position].compute_capability, _needed_capability(usable.runtime, quantization))
        )
    )
    cpu = usable.cpu and (not allowed or Backend.CPU in allowed)
    if not pairs and not cpu:
        return None
    return UsableRuntime(runtime=usable.runtime, gpus=pairs, cpu=cpu)


def _at_least(have: str | None, need: str | None) -> bool:
    """Compare compute capabilities such as `8.9`; an unknown one is not held against the device."""
    if need is None or have is None:
        return True
    return _version(have) >= _version(need)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in text.split("."))
