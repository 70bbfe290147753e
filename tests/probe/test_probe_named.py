"""Machines by name, and the ways people write devices down."""

from __future__ import annotations

import pytest

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Backend, Platform
from llmadvise.errors import UsageError
from llmadvise.probe.named import find_machine, named_machine, near_machines
from llmadvise.probe.simulate import simulate
from llmadvise.units import GIB


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(None)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("raspberry-pi-5-8gb", "raspberry-pi-5-8gb"),
        ("Raspberry Pi 5 8GB", "raspberry-pi-5-8gb"),
        ("DGX Spark", "nvidia-dgx-spark"),
        ("framework desktop", "framework-desktop-128gb"),
        ("g5.xlarge", "aws-g5-xlarge"),
        ("NC24ads_A100_v4", "azure-nc24ads-a100-v4"),
        ("mac studio m3 ultra 512gb", "mac-studio-m3-ultra-512gb"),
    ],
)
def test_a_machine_is_found_by_id_name_alias_or_unique_beginning(catalog: Catalog, text: str, id_: str) -> None:
    row = find_machine(text, catalog.machines)
    assert row is not None
    assert row.id == id_


@pytest.mark.parametrize("text", ["", "laptop", "raspberry pi 5", "4090", "///"])
def test_what_names_none_or_several_is_not_guessed(catalog: Catalog, text: str) -> None:
    assert find_machine(text, catalog.machines) is None


def test_near_names_are_offered(catalog: Catalog) -> None:
    assert "laptop-rtx-4060-16gb" in near_machines("laptop rtx 4060", catalog.machines)


def test_every_machine_of_the_catalog_is_whole(catalog: Catalog) -> None:
    for row in catalog.machines.values():
        found = named_machine(row, gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory)
        assert found.memory.total_bytes == row.ram_bytes, row.id
        assert len(found.gpus) == sum(item.count for item in row.gpus), row.id
        assert all(gpu.budget_bytes and gpu.memory_bandwidth and gpu.backends for gpu in found.gpus), row.id
        assert found.cpu.memory_bandwidth or found.findings, row.id


def test_a_mac_shares_its_memory_and_leaves_the_gpu_its_part(catalog: Catalog) -> None:
    row = catalog.machines["macbook-pro-m4-max-128gb"]
    found = named_machine(row, gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory)
    assert found.platform is Platform.MACOS
    (gpu,) = found.gpus
    assert gpu.unified
    assert gpu.backends == (Backend.METAL,)
    assert gpu.memory_bytes == 128 * GIB
    assert gpu.budget_bytes is not None
    assert gpu.budget_bytes < 128 * GIB


def names(catalog: Catalog, text: str, ram: int | None = 64 * GIB) -> list[str]:
    """The ids of the GPUs that an option describes."""
    found = simulate(
        [text],
        ram_bytes=ram,
        cpu_only=False,
        machine=None,
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        calibration=catalog.calibration.memory,
    )
    return [gpu.id or "" for gpu in found.gpus]


_4090, _3090 = "nvidia-geforce-rtx-4090", "nvidia-geforce-rtx-3090"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("4090", [_4090]),
        ("RTX4090", [_4090]),
        ("rtx 4090 x2", [_4090, _4090]),
        ("2×4090", [_4090, _4090]),
        ("2*4090", [_4090, _4090]),
        ("2 RTX 3090", [_3090, _3090]),
        ("dual 3090", [_3090, _3090]),
        ("4090,3090", [_4090, _3090]),
        ("4090 + 3090", [_4090, _3090]),
        ("RTX 4090 and RTX 3090", [_4090, _3090]),
        ("rtx4090 laptop", ["nvidia-geforce-rtx-4090-laptop"]),
        ("A100-80G", ["nvidia-a100-sxm4-80-gb"]),
        ("h100 sxm", ["nvidia-h100-sxm5-80-gb"]),
        ("8xH100 SXM5", ["nvidia-h100-sxm5-80-gb"] * 8),
        ("w7900", ["amd-radeon-pro-w7900"]),
        ("MI300X", ["amd-instinct-mi300x"]),
        ("5060ti 16g", ["nvidia-geforce-rtx-5060-ti-16-gb"]),
    ],
)
def test_devices_in_the_spellings_people_type(catalog: Catalog, text: str, ids: list[str]) -> None:
    assert names(catalog, text) == ids


@pytest.mark.parametrize(
    ("text", "id_", "gib"),
    [
        ("M3 Max 36GB", "apple-m3-max-30c-36gb", 36),
        ("Strix Halo 128", "amd-radeon-8060s", 128),
        ("HX 370 32GB", "amd-radeon-890m", 32),
        ("m4 max 128", "apple-m4-max-40c-128gb", 128),
    ],
)
def test_chips_that_bring_their_memory(catalog: Catalog, text: str, id_: str, gib: int) -> None:
    assert names(catalog, text, None) == [id_]
    row = catalog.gpus[id_]
    assert row.memory_bytes in {None, gib * GIB}


@pytest.mark.parametrize("text", ["rtx 9999", "4090,", "99x4090", "4090,banana"])
def test_nonsense_is_refused_with_a_hint(catalog: Catalog, text: str) -> None:
    if text == "4090,":
        assert names(catalog, text) == [_4090]
        return
    with pytest.raises(UsageError) as refused:
        names(catalog, text)
    assert refused.value.hint
