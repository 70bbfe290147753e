"""Many users at once: a step reads the weights once, so all get more together and each gets less."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speed_devices import CALIBRATION, gpu, traffic

from llmadvise.domain.hardware import Backend
from llmadvise.engine.speed import Traffic, decode_speed
from llmadvise.engine.speed.serving import Serving, serve

WORK = ("vllm", "f16", False)


def served(
    item: Traffic, users: int, *, together: int | None = None, work: tuple[str, str | None, bool] = WORK
) -> Serving:
    found = serve(
        [item], users=users, together=together or users, prompt_tokens=512, work=work, calibration=CALIBRATION
    )
    assert found is not None
    return found


def item() -> Traffic:
    return traffic(gpu(), 16_068_890_000, slope=131_072.0)


def test_an_m2_ultra_decodes_for_four() -> None:
    # llama.cpp pull request 16894, llama-batched-bench, Qwen2.5-Coder 7B Q8_0, 512 tokens: 79.0 tokens a second for one
    # sequence, 136.4 for two, 224.5 for four.
    device = gpu("Apple M2", 819_200_000_000, 2.72e13, backend=Backend.METAL, shader=2.72e13, watts=None)
    work = traffic(device, 8_098_525_888, 29_360_128, 7_620_000_000, 28, slope=57_344.0)
    for users, measured in ((2, 136.37), (4, 224.51)):
        together = served(work, users, work=("llama.cpp", "q8", False)).together
        assert together.low < measured < together.high
        assert measured / 1.35 < together.value < measured * 1.35


@given(st.integers(1, 500))
@settings(max_examples=60, deadline=None)
def test_more_users_get_more_together_and_less_each(users: int) -> None:
    few, many = served(item(), users), served(item(), users + 1)
    assert many.together.value >= few.together.value * (1 - 1e-9)
    assert many.each.value <= few.each.value * (1 + 1e-9)
    assert few.first_token is not None
    assert many.first_token is not None
    assert many.first_token.value > few.first_token.value


def test_one_user_gets_what_decoding_gives() -> None:
    alone = decode_speed([item()], speed_class="f16", mixture=False, runtime="vllm", calibration=CALIBRATION)
    assert alone is not None
    assert served(item(), 1).each.value == pytest.approx(alone.value)


def test_without_slots_users_take_turns() -> None:
    turns = served(item(), 8, together=1)
    assert turns.together.value == pytest.approx(served(item(), 1).together.value)
    assert turns.each.value == pytest.approx(turns.together.value / 8)


def test_throughput_does_not_exceed_that_of_reading() -> None:
    # With many sequences the arithmetic counts: 2 operations a parameter at the rate of a prompt.
    crowd = served(item(), 4096).together.value
    assert crowd < 165.2e12 / (2 * 8.03e9)


def test_unknown_bandwidth_gives_nothing() -> None:
    unknown = traffic(gpu(bandwidth=None))
    assert serve([unknown], users=2, together=2, prompt_tokens=512, work=WORK, calibration=CALIBRATION) is None
