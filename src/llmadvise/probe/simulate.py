"""A machine described by options: devices by name, RAM by size, without any look at a GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.finding import Finding
from llmadvise.domain.hardware import (
    Cpu,
    CpuFacts,
    Gpu,
    GpuFacts,
    Hardware,
    MachineFacts,
    Memory,
    Platform,
    ProbeSource,
)
from llmadvise.errors import UsageError
from llmadvise.probe.bandwidth import with_bandwidth
from llmadvise.probe.budget import budget_bytes, mapping_limit
from llmadvise.probe.complete import complete_cpu, note_tie, shared_bandwidth, with_facts
from llmadvise.probe.described import idle_gpu
from llmadvise.probe.identify import Match, identify_cpu
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.other_ram import with_ram
from llmadvise.probe.record import Record
from llmadvise.probe.spec import Spec, near_names, parse_spec, resolve, split_specs
from llmadvise.probe.text import gib
from llmadvise.record import replace


class UnknownDeviceError(UsageError):
    """A name that no device in the catalog has."""


def simulate(
    specs: Sequence[str],
    *,
    ram_bytes: int | None,
    cpu_only: bool,
    machine: Hardware | None,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    machines: Mapping[str, MachineFacts] | None = None,
) -> Hardware:
    """The machine that --gpu, --ram and --cpu-only describe; what they leave open is `machine`'s, with a finding.

    A chip that shares its memory with the CPU brings its RAM with it. `machines` that are sold help to tell which product
    is meant where several cards are named. Raises UsageError on a name that is unknown or means several products.
    """
    described = (
        _described(
            [parse_spec(part) for spec in specs for part in split_specs(spec)],
            ram_bytes=ram_bytes,
            machine=machine,
            gpus=gpus,
            cpus=cpus,
            calibration=calibration,
            machines={} if machines is None else machines,
        )
        if specs
        else with_ram(machine or Hardware(platform=Platform.LINUX), ram_bytes, calibration)
    )
    if not cpu_only:
        return described
    source = ProbeSource(source="option --cpu-only", status="read")
    left = tuple(finding for finding in described.findings if not finding.rule.startswith("gpu-"))
    return replace(described, gpus=(), sources=(*described.sources, source), findings=left)


def _described(
    specs: list[Spec],
    *,
    ram_bytes: int | None,
    machine: Hardware | None,
    gpus: Mapping[str, GpuFacts],
    cpus: Mapping[str, CpuFacts],
    calibration: MemoryCalibration,
    machines: Mapping[str, MachineFacts],
) -> Hardware:
    record = Record()
    for spec in specs:
        record.look(f"option --gpu {spec.text}", "read")
    found, boards = _find(specs, ram_bytes, gpus, cpus)
    found = [(spec, as_sold(match, spec.count, machines)) for spec, match in found]
    shared = next(((spec, match) for spec, match in found if match.facts.unified), None)
    _refuse_impossible(found, shared, boards)
    memory = _memory(ram_bytes, machine, shared, boards, record)
    cpu, row = _cpu(machine, shared, boards, cpus, record)
    done = _gpus(found, memory, calibration, record)
    apple = any(match.facts.vendor == "apple" for _, match in found)
    return Hardware(
        platform=Platform.MACOS if apple else Platform.LINUX,
        cpu=cpu,
        memory=memory,
        gpus=shared_bandwidth(done, cpu, row),
        sources=tuple(record.sources),
        findings=(*record.findings, *_inherited(machine, cpu, memory)),
        name=", ".join(spec.text for spec in specs),
    )


def _inherited(machine: Hardware | None, cpu: Cpu, memory: Memory) -> tuple[Finding, ...]:
    """What was found about the processor and RAM of this machine, where the described one takes them over."""
    if machine is None:
        return ()
    kept = (("bandwidth-", "cpu-") if cpu is machine.cpu else ()) + (("cgroup-",) if memory is machine.memory else ())
    return tuple(finding for finding in machine.findings if kept and finding.rule.startswith(kept))


def _find(
    specs: list[Spec], ram_bytes: int | None, gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts]
) -> tuple[list[tuple[Spec, Match]], list[tuple[Spec, CpuFacts]]]:
    """The GPU rows of the options, and the processors of those that name a board or processor instead."""
    found: list[tuple[Spec, Match]] = []
    boards: list[tuple[Spec, CpuFacts]] = []
    for spec in specs:
        resolved = resolve(spec, gpus, ram_bytes=ram_bytes)
        if resolved is not None:
            found.append((resolved[1], resolved[0]))
            continue
        board = resolve_board(spec, cpus)
        if board is None:
            near = near_names(spec.name, gpus) or near_names(spec.readings()[-1][0], gpus)
            hint = f"Did you mean {', '.join(near)}?" if near else "See `llmadvise hardware list`."
            raise UnknownDeviceError(f"No GPU named {spec.name!r} is in the catalog", hint)
        boards.append(board)
    return found, boards


def as_sold(match: Match, count: int, machines: Mapping[str, MachineFacts]) -> Match:
    """Of several cards whose name fits several products, the product that machines of the catalog hold so many of.

    `8x H100` may be the card for a slot, but what is sold with eight of them holds SXM modules. Where no machine holds so
    many of any, or the one taken is held too, nothing changes; a single card is never told so.
    """
    if count == 1 or not match.others:
        return match
    rows = (match.facts, *match.others)
    holders = {
        fitted.gpu: machine.name
        for machine in sorted(machines.values(), key=lambda machine: machine.id, reverse=True)
        for fitted in machine.gpus
        if fitted.count == count
    }
    held = next((row for row in rows if row.id in holders), match.facts)
    if held is match.facts:
        return match
    others = tuple(row for row in rows if row is not held)
    return Match(facts=held, others=others, reason=f"{holders[held.id]} has {count} of it")


def resolve_board(spec: Spec, cpus: Mapping[str, CpuFacts]) -> tuple[Spec, CpuFacts] | None:
    """The processor that an option names: `raspberry pi 5 8GB`."""
    for name, size in spec.readings():
        row = identify_cpu([name], cpus)
        if row is not None:
            return replace(spec, memory_bytes=size), row
    return None


def _refuse_impossible(
    found: list[tuple[Spec, Match]], shared: tuple[Spec, Match] | None, boards: list[tuple[Spec, CpuFacts]]
) -> None:
    """Refuse two processors in one machine: chips with a GPU inside, boards, or one of each."""
    inside = sum(spec.count for spec, match in found if match.facts.unified) + sum(spec.count for spec, _ in boards)
    if inside > 1:
        name = (shared or (boards[0][0], None))[0].name
        raise UsageError(
            f"{name!r} is a whole computer, and this describes more than one",
            "Name it once; plan several machines with `llmadvise plan`.",
        )
    if shared is not None and shared[1].facts.vendor == "apple" and len(found) > 1:
        raise UsageError(f"No machine has {shared[0].name!r} together with another GPU", "Name one of them.")


def _memory(
    ram_bytes: int | None,
    machine: Hardware | None,
    shared: tuple[Spec, Match] | None,
    boards: list[tuple[Spec, CpuFacts]],
    record: Record,
) -> Memory:
    """The RAM: as given, as the named chip has it, else this machine's."""
    if shared is not None:
        spec, match = shared
        size = spec.memory_bytes or ram_bytes or match.facts.memory_bytes
        if ram_bytes is not None and ram_bytes != size:
            raise UsageError(
                f"{spec.text!r} shares its {gib(size or 0)} with the CPU, so --ram cannot differ", "Leave --ram out."
            )
        if size is not None:
            if spec.memory_bytes is None and ram_bytes is None:
                message = (
                    f"{match.facts.name} with {gib(size)} is assumed; name another size such as '{spec.name} 64GB'."
                )
                record.note("simulated-memory", message, match.facts.id)
            return Memory(total_bytes=size)
    size = ram_bytes or next((spec.memory_bytes for spec, _ in boards), None)
    if size is not None:
        record.look("option --ram" if ram_bytes else "option --gpu", "read")
        return Memory(total_bytes=size)
    if boards:
        name = boards[0][0].name
        raise UsageError(f"How much RAM has the {name!r}?", f"Write '{name} 8GB', or add --ram 8GiB.")
    if machine is None or machine.memory.total_bytes is None:
        record.warn("ram-unknown", "The RAM of the simulated machine is not known; give --ram.", "option --gpu")
        return Memory()
    size = machine.memory.total_bytes
    message = f"The RAM ({gib(size)}) of the simulated machine is taken from this machine; give --ram for another."
    record.note("simulated-ram", message, "option --gpu")
    return machine.memory


def _cpu(
    machine: Hardware | None,
    shared: tuple[Spec, Match] | None,
    boards: list[tuple[Spec, CpuFacts]],
    cpus: Mapping[str, CpuFacts],
    record: Record,
) -> tuple[Cpu, CpuFacts | None]:
    """The processor: the named one, the one around a named chip, else this machine's."""
    if boards or shared is not None:
        names = (boards[0][1].name,) if boards else (shared[1].facts.name, *shared[1].facts.aliases) if shared else ()
        row = boards[0][1] if boards else identify_cpu(names, cpus)
        if row is not None:
            reading = CpuReading(
                names=(row.name,), architecture=row.architecture, cores=row.cores, features=row.features
            )
            cpu, _ = complete_cpu(reading, {row.id: row})
            return with_bandwidth(cpu, row, None), row
        return Cpu(), None
    if machine is None:
        return Cpu(), None
    record.note(
        "simulated-cpu", "The processor of the simulated machine is taken from this machine.", machine.cpu.name
    )  # fmt: skip
    return machine.cpu, cpus.get(machine.cpu.id) if machine.cpu.id else None


def _gpus(
    found: list[tuple[Spec, Match]], memory: Memory, calibration: MemoryCalibration, record: Record
) -> tuple[Gpu, ...]:
    """The named GPUs, idle."""
    done: list[Gpu] = []
    for spec, match in found:
        facts = match.facts
        note_tie(repr(spec.text), match, record)
        limit = mapping_limit(facts)
        if limit is not None:
            record.warn("gpu-mapping-limit", limit, facts.id)
        size = memory.total_bytes if facts.unified else facts.memory_bytes
        for _ in range(spec.count):
            gpu = idle_gpu(facts, index=len(done), memory_bytes=size)
            gpu = with_facts(gpu, Match(facts=facts), record=record, choose_backends=True)
            fraction = facts.default_budget_fraction
            budget = budget_bytes(gpu, memory=memory, calibration=calibration, fraction=fraction)
            done.append(replace(gpu, budget_bytes=budget))
    return tuple(done)
