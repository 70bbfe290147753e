"""Control groups of both versions, laid out as the kernel does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from llmadvise.probe.cgroup import parse_cpu_max, read_memory_limit, read_processor_quota
from llmadvise.probe.linux_memory import parse_meminfo, read_linux_memory
from llmadvise.probe.record import Record

GIB = 1 << 30
Tree = Callable[[Mapping[str, str]], Record]
MEMINFO = "MemTotal:       65842000 kB\nMemFree:         1000000 kB\nMemAvailable:   60000000 kB\n"


def test_the_lowest_limit_of_all_ancestors_counts(tree: Tree) -> None:
    record = tree({
        "/proc/meminfo": MEMINFO,
        "/proc/self/cgroup": "0::/user.slice/app.scope\n",
        "/sys/fs/cgroup/cgroup.controllers": "cpu memory",
        "/sys/fs/cgroup/user.slice/memory.max": str(8 * GIB),
        "/sys/fs/cgroup/user.slice/memory.current": str(3 * GIB),
        "/sys/fs/cgroup/user.slice/memory.stat": f"anon 5\ninactive_file {GIB}\n",
        "/sys/fs/cgroup/user.slice/app.scope/memory.max": "max",
    })  # fmt: skip
    memory = read_linux_memory(record)
    assert memory.total_bytes == 65842000 * 1024
    assert memory.limit_bytes == 8 * GIB
    assert memory.limited_by == "/sys/fs/cgroup/user.slice/memory.max"
    assert memory.available_bytes == 6 * GIB  # 8 - 3 + 1 that the kernel drops
    assert [finding.rule for finding in record.findings] == ["cgroup-limit"]


def test_a_private_namespace_shows_the_limit_at_the_mount(tree: Tree) -> None:
    record = tree({
        "/proc/self/cgroup": "0::/\n",
        "/sys/fs/cgroup/cgroup.controllers": "",
        "/sys/fs/cgroup/memory.max": str(90 * 10**9),
    })  # fmt: skip
    limit = read_memory_limit(record, total_bytes=1056450248 * 1024)
    assert limit is not None
    assert (limit.limit_bytes, limit.available_bytes) == (90 * 10**9, None)


def test_version_one(tree: Tree) -> None:
    record = tree({
        "/proc/self/cgroup": "4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n",
        "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": str(8 * GIB),
        "/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes": str(2 * GIB),
        "/sys/fs/cgroup/memory/docker/abc/memory.stat": f"inactive_file 1\ntotal_inactive_file {GIB}\n",
        "/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us": "250000\n",
        "/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us": "100000\n",
    })  # fmt: skip
    limit = read_memory_limit(record, total_bytes=64 * GIB)
    assert limit is not None
    assert (limit.limit_bytes, limit.available_bytes) == (8 * GIB, 7 * GIB)
    assert read_processor_quota(record) == 2.5


def test_the_number_that_means_no_limit(tree: Tree, capture: Callable[[str, str], str]) -> None:
    unlimited = capture("ctr-cgroup1-nolimit", "memory.limit_in_bytes")
    record = tree({
        "/proc/self/cgroup": "4:memory:/\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes": unlimited,
    })  # fmt: skip
    assert read_memory_limit(record, total_bytes=16 * GIB) is None
    assert read_memory_limit(record, total_bytes=None) is None


def test_a_container_sees_the_memory_of_its_host(capture: Callable[[str, str], str]) -> None:
    sizes = parse_meminfo(capture("ctr-psutil-host", "session.txt"))
    assert sizes["MemTotal"] == 1081805053952
    assert sizes["MemAvailable"] == 880426716 * 1024


def test_a_path_that_climbs_out_stays_inside(tree: Tree) -> None:
    record = tree({
        "/proc/self/cgroup": "0::/../../x\n", "/sys/fs/cgroup/cgroup.controllers": "",
        "/sys/fs/cgroup/x/memory.max": str(GIB), "/sys/x/memory.max": "1", "/x/memory.max": "1",
    })  # fmt: skip
    limit = read_memory_limit(record, total_bytes=16 * GIB)
    assert limit is not None
    assert (limit.limit_bytes, limit.path) == (GIB, "/sys/fs/cgroup/x/memory.max")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000", None),
        ("200000 100000", 2.0),
        ("50000 100000\n", 0.5),
        ("", None),
        ("-1 100000", None),
        ("1 0", None),
    ],
)
def test_processor_time(text: str, expected: float | None) -> None:
    assert parse_cpu_max(text) == expected


def test_without_meminfo_the_ram_is_unknown_and_said_so(tree: Tree) -> None:
    record = tree({})
    assert read_linux_memory(record).total_bytes is None
    assert [finding.rule for finding in record.findings] == ["ram-unknown"]
    assert [(source.source, source.status) for source in record.sources] == [("/proc/meminfo", "absent")]
