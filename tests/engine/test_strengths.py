"""What a case alone is best at, what a command line cannot say, and numbers in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import LICENSES, LLAMA_CPP, Q4, a_candidate, a_model, a_plan, a_variant, under

from llmadvise.domain.assessment import Placement, PlacementKind
from llmadvise.domain.estimate import Basis, Range
from llmadvise.domain.model import ContextLength
from llmadvise.domain.runtime import Commands, Sizing
from llmadvise.engine.case import Case, Plan
from llmadvise.engine.recommend import order, smallest_of_the_best, specialists
from llmadvise.engine.strengths import best_at, best_of
from llmadvise.engine.unsaid import unsaid
from llmadvise.engine.words import gib, two_digits


def case(
    id_: str, *, quality: float = 50.0, speed: float | None = 10.0, size: int = 5, context: int = 8192,
    license_: str = "open", score: float = 50.0,
) -> Case:  # fmt: skip
    model = a_model(id_, context_length=ContextLength(native=context))
    rate = None if speed is None else Range(speed, speed, speed)
    return Case(
        candidate=replace(a_candidate(model), license=under(license_)),
        variant=a_variant(bytes=size, id=f"{id_}:Q4"),
        quantization=Q4,
        plan=a_plan(decode=rate, prefill=Range(1000.0, 1000.0, 1000.0)),
        kept=Range(1.0, 1.0, 1.0),
        quality=Range(quality, quality, quality),
        grades=(),
        score=score,
        findings=(),
    )


def test_each_measure_has_its_best() -> None:
    cases = [
        case("a/wise", quality=60.0),
        case("a/fast", speed=20.0),
        case("a/small", size=4),
        case("a/long", context=32768),
        case("a/free", license_="open"),
    ]
    bound = [replace(item, candidate=replace(item.candidate, license=under("closed"))) for item in cases[:4]]
    assert best_at([*bound, cases[4]], LICENSES) == {
        "a/wise": ("quality",), "a/fast": ("speed",), "a/small": ("size",), "a/long": ("context",), "a/free": ("license",)
    }  # fmt: skip


def test_nobody_is_best_alone_where_two_are() -> None:
    two = [case("a/one"), case("a/two")]
    assert best_at(two, LICENSES) == {"a/one": (), "a/two": ()}
    assert best_of("quality", [case("a/one", quality=60.0), case("a/two", quality=60.0), case("a/b")], LICENSES) is None
    assert best_of("quality", [case("a/only")], LICENSES) is None
    assert best_of("quality", [], LICENSES) is None


def test_what_writes_nothing_is_as_fast_as_it_reads() -> None:
    vectors = case("a/vectors", speed=None)
    assert best_of("speed", [case("a/fast", speed=999.0), vectors], LICENSES) is vectors


def test_specialists_beat_all_the_chosen_at_one_thing() -> None:
    first, second = case("a/first", quality=60.0, score=90.0), case("a/second", score=80.0)
    fast, long = case("a/fast", speed=20.0, score=20.0), case("a/long", context=65536, score=30.0)
    small, free = case("a/small", size=1, score=10.0), case("a/both", speed=5.0, score=40.0)
    assert specialists([first, second], [fast, long, small, free], LICENSES) == (long, fast, small)
    assert specialists([first, second], [free], LICENSES) == ()
    most = [
        replace(item, candidate=replace(item.candidate, license=under("closed"))) for item in (first, fast, small, long)
    ]
    open_ = case("a/open", score=5.0)
    assert len(specialists(most[:1], [*most[1:], open_], LICENSES)) == 3


def test_of_cases_that_score_alike_the_smallest_file() -> None:
    large, small = case("a/large", score=50.0, size=9), case("a/small", score=49.8, size=5)
    smaller = case("a/smaller", score=49.79, size=1)
    assert smallest_of_the_best([large, small, smaller]) is small
    assert smallest_of_the_best([large, smaller]) is large
    assert smallest_of_the_best([]) is None
    assert smallest_of_the_best([case("a/b", size=5), case("a/a", size=5)]).candidate.model.id == "a/a"  # type: ignore[union-attr]  # there is one


def test_ties_break_by_quality_then_exact_bytes_then_size_then_id() -> None:
    exact = replace(a_variant(), bytes_basis=Basis.DECLARED)
    ranked = [
        case("z/1", score=60.0),
        case("z/2", quality=60.0),
        replace(case("z/3"), variant=replace(exact, bytes=9)),
        replace(case("z/4"), variant=replace(exact, bytes=9, bytes_basis=Basis.COMPUTED)),
    ]
    backwards = ranked[::-1]
    assert sorted(backwards, key=order) == ranked
    sizes = [case("z/5", size=1), case("a/6", size=2), case("b/7", size=2)]
    backwards = sizes[::-1]
    assert sorted(backwards, key=order) == sizes


def _plan(**changes: object) -> Plan:
    runtime = replace(LLAMA_CPP, commands=Commands(serve="serve -c {context_length}"), flags={"slots": "-np {value}"})
    offload = Placement(kind=PlacementKind.OFFLOAD, gpu_layers=3, devices=("gpu0", "cpu"))
    return a_plan(**{"runtime": runtime, "placement": offload, **changes})


def test_what_a_command_line_cannot_say() -> None:
    plan = _plan(options=(("gpu_layers", "3"), ("cpu_moe_layers", "2"), ("slots", "2"), ("kv_type", "q8_0")))
    assert unsaid(plan, 2) == (
        "how many layers go to the GPU", "which experts stay in RAM", "the type of the KV cache"
    )  # fmt: skip
    flags = {"gpu_layers": "-ngl {value}", "cpu_moe_layers": "--moe {value}", "kv_type": "-ctk {value}"}
    told = replace(plan, runtime=replace(plan.runtime, flags={**plan.runtime.flags, **flags}))
    assert unsaid(told, 2) == ()
    assert unsaid(replace(told, runtime=replace(told.runtime, flags=flags)), 2) == ("2 users at once",)
    assert unsaid(replace(told, runtime=replace(told.runtime, flags=flags)), 1) == ()
    by_users = replace(told.runtime, flags={**flags, "users": "--users {value}"})
    assert unsaid(replace(told, runtime=by_users), 2) == ()


def test_what_places_layers_itself_and_what_lies_on_the_gpu_leave_nothing_open() -> None:
    plan = _plan(options=(("gpu_layers", "3"), ("slots", "1")))
    assert unsaid(plan, 1) == ("how many layers go to the GPU",)
    assert unsaid(replace(plan, runtime=replace(plan.runtime, sizing=Sizing())), 1) == ()
    whole = replace(plan.placement, kind=PlacementKind.GPU)
    assert unsaid(replace(plan, placement=whole), 1) == ()


def test_a_context_that_no_word_says() -> None:
    plan = _plan(runtime=replace(LLAMA_CPP, commands=Commands(serve="serve")), options=(), context_length=8192)
    assert unsaid(plan, 1) == ("the context of 8,192 tokens",)
    assert unsaid(replace(plan, runtime=LLAMA_CPP), 1) == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.0123, "0.012"), (5.04, "5"), (12.3, "12"), (1234.0, "1,200"), (9.96e6, "10,000,000")],
)
def test_two_digits(value: float, text: str) -> None:
    assert two_digits(value) == text


def test_gib() -> None:
    assert [gib(size) for size in (0, 1 << 30, 1.55 * (1 << 30))] == ["0.0 GiB", "1.0 GiB", "1.6 GiB"]
