"""Processor: names, cores that may be used, modules, bandwidth."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from llmadvise.domain.estimate import Basis
from llmadvise.domain.hardware import Cpu, CpuFacts
from llmadvise.probe.bandwidth import assumed_bandwidth, two_digits, with_bandwidth
from llmadvise.probe.dimms import parse_modules
from llmadvise.probe.identify import identify_cpu
from llmadvise.probe.linux_cpu import parse_cpuinfo, read_linux_cpu, usable_cores
from llmadvise.probe.record import Record
from llmadvise.probe.text import number_list

Tree = Callable[[Mapping[str, str]], Record]


def cpuinfo(name: str, *, cores: int, threads: int = 2, packages: int = 1) -> str:
    blocks = []
    for number in range(cores * threads * packages):
        package, core = number // (cores * threads), number % cores
        blocks.append(
            f"processor\t: {number}\nmodel name\t: {name}\nphysical id\t: {package}\ncore id\t\t: {core}\n"
            "flags\t\t: fpu sse avx avx2 fma f16c\n"
        )
    return "\n".join(blocks)


def test_threads_of_a_core_count_once() -> None:
    processor = parse_cpuinfo(cpuinfo("AMD Ryzen 7 5800X3D 8-Core Processor", cores=8))
    assert processor.name == "AMD Ryzen 7 5800X3D 8-Core Processor"
    assert processor.features == ("avx", "avx2", "fma", "f16c")
    assert usable_cores(processor.cores, allowed=frozenset(), performance=frozenset(), quota=None) == 8


@pytest.mark.parametrize(
    ("allowed", "performance", "quota", "expected"),
    [
        (range(4), (), None, 4),
        ((0, 8), (), None, 1),  # two threads of one core
        ((), range(6), None, 6),  # performance cores only
        ((6, 7), range(6), None, 2),  # none of them allowed: the others
        ((), (), 2.5, 2),
        ((), (), 0.5, 1),
    ],
)
def test_cores_that_may_be_used(
    allowed: range | tuple[int, ...], performance: range | tuple[int, ...], quota: float | None, expected: int
) -> None:
    cores = {number: ("0", str(number % 8)) for number in range(16)}
    assert usable_cores(cores, allowed=frozenset(allowed), performance=frozenset(performance), quota=quota) == expected


def test_cpu_lists() -> None:
    assert number_list("0-3,8\n") == {0, 1, 2, 3, 8}
    assert number_list("0-99999999") == frozenset()
    assert number_list("x") == frozenset()
    assert number_list(None) == frozenset()


def test_arm_board_is_named_by_its_device_tree(tree: Tree, cpus: Mapping[str, CpuFacts]) -> None:
    blocks = [f"processor\t: {n}\nFeatures\t: fp asimd asimddp\nCPU part\t: 0xd0b\n" for n in range(4)]
    files = {
        "/proc/cpuinfo": "\n".join(blocks),
        "/proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
    } | {f"/sys/devices/system/cpu/cpu{n}/topology/core_cpus_list": f"{n}\n" for n in range(4)}
    reading = read_linux_cpu(tree(files), allowed=frozenset(range(4)))
    assert (reading.cores, reading.architecture, reading.features) == (4, "aarch64", ("neon", "asimddp"))
    row = identify_cpu(reading.names, cpus)
    assert row is not None
    assert row.id == "pi-5"


@pytest.mark.parametrize(
    ("name", "packages", "expected"),
    [
        ("AMD Ryzen 7 5800X3D 8-Core Processor", 1, "ryzen-5800x3d"),
        ("12th Gen Intel(R) Core(TM) i7-12700K", 1, "i7-12700k"),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", 1, "e5-2680-v4"),
        ("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S          ", 1, "ryzen-ai-max-395"),
        ("AMD EPYC 9654 96-Core Processor", 1, "epyc-9654"),
        ("AMD EPYC 9654 96-Core Processor", 2, "epyc-9654-x2"),
        ("AMD Ryzen Threadripper 7970X 32-Cores", 1, "threadripper-7970x"),
        ("Apple M3 Max", 1, "m3-max-cpu"),
        ("Intel(R) Xeon(R) Processor", 1, None),
        ("AMD Ryzen 7 5800X 8-Core Processor", 1, None),  # a part of another name is not that name
        ("", 1, None),
    ],
)
def test_processor_rows(name: str, packages: int, expected: str | None, cpus: Mapping[str, CpuFacts]) -> None:
    row = identify_cpu([name], cpus, packages=packages)
    assert (row.id if row else None) == expected


UDEV = """E:MEMORY_ARRAY_NUM_DEVICES=4
E:MEMORY_DEVICE_0_PRESENT=0
E:MEMORY_DEVICE_1_DATA_WIDTH=64
E:MEMORY_DEVICE_1_TYPE=DDR4
E:MEMORY_DEVICE_1_LOCATOR=DIMM 1
E:MEMORY_DEVICE_1_BANK_LOCATOR=P0 CHANNEL A
E:MEMORY_DEVICE_1_SPEED_MTS=3600
E:MEMORY_DEVICE_1_CONFIGURED_SPEED_MTS=2666
"""
SECOND = UDEV + UDEV.replace("DEVICE_1", "DEVICE_3").replace("CHANNEL A", "CHANNEL B")
SAME = UDEV + UDEV.replace("DEVICE_1", "DEVICE_3")


@pytest.mark.parametrize(
    ("text", "peak"),
    [
        (UDEV, 21_328_000_000),  # 1 x 8 B x 2666 MT/s as configured, not the 3600 that the module could
        (SECOND, 42_656_000_000),
        (SAME, 21_328_000_000),  # two modules on one channel
    ],
)
def test_modules(text: str, peak: int) -> None:
    modules = parse_modules(text)
    assert modules is not None
    assert modules.peak_bandwidth(channels=2) == peak


def test_no_modules() -> None:
    assert parse_modules("E:MEMORY_DEVICE_0_PRESENT=0\nE:ID_VENDOR=x\n") is None
    assert parse_modules("E:MEMORY_DEVICE_0_SPEED_MTS=99999999999\n") is None


def test_one_module_halves_the_bandwidth_of_the_row(cpus: Mapping[str, CpuFacts]) -> None:
    row = cpus["ryzen-5800x3d"]
    plain = with_bandwidth(Cpu(), row, None)
    assert (plain.memory_bandwidth, plain.bandwidth_basis) == (41_000_000_000, Basis.ASSUMED)
    single = with_bandwidth(Cpu(), row, parse_modules(UDEV))
    assert single.memory_bandwidth == round(21_328_000_000 * 41.0 / 51.2)
    assert single.bandwidth_basis is Basis.COMPUTED


def test_an_unknown_processor_gets_an_assumption_that_is_the_same_on_every_run(tree: Tree) -> None:
    record = tree({})
    cpu = assumed_bandwidth(Cpu(cores=2), record)
    assert cpu == assumed_bandwidth(Cpu(cores=2), tree({}))
    # 2 cores x 12 lines x 64 bytes in 80 ns = 19.2 GB/s
    assert (cpu.memory_bandwidth, cpu.bandwidth_basis) == (19_000_000_000, Basis.ASSUMED)
    assert [finding.rule for finding in record.findings] == ["bandwidth-assumed"]


def test_many_cores_read_no_faster_than_two_channels_or_the_modules(tree: Tree) -> None:
    assert assumed_bandwidth(Cpu(cores=64), tree({})).memory_bandwidth == 51_000_000_000
    known = assumed_bandwidth(Cpu(cores=64), tree({}), modules=parse_modules(UDEV))
    assert known.memory_bandwidth == 21_000_000_000


def test_two_digits() -> None:
    assert two_digits(11_058_642_612) == 11_000_000_000
    assert two_digits(245_800_000_000) == 250_000_000_000
