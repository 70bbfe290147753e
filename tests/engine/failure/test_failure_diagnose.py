"""Logs of real failures are read into the right sentence; what is not known is said to be unknown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_logs import CONCERNS, LOGS, RealLog

from llmadvise.engine.failure.diagnose import PATTERNS, concerns, diagnose, findings_of
from llmadvise.engine.failure.ended import Ended
from llmadvise.engine.failure.kinds import FailureKind

NOISE = ("print_info: n_vocab          = 129280", "srv  operator(): cleaning up before exit...")


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.source)
def test_a_real_log_is_explained(log: RealLog) -> None:
    lines = [NOISE[0], *log.text.split("\n"), NOISE[1]]
    found = diagnose(lines, Ended(exit_code=1))
    assert found.kind is log.kind
    assert log.says in found.message
    assert set(log.details) <= set(found.details)
    assert found.line is not None
    assert found.evidence == lines[found.line - 1].strip()[:300]
    assert found.source
    assert found.hint


@pytest.mark.parametrize("log", CONCERNS, ids=lambda log: log.source)
def test_what_an_engine_goes_without_is_a_concern_and_no_failure(log: RealLog) -> None:
    lines = log.text.split("\n")
    assert [item.kind for item in concerns(lines)] == [log.kind]
    assert log.says in concerns(lines)[0].message
    assert [item.rule for item in findings_of(lines)] == ["engine-goes-without"]
    assert diagnose(lines, Ended(exit_code=1)).kind is FailureKind.UNKNOWN


@pytest.mark.parametrize(
    ("ended", "kind"),
    [
        (Ended(exit_code=-9, signal="SIGKILL", out_of_memory=True), FailureKind.KILLED_FOR_MEMORY),
        (Ended(exit_code=-9, signal="SIGKILL"), FailureKind.KILLED),
        (Ended(exit_code=-4, signal="SIGILL"), FailureKind.ILLEGAL_INSTRUCTION),
        (Ended(exit_code=-7, signal="SIGBUS"), FailureKind.FILE_DAMAGED),
        (Ended(exit_code=-11, signal="SIGSEGV"), FailureKind.CRASHED),
        (Ended(exit_code=-15, signal="SIGTERM"), FailureKind.STOPPED),
        (Ended(late=True), FailureKind.LATE),
        (Ended(exit_code=3), FailureKind.UNKNOWN),
    ],
)
def test_the_way_it_ended_tells_where_the_log_does_not(ended: Ended, kind: FailureKind) -> None:
    found = diagnose(NOISE, ended)
    assert found.kind is kind
    assert found.line is None


def test_a_log_that_says_why_goes_before_the_signal() -> None:
    lines = ["CUDA error: out of memory", "  current device: 0, in function alloc at ggml-cuda.cu:552"]
    assert diagnose(lines, Ended(exit_code=-6, signal="SIGABRT")).kind is FailureKind.OUT_OF_GPU_MEMORY


def test_the_last_attempt_counts() -> None:
    lines = [
        "ggml_gallocr_reserve_n_impl: failed to allocate CUDA1 buffer of size 54262464512",
        "sched_reserve: compute buffer allocation failed, retrying without pipeline parallelism",
        "ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size 1073741824",
    ]
    assert diagnose(lines, Ended(exit_code=1)).detail("device") == "CUDA0"


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.expression[:40])
def test_patterns_are_whole(pattern: object) -> None:
    shape = next(item for item in PATTERNS if item is pattern)
    groups = re.compile(shape.expression).groupindex
    assert set(re.findall(r"\{(\w+)\}", shape.message)) <= set(groups)
    assert shape.source
    assert not shape.message.endswith(".")


@given(st.lists(st.text(max_size=80), max_size=20), st.integers(-40, 255) | st.none())
def test_any_log_gives_a_diagnosis(lines: list[str], code: int | None) -> None:
    found = diagnose(lines, Ended(exit_code=code))
    assert found.message
    assert found.hint


def test_a_hostile_line_is_read_in_no_time() -> None:
    hostile = "max seq len (1) " + "0.0" * 600 + " GiB KV cache is needed, which is larger than the available KV " * 20
    assert diagnose([hostile] * 200, Ended(exit_code=1)).kind is FailureKind.UNKNOWN


@pytest.mark.parametrize(
    ("size", "said"),
    [(1 << 30, "1.0 GiB"), ((1 << 30) - (1 << 20), "1023 MiB"), (1 << 20, "1 MiB"), (3 << 29, "1.5 GiB")],
)
def test_sizes_are_said_in_the_unit_that_fits(size: int, said: str) -> None:
    found = diagnose([f"failed to allocate CPU_Mapped buffer of size {size}"], Ended(exit_code=1))
    assert found.message == f"the main memory had no room for {said}"
    assert found.detail("bytes") == str(size)


def test_mebibytes_of_a_log_are_bytes_in_the_details() -> None:
    line = "allocating 144.50 MiB on device 4: cudaMalloc failed: out of memory"
    found = diagnose([line], Ended(exit_code=1))
    assert found.detail("bytes") == str(round(144.5 * 2**20))
    assert found.message == "GPU 4 had no room for 144.50 MiB more"


@pytest.mark.parametrize(
    ("after", "purpose"),
    [
        ("llama_init: failed to allocate buffer for kv cache", "kv-cache"),
        ("llama_init: failed to allocate buffer for rs cache", "recurrent"),
        ("failed to allocate compute buffers", "compute"),
        ("nothing of it", None),
    ],
)
def test_what_the_memory_was_for_is_said_soon_after(after: str, purpose: str | None) -> None:
    refused = "failed to allocate CUDA0 buffer of size 5000000000"
    found = diagnose([refused, "noise", after], Ended(exit_code=1))
    assert found.detail("purpose") == purpose
    kind = FailureKind.CONTEXT_TOO_LARGE if purpose == "kv-cache" else FailureKind.OUT_OF_GPU_MEMORY
    assert found.kind is kind
    late = diagnose([refused, *["noise"] * 20, after], Ended(exit_code=1))
    assert late.detail("purpose") is None


def test_a_number_longer_than_any_machine_has_is_not_believed() -> None:
    for digits, known in ((20, True), (21, False)):
        line = f"failed to allocate CUDA0 buffer of size {'9' * digits}"
        assert (diagnose([line], Ended(exit_code=1)).kind is FailureKind.OUT_OF_GPU_MEMORY) is known


def test_evidence_is_the_last_line_that_says_anything_and_not_all_of_it() -> None:
    found = diagnose(["first", "x" * 400, "  ", ""], Ended(exit_code=7))
    assert found.evidence == "x" * 300
    assert found.message == "the engine ended with exit code 7, and llmadvise does not know what its log says"
    assert diagnose([], Ended()).message == "the engine ended, and llmadvise does not know what its log says"
    assert diagnose([" ", ""], Ended()).evidence is None


@pytest.mark.parametrize(
    ("ended", "kind"),
    [
        (Ended(out_of_memory=True), FailureKind.KILLED_FOR_MEMORY),
        (Ended(signal="SIGTERM", out_of_memory=True), FailureKind.STOPPED),
        (Ended(signal="SIGTERM", late=True), FailureKind.STOPPED),
        (Ended(exit_code=0, late=True), FailureKind.LATE),
    ],
)
def test_of_two_ways_to_end_the_one_that_explains_more(ended: Ended, kind: FailureKind) -> None:
    assert diagnose(NOISE, ended).kind is kind


def test_the_kernels_word_goes_before_the_log() -> None:
    killed = Ended(exit_code=-9, signal="SIGKILL", out_of_memory=True)
    assert diagnose(["CUDA error: out of memory"], killed).kind is FailureKind.KILLED_FOR_MEMORY


def test_each_concern_is_told_once_and_by_its_first_line() -> None:
    lines = [
        "warning: no usable GPU found, --gpu-layers option will be ignored",
        "warning: not compiled with GPU offload support, --gpu-layers option will be ignored",
        "warning: no usable GPU found, --n-gpu-layers option will be ignored",
    ]
    [found] = concerns(lines)
    assert (found.kind, found.line) == (FailureKind.NO_GPU, 1)
