"""Layouts of llama.cpp over several GPUs, held against how it spreads layers (src/llama-model.cpp: load_tensors)."""

from __future__ import annotations

import pytest
from engine_plans import Box, plan

from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.engine.case import Plan

DENSE, MIXTURE = ("qwen/qwen3-14b", "Q8_0"), ("qwen/qwen3-30b-a3b", "Q4_K_M")
"""40 blocks; 48 blocks of 128 experts."""
PAIR = Box(64, (24, 24))


def layers(found: Plan) -> dict[str, int]:
    """Blocks that each device works on."""
    return {item.device.id: item.layers for item in found.traffic}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # Unit u of 41 goes to the first GPU while u / 41 is below its part; the last unit is the output.
        ((1.0, 1.0), {"gpu0": 21, "gpu1": 19}),
        ((3.0, 1.0), {"gpu0": 31, "gpu1": 9}),
        ((1.0, 3.0), {"gpu0": 11, "gpu1": 29}),
        ((1.0, 0.0), {"gpu0": 40}),
        ((1.0,), {"gpu0": 40}),
        ((0.0, 1.0), {"gpu1": 40}),
        ((40.0, 1.0), {"gpu0": 40, "gpu1": 0}),
    ],
)
def test_a_split_that_was_asked_for_is_planned(parts: tuple[float, ...], expected: dict[str, int]) -> None:
    found = plan(PAIR, DENSE, 8192, EngineOptions(tensor_split=parts))
    assert layers(found) == expected
    assert found.placement.devices == tuple(expected)
    assert dict(found.options)["tensor_split"] == ",".join(f"{part / sum(parts):.2f}" for part in parts)


def test_all_weights_are_read_however_they_are_split() -> None:
    alone = plan(PAIR, DENSE, 8192)
    for parts in ((1.0, 1.0), (3.0, 1.0), (1.0, 0.0), (0.0, 1.0)):
        found = plan(PAIR, DENSE, 8192, EngineOptions(tensor_split=parts))
        for part in ("weight_bytes", "active_parameters"):
            whole = sum(getattr(item, part) for item in alone.traffic)
            assert sum(getattr(item, part) for item in found.traffic) == pytest.approx(whole, abs=1)


def test_one_of_several_gpus_is_said_so_that_the_engine_does_not_spread() -> None:
    """llama.cpp docs/multi-gpu.md: `layer` is the default split, `none` takes the GPU that `--main-gpu` names."""
    found = dict(plan(PAIR, DENSE, 8192).options)
    assert found["split_mode"] == "none"
    assert not {"main_gpu", "tensor_split"} & found.keys()
    second = dict(plan(Box(64, (8, 24)), DENSE, 8192).options)
    # Of cards that are equally fast the one with more memory stands first.
    assert (second["split_mode"], second.get("main_gpu")) == ("none", None)
    assert "split_mode" not in dict(plan(Box(64, (24,)), DENSE, 8192).options)
    assert "split_mode" not in dict(plan(Box(64, (10, 10)), DENSE, 8192).options)


@pytest.mark.parametrize("mode", ["layer", "row", "LAYER"])
def test_a_split_mode_that_was_asked_for_spreads(mode: str) -> None:
    found = plan(PAIR, DENSE, 8192, EngineOptions(split_mode=mode))
    assert found.placement.devices == ("gpu0", "gpu1")
    assert plan(Box(64, (24,)), DENSE, 8192, EngineOptions(split_mode=mode)).placement.devices == ("gpu0",)


def test_who_wants_but_one_gpu_gets_no_more() -> None:
    small = Box(64, (10, 10))
    assert plan(small, DENSE, 8192).placement.devices == ("gpu0", "gpu1")
    found = plan(small, DENSE, 8192, EngineOptions(split_mode="none"))
    assert found.placement.devices == ("gpu0", "cpu")
    assert found.placement.kind is PlacementKind.OFFLOAD
    told = plan(PAIR, DENSE, 8192, EngineOptions(split_mode="none", gpu_layers=10))
    assert told.placement.devices == ("gpu0", "cpu")


def test_what_does_not_fit_on_the_gpus_is_read_from_ram() -> None:
    """Leading blocks, or their experts, stay on the host: their bytes are read there and nowhere else."""
    found = plan(PAIR, DENSE, 8192, EngineOptions(gpu_layers=21))
    assert layers(found) == {"gpu0": 11, "gpu1": 9, "cpu": 20}
    experts = plan(PAIR, MIXTURE, 8192, EngineOptions(cpu_moe_layers=12, tensor_split=(1.0, 1.0)))
    assert layers(experts) == {"gpu0": 25, "gpu1": 23, "cpu": 12}
    away = next(item for item in experts.traffic if item.device.id == "cpu")
    kept = sum(item.expert_bytes for item in experts.traffic if item.device.id != "cpu")
    assert away.weight_bytes == away.expert_bytes
    # Of 48 blocks that are alike but for some mixed precision, 12 lie in RAM.
    assert away.expert_bytes / (away.expert_bytes + kept) == pytest.approx(12 / 48, abs=0.03)
