"""Every runtime × format × backend of the catalog, on models and machines of all kinds: the plan and its commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.command import CommandStep, FilledArguments
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Backend, Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.requirements import Requirements
from llmadvise.domain.runtime import Runtime
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Plan
from llmadvise.engine.commands import fill_arguments
from llmadvise.engine.machine import machine_of
from llmadvise.engine.question import Question
from llmadvise.engine.requirements import fill
from llmadvise.engine.unsaid import unsaid
from llmadvise.units import GIB

USERS = (1, 4)
KV_TYPES = ("f16", "q8_0", "fp8")
"""The first, and whichever of the others a runtime has."""
_MATTERS = frozenset({"gpu_layers", "cpu_moe_layers", "kv_type", "kv_type_k", "kv_type_v"})
_CONTEXT = 8192
_MEMORY = (8, 16, 24, 48, 80, 192)


@dataclass(frozen=True)
class Cell:
    """One plan of the grid with its commands."""

    runtime: Runtime
    format: str
    backend: Backend
    platform: Platform
    model: Model
    variant: Variant
    machine: str
    users: int
    kv_type: str
    plan: Plan
    filled: FilledArguments

    @property
    def steps(self) -> Iterator[CommandStep]:
        """Of all its commands."""
        for steps in (self.filled.pull, self.filled.run, self.filled.serve):
            yield from steps or ()


def combinations(catalog: Catalog) -> Iterator[tuple[Runtime, str, Backend, Platform]]:
    """Every runtime × format × backend × platform in the data that has a scheme to run there."""
    for runtime in catalog.runtimes.values():
        for format_ in runtime.formats:
            for entry in runtime.backends:
                for platform in entry.platforms:
                    yield runtime, format_, entry.backend, platform


def cells(
    catalog: Catalog, runtime: Runtime, format_: str, backend: Backend, platform: Platform, *, pairs: int
) -> Iterator[Cell]:
    """Plans of at most so many (model, machine) pairs; those that no machine here can hold are left out."""
    count = 0
    asked: dict[tuple[str, int, str, int], Assessor] = {}
    models = candidates(catalog, format_, backend)
    machines = list(_machines(backend, platform))
    for index in range(len(models) * len(machines)):
        model, variant = models[index % len(models)]
        name, hardware = machines[(index // len(models) + index % len(models)) % len(machines)]
        for users in USERS:
            for kv_type in KV_TYPES:
                if kv_type not in runtime.kv_types:
                    continue
                length = min(_CONTEXT, model.context_length.native)
                key = (name, users, kv_type, length)
                if key not in asked:
                    wish = Requirements(
                        runtime=runtime.id,
                        formats=(format_,),
                        minimum_bits=1.0,
                        users=users,
                        kv_type=kv_type,
                        context_length=length,
                    )
                    asked[key] = _assessor(catalog, runtime, hardware, wish)
                cell = _cell(asked[key], model, variant)
                if cell is not None:
                    yield Cell(runtime, format_, backend, platform, model, variant, name, users, kv_type, *cell)
                    count += users == USERS[0] and kv_type == KV_TYPES[0]
        if count >= pairs:
            return


def candidates(catalog: Catalog, format_: str, backend: Backend) -> list[tuple[Model, Variant]]:
    """Models with a variant of the format that this backend could run, the scheme they differ in by turns."""
    found: list[tuple[Model, Variant]] = []
    for model in catalog.models.values():
        fitting = [item for item in model.variants if _usable(item, format_) and _runs(catalog, item, backend)]
        if fitting and model.architecture is not None:
            found.append((model, fitting[len(found) % len(fitting)]))
    return sorted(found, key=lambda pair: (_shuffled(pair[0].id), pair[0].id))


def _shuffled(text: str) -> int:
    """An order that mixes families, the same on every day."""
    value = 0
    for letter in text:
        value = (value * 31 + ord(letter)) % 1_000_003
    return value


def _usable(variant: Variant, format_: str) -> bool:
    return (
        variant.format == format_
        and bool(variant.files)
        and variant.bytes is not None
        and variant.bytes_basis is not Basis.ASSUMED
    )


def _runs(catalog: Catalog, variant: Variant, backend: Backend) -> bool:
    scheme = catalog.quantizations.get(variant.quantization)
    return scheme is not None and (not scheme.backends or backend in scheme.backends)


def _machines(backend: Backend, platform: Platform) -> Iterator[tuple[str, Hardware]]:
    """One and several GPUs of this backend in all sizes; for the CPU, sizes of RAM."""
    for size in _MEMORY:
        memory = Memory(total_bytes=size * GIB, available_bytes=size * GIB)
        cpu = Cpu(cores=8, memory_bandwidth=60 * 10**9)
        if backend is Backend.CPU:
            yield f"{size} GiB RAM", Hardware(platform=platform, cpu=cpu, memory=memory)
            continue
        unified = backend is Backend.METAL
        for count in (1,) if unified else (1, 2, 4):
            gpus = tuple(
                Gpu(
                    index=index,
                    vendor="any",
                    name=f"{size} GiB",
                    memory_bytes=size * GIB,
                    free_bytes=size * GIB,
                    budget_bytes=size * GIB * 95 // 100,
                    memory_bandwidth=800 * 10**9,
                    compute_capability="10.0" if backend is Backend.CUDA else None,
                    unified=unified,
                    backends=(backend,),
                )
                for index in range(count)
            )
            yield f"{count}x {size} GiB", Hardware(platform=platform, cpu=cpu, memory=memory, gpus=gpus)


def _assessor(catalog: Catalog, runtime: Runtime, hardware: Hardware, wish: Requirements) -> Assessor:
    profile = catalog.profiles["chat"]
    question = Question(
        catalog=catalog,
        profile=profile,
        requirements=fill(wish, profile),
        machine=machine_of(hardware, catalog.gpus, catalog.calibration.memory, cpu_only=False),
        runtimes=(runtime,),
        installed=None,
        options=EngineOptions(),
        chooses_cache=False,
    )
    return Assessor(question)


def _cell(assessor: Assessor, model: Model, variant: Variant) -> tuple[Plan, FilledArguments] | None:
    case, _ = assessor.judge(judge_model(model, assessor.question)[0], variant)
    if case is None or not case.plan.fits:
        return None
    return case.plan, fill_arguments(case.plan, variant, case.quantization)


def disagreements(cell: Cell) -> Iterator[str]:
    """Where the commands say other than the plan: context, layers, cache, sizes, and which file."""
    served = cell.filled.serve
    if served is None:
        return
    words = [word for step in served for word in step.arguments]
    words += [f"{name}={value}" for step in served for name, value in step.environment.items()]
    runtime, plan = cell.runtime, cell.plan
    template = runtime.commands.serve or ""
    if "{context_length}" in template:
        length = plan.context_length * (cell.users if runtime.divides_context else 1)
        if not any(word in {str(length), f"OLLAMA_CONTEXT_LENGTH={length}"} for word in words):
            yield f"context {length} is not said"
    for setting, value in plan.options:
        if setting not in runtime.flags:
            if setting in _MATTERS and setting != "slots" and not _noted(cell):
                yield f"{setting} {value} can be said by no flag, and no finding says so"
            continue
        said = runtime.kv_names.get(value, value) if setting.startswith("kv_type") else value
        flag = runtime.flags[setting].replace("{value}", said).split()
        flag = [part for item in flag for part in (value.split(",") if item == "{values}" else [item])]
        if not _holds(words, flag):
            yield f"{setting} {value} is not said"
    if cell.users > 1 and not {"slots", "users"} & runtime.flags.keys() and not _noted(cell):
        yield f"{cell.users} users can be said by no flag, and no finding says so"
    if sum(item.total.high for item in plan.memory) < (cell.variant.bytes or 0) * 0.5:
        yield "the plan's memory is far below the file"


def _noted(cell: Cell) -> bool:
    """Whether the user is told; runtimes that place layers by themselves were planned so."""
    return bool(unsaid(cell.plan, cell.users)) or cell.runtime.sizing is not None or cell.plan.placement.kind == "gpu"


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    return any(list(words[start : start + len(part)]) == list(part) for start in range(len(words)))


def tally(found: Sequence[Cell]) -> Counter[tuple[str, str, str]]:
    """Cells by runtime, format and backend."""
    return Counter((cell.runtime.id, cell.format, cell.backend.value) for cell in found)
