"""Devices and the memory that may be planned with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Backend, Cpu, Gpu, GpuFacts, Hardware, Memory, Platform
from llmadvise.engine.device import vectors_of
from llmadvise.engine.machine import Machine, machine_of, ram_budget
from llmadvise.units import GIB

CALIBRATION = load_catalog().calibration.memory
CARD = Gpu(index=0, vendor="nvidia", name="Card", id="card", budget_bytes=10 * GIB, backends=(Backend.CUDA,))
SHARED = replace(CARD, budget_bytes=12 * GIB, unified=True, backends=(Backend.METAL,))
FACTS = GpuFacts(
    id="card", vendor="nvidia", name="Card", architecture="Ada Lovelace", half_precision_flops=2e14,
    single_precision_flops=8e13, power_watts=450,
)  # fmt: skip


def hardware(*gpus: Gpu, **memory: int) -> Hardware:
    return Hardware(platform=Platform.LINUX, memory=Memory(**memory), gpus=gpus)


def machine(*gpus: Gpu, cpu_only: bool = False, **memory: int) -> Machine:
    return machine_of(hardware(*gpus, **memory), {"card": FACTS}, CALIBRATION, cpu_only=cpu_only)


@pytest.mark.parametrize(
    ("features", "best"),
    [
        (("sse4_2",), None),
        ((), None),
        (("avx", "sse4_2"), "avx"),
        (("avx", "avx2", "fma"), "avx2"),
        (("avx2", "avx_vnni"), "avx2"),
        (("avx2", "avx512f"), "avx512"),
        (("avx512f", "avx512_vnni", "amx_int8"), "amx"),
        (("neon",), "neon"),
        (("asimd",), "neon"),
        (("neon", "asimddp"), "dotprod"),
        (("asimddp", "i8mm"), "i8mm"),
    ],
)
def test_the_widest_vectors_of_a_processor(features: tuple[str, ...], best: str | None) -> None:
    assert vectors_of(features) == best


def test_all_memory_counts_that_weights_could_lie_in() -> None:
    two = machine(CARD, replace(CARD, index=1, budget_bytes=6 * GIB), total_bytes=64 * GIB)
    assert two.capacity_bytes == two.cpu.budget_bytes + 16 * GIB
    assert two.pool_bytes is None


def test_one_memory_counts_once() -> None:
    small, large = machine(SHARED, total_bytes=64 * GIB), machine(SHARED, total_bytes=8 * GIB)
    assert small.pool_bytes == small.capacity_bytes == small.cpu.budget_bytes > 12 * GIB
    assert large.pool_bytes == large.capacity_bytes == 12 * GIB


def test_gpus_that_nothing_can_be_planned_on_are_left_out() -> None:
    found = machine(replace(CARD, backends=()), replace(CARD, index=1, budget_bytes=None), replace(CARD, index=2))
    assert [gpu.index for gpu in found.gpus] == [2]
    assert machine(CARD, cpu_only=True).gpus == ()


def test_a_device_has_the_facts_of_its_row() -> None:
    found = machine(replace(CARD, index=3, bandwidth_basis=Basis.ASSUMED, memory_bandwidth=10**12)).device(
        0, Backend.CUDA
    )
    assert (found.id, found.name, found.budget_bytes, found.memory_bandwidth) == ("gpu3", "Card", 10 * GIB, 10**12)
    assert (found.architecture, found.flops, found.shader_flops, found.power_watts) == ("Ada Lovelace", 2e14, 8e13, 450)
    assert found.bandwidth_assumed
    unknown = machine(replace(CARD, id=None)).device(0, Backend.CUDA)
    assert (unknown.architecture, unknown.flops, unknown.bandwidth_assumed) == (None, None, False)


def test_the_processor_is_as_the_probe_found_it() -> None:
    found = machine_of(
        replace(hardware(total_bytes=8 * GIB), cpu=Cpu(cores=6, features=("avx2",), bandwidth_basis=Basis.ASSUMED)),
        {},
        CALIBRATION,
    ).cpu
    assert (found.id, found.name, found.cores, found.vectors, found.bandwidth_assumed) == (
        "cpu",
        "CPU",
        6,
        "avx2",
        True,
    )


def test_ram_is_what_the_least_of_its_limits_leaves() -> None:
    reserve = CALIBRATION.ram_reserve(8 * GIB, free_known=True)
    every = hardware(total_bytes=64 * GIB, available_bytes=32 * GIB, limit_bytes=8 * GIB)
    assert ram_budget(every, CALIBRATION) == 8 * GIB - reserve
    assert ram_budget(hardware(total_bytes=8 * GIB), CALIBRATION) == 8 * GIB - CALIBRATION.ram_reserve(
        8 * GIB, free_known=False
    )


def test_unknown_ram_is_little_beside_a_card_and_nothing_else() -> None:
    """Room for embeddings on the host of a model that lies on the card; a shared memory has no such host."""
    assert ram_budget(hardware(CARD), CALIBRATION) == 4 * GIB
    assert ram_budget(hardware(SHARED), CALIBRATION) == 0
    assert ram_budget(hardware(replace(CARD, budget_bytes=None)), CALIBRATION) == 0
    assert ram_budget(hardware(), CALIBRATION) == 0


@given(total=st.integers(0, 1 << 42), more=st.integers(0, 1 << 40))
def test_more_ram_is_never_a_smaller_budget(total: int, more: int) -> None:
    small, large = (ram_budget(hardware(total_bytes=size), CALIBRATION) for size in (total, total + more))
    assert 0 <= small <= large <= total + more
