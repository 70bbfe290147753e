"""Pictures, vectors and filling in: what each adds to a plan, to its memory and to its command."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import EMBEDS, FILL_IN, PICTURES, PROJECTOR, VECTORS, a_model, a_plan, a_variant
from engine_questions import Ask, Box
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.abilities import PictureEncoder
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.estimate import Range
from llmadvise.domain.profile import Task
from llmadvise.engine.case import Case
from llmadvise.engine.felt_speed import felt_speed, told
from llmadvise.engine.memory.encoder import encoder_buffer
from llmadvise.engine.picture import Beside, beside, picture_tokens
from llmadvise.engine.placement_embedding import for_use
from llmadvise.engine.present import present
from llmadvise.engine.recommend import rank, recommend
from llmadvise.units import GIB

MIB = 1 << 20
CARD = Box(32, 41_000_000_000, (("nvidia-geforce-rtx-3060-12-gb", 11),))
BOARD = Box(16, 41_000_000_000)
rates = st.floats(0.1, 1e5)


def test_a_short_answer_is_felt_as_a_whole() -> None:
    plan = a_plan(decode=Range(32.0, 16.0, 64.0), prefill=Range(900.0, 450.0, 1800.0))
    found = felt_speed(plan, FILL_IN)
    assert found == pytest.approx((16.0, 8.0, 32.0))
    assert told(16.0, FILL_IN) == "2 s for 32 tokens"
    assert felt_speed(plan, FILL_IN, prompt_tokens=1800) == pytest.approx((32 / 3, 32 / 6, 32 / 1.5))


def test_what_cannot_be_reused_is_read_again() -> None:
    """The 300 tokens that changed, or all 900 around the cursor."""
    plan, profile = a_plan(), replace(FILL_IN, prompt_tokens=300, reread_tokens=900)
    assert felt_speed(plan, profile) == felt_speed(plan, replace(profile, reread_tokens=0))
    assert felt_speed(replace(plan, rereads=True), profile) == felt_speed(plan, replace(profile, prompt_tokens=900))


@pytest.mark.parametrize(
    ("model", "reuses"), [("qwen/qwen2.5-coder-1.5b", True), ("ibm-granite/granite-4.0-h-micro", False)]
)
def test_a_state_cannot_be_reused(catalog: Catalog, ask: Ask, model: str, reuses: bool) -> None:
    case, question = _best(catalog, ask, CARD, "autocomplete", model)
    assert case.plan.rereads is not reuses
    serve = present([case], question).commands.serve or ""  # type: ignore[arg-type]  # a Question
    assert ("--cache-reuse 256" in serve) == reuses


def test_each_measure_is_unknown_where_its_rates_are() -> None:
    assert felt_speed(a_plan(prefill=None), FILL_IN) is None
    assert felt_speed(a_plan(decode=None), FILL_IN) is None
    assert felt_speed(a_plan(prefill=None), VECTORS) is None
    assert felt_speed(a_plan(decode=None), VECTORS) == a_plan().prefill


@given(decode=rates, prefill=rates, more=st.floats(1.0, 10.0))
def test_no_whole_answer_is_quicker_than_its_writing(decode: float, prefill: float, more: float) -> None:
    """So that a bound on decoding bounds it too, and whichever rate rises, it rises."""

    def felt(write: float, read: float) -> float:
        found = felt_speed(a_plan(decode=Range(write, write, write), prefill=Range(read, read, read)), FILL_IN)
        assert found is not None
        return found.value

    assert felt(decode, prefill) < decode
    assert felt(decode * more, prefill) >= felt(decode, prefill)
    assert felt(decode, prefill * more) >= felt(decode, prefill)


def test_the_buffer_of_an_encoder_is_that_of_its_widest_step() -> None:
    """SigLIP of Gemma 3: 4,096 patches of 1,152, widened to 4,304, in 32 bits."""
    assert encoder_buffer(4096, hidden_size=1152, feed_forward_size=4304, gated=False) == 4096 * (2 * 1152 + 4304) * 4
    assert encoder_buffer(100, hidden_size=1000, feed_forward_size=10, gated=True) == 100 * 5 * 1000 * 4


def test_a_picture_takes_no_more_than_the_use_allows() -> None:
    many = a_model(pictures=PictureEncoder(most_tokens=4096, patches_a_token=4), projectors=(PROJECTOR,))
    few = a_model(pictures=PictureEncoder(most_tokens=256), projectors=(PROJECTOR,))
    assert (picture_tokens(many, PICTURES), picture_tokens(few, PICTURES)) == (1024, 256)
    assert picture_tokens(a_model(), PICTURES) is None
    assert ("picture_tokens", "1024") in _options(many)
    assert "picture_tokens" not in dict(_options(few))


def _options(model: object) -> tuple[tuple[str, str], ...]:
    plan = for_use(a_plan(), model, a_variant(), PICTURES)  # type: ignore[arg-type]  # a Model
    assert plan is not None
    return plan.options


def test_what_lies_beside_the_model() -> None:
    shape = PictureEncoder(most_tokens=256, patches_a_token=16, hidden_size=1152, feed_forward_size=4304)
    model = a_model(pictures=shape, projectors=(PROJECTOR,))
    assert beside(model, a_variant(), PICTURES) == Beside(weights=GIB, buffer=4096 * (2 * 1152 + 4304) * 4)
    assert beside(model, a_variant(), FILL_IN) is None
    assert beside(a_model(), a_variant(), PICTURES) is None
    unknown = a_model(pictures=PictureEncoder(most_tokens=256), projectors=(PROJECTOR,))
    assert beside(unknown, a_variant(), PICTURES) == Beside(weights=GIB, buffer=0)


def test_vectors_are_pooled_and_nothing_is_written() -> None:
    plan = for_use(a_plan(), a_model(embedding=EMBEDS), a_variant(), VECTORS)
    assert plan is not None
    assert (plan.decode, plan.task) == (None, Task.EMBEDDING)
    assert plan.options[-1] == ("pooling", "mean")


def _best(catalog: Catalog, ask: Ask, box: Box, use_case: str, model: str) -> tuple[Case, object]:
    question = ask(box.hardware(catalog), models=(model,), use_case=use_case)
    return rank(question).cases[0], question


def test_a_picture_takes_memory_and_an_option(catalog: Catalog, ask: Ask) -> None:
    """Gemma 3 4B on a card: the encoder's file lies on it, and the command names it."""
    model = "google/gemma-3-4b-it"
    case, question = _best(catalog, ask, CARD, "vision", model)
    text, _ = _best(catalog, ask, CARD, "chat", model)
    item = present([case], question)  # type: ignore[arg-type]  # a Question
    assert item.projector is not None
    assert item.commands.serve is not None
    assert (
        f"--mmproj-url https://huggingface.co/{item.variant.repo}/resolve/main/{item.projector.name}"
        in item.commands.serve
    )
    assert item.commands.pull is not None
    assert item.projector.name in item.commands.pull
    same = replace(case, variant=text.variant) if case.variant.id == text.variant.id else None
    if same is not None:
        gpu, plain = case.plan.memory[0], text.plan.memory[0]
        assert gpu.weights - plain.weights == item.projector.bytes
        assert gpu.compute > plain.compute


def test_an_encoder_keeps_no_cache_and_reads_whole_texts(catalog: Catalog, ask: Ask) -> None:
    """bge-m3 in 8 bits is 605 MiB; on the CPU all of them, and no cache."""
    case, question = _best(catalog, ask, BOARD, "embedding", "baai/bge-m3")
    item = present([case], question)  # type: ignore[arg-type]  # a Question
    assert sum(part.kv_cache for part in case.plan.memory) == 0
    assert 400 * MIB < sum(part.weights for part in case.plan.memory) < 610 * MIB
    assert item.commands.run is None
    assert item.commands.serve is not None
    assert "-c 512 -np 1 -b 512 -ub 512 --embedding --pooling cls" in item.commands.serve
    assert item.speed.decode is None


def test_a_model_made_from_a_chat_model_keeps_a_cache(catalog: Catalog, ask: Ask) -> None:
    """Qwen3-Embedding 0.6B: 28 layers of 8 heads of 128, keys and values in 16 bits, 512 tokens."""
    case, _ = _best(catalog, ask, CARD, "embedding", "qwen/qwen3-embedding-0.6b")
    assert sum(part.kv_cache for part in case.plan.memory) == 28 * 2 * 8 * 128 * 2 * 512


@pytest.mark.parametrize("use_case", ["vision", "embedding", "autocomplete"])
@pytest.mark.parametrize("box", [CARD, BOARD, Box(4, 9_400_000_000)])
def test_every_machine_has_an_answer_that_serves_the_use(catalog: Catalog, ask: Ask, box: Box, use_case: str) -> None:
    question = ask(box.hardware(catalog), use_case=use_case, minimum_speed=0.0)
    found = recommend(question).recommendations
    assert found
    for item in found:
        model = item.model
        match question.profile.task:
            case Task.PICTURES:
                assert "vision" in model.capabilities
                assert item.projector is not None or item.variant.format != "gguf"
            case Task.EMBEDDING:
                assert model.embedding is not None
            case _:
                assert model.fill_in_middle is not None
