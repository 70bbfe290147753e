"""Judging variants: what is counted out and why, what bounds leave out, and which runtimes take a file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from engine_parts import ARCHITECTURE, LLAMA_CPP, Q4
from engine_questions import Ask, Box

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Backend, Gpu, Platform
from llmadvise.domain.profile import Task
from llmadvise.domain.runtime import Runtime, RuntimeBackend
from llmadvise.engine.assess import TIE, Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.newer_runtime import Need, needed_version, older
from llmadvise.engine.question import Question
from llmadvise.engine.runtimes import RuntimeChoice, choose_runtimes, usable_runtimes, with_kernels

MODEL = "qwen/qwen3-8b"
LAPTOP = Box(16, 41_000_000_000)


@pytest.fixture(scope="module")
def question(catalog: Catalog, ask: Ask) -> Question:
    return ask(LAPTOP.hardware(catalog), models=(MODEL,))


def cases(question: Question, floor: float = 0.0) -> tuple[list[Case], Counter[str]]:
    counted: Counter[str] = Counter()
    candidate, _ = judge_model(question.catalog.models[MODEL], question)
    return list(Assessor(question).cases(candidate, counted, floor)), counted


def test_cases_come_until_none_could_be_nearer_than_a_tie(question: Question) -> None:
    """All that score within a tie of the best are among them; what is counted out is counted under its rule."""
    found, counted = cases(question)
    best = max(case.score for case in found)
    assessor = Assessor(question)
    candidate, _ = judge_model(question.catalog.models[MODEL], question)
    judged = [assessor.judge(candidate, item)[0] for item in candidate.model.variants]
    near = {
        (case.variant.format, case.variant.quantization)
        for case in judged
        if case is not None
        and case.score >= best - TIE
        and all(item.verdict is not Verdict.BLOCK for item in case.findings)
    }
    assert near <= {(case.variant.format, case.variant.quantization) for case in found}
    assert {"no-runtime-here", "does-not-fit"} <= counted.keys() or "no-runtime-here" in counted
    assert all(count > 0 for count in counted.values())


def test_a_floor_that_nothing_reaches_leaves_nothing(question: Question) -> None:
    found, _ = cases(question)
    best = max(case.score for case in found)
    assert cases(question, best + TIE + 5.0)[0] == []
    assert best in [case.score for case in cases(question, best)[0]]


def test_a_variant_is_judged_once_and_the_same(question: Question) -> None:
    assessor = Assessor(question)
    candidate, _ = judge_model(question.catalog.models[MODEL], question)
    first = [case.score for case in assessor.cases(candidate, Counter())]
    assert [case.score for case in assessor.cases(candidate, Counter())] == first


def test_other_files_are_of_other_schemes_and_the_best_of_them(question: Question) -> None:
    assessor = Assessor(question)
    candidate, _ = judge_model(question.catalog.models[MODEL], question)
    case = next(iter(assessor.cases(candidate, Counter())))
    every = assessor.others(case, 100)
    scores = [item.score for item in every]
    assert scores == sorted(scores, reverse=True)
    assert (case.variant.format, case.variant.quantization) not in {
        (item.variant.format, item.variant.quantization) for item in every
    }
    for count in (1, 2, 4):
        few = assessor.others(case, count)
        assert len(few) == count
        assert [item.score for item in few] == scores[:count]


def test_what_cannot_be_laid_out_says_why(question: Question) -> None:
    assessor = Assessor(question)
    candidate, _ = judge_model(question.catalog.models[MODEL], question)
    known = next(item for item in candidate.model.variants if item.quantization == "Q4_K_M" and item.bytes)
    unknown = replace(known, quantization="nobody-knows")
    for anyway in (False, True):
        case, blocked = assessor.judge(candidate, unknown, anyway=anyway)
        assert case is None
        assert blocked is not None
        assert blocked.rule == "quantization-unknown"
    case, blocked = assessor.judge(candidate, replace(known, bytes=None), anyway=True)
    assert case is None
    assert blocked is not None
    shapeless = replace(candidate, shape=None)
    case, blocked = assessor.judge(shapeless, known)
    assert (case, blocked and blocked.rule) == (None, "architecture-unknown")


def test_a_file_that_is_forbidden_is_laid_out_only_to_be_explained(question: Question) -> None:
    candidate, _ = judge_model(question.catalog.models[MODEL], question)
    known = next(item for item in candidate.model.variants if item.quantization == "Q4_K_M" and item.bytes)
    guessed = replace(known, id="guess", bytes_basis=Basis.ASSUMED)
    case, blocked = Assessor(question).judge(candidate, guessed)
    assert (case, blocked and blocked.rule) == (None, "size-unknown")
    case, blocked = Assessor(question).judge(candidate, guessed, anyway=True)
    assert case is not None
    assert blocked is not None
    assert blocked.rule == "size-unknown"


# --- which runtimes take a file ---------------------------------------------------------------------------------------

CARD = Gpu(index=0, vendor="nvidia", name="card", compute_capability="7.0", backends=(Backend.CUDA, Backend.VULKAN))
OTHER = replace(
    LLAMA_CPP, id="other", name="Other", formats=("gguf", "awq"), kv_types=("f16", "q8_0"), tasks=(Task.TEXT,)
)


def choose(*runtimes: Runtime, gpus: tuple[Gpu, ...] = (), **asked: object) -> RuntimeChoice:
    values = {
        "format_": "gguf", "architecture": ARCHITECTURE, "asked": None,
        "here": usable_runtimes(runtimes, Platform.LINUX, gpus), **asked,
    }  # fmt: skip
    return choose_runtimes(runtimes=runtimes, **values)  # type: ignore[arg-type]  # the tests name its keywords


def ids(choice: RuntimeChoice) -> list[str]:
    return [item.runtime.id for item in choice.usable]


def test_runtimes_stay_in_the_order_of_preference() -> None:
    assert ids(choose(LLAMA_CPP, OTHER)) == ["llama.cpp", "other"]
    assert ids(choose(OTHER, LLAMA_CPP)) == ["other", "llama.cpp"]
    assert ids(choose(LLAMA_CPP, replace(OTHER, asked_only=True))) == ["llama.cpp"]
    assert ids(choose(LLAMA_CPP, replace(OTHER, asked_only=True), asked="other")) == ["other"]
    assert ids(choose(LLAMA_CPP, replace(OTHER, split_files=False), split=True)) == ["llama.cpp"]


@pytest.mark.parametrize(
    ("runtimes", "asked", "rule", "message"),
    [
        ((LLAMA_CPP,), {"asked": "other"}, "runtime-not-asked", "other does not load gguf"),
        (
            (replace(LLAMA_CPP, split_files=False),), {"asked": "llama.cpp", "split": True},
            "runtime-not-asked", "llama.cpp does not load gguf in several files",
        ),
        (
            (replace(LLAMA_CPP, architectures={"mamba": "1"}), OTHER), {"asked": "llama.cpp"},
            "runtime-cannot-load-architecture", "llama.cpp: no llama architecture",
        ),
        (
            (replace(LLAMA_CPP, architectures={"mamba": "1"}),), {"architecture": replace(ARCHITECTURE, id=None)},
            "runtime-cannot-load-architecture", "llama.cpp: no llama.cpp architecture",
        ),
        ((OTHER,), {"task": Task.EMBEDDING}, "runtime-cannot-serve-use", "Other: not known to serve embedding"),
        ((OTHER,), {"kv_types": ("q4_0", "q4_0")}, "runtime-lacks-kv-type", "Other: no KV cache in q4_0"),
        ((OTHER,), {"kv_types": ("q8_0", "q4_0")}, "runtime-lacks-kv-type", "Other: no KV cache in q8_0 and q4_0"),
        ((LLAMA_CPP,), {"format_": "exl3"}, "no-runtime-here", "no runtime loads exl3 on this machine's backends"),
        ((replace(LLAMA_CPP, backends=()),), {}, "no-runtime-here", "no runtime loads gguf on this machine's backends"),
    ],
)  # fmt: skip
def test_a_refusal_says_who_lacks_what(
    runtimes: tuple[Runtime, ...], asked: dict[str, object], rule: str, message: str
) -> None:
    choice = choose(*runtimes, **asked)
    assert choice.usable == ()
    assert choice.refusal is not None
    assert (choice.refusal.rule, choice.refusal.message) == (rule, message)


def test_the_first_backend_that_the_runtime_has_is_taken() -> None:
    vulkan = RuntimeBackend(backend=Backend.VULKAN, platforms=(Platform.LINUX,))
    cuda = RuntimeBackend(backend=Backend.CUDA, platforms=(Platform.LINUX,), minimum_compute_capability="7.5")
    cpu = RuntimeBackend(backend=Backend.CPU, platforms=(Platform.WINDOWS,))

    def used(*backends: RuntimeBackend, gpu: Gpu = CARD) -> tuple[tuple[tuple[int, Backend], ...], bool] | None:
        (found,) = usable_runtimes([replace(LLAMA_CPP, backends=backends)], Platform.LINUX, [gpu])
        return None if found is None else (found.gpus, found.cpu)

    assert used(cuda, vulkan) == (((0, Backend.VULKAN),), False), "7.0 is below 7.5"
    assert used(cuda, vulkan, gpu=replace(CARD, compute_capability="7.5")) == (((0, Backend.CUDA),), False)
    assert used(cuda, vulkan, gpu=replace(CARD, compute_capability="12.0")) == (((0, Backend.CUDA),), False)
    assert used(cuda, gpu=CARD) is None
    assert used(cpu) is None
    assert used(replace(cpu, platforms=(Platform.LINUX,))) == ((), True)


def test_kernels_are_for_some_devices_alone() -> None:
    """A kernel of CUDA from 8.0 on says nothing of Vulkan; the processor needs to be among the backends."""
    gpus = (replace(CARD, backends=(Backend.CUDA,)), replace(CARD, index=1, compute_capability="8.0"))
    choice = choose(LLAMA_CPP, gpus=gpus)
    needs = replace(Q4, needs_compute_capability="8.0")
    (second,) = with_kernels(choice, needs, gpus).usable
    assert (second.gpus, second.cpu) == (((1, Backend.CUDA),), True)
    only = replace(needs, backends=(Backend.CUDA,))
    (bare,) = with_kernels(choice, only, gpus).usable
    assert (bare.gpus, bare.cpu) == (((1, Backend.CUDA),), False)
    refused = with_kernels(choice, only, (gpus[0], gpus[0])).refusal
    assert refused is not None
    assert refused.message == "llama.cpp's kernel for Q4 needs compute capability 8.0; card has 7.0"
    other = with_kernels(choice, replace(Q4, backends=(Backend.METAL,)), gpus).refusal
    assert other is not None
    assert other.message == "no kernel for Q4 on this machine"
    none = RuntimeChoice(usable=(), refusal=refused)
    assert with_kernels(none, only, gpus) == none


def test_a_runtime_may_have_kernels_of_its_own() -> None:
    gpus = (replace(CARD, backends=(Backend.CUDA,)),)
    needs = replace(Q4, needs_compute_capability="8.0", backends=(Backend.CUDA,))
    for own in ({"Q4": "6.1"}, {"gguf": "6.1"}):
        assert ids(with_kernels(choose(replace(LLAMA_CPP, kernels=own), gpus=gpus), needs, gpus)) == ["llama.cpp"]
    stricter = replace(LLAMA_CPP, kernels={"Q4": "9.0", "gguf": "6.1"})
    assert with_kernels(choose(stricter, gpus=gpus), needs, gpus).usable == ()


def test_the_newest_version_that_something_needs() -> None:
    runtime = replace(LLAMA_CPP, architectures={"llama": "100", "new": "b300"}, since={"Q4": "200", "gguf": "v1.2"})
    assert needed_version(runtime, "llama", None) == Need(version="100", what="llama")
    assert needed_version(runtime, "llama", Q4) == Need(version="200", what="Q4")
    assert needed_version(runtime, "new", Q4) == Need(version="b300", what="new")
    assert needed_version(runtime, None, Q4) == Need(version="200", what="Q4")
    assert needed_version(replace(runtime, since={}), "unheard-of", Q4) is None
    assert (older("1.2", "1.2.1"), older("1.10", "1.9"), older("1.0.0", "1"), older("", "1")) == (
        True,
        False,
        False,
        False,
    )
