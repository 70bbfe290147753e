"""Many machines: which are equal to the advice, and what their answers add up to."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.domain.assessment import FilledCommands, PlacementKind
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.fleet import FleetPick, Place
from llmadvise.domain.hardware import Backend, Gpu, GpuFacts, Platform
from llmadvise.engine.device import Device
from llmadvise.engine.fleet import Counted, GroupAnswer, comparable, fleet_of
from llmadvise.engine.machine import Machine
from llmadvise.units import GIB

CARD = Gpu(index=0, vendor="nvidia", name="Card", id="card", budget_bytes=8 * GIB, backends=(Backend.CUDA,))
FACTS = GpuFacts(id="card", vendor="nvidia", name="The Card")


def machine(ram: int, *gpus: Gpu, cpu: str = "CPU") -> Machine:
    return Machine(
        platform=Platform.LINUX,
        gpus=gpus,
        facts=tuple(FACTS if gpu.id else None for gpu in gpus),
        cpu=Device(id="cpu", backend=Backend.CPU, budget_bytes=ram * GIB, memory_bandwidth=None, cores=8, name=cpu),
        pool_bytes=None,
    )


def speed(value: float, *, basis: Basis = Basis.COMPUTED, source: str = "formula") -> Estimate:
    return Estimate(value=value, low=value / 2, high=value * 2, basis=basis, sources=(source,))


def answer(
    model: str, together: Estimate | None, *, quantization: str = "Q4", runtime: str = "llama.cpp"
) -> GroupAnswer:
    return GroupAnswer(
        pick=FleetPick(
            model=model, name=model.upper(), variant="v", repo="r", format="gguf", quantization=quantization, bytes=1,
            runtime=runtime, placement=PlacementKind.GPU, score=1.0, quality=1.0, memory=speed(1.0), decode=None,
            together=together, license=(), verdict="allowed", commands=FilledCommands(pull=None, run=None, serve=None),
        )
    )  # fmt: skip


A, B, C, D = (machine(size) for size in (8, 16, 32, 64))
GROUPS = {
    A: Counted(2, Place(file="b", line=1)),
    B: Counted(3, Place(file="a", line=9)),
    C: Counted(2, Place(file="a", line=7)),
    D: Counted(1, Place(file="a", line=1)),
}
ANSWERS = {
    A: answer("m/one", speed(10.0)),
    B: answer("m/two", speed(20.0, basis=Basis.ASSUMED, source="guess")),
    C: answer("m/one", None),
    D: GroupAnswer(pick=None, reason="does-not-fit", relaxation="--context 512"),
}


def test_groups_come_by_machines_and_then_as_they_were_read() -> None:
    found = fleet_of(GROUPS, ANSWERS, users=4, invalid=5, findings=())
    assert [(group.machines, group.example.file, group.example.line) for group in found.groups] == [
        (3, "a", 9), (2, "a", 7), (2, "b", 1), (1, "a", 1),
    ]  # fmt: skip
    assert (found.groups[3].reason, found.groups[3].relaxation, found.groups[3].pick) == (
        "does-not-fit", "--context 512", None,
    )  # fmt: skip


def test_totals_add_up_and_tell_what_is_not_in_them() -> None:
    totals = fleet_of(GROUPS, ANSWERS, users=4, invalid=5, findings=()).totals
    assert (totals.machines, totals.groups, totals.advised, totals.without) == (8, 4, 7, 1)
    assert (totals.invalid, totals.users, totals.speed_unknown) == (5, 28, 2)
    assert totals.together == Estimate(
        value=80.0, low=40.0, high=160.0, basis=Basis.ASSUMED, sources=("formula", "guess")
    )


def test_models_are_counted_over_their_groups() -> None:
    found = fleet_of(GROUPS, ANSWERS, users=4, invalid=0, findings=()).models
    assert [(row.model, row.name, row.groups, row.machines, row.users) for row in found] == [
        ("m/one", "M/ONE", 2, 4, 16),
        ("m/two", "M/TWO", 1, 3, 12),
    ]
    assert found[0].together == speed(20.0)
    other = {**ANSWERS, C: answer("m/one", None, quantization="Q8")}
    assert [(row.quantization, row.machines) for row in fleet_of(GROUPS, other, users=1, invalid=0, findings=()).models] == [
        ("Q4", 3), ("Q4", 2), ("Q8", 2)
    ]  # fmt: skip


def test_reasons_are_counted_by_machines() -> None:
    none = {
        A: GroupAnswer(pick=None, reason="no-runtime-here"),
        B: GroupAnswer(pick=None, reason="too-slow"),
        C: GroupAnswer(pick=None, reason="does-not-fit"),
        D: GroupAnswer(pick=None, reason="no-runtime-here"),
    }
    found = fleet_of(GROUPS, none, users=1, invalid=0, findings=())
    assert [(item.rule, item.machines) for item in found.reasons] == [
        ("no-runtime-here", 3), ("too-slow", 3), ("does-not-fit", 2)
    ]  # fmt: skip
    assert (found.totals.together, found.models, found.totals.advised) == (None, (), 0)


def test_what_no_advice_depends_on_makes_no_difference() -> None:
    one = machine(8, replace(CARD, name="GeForce", driver="1", pci_address="0", free_bytes=1), cpu="Ryzen")
    other = machine(8, replace(CARD, name="NVIDIA GeForce", driver="2", power_limit_watts=200), cpu="Core")
    assert comparable(one) == comparable(other)
    assert hash(comparable(one)) == hash(comparable(other))
    assert comparable(one).gpus[0].name == "The Card"
    assert comparable(machine(8, replace(CARD, id=None))).gpus[0].name == "Card"


def test_what_advice_depends_on_does() -> None:
    plain = comparable(machine(8, CARD))
    for change in (
        {"budget_bytes": 7 * GIB}, {"memory_bandwidth": 1}, {"compute_capability": "8.9"}, {"unified": True},
        {"backends": ()}, {"memory_bytes": 8 * GIB}, {"index": 1}, {"partition_of": "x"}, {"gfx_target": "gfx1100"},
        {"bandwidth_basis": Basis.ASSUMED}, {"id": None}, {"vendor": "amd"},
    ):  # fmt: skip
        assert comparable(machine(8, replace(CARD, **change))) != plain, change  # type: ignore[arg-type]  # fields of Gpu
    assert comparable(machine(9, CARD)) != plain


def test_gpus_of_one_kind_are_told_together() -> None:
    small = replace(CARD, budget_bytes=4 * GIB)
    mixed = machine(8, CARD, small, replace(CARD, index=2))
    (group,) = fleet_of(
        {mixed: Counted(1, Place(file="-", line=1))}, {mixed: ANSWERS[D]}, users=1, invalid=0, findings=()
    ).groups
    assert [(gpu.name, gpu.count, gpu.budget_bytes) for gpu in group.machine.gpus] == [
        ("Card", 2, 8 * GIB),
        ("Card", 1, 4 * GIB),
    ]
    assert (group.machine.ram_budget_bytes, group.machine.cores) == (8 * GIB, 8)
