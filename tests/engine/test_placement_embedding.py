"""Layouts of encoders, and what a use asks of the runtime beside the model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import EMBEDS, FILL_IN, LLAMA_CPP, PICTURES, PROJECTOR, VECTORS, a_model, a_plan, a_variant
from engine_plans import base

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.domain.abilities import PictureEncoder
from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.hardware import Backend, Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.domain.model import Variant
from llmadvise.domain.profile import Task
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Plan
from llmadvise.engine.memory.encoder import encoder_buffer
from llmadvise.engine.memory.shape import LayerCache, LayerState, Shape
from llmadvise.engine.placement_embedding import for_use, whole_inputs
from llmadvise.engine.speed.traffic import OPERATIONS_PER_BYTE
from llmadvise.units import GIB

MODEL = "baai/bge-m3"
"""24 layers of 1,024, widened to 4,096; 250,002 words; texts of up to 8,192 tokens."""
CACHE = LayerCache(key_elements=8, value_elements=8, kv_heads=1, key_head=8, value_head=8)
SHAPE = Shape(
    architecture="made-up", layers=2, hidden_size=8, vocabulary_size=10, heads=1, query_elements=8, output_elements=8,
    caches=(CACHE, CACHE), states=(None, None), feed_forward_size=8,
)  # fmt: skip


def variant() -> Variant:
    return next(item for item in base().catalog.models[MODEL].variants if item.format == "gguf" and item.bytes)


def plan(*sizes: float, ram: int = 32, context: int = 512, users: int = 1) -> Plan:
    """On cards of so many GiB."""
    gpus = tuple(
        Gpu(
            index=index, vendor="nvidia", name="card", memory_bytes=int(size * GIB), budget_bytes=int(size * GIB),
            memory_bandwidth=500 * 10**9, compute_capability="8.9", backends=(Backend.CUDA,),
        )
        for index, size in enumerate(sizes)
    )  # fmt: skip
    cpu = Cpu(cores=8, memory_bandwidth=60 * 10**9)
    hardware = Hardware(platform=Platform.LINUX, cpu=cpu, memory=Memory(total_bytes=ram * GIB), gpus=gpus)
    wanted = Requirements(use_case="embedding", context_length=context, users=users)
    question = ask(Request(hardware="x", requirements=wanted), base().catalog, hardware)
    found, _ = Assessor(question).judge(
        judge_model(question.catalog.models[MODEL], question)[0], variant(), anyway=True
    )
    assert found is not None
    return found.plan


def test_an_encoder_lies_on_one_gpu_but_for_its_table_of_words() -> None:
    found = plan(8)
    gpu, host = found.memory
    assert (found.placement.kind, found.placement.gpu_layers, found.placement.devices) == (
        PlacementKind.GPU, 25, ("gpu0",)
    )  # fmt: skip
    assert gpu.weights + host.weights <= (variant().bytes or 0)
    # 250,002 words of 1,024 elements; 34 bytes hold 32 of them in Q8_0.
    assert host.weights == pytest.approx(250_002 * 1024 * 34 / 32, rel=0.01)
    assert (gpu.kv_cache, host.kv_cache, host.compute) == (0, 0, 0)
    assert gpu.compute == encoder_buffer(512, hidden_size=1024, feed_forward_size=4096, gated=False)
    assert [item.layers for item in found.traffic] == [24]
    assert found.options[:4] == (("gpu_layers", "999"), ("slots", "1"), ("batch", "512"), ("ubatch", "512"))


def test_a_card_that_is_too_small_leaves_it_to_the_next_and_then_to_the_processor() -> None:
    assert plan(0.25, 8).placement.devices == ("gpu1",)
    found = plan(0.25)
    assert (found.placement.kind, found.placement.gpu_layers, found.placement.devices) == (
        PlacementKind.CPU, 0, ("cpu",)
    )  # fmt: skip
    assert found.options[0] == ("gpu_layers", "0")
    assert len(found.memory) == 1
    alone = plan()
    assert alone.options[0] == ("slots", "1"), "without a GPU there are no layers to keep off it"
    assert alone.memory[0].weights == pytest.approx(found.memory[0].weights)


def test_its_own_matrices_are_what_a_text_is_multiplied_with() -> None:
    """568 million parameters less the table of words."""
    (work,) = plan(8).traffic
    total = base().catalog.models[MODEL].parameters.active
    assert work.active_parameters == pytest.approx(total - 250_002 * 1024, rel=0.001)
    assert work.weight_bytes == pytest.approx(plan(8).memory[0].weights, rel=0.01)
    # Scores and their sum with the values: two operations each for every pair of tokens and element of 24 layers. The
    # speed model counts half of the pairs, as a decoder sees them.
    assert work.kv_bytes == 0
    assert work.kv_bytes_per_token * OPERATIONS_PER_BYTE / 2 == pytest.approx(24 * 1024 * (2 + 2), rel=0.01)


def test_a_batch_holds_the_longest_text() -> None:
    long = plan(8, context=4096)
    assert dict(long.options)["ubatch"] == dict(long.options)["batch"] == "4096"
    assert long.memory[0].compute == 8 * plan(8).memory[0].compute
    assert whole_inputs(EngineOptions(), 4096) == EngineOptions(batch=4096, ubatch=4096, outputs=0)
    said = EngineOptions(batch=100, ubatch=50, outputs=3)
    assert whole_inputs(said, 4096) == said


def test_pictures_bring_the_address_of_their_encoder() -> None:
    seeing = a_model(pictures=PictureEncoder(most_tokens=4096), projectors=(PROJECTOR,))
    found = for_use(a_plan(), seeing, a_variant(), PICTURES)
    assert found is not None
    assert dict(found.options)["projector"] == "https://huggingface.co/acme/anvil-gguf/resolve/main/mmproj-F16.gguf"
    assert (found.more_files, found.task) == (("mmproj-F16.gguf",), Task.PICTURES)
    pinned = replace(seeing, projectors=(replace(PROJECTOR, revision="abc"),))
    other = for_use(a_plan(), pinned, a_variant(), PICTURES)
    assert other is not None
    assert "/resolve/abc/" in dict(other.options)["projector"]
    vllm = for_use(a_plan(runtime=replace(LLAMA_CPP, engine="vllm")), seeing, a_variant(), PICTURES)
    assert vllm is not None
    assert (vllm.more_files, vllm.options) == ((), a_plan().options)
    without = for_use(a_plan(), a_model(), a_variant(), PICTURES)
    assert without is not None
    assert (without.more_files, without.decode) == ((), a_plan().decode)


def test_other_uses_leave_a_plan_as_it_is() -> None:
    text = replace(PICTURES, task=Task.TEXT)
    assert for_use(a_plan(), a_model(), a_variant(), text) == a_plan()
    assert for_use(a_plan(), a_model(), a_variant(), None) == a_plan()
    assert for_use(None, a_model(), a_variant(), PICTURES) is None
    pooled = for_use(a_plan(), a_model(), a_variant(), VECTORS)
    assert pooled is not None
    assert "pooling" not in dict(pooled.options), "nobody said how its vectors are pooled"
    assert for_use(a_plan(), a_model(embedding=EMBEDS), a_variant(), VECTORS) != pooled


@pytest.mark.parametrize(
    ("shape", "reuses"),
    [
        (SHAPE, True),
        (None, False),
        (replace(SHAPE, caches=(CACHE, replace(CACHE, window=512))), False),
        (replace(SHAPE, states=(None, LayerState(convolution_bytes=1, state_bytes=1))), False),
        (replace(SHAPE, caches=(None, CACHE)), True),
    ],
)
def test_only_a_plain_cache_can_be_moved(shape: Shape | None, reuses: bool) -> None:
    runtime = replace(LLAMA_CPP, flags={"cache_reuse": "--cache-reuse {value}"})
    found = for_use(a_plan(runtime=runtime), a_model(), a_variant(), FILL_IN, shape)
    assert found is not None
    assert dict(found.options).get("cache_reuse") == ("256" if reuses else None)
    assert found.rereads is not reuses
    silent = for_use(a_plan(), a_model(), a_variant(), FILL_IN, shape)
    assert silent is not None
    assert "cache_reuse" not in dict(silent.options)
