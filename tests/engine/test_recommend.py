"""The answer as a whole: how many are shown, what is said of the next better one, and where a model stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_questions import Ask, Box, Puzzle, World

from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.assess import TIE, Assessor
from llmadvise.engine.case import Case
from llmadvise.engine.explain import explain
from llmadvise.engine.near_miss import near_miss
from llmadvise.engine.plan_parts import excess
from llmadvise.engine.question import Question, ordered_runtimes
from llmadvise.engine.recommend import rank, recommend
from llmadvise.engine.relax import relaxations
from llmadvise.engine.requirements import fill
from llmadvise.errors import NothingFitsError


@pytest.fixture(scope="module")
def question(world: World) -> Question:
    """A card of 8 GiB that holds some of the models."""
    return world.ask(Puzzle(Box(16, 96_000_000_000, (("nvidia-geforce-rtx-4060", 8),)), {}, 5), 60)


def asked(question: Question, **changes: object) -> Question:
    return replace(question, requirements=replace(question.requirements, **changes))  # type: ignore[arg-type]  # fields


@pytest.mark.parametrize("top", [1, 3, 5])
def test_as_many_as_asked_for_in_the_order_of_the_ranking(question: Question, top: int) -> None:
    advice = recommend(asked(question, top=top))
    ranked = [case.candidate.model.id for case in rank(question).cases]
    assert [item.model.id for item in advice.recommendations] == ranked[:top]
    special = [item.model.id for item in advice.specialists]
    assert len(special) <= 3
    assert set(special) <= set(ranked[top : max(top, 8)])


def test_each_is_shown_with_its_other_files_best_first(question: Question) -> None:
    for item in recommend(question).recommendations:
        schemes = [(other.variant.format, other.variant.quantization) for other in item.alternatives]
        assert len(schemes) == len({*schemes, (item.variant.format, item.variant.quantization)}) - 1
        scores = [other.score for other in item.alternatives]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) <= 6
        assert item.score >= max(scores, default=0.0) - TIE


def test_the_next_better_model_says_what_is_missing(catalog: Catalog, ask: Ask) -> None:
    """One that only memory or speed rules out, among all that the catalog knows to be better."""
    small = ask(Box(8, 96_000_000_000).hardware(catalog), minimum_speed=0.0)
    advice, assessor = recommend(small), Assessor(small)
    best = advice.recommendations[0].quality.estimate.value
    better = advice.bigger
    assert better is not None
    assert (better.rule, better.verdict) == ("does-not-fit", Verdict.NOTE)
    assert better.evidence is not None
    missed = near_miss(assessor, better.evidence)
    assert missed is not None
    assert (
        better.message
        == f"{missed[0].name} would be better ({missed[0].quality.value:.0f} of 100), but {missed[1].message}"
    )
    assert missed[0].quality.value > best


def test_what_is_missed_is_missed_by_the_file_that_lacks_least(question: Question) -> None:
    assessor, seen = Assessor(question), 0
    for id_ in question.catalog.models:
        missed = near_miss(assessor, id_)
        if missed is None:
            continue
        case, reason = missed
        assert reason.verdict is Verdict.BLOCK
        assert case.candidate.evidence
        judged = (assessor.judge(case.candidate, item) for item in case.candidate.model.variants)
        lacking = [excess(other.plan) for other, blocked in judged if other is not None and blocked is not None]
        assert excess(case.plan) == min(lacking)
        seen += len(lacking) > 1
    assert seen


def test_a_model_that_fits_is_not_missed(question: Question) -> None:
    first = rank(question, 1).cases[0].candidate.model.id
    assert near_miss(Assessor(question), first) is None


def test_a_model_stands_where_the_ranking_has_it(question: Question) -> None:
    ranking = rank(question).cases
    for place in (1, 2, len(ranking)):
        found = explain(question, ranking[place - 1].candidate.model, None)
        assert found.rank == place
        assert found.assessment.variant == ranking[place - 1].variant
        assert found.context_curve == ()


def test_what_is_ruled_out_has_no_place_and_its_first_file_no_worse_reason(question: Question) -> None:
    ranked = {case.candidate.model.id for case in rank(question).cases}
    tight = asked(question, minimum_bits=16.5)
    model = next(question.catalog.models[id_] for id_ in ranked)
    found = explain(tight, model, None)
    assert found.rank is None
    assert any(item.verdict is Verdict.BLOCK for item in found.assessment.findings)
    with pytest.raises(NothingFitsError, match="cannot be laid out"):
        explain(asked(question, runtime="vllm"), replace(model, variants=()), None)


def test_a_curve_is_drawn_for_who_asks(question: Question) -> None:
    case = next(case for case in rank(question).cases if case.plan.settings is not None)
    assert explain(question, case.candidate.model, None, curve=True).context_curve


def test_nothing_fits_where_nothing_may(question: Question) -> None:
    none = asked(question, families=("nobody",))
    advice = recommend(none, curve=True)
    assert (advice.recommendations, advice.specialists, advice.context_curve) == ((), (), ())
    assert advice.ruled_out.by_rule["family-not-asked"] > 0
    assert advice.ruled_out.count == sum(advice.ruled_out.by_rule.values())
    assert [item.words for item in relaxations(none)] == ["without --family"]


def test_the_fastest_is_what_a_lower_speed_would_give(question: Question) -> None:
    """Rounded down, so that asking for it gives an answer."""
    fast = asked(question, minimum_speed=100_000.0)
    words = [item.words for item in relaxations(fast)]
    speed = next(item for item in words if item.startswith("--min-speed "))
    least = float(speed.split()[1])
    assert rank(asked(question, minimum_speed=least), 1).cases
    speeds = [case.plan.decode.value for case in rank(asked(question, minimum_speed=0.0)).cases if case.plan.decode]
    assert least <= max(speeds) < least + 0.1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"formats": ("nothing",)}, "without --model-format"),
        ({"users": 4096}, "--users 1"),
        ({"minimum_bits": 33.0, "asked": ("minimum_bits",)}, "--min-bits 1"),
    ],
)
def test_each_requirement_that_forbids_all_is_named(question: Question, change: dict[str, object], words: str) -> None:
    assert words in [item.words for item in relaxations(asked(question, **change))]


def test_what_is_open_is_filled_from_the_use(question: Question) -> None:
    profile = question.profile
    plain = fill(Requirements(), profile)
    assert (plain.context_length, plain.minimum_speed, plain.minimum_bits, plain.prompt_tokens) == (
        profile.context_length, profile.speed.usable, profile.minimum_bits, profile.prompt_tokens
    )  # fmt: skip
    said = Requirements(context_length=1, minimum_speed=0.0, minimum_bits=0.0, prompt_tokens=7)
    assert fill(said, profile) == said


def test_runtimes_for_crowds_come_first_where_there_are_crowds(question: Question) -> None:
    catalog = question.catalog
    alone, many = ordered_runtimes(catalog, None, 1), ordered_runtimes(catalog, None, 2)
    assert alone[0].preference == max(item.preference for item in catalog.runtimes.values())
    batching = [item.batches for item in many]
    assert batching == sorted(batching, reverse=True)
    assert ordered_runtimes(catalog, frozenset({"ollama"}), 1)[0].id == "ollama"
    assert many[0].id != "ollama"


def test_a_case_knows_what_it_runs_with(question: Question) -> None:
    assessor = Assessor(question)
    case: Case = rank(question, 1, assessor).cases[0]
    usable = assessor.usable(case)
    assert usable.runtime == case.plan.runtime
    assert question.machine.platform is Platform.LINUX
    assert (case.plan.placement.kind is PlacementKind.CPU) or usable.gpus
