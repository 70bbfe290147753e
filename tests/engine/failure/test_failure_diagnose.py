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
