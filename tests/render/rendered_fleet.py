"""A small fleet with everything in it: groups that run something and one that does not, and a line that is broken."""

from __future__ import annotations

import rendered_advice as made

from llmadvise.domain.assessment import FilledCommands, PlacementKind
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.fleet import FleetPick, Place
from llmadvise.domain.hardware import Backend, Gpu, Platform
from llmadvise.engine.device import Device
from llmadvise.engine.fleet import Counted, GroupAnswer, fleet_of
from llmadvise.engine.machine import Machine
from llmadvise.render.documents.fleet import FleetDocument, fleet_document
from llmadvise.units import GIB


def machine(ram: int, gpus: int = 0, name: str = "GeForce RTX 4090") -> Machine:
    card = Gpu(index=0, vendor="nvidia", name=name, id="rtx-4090", budget_bytes=23 * GIB, backends=(Backend.CUDA,))
    cpu = Device(id="cpu", backend=Backend.CPU, budget_bytes=ram * GIB, memory_bandwidth=None, cores=16)
    return Machine(platform=Platform.LINUX, gpus=(card,) * gpus, facts=(None,) * gpus, cpu=cpu, pool_bytes=None)


def pick(name: str, size: int, speed: float | None) -> FleetPick:
    known = None if speed is None else Estimate(value=speed, low=speed * 0.8, high=speed * 1.3, basis=Basis.COMPUTED)
    return FleetPick(
        model=f"qwen/{name.lower()}",
        name=name,
        variant=f"Qwen/{name}-GGUF:Q4_K_M",
        repo=f"Qwen/{name}-GGUF",
        format="gguf",
        quantization="Q4_K_M",
        bytes=size * 10**9,
        runtime="llama.cpp",
        placement=PlacementKind.GPU,
        score=90.0,
        quality=78.0,
        memory=Estimate(value=size * GIB, low=size * GIB, high=size * GIB, basis=Basis.COMPUTED, sources=("a source",)),
        decode=known,
        together=known,
        license=("apache-2.0",),
        verdict="allowed",
        commands=FilledCommands(pull=None, run="llama-cli -m model.gguf", serve=None),
    )


def fleet() -> FleetDocument:
    large, small, tiny, odd = machine(56, 2), machine(12), machine(1), machine(28, 1, "=cmd|' /C calc'!A0")
    groups = {
        large: Counted(1200, Place(file="fleet.jsonl", line=1)),
        small: Counted(31_000, Place(file="fleet.jsonl", line=2)),
        tiny: Counted(40, Place(file="fleet.jsonl", line=7)),
        odd: Counted(1, Place(file="fleet.jsonl", line=9)),
    }
    answers = {
        large: GroupAnswer(pick=pick("Qwen3-32B", 20, 41.0)),
        small: GroupAnswer(pick=pick("Qwen3-4B", 3, 9.5)),
        tiny: GroupAnswer(pick=None, reason="does-not-fit", relaxation="--context 2048 (then Qwen3 0.6B Q8_0)"),
        odd: GroupAnswer(pick=pick("Qwen3-14B", 10, None)),
    }
    broken = Finding(
        rule="fleet-document-invalid",
        verdict=Verdict.WARN,
        message="is not JSON: Expecting ',' delimiter",
        evidence="fleet.jsonl:8",
    )
    return fleet_document(
        fleet_of(groups, answers, users=1, invalid=1, findings=(broken,)),
        version=made.VERSION,
        catalog=made.IDENTITY,
        requirements=made.request(),
    )
