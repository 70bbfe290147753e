"""What little the nouns compute by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.domain.assessment import ContextPoint, PlacementKind
from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.catalog import Catalog, summaries, summarize
from llmadvise.domain.command import CommandStep
from llmadvise.domain.deployment import ParallelLayout
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.estimate import Basis, exact, weakest
from llmadvise.domain.hardware import Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.domain.license import License, Permission
from llmadvise.domain.measurement import KnownGpu, KnownMachine, Measurements, known_machine, same_machine
from llmadvise.domain.pull import WantedFile
from llmadvise.units import GIB


def test_a_derived_number_is_as_sure_as_the_least_sure_of_its_parts() -> None:
    order = (Basis.MEASURED, Basis.DECLARED, Basis.COMPUTED, Basis.ASSUMED)
    for place, basis in enumerate(order):
        assert weakest(order[: place + 1]) is basis
        assert weakest(reversed(order[: place + 1])) is basis


def test_an_exact_number_has_no_interval() -> None:
    found = exact(7, Basis.DECLARED, "a card", "a file")
    assert (found.low, found.value, found.high, found.sources) == (7, 7, 7, ("a card", "a file"))


RESERVES = MemoryCalibration(
    driver_context_bytes={}, ram_reserve_bytes=2 * GIB, gpu_reserve_bytes=0, ram_in_use_share=0.25,
    ram_in_use_most_bytes=6 * GIB,
)  # fmt: skip


@pytest.mark.parametrize(("total", "reserve"), [(4, 2), (8, 2), (16, 4), (24, 6), (64, 6)])
def test_ram_that_nobody_measured_is_partly_taken_to_be_in_use(total: int, reserve: int) -> None:
    """A quarter, no less than the reserve and no more than the most."""
    assert RESERVES.ram_reserve(total * GIB, free_known=False) == reserve * GIB
    assert RESERVES.ram_reserve(total * GIB, free_known=True) == 2 * GIB


def test_gpus_of_a_layout() -> None:
    layout = ParallelLayout(tensor=4, pipeline=3, data=2)
    assert (layout.replica, layout.gpus) == (12, 24)


def test_layers_are_placed_by_who_says_how_many() -> None:
    assert not EngineOptions(batch=512).placed
    assert EngineOptions(gpu_layers=0).placed
    assert EngineOptions(cpu_moe_layers=0).placed


def test_a_license_without_an_spdx_id_is_a_reference() -> None:
    text = License(id="openrail++", name="x", category="x", commercial_use=Permission.YES)
    assert text.spdx_id == "LicenseRef-openrail-plus-plus"
    assert replace(text, spdx="MIT").spdx_id == "MIT"


def test_a_file_goes_by_the_hash_that_proves_it() -> None:
    file = WantedFile(name="a", bytes=1, sha256="s", git_sha1="g")
    assert (file.key, replace(file, sha256=None).key, WantedFile(name="a", bytes=1).key) == ("s", "g", "")


def test_a_context_takes_weights_cache_and_the_rest() -> None:
    point = ContextPoint(
        context=1, kv_type="f16", weights_bytes=100, kv_cache_bytes=20, other_bytes=3, budget_bytes=9, fits=False,
        placement=PlacementKind.CPU,
    )  # fmt: skip
    assert point.total_bytes == 123


def test_steps_with_the_same_environment_are_one() -> None:
    one = CommandStep(arguments=("run",), environment={"A": "1", "B": "2"})
    same = CommandStep(arguments=("run",), environment={"B": "2", "A": "1"})
    other = CommandStep(arguments=("run",), environment={"A": "1"})
    assert len({one, same, other}) == 2


MACHINE = KnownMachine(
    platform=Platform.LINUX, cpu="a", cores=8, ram_bytes=100 * GIB,
    gpus=(KnownGpu(vendor="nvidia", name="b", memory_bytes=100 * GIB),),
)  # fmt: skip


def with_gpu(**changes: object) -> KnownMachine:
    return replace(MACHINE, gpus=(replace(MACHINE.gpus[0], **changes),))  # type: ignore[arg-type]  # tests name fields


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (MACHINE, True),
        (replace(MACHINE, ram_bytes=95 * GIB), True),
        (replace(MACHINE, ram_bytes=94 * GIB), False),
        (replace(MACHINE, ram_bytes=105 * GIB), True),
        (replace(MACHINE, ram_bytes=106 * GIB), False),
        (replace(MACHINE, ram_bytes=None), False),
        (replace(MACHINE, platform=Platform.WINDOWS), False),
        (replace(MACHINE, cpu="c"), False),
        (replace(MACHINE, cores=16), False),
        (replace(MACHINE, gpus=()), False),
        (replace(MACHINE, gpus=MACHINE.gpus * 2), False),
        (with_gpu(vendor="amd"), False),
        (with_gpu(name="c"), False),
        (with_gpu(memory_bytes=98 * GIB), True),
        (with_gpu(memory_bytes=97 * GIB), False),
        (with_gpu(memory_bytes=None), False),
    ],
)
def test_the_same_machine_with_another_kernel_or_driver(other: KnownMachine, same: bool) -> None:
    """A kernel keeps up to a twentieth of the RAM more or less, a driver a fiftieth of its card."""
    assert same_machine(MACHINE, other) is same
    assert same_machine(other, MACHINE) is same


def test_unknown_sizes_are_alike() -> None:
    bare = replace(with_gpu(memory_bytes=None), ram_bytes=None)
    assert same_machine(bare, bare)


def test_what_tells_a_machine_from_others() -> None:
    hardware = Hardware(
        platform=Platform.LINUX, cpu=Cpu(name="Brand", id=None, cores=4), memory=Memory(total_bytes=5),
        gpus=(Gpu(index=0, vendor="nvidia", name="Driver's", id="row"), Gpu(index=1, vendor="amd", name="Other")),
    )  # fmt: skip
    found = known_machine(hardware)
    assert (found.cpu, found.cores, found.ram_bytes) == ("Brand", 4, 5)
    assert [gpu.name for gpu in found.gpus] == ["row", "Other"]
    assert known_machine(replace(hardware, cpu=replace(hardware.cpu, id="row"))).cpu == "row"


def test_no_measurements_are_false() -> None:
    assert not Measurements()


def test_a_model_in_short(catalog: Catalog) -> None:
    model = catalog.models["qwen/qwen3-8b"]
    sizes = [item.bytes for item in model.variants if item.bytes is not None]
    found = summarize(model)
    assert (found.id, found.repo, found.license) == (model.id, "Qwen/Qwen3-8B", model.license.declared)
    assert (found.smallest_bytes, found.variants) == (min(sizes), len(model.variants))
    bare = summarize(replace(model, variants=tuple(replace(item, bytes=None) for item in model.variants)))
    assert (bare.smallest_bytes, bare.variants) == (None, len(model.variants))


def test_models_that_have_no_index_are_summed_up_one_by_one(catalog: Catalog) -> None:
    model = catalog.models["qwen/qwen3-8b"]
    assert list(summaries({model.id: model})) == [summarize(model)]
