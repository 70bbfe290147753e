"""Layouts of llama.cpp over several GPUs, held against how it spreads layers (src/llama-model.cpp: load_tensors)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_plans import Box, of_hardware, plan

from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.hardware import Backend
from llmadvise.engine.case import Plan
from llmadvise.engine.memory.overhead import SPLIT, WHOLE, Spread
from llmadvise.engine.plan_parts import excess

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


@pytest.mark.parametrize(("wanted", "on_gpu"), [(1, 0), (2, 1), (21, 20), (40, 39)])
def test_the_last_layers_and_the_output_lie_on_the_gpu(wanted: int, on_gpu: int) -> None:
    """llama.cpp counts units from the end, of which the output is the first to go."""
    found = plan(Box(64, (24,)), DENSE, 8192, EngineOptions(gpu_layers=wanted))
    assert layers(found) == {"gpu0": on_gpu, "cpu": 40 - on_gpu}
    assert found.placement.kind is PlacementKind.OFFLOAD
    assert (found.placement.gpu_layers, dict(found.options)["gpu_layers"]) == (wanted, str(wanted))
    gpu, host = found.memory
    assert gpu.kv_cache == on_gpu * 2 * 1024 * 2 * 8192, "eight heads of 128, keys and values in 16 bits"
    assert host.kv_cache == (40 - on_gpu) * 2 * 1024 * 2 * 8192
    assert found.placement.devices == ("gpu0", "cpu")


@pytest.mark.parametrize("cards", [(24,), (24, 24)])
def test_more_layers_than_there_are_mean_all(cards: tuple[int, ...]) -> None:
    for wanted in (41, 42, 1 << 20):
        found = plan(Box(64, cards), DENSE, 8192, EngineOptions(gpu_layers=wanted))
        assert (found.placement.kind, found.placement.gpu_layers) == (PlacementKind.GPU, 41)
        assert dict(found.options)["gpu_layers"] == "999"
        assert sum(layers(found).values()) == 40
        assert "cpu" not in found.placement.devices


def test_no_layers_on_a_gpu_is_the_processor() -> None:
    found = plan(Box(64, (24,)), DENSE, 8192, EngineOptions(gpu_layers=0))
    assert (found.placement.kind, found.placement.devices) == (PlacementKind.CPU, ("cpu",))
    assert dict(found.options)["gpu_layers"] == "0"
    assert layers(found) == {"cpu": 40}
    assert len(found.memory) == 1
    alone = plan(Box(64, ()), DENSE, 8192, EngineOptions(gpu_layers=20))
    assert alone.placement.kind is PlacementKind.CPU
    assert "gpu_layers" not in dict(alone.options)


def test_experts_of_leading_blocks_stay_in_ram() -> None:
    whole = plan(Box(64, (24,)), MIXTURE, 8192, EngineOptions(gpu_layers=999))
    found = plan(Box(64, (24,)), MIXTURE, 8192, EngineOptions(cpu_moe_layers=12))
    assert (found.placement.kind, found.placement.gpu_layers, found.placement.cpu_moe_layers) == (
        PlacementKind.OFFLOAD, 49, 12
    )  # fmt: skip
    assert dict(found.options)["cpu_moe_layers"] == "12"
    assert "cpu_moe_layers" not in dict(whole.options)
    assert layers(found) == {"gpu0": 48, "cpu": 12}
    assert found.memory[0].kv_cache == whole.memory[0].kv_cache
    moved = whole.memory[0].weights - found.memory[0].weights
    assert moved == found.memory[1].weights - whole.memory[1].weights > 0


@pytest.mark.parametrize("cards", [(8,), (6, 6), (5, 3)])
def test_as_many_layers_as_fit_lie_on_the_gpus(cards: tuple[int, ...]) -> None:
    box = Box(64, cards)
    found = plan(box, DENSE, 8192)
    assert found.fits
    assert found.placement.kind is PlacementKind.OFFLOAD
    most = found.placement.gpu_layers
    assert 0 < most < 41
    assert layers(found)["cpu"] == 41 - most
    assert plan(box, DENSE, 8192, EngineOptions(gpu_layers=most)).fits
    assert not plan(box, DENSE, 8192, EngineOptions(gpu_layers=most + 1)).fits


@pytest.mark.parametrize("cards", [(12,), (8, 6)])
def test_as_few_experts_as_must_stay_in_ram(cards: tuple[int, ...]) -> None:
    box = Box(64, cards)
    found = plan(box, MIXTURE, 8192)
    assert found.fits
    fewest = found.placement.cpu_moe_layers
    assert 0 < fewest < 48
    assert found.placement.gpu_layers == 49
    split = tuple(float(item.device.budget_bytes) for item in found.memory[:-1]) if len(cards) > 1 else None
    told = EngineOptions(cpu_moe_layers=fewest, tensor_split=split)
    assert plan(box, MIXTURE, 8192, told).fits
    assert not plan(box, MIXTURE, 8192, replace(told, cpu_moe_layers=fewest - 1)).fits


def test_where_not_even_the_rest_of_a_mixture_fits_whole_layers_move() -> None:
    found = plan(Box(64, (2,)), MIXTURE, 8192)
    assert found.placement.cpu_moe_layers == 0
    assert found.placement.gpu_layers < 49
    assert found.fits


def test_what_fits_nowhere_is_the_plan_that_lacks_least() -> None:
    found = plan(Box(4, (4,)), ("meta-llama/llama-3.3-70b-instruct", "Q4_K_M"), 8192)
    assert not found.fits
    assert (found.decode, found.traffic) == (None, ())
    everywhere = (EngineOptions(gpu_layers=0), EngineOptions(gpu_layers=81))
    others = [plan(Box(4, (4,)), ("meta-llama/llama-3.3-70b-instruct", "Q4_K_M"), 8192, item) for item in everywhere]
    assert excess(found) <= min(map(excess, others))


def test_batches_are_said_where_the_user_said_them() -> None:
    plain = dict(plan(PAIR, DENSE, 8192).options)
    assert not {"batch", "ubatch", "kv_type", "flash_attention"} & plain.keys()
    told = dict(plan(PAIR, DENSE, 8192, EngineOptions(batch=1024, ubatch=256)).options)
    assert (told["batch"], told["ubatch"], told["slots"]) == ("1024", "256", "1")


def test_the_faster_card_comes_first_and_of_equals_the_larger() -> None:
    hardware = Box(64, (24, 24)).hardware()
    slow, fast = hardware.gpus[0], replace(hardware.gpus[1], memory_bandwidth=2 * 10**12)
    assert of_hardware(replace(hardware, gpus=(slow, fast)), DENSE).placement.devices == ("gpu1",)
    unknown = replace(slow, memory_bandwidth=None)
    assert of_hardware(replace(hardware, gpus=(unknown, hardware.gpus[1])), DENSE).placement.devices == ("gpu1",)
    large = replace(hardware.gpus[1], budget_bytes=30 << 30)
    assert of_hardware(replace(hardware, gpus=(slow, large)), DENSE).placement.devices == ("gpu1",)
    second = of_hardware(
        replace(hardware, gpus=(replace(fast, index=0, budget_bytes=4 << 30), hardware.gpus[1])), DENSE
    )
    assert second.placement.devices == ("gpu1",)
    assert dict(second.options)["main_gpu"] == "1", "the engine counts the fastest first, as the planner does"


def test_other_backends_are_not_mixed() -> None:
    hardware = Box(64, (10, 10)).hardware()
    mixed = replace(hardware, gpus=(hardware.gpus[0], replace(hardware.gpus[1], backends=(Backend.VULKAN,))))
    found = of_hardware(mixed, DENSE)
    assert not {"gpu0", "gpu1"} <= set(found.placement.devices)
    assert "split_mode" not in dict(found.options)


def test_one_memory_is_not_split() -> None:
    """What does not fit beside the processor's part of the same memory does not fit elsewhere in it either."""
    hardware = Box(64, (12,)).hardware()
    shared = replace(hardware, gpus=(replace(hardware.gpus[0], unified=True, backends=(Backend.VULKAN,)),))
    assert of_hardware(shared, DENSE).placement.kind is PlacementKind.CPU
    assert of_hardware(hardware, DENSE).placement.kind is PlacementKind.OFFLOAD


@pytest.mark.parametrize(
    ("file", "options", "spread"),
    [
        (DENSE, EngineOptions(gpu_layers=999), WHOLE),
        (DENSE, EngineOptions(gpu_layers=20), SPLIT),
        (MIXTURE, EngineOptions(cpu_moe_layers=12), SPLIT),
        (DENSE, EngineOptions(gpu_layers=0), WHOLE),
    ],
)
def test_a_split_is_less_sure(file: tuple[str, str], options: EngineOptions, spread: Spread) -> None:
    """Compute buffers of the closed form are further off where part of the layers is on the host (docs/accuracy.md)."""
    part = plan(Box(64, (24,)), file, 8192, options).memory[0]
    above = part.total.high - part.total.value - (part.overhead.high - part.overhead.value)
    below = part.total.value - part.total.low - (part.overhead.value - part.overhead.low)
    assert above / part.compute == pytest.approx(spread[1] - 1, abs=1e-6)
    assert below / part.compute == pytest.approx(1 - spread[0], abs=1e-6)
