"""Machines described by options: every spelling that people use, and those that must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Backend, Cpu, CpuFacts, Gpu, GpuFacts, Hardware, Memory, MemoryKind, Platform
from llmadvise.errors import UsageError
from llmadvise.probe.names import family_key
from llmadvise.probe.simulate import simulate

GIB = 1 << 30
HERE = Hardware(
    platform=Platform.LINUX,
    cpu=Cpu(name="AMD Ryzen 7 5800X3D", cores=8, memory_bandwidth=41_000_000_000, bandwidth_basis=Basis.ASSUMED),
    memory=Memory(total_bytes=32 * GIB, available_bytes=24 * GIB),
    findings=(Finding(rule="gpu-driver-broken", verdict=Verdict.WARN, message="x"),),
)
Describe = Callable[..., Hardware]


@pytest.fixture
def describe(gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration) -> Describe:
    def machine(*specs: str, ram: int | None = None, cpu_only: bool = False, here: Hardware | None = HERE) -> Hardware:
        return simulate(
            specs, ram_bytes=ram, cpu_only=cpu_only, machine=here, gpus=gpus, cpus=cpus, calibration=calibration
        )

    return machine


@pytest.mark.parametrize(
    ("spec", "identity", "count", "gib"),
    [
        ("RTX 4090", "rtx-4090", 1, 24),
        ("rtx4090", "rtx-4090", 1, 24),
        ("4090", "rtx-4090", 1, 24),
        ("nvidia geforce rtx 4090", "rtx-4090", 1, 24),
        ("NVIDIA GeForce RTX 4090", "rtx-4090", 1, 24),
        ("rtx-4090", "rtx-4090", 1, 24),
        ("RTX 4090 24GB", "rtx-4090", 1, 24),
        ("4090 laptop", "rtx-4090-laptop", 1, 16),
        ("RTX 4090 Laptop GPU", "rtx-4090-laptop", 1, 16),
        ("RTX 4090 mobile", "rtx-4090-laptop", 1, 16),
        ("RTX 4090 Max-Q", "rtx-4090-max-q", 1, 16),
        ("2x RTX 3090", "rtx-3090", 2, 24),
        ("2 x RTX 3090", "rtx-3090", 2, 24),
        ("2\u00d73090", "rtx-3090", 2, 24),
        ("8xH100", "h100-pcie", 8, 80),
        ("H100 80GB", "h100-pcie", 1, 80),
        ("H100 SXM", "h100-sxm", 1, 80),
        ("H100 SXM5 80 GB", "h100-sxm", 1, 80),
        ("A100", "a100-40", 1, 40),
        ("A100 80GB", "a100-80", 1, 80),
        ("a100-80gb", "a100-80", 1, 80),
        ("RTX 3060", "rtx-3060-12", 1, 12),  # the plain name came with 12 GB, the one with 8 GB later
        ("RTX 3060 8GB", "rtx-3060-8", 1, 8),
        ("RTX 4060 Ti", "rtx-4060-ti-8", 1, 8),
        ("RTX 4060 Ti 16GB", "rtx-4060-ti-16", 1, 16),
        ("4060ti 16 gib", "rtx-4060-ti-16", 1, 16),
        ("RTX PRO 6000", "rtx-pro-6000", 1, 96),
        ("Quadro RTX 6000", "quadro-rtx-6000", 1, 24),
        ("Radeon 7900 XTX", "rx-7900-xtx", 1, 24),
        ("7900xtx", "rx-7900-xtx", 1, 24),
        ("RX 7900 XT", "rx-7900-xt", 1, 20),
        ("MI300X", "mi300x", 1, 192),
        ("Arc B580", "arc-b580", 1, 12),
        ("Intel Arc B580", "arc-b580", 1, 12),
        ("M3 Max 64GB", "apple-m3-max-40c-64gb", 1, 64),
        ("M3 Max 36GB", "apple-m3-max-30c-36gb", 1, 36),
        ("MacBook Pro M3 Max 64GB", "apple-m3-max-40c-64gb", 1, 64),
        ("Apple M4", "apple-m4-8c-16gb", 1, 16),
        ("M4 10-core", "apple-m4-10c-16gb", 1, 16),
        ("M1 Max 32-core 64GB", "apple-m1-max-32c-64gb", 1, 64),
        ("Strix Halo 128", "ryzen-395-128", 1, 128),
        ("Strix Halo 128GB", "ryzen-395-128", 1, 128),
        ("Strix Halo 64GB", "ryzen-395-64", 1, 64),
        ("Ryzen AI Max+ 395 128GB", "ryzen-395-128", 1, 128),
        ("DGX Spark", "gb10", 1, 128),
        ("GB10", "gb10", 1, 128),
    ],
)
def test_spellings(describe: Describe, spec: str, identity: str, count: int, gib: int) -> None:
    found = describe(spec)
    assert [gpu.id for gpu in found.gpus] == [identity] * count
    assert [gpu.index for gpu in found.gpus] == list(range(count))
    assert {gpu.memory_bytes for gpu in found.gpus} == {gib * GIB}
    first = found.gpus[0]
    assert first.free_bytes == (None if first.unified else first.memory_bytes)
    assert first.budget_bytes is not None
    assert first.budget_bytes < found.memory.total_bytes or not first.unified
    assert found.name == spec
    assert found.sources[0].source == f"option --gpu {spec}"


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("RTX 9999", "No GPU named 'RTX 9999'", "Did you mean GeForce RTX"),
        ("", "is not the name of a GPU", ""),
        ("\x1b[31m", "is not the name of a GPU", ""),
        ("x" * 200, "is not the name of a GPU", ""),
        ("0x RTX 4090", "asks for 0 GPUs", "from 1 to 64"),
        ("999x RTX 4090", "asks for 999 GPUs", "from 1 to 64"),
        ("RTX 4090 48GB", "not sold with 48 GB", "It comes with 24 GB"),
        ("M3 Max 72GB", "not sold with 72 GB", "36 GB, 48 GB, 64 GB"),
        ("M3 Max 20-core", "no such chip has 20 GPU cores", ""),
        ("2x M3 Max", "more than one", "plan"),
        ("raspberry pi 5", "How much RAM", "--ram"),
        ("090", "No GPU named", ""),
        ("RTX 40", "No GPU named", ""),
    ],
)
def test_refusals(describe: Describe, spec: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        describe(spec)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "\x1b" not in caught.value.message


def test_a_number_of_two_products_is_refused(gpus: Mapping[str, GpuFacts], calibration: MemoryCalibration) -> None:
    other = {"gtx-3090": GpuFacts(id="gtx-3090", vendor="amd", name="RX 3090", memory_bytes=GIB)}
    with pytest.raises(UsageError, match="may be any of: GeForce RTX 3090, RX 3090"):
        simulate(
            ["3090"],
            ram_bytes=None,
            cpu_only=False,
            machine=HERE,
            gpus={**gpus, **other},
            cpus={},
            calibration=calibration,
        )


def test_the_rest_is_this_machine_and_said_to_be(describe: Describe) -> None:
    found = describe("RTX 4090")
    assert found.memory == HERE.memory
    assert found.cpu == HERE.cpu
    assert [finding.rule for finding in found.findings] == ["simulated-ram", "simulated-cpu"]
    assert found.gpus[0].budget_bytes == 24 * GIB - GIB // 4


def test_what_was_found_about_a_part_goes_with_it(describe: Describe) -> None:
    findings = tuple(
        Finding(rule=rule, verdict=Verdict.NOTE, message="x")
        for rule in ("bandwidth-assumed", "cgroup-limit", "gpu-hidden")
    )
    here = replace(HERE, findings=findings)
    assert [item.rule for item in describe("RTX 4090", here=here).findings[2:]] == ["bandwidth-assumed", "cgroup-limit"]
    given = describe("RTX 4090", here=here, ram=64 * GIB)
    assert [item.rule for item in given.findings] == ["simulated-cpu", "bandwidth-assumed"]
    assert describe("M3 Max 64GB", here=here).findings == ()


def test_given_ram(describe: Describe) -> None:
    found = describe("RTX 4090", ram=128 * GIB)
    assert found.memory == Memory(total_bytes=128 * GIB)
    assert describe(ram=8 * GIB).memory == Memory(total_bytes=8 * GIB)
    assert describe(ram=8 * GIB).cpu == HERE.cpu


def test_nothing_is_known_without_a_machine(describe: Describe) -> None:
    found = describe("RTX 4090", here=None)
    assert (found.memory, found.cpu) == (Memory(), Cpu())
    assert [finding.rule for finding in found.findings] == ["ram-unknown"]


def test_apple_memory_is_the_ram(describe: Describe) -> None:
    found = describe("M3 Max 64GB")
    assert (found.platform, found.memory) == (Platform.MACOS, Memory(total_bytes=64 * GIB))
    assert found.gpus[0].budget_bytes == 48 * GIB
    assert found.gpus[0].backends == (Backend.METAL,)
    assert (found.cpu.id, found.cpu.memory_bandwidth) == ("m3-max-cpu", 204_800_000_000)
    assert found.findings == ()


def test_ram_chooses_the_size_of_a_chip(describe: Describe) -> None:
    assert describe("M3 Max", ram=64 * GIB).gpus[0].id == "apple-m3-max-40c-64gb"
    with pytest.raises(UsageError, match="cannot differ"):
        describe("M3 Max 64GB", ram=32 * GIB)


def test_an_assumed_size_is_said(describe: Describe) -> None:
    assert [finding.rule for finding in describe("Apple M4").findings] == ["simulated-memory", "gpu-ambiguous"]


def test_the_mapping_limit_of_an_apu_is_said(describe: Describe) -> None:
    found = describe("Strix Halo 128")
    assert found.gpus[0].budget_bytes == 126 * GIB
    assert [finding.rule for finding in found.findings] == ["gpu-mapping-limit"]


def test_boards_are_processors(describe: Describe) -> None:
    found = describe("raspberry pi 5 8GB")
    assert (found.gpus, found.cpu.id, found.memory.total_bytes) == ((), "pi-5", 8 * GIB)
    assert describe("raspberry pi 5", ram=4 * GIB).memory.total_bytes == 4 * GIB


def test_cards_of_two_vendors(describe: Describe) -> None:
    found = describe("RTX 4090", "2x 7900 XTX")
    assert [(gpu.index, gpu.id) for gpu in found.gpus] == [(0, "rtx-4090"), (1, "rx-7900-xtx"), (2, "rx-7900-xtx")]


def test_processor_alone(describe: Describe) -> None:
    assert describe("RTX 4090", cpu_only=True).gpus == ()
    here = describe(cpu_only=True)
    assert (here.cpu, here.findings, here.gpus) == (HERE.cpu, (), ())


CATALOG = Path(__file__).parents[2] / "catalog" / "hardware"


def load_rows(kind: str) -> dict[str, dict[str, object]]:
    rows: dict[str, dict[str, object]] = {}
    for path in sorted((CATALOG / kind).glob("*.yaml")):
        rows |= yaml.load(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))[kind]  # noqa: S506
    return rows


@pytest.fixture(scope="session")
def catalog_gpus() -> dict[str, GpuFacts]:
    rows = load_rows("gpus")
    if not rows:
        pytest.skip("no device catalog")
    made = {}
    for identity, row in rows.items():
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
        fields["backends"] = tuple(Backend(name) for name in fields.get("backends", ()))
        made[identity] = GpuFacts(id=identity, **fields)
    return made


@pytest.mark.parametrize(
    ("spec", "identity"),
    [
        ("RTX 4090", "nvidia-geforce-rtx-4090"), ("4090 laptop", "nvidia-geforce-rtx-4090-laptop"),
        ("RTX 3060", "nvidia-geforce-rtx-3060-12-gb"), ("RTX 4060 Ti 16GB", "nvidia-geforce-rtx-4060-ti-16-gb"),
        ("A100 80GB", "nvidia-a100-sxm4-80-gb"), ("H200", "nvidia-h200-sxm-141-gb"), ("L40S", "nvidia-l40s"),
        ("RTX A6000", "nvidia-rtx-a6000"), ("RTX 6000 Ada", "nvidia-rtx-6000-ada-generation"),
        ("RTX PRO 6000", "nvidia-rtx-pro-6000-blackwell"), ("T4", "nvidia-tesla-t4"), ("GB10", "nvidia-gb10"),
        ("7900 XTX", "amd-radeon-rx-7900-xtx"), ("MI300X", "amd-instinct-mi300x"), ("9070 XT", "amd-radeon-rx-9070-xt"),
        ("B580", "intel-arc-b580"), ("M3 Max 64GB", "apple-m3-max-40c-64gb"), ("M3 Max 36GB", "apple-m3-max-30c-36gb"),
        ("M2 Ultra 192GB", "apple-m2-ultra-60c-192gb"), ("M4", "apple-m4-8c-16gb"),
    ],
)  # fmt: skip
def test_real_catalog(
    catalog_gpus: dict[str, GpuFacts], calibration: MemoryCalibration, spec: str, identity: str
) -> None:
    found = simulate(
        [spec], ram_bytes=None, cpu_only=False, machine=HERE, gpus=catalog_gpus, cpus={}, calibration=calibration
    )
    assert found.gpus[0].id == identity


@pytest.mark.parametrize(
    ("spec", "identity", "told"),
    [
        ("8xH100", "nvidia-h100-sxm5-80-gb", "since AWS p5.48xlarge has 8 of it"),
        ("8x A100 80GB", "nvidia-a100-sxm4-80-gb", None),
        ("8x H200", "nvidia-h200-sxm-141-gb", None),
        ("8x H100 PCIe", "nvidia-h100-pcie-80-gb", None),
        ("2x H100", "nvidia-h100-pcie-80-gb", "H100 PCIe 80 GB is assumed."),
        ("H100", "nvidia-h100-pcie-80-gb", "H100 PCIe 80 GB is assumed."),
    ],
)
def test_as_many_as_machines_are_sold_with(catalog: Catalog, spec: str, identity: str, told: str | None) -> None:
    found = simulate(
        [spec], ram_bytes=None, cpu_only=False, machine=HERE, gpus=catalog.gpus, cpus=catalog.cpus,
        calibration=catalog.calibration.memory, machines=catalog.machines,
    )  # fmt: skip
    assert {gpu.id for gpu in found.gpus} == {identity}
    ties = [item for item in found.findings if item.rule == "gpu-ambiguous"]
    assert told is None or told in ties[0].message
    if told and "since" in told:
        assert ties[0].verdict is Verdict.WARN
        assert "may also be H100 NVL 94 GB, H100 PCIe 80 GB" in ties[0].message


def test_every_row_is_found_by_its_own_name(catalog_gpus: dict[str, GpuFacts], calibration: MemoryCalibration) -> None:
    """A name in full must lead to that product; some chips have a second row for laptops."""
    wrong = []
    for row in catalog_gpus.values():
        ram = None if row.memory_bytes or not row.unified else 16 * GIB
        found = simulate(
            [row.name], ram_bytes=ram, cpu_only=False, machine=HERE, gpus=catalog_gpus, cpus={}, calibration=calibration
        )
        if family_key(found.gpus[0].name) != family_key(row.name):
            wrong.append((row.name, found.gpus[0].name))
    assert wrong == []


SHARED = Gpu(
    index=0, vendor="apple", name="x", memory_kind=MemoryKind.UNIFIED, unified=True, memory_bytes=64 * GIB,
    free_bytes=20 * GIB, budget_bytes=23 * GIB,
)  # fmt: skip


@pytest.mark.parametrize(
    ("gpu", "becomes", "budget"),
    [
        (SHARED, 32, 32 * GIB * 2 // 3),
        (replace(SHARED, vendor="amd", memory_kind=MemoryKind.CARVE_OUT, memory_bytes=48 * GIB), 24, None),
        (replace(SHARED, vendor="amd", memory_kind=None), 32, None),
        (replace(SHARED, vendor="nvidia", memory_kind=MemoryKind.DEDICATED, unified=False), 64, 23 * GIB),
    ],
)
def test_other_ram_reaches_the_gpus_that_compute_in_it(
    gpu: Gpu, becomes: int, budget: int | None, describe: Describe, calibration: MemoryCalibration
) -> None:
    """A machine with 64 GiB, asked about as if it had half of that."""
    here = replace(HERE, memory=Memory(total_bytes=64 * GIB, available_bytes=50 * GIB), gpus=(gpu,))
    (found,) = describe(ram=32 * GIB, here=here).gpus
    assert found.memory_bytes == becomes * GIB
    if budget is None:
        budget = becomes * GIB - calibration.ram_reserve(becomes * GIB, free_known=False)
    assert found.budget_bytes == budget
    assert describe(here=here).gpus == (gpu,)
