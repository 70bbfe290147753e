"""What must hold for the layout of any file on any machine."""

from __future__ import annotations

from engine_plans import FILES_OF_PLANS, Box, plan
from hypothesis import given, settings
from hypothesis import strategies as st

from llmadvise.domain.engine_options import EngineOptions
from llmadvise.engine.plan_context import kv_text

many = settings(max_examples=60, deadline=None, derandomize=True)
boxes = st.builds(Box, st.integers(4, 96), st.lists(st.integers(4, 48), max_size=3).map(tuple))
contexts = st.sampled_from([2048, 8192, 16384, 32768])


@many
@given(box=boxes, file=st.sampled_from(FILES_OF_PLANS), context=contexts)
def test_no_budget_is_exceeded(box: Box, file: tuple[str, str], context: int) -> None:
    found = plan(box, file, context)
    over = [item for item in found.memory if item.total.high > item.device.budget_bytes]
    assert found.fits is (not over)
    assert (found.decode is not None) is found.fits


@many
@given(
    box=boxes, file=st.sampled_from(FILES_OF_PLANS), context=contexts, ram=st.integers(0, 32), card=st.integers(0, 24)
)
def test_a_larger_machine_never_has_a_worse_plan(
    box: Box, file: tuple[str, str], context: int, ram: int, card: int
) -> None:
    """It still fits, and is no slower unless it keeps a better cache."""
    larger = Box(box.ram + ram, tuple(size + card for size in box.cards))
    before, after = plan(box, file, context), plan(larger, file, context)
    if not before.fits:
        return
    assert after.fits
    assert before.settings is not None
    assert after.settings is not None
    if kv_text(before.settings) == kv_text(after.settings):
        assert before.decode is not None
        assert after.decode is not None
        assert after.decode.value >= before.decode.value * 0.999
    else:
        assert kv_text(after.settings) == "f16"


@many
@given(box=boxes, file=st.sampled_from(FILES_OF_PLANS), context=contexts, size=st.integers(4, 48))
def test_one_card_more_never_unfits(box: Box, file: tuple[str, str], context: int, size: int) -> None:
    before, after = plan(box, file, context), plan(Box(box.ram, (*box.cards, size)), file, context)
    assert after.fits or not before.fits


@many
@given(file=st.sampled_from(FILES_OF_PLANS), context=contexts, layers=st.integers(1, 20))
def test_a_layer_moved_takes_its_bytes_along(file: tuple[str, str], context: int, layers: int) -> None:
    """Weights and cache are neither lost nor doubled by moving layers from the GPU to the host."""
    box = Box(256, (256,))
    first = plan(box, file, context, EngineOptions(gpu_layers=layers))
    second = plan(box, file, context, EngineOptions(gpu_layers=layers + 1))
    for part in ("weights", "kv_cache"):
        assert sum(getattr(item, part) for item in first.memory) == sum(getattr(item, part) for item in second.memory)
    assert second.memory[0].weights > first.memory[0].weights
