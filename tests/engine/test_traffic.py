"""What each device reads for a token: nothing is lost and nothing read twice, however the blocks lie."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import ARCHITECTURE, a_model
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Experts, Parameters
from llmadvise.engine.device import Device
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.traffic import ActiveBytes, Share, active_bytes, traffic

GPU = Device(id="gpu0", backend=Backend.CUDA, budget_bytes=0, memory_bandwidth=None)
SECOND = replace(GPU, id="gpu1")
HOST = Device(id="cpu", backend=Backend.CPU, budget_bytes=0, memory_bandwidth=None)
DENSE = WeightLayout(
    token_embedding_bytes=50, output_bytes=70, tied=False, other_bytes=10, layer_bytes=(100, 200, 300, 400)
)
MIXED = replace(DENSE, expert_bytes=(0, 160, 240, 320))
MODEL = a_model(parameters=Parameters(total=1000, active=1000))
MIXTURE = a_model(
    parameters=Parameters(total=1000, active=400),
    architecture=replace(ARCHITECTURE, experts=Experts(total=8, used=2)),
)
NOTHING = ((0,) * 5, (0,) * 5)


def test_a_dense_model_is_read_whole() -> None:
    found = active_bytes(MODEL, DENSE)
    assert (found.dense, found.experts) == ((0, 100, 300, 600, 1000), (0, 0, 0, 0, 0))
    assert (found.output, found.total, found.layers) == (80, 1080, 4)
    # All that is loaded, the table of tokens among it, by the part of the parameters that a token is multiplied with.
    assert (found.counted, found.spread) == (1130, 1.0)


def test_of_experts_the_used_ones_are_read() -> None:
    found = active_bytes(MIXTURE, MIXED)
    assert found.dense == (0, 100, 140, 200, 280)
    assert found.experts == (0, 0, 40, 100, 180)
    assert (found.spread, found.counted) == (4.0, 1130 * 400 // 1000)


def test_each_device_reads_its_blocks() -> None:
    active = active_bytes(MODEL, DENSE)
    shares = [Share(device=GPU, first=0, last=1), Share(device=SECOND, first=1, last=4, output=True)]
    cache = ((0, 1, 3, 6, 10), (0, 10, 30, 60, 100))
    one, other = traffic(active, shares, HOST, 540, cache)
    assert (one.device, one.layers, one.kv_bytes, one.kv_bytes_per_token) == (GPU, 1, 1, 10.0)
    assert (other.device, other.layers, other.kv_bytes, other.kv_bytes_per_token) == (SECOND, 3, 9, 90.0)
    assert one.weight_bytes == round(1130 * 100 / 1080)
    assert one.active_parameters == 50
    assert other.active_parameters == 490
    assert (one.expert_bytes, one.expert_ratio) == (0, 1.0)


def test_experts_kept_away_are_read_from_the_host() -> None:
    """Those of the first two blocks: 40 of the 180 bytes of experts."""
    active = active_bytes(MIXTURE, MIXED)
    gpu, host = traffic(active, [Share(device=GPU, first=0, last=4, output=True, experts_from=2)], HOST, 540, NOTHING)
    assert host.device == HOST
    assert host.layers == 2
    assert host.weight_bytes == host.expert_bytes == round(452 * 40 / 540)
    assert gpu.weight_bytes == round(452 * 500 / 540)
    assert gpu.expert_bytes == round(452 * 140 / 540)
    assert (host.active_parameters, gpu.active_parameters) == (40, 500)


def test_a_device_without_anything_is_not_named() -> None:
    active = active_bytes(MODEL, DENSE)
    shares = [Share(device=GPU, first=0, last=4, output=True), Share(device=SECOND, first=4, last=4)]
    assert [item.device.id for item in traffic(active, shares, HOST, 100, NOTHING)] == ["gpu0"]
    only_output = [Share(device=GPU, first=0, last=4), Share(device=SECOND, first=4, last=4, output=True)]
    assert [item.device.id for item in traffic(active, only_output, HOST, 100, NOTHING)] == ["gpu0", "gpu1"]
    state = replace(active, dense=(0, 0, 300, 600, 1000))
    only_state = traffic(state, [Share(device=GPU, first=0, last=1)], HOST, 100, ((0, 5, 5, 5, 5), (0,) * 5))
    assert [(item.weight_bytes, item.kv_bytes) for item in only_state] == [(0, 5)]


@given(
    sizes=st.lists(st.tuples(st.integers(1, 10**9), st.floats(0, 1)), min_size=1, max_size=12),
    cut=st.floats(0, 1), away=st.floats(0, 1), used=st.integers(1, 8),
)  # fmt: skip
def test_however_it_is_cut_all_is_read_once(sizes: list[tuple[int, float]], cut: float, away: float, used: int) -> None:
    layout = replace(
        DENSE,
        layer_bytes=tuple(size for size, _ in sizes),
        expert_bytes=tuple(int(size * part) for size, part in sizes),
    )
    model = replace(MIXTURE, architecture=replace(ARCHITECTURE, experts=Experts(total=8, used=used)))
    active, blocks = active_bytes(model, layout), len(sizes)
    first, kept = round(blocks * cut), round(blocks * away)
    shares = [
        Share(device=HOST, first=0, last=first),
        Share(device=GPU, first=first, last=blocks, output=True, experts_from=kept),
    ]
    cache = (tuple(range(blocks + 1)), tuple(range(0, 2 * blocks + 1, 2)))
    found = traffic(active, shares, HOST, 10**9, cache)
    assert sum(item.weight_bytes for item in found) == pytest.approx(active.counted, abs=3)
    assert sum(item.active_parameters for item in found) == pytest.approx(10**9, abs=3)
    assert sum(item.kv_bytes for item in found) == blocks
    assert sum(item.kv_bytes_per_token for item in found) == 2 * blocks
    assert all(0 <= item.expert_bytes <= item.weight_bytes for item in found)


def test_places_share_what_is_counted() -> None:
    """The calibration counts file bytes; an entry's part of them is its part of the bytes read."""
    active = ActiveBytes(dense=(0, 30, 60), experts=(0, 0, 0), output=40, spread=1.0, counted=1000)
    (whole,) = traffic(active, [Share(device=GPU, first=0, last=2, output=True)], HOST, 100, ((0,) * 3, (0,) * 3))
    (half,) = traffic(active, [Share(device=GPU, first=0, last=1)], HOST, 100, ((0,) * 3, (0,) * 3))
    assert (whole.weight_bytes, whole.active_parameters) == (1000, 100)
    assert (half.weight_bytes, half.active_parameters) == (300, 30)
