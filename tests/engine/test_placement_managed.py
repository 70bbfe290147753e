"""Runtimes that start llama.cpp's server in their own way, against what Ollama's source says (fb3076099)."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.hardware import Backend, Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Plan
from llmadvise.engine.estimate import Laid, as_started, estimate, lay_out_known
from llmadvise.engine.estimate_runtimes import under_runtimes
from llmadvise.engine.placement_managed import own_context, rough_estimate
from llmadvise.engine.question import Question
from llmadvise.units import GIB

CATALOG = load_catalog(None)
RESERVE = CATALOG.calibration.memory.gpu_reserve_bytes


def gpu(index: int, total: float, *, unified: bool = False, backend: Backend = Backend.CUDA) -> Gpu:
    size = int(total * GIB)
    return Gpu(
        index=index, vendor="nvidia", name="Test", memory_bytes=size, free_bytes=size, budget_bytes=size - RESERVE,
        unified=unified, memory_bandwidth=500 * 10**9, compute_capability="8.9", backends=(backend,),
    )  # fmt: skip


def question(runtime: str, *gpus: Gpu, context: int | None = None, users: int = 1) -> Question:
    hardware = Hardware(
        platform=Platform.LINUX,
        cpu=Cpu(cores=16, architecture="x86_64", memory_bandwidth=80 * 10**9),
        memory=Memory(total_bytes=128 * GIB, available_bytes=120 * GIB),
        gpus=gpus,
    )
    requirements = Requirements(runtime=runtime, context_length=context, users=users, asked=("runtime",))
    return ask(Request(requirements=requirements), CATALOG, hardware)


def laid(runtime: str, *gpus: Gpu, model: str = "qwen/qwen3-8b", scheme: str = "Q4_K_M", **asked: int) -> Laid:
    found = CATALOG.models[model]
    variant = next(item for item in found.variants if item.quantization == scheme and item.bytes)
    return lay_out_known(question(runtime, *gpus, **asked), found, variant)


def plan(runtime: str, *gpus: Gpu, model: str = "qwen/qwen3-8b", scheme: str = "Q4_K_M", **asked: int) -> Plan:
    return laid(runtime, *gpus, model=model, scheme=scheme, **asked).plan


@pytest.mark.parametrize(
    ("totals", "expected"),
    [((), 4096), ((16.0,), 4096), ((23.5,), 32768), ((24.0,), 32768), ((24.0, 24.0), 262144), ((80.0,), 262144)],
)
def test_ollama_gives_a_context_by_the_memory_of_all_gpus(totals: tuple[float, ...], expected: int) -> None:
    """server/routes.go: 47 and 23 GiB."""
    machine = question("ollama", *(gpu(index, total) for index, total in enumerate(totals))).machine
    assert own_context(CATALOG.runtimes["ollama"].sizing, machine) == expected


@pytest.mark.parametrize(("context", "batch"), [(4096, 512), (8192, 1024), (32768, 1024), (40000, 2048)])
def test_ollama_reads_prompts_in_batches_by_context(context: int, batch: int) -> None:
    """server/sched.go: generationBatchForContext, with room on the GPU."""
    settings = plan("ollama", gpu(0, 48), context=context).settings
    assert settings is not None
    assert (settings.batch, settings.ubatch) == (batch, batch)


def test_ollama_takes_the_smallest_batch_where_its_estimate_is_near_the_memory() -> None:
    settings = plan("ollama", gpu(0, 8), context=8192).settings
    assert settings is not None
    assert settings.ubatch == 512


def test_ollama_keeps_a_gibibyte_of_each_gpu_free() -> None:
    own, plain = plan("ollama", gpu(0, 24)), plan("llama.cpp", gpu(0, 24))
    assert own.memory[0].device.budget_bytes == 23 * GIB
    assert plain.memory[0].device.budget_bytes == 24 * GIB - RESERVE
    assert "runtime-splits-itself" in [finding.rule for finding in own.findings]


def test_ollama_puts_fewer_layers_on_a_gpu_that_is_too_small() -> None:
    for size in (3.0, 4.0, 5.0):
        own, plain = plan("ollama", gpu(0, size)), plan("llama.cpp", gpu(0, size))
        assert own.placement.gpu_layers < plain.placement.gpu_layers


def test_ollama_uses_one_of_two_gpus_where_its_estimate_fits() -> None:
    assert plan("ollama", gpu(0, 24), gpu(1, 24)).placement.devices == ("gpu0",)
    large = plan("ollama", gpu(0, 6), gpu(1, 6))
    assert set(large.placement.devices) >= {"gpu0", "gpu1"}


def test_ollama_leaves_integrated_gpus_without_a_library_of_their_own_alone() -> None:
    own = plan("ollama", gpu(0, 32, unified=True, backend=Backend.VULKAN))
    assert own.placement.gpu_layers == 0
    assert "runtime-leaves-gpu-out" in [finding.rule for finding in own.findings]


def test_ollama_serves_some_architectures_one_at_a_time() -> None:
    """server/sched.go: qwen35moe and others; each user then has the whole context in turn."""
    several = plan("ollama", gpu(0, 48), context=4096, users=8)
    one = plan("ollama", gpu(0, 48), model="qwen/qwen3.6-35b-a3b", context=4096, users=8)
    assert several.settings is not None
    assert one.settings is not None
    assert (several.settings.slots, several.settings.context_length, several.context_length) == (8, 32768, 4096)
    assert (one.settings.slots, one.settings.context_length, one.context_length) == (1, 4096, 4096)
    assert "runtime-serves-one" in [finding.rule for finding in one.findings]


def test_lm_studio_has_four_slots_in_one_cache() -> None:
    settings = plan("lm-studio", gpu(0, 24)).settings
    assert settings is not None
    assert (settings.slots, settings.kv_unified) == (4, True)


def test_what_the_user_says_of_the_batch_holds() -> None:
    asked = question("ollama", gpu(0, 48), context=8192)
    asked = replace(asked, options=replace(asked.options, ubatch=256))
    found = CATALOG.models["qwen/qwen3-8b"]
    variant = next(item for item in found.variants if item.quantization == "Q4_K_M" and item.bytes)
    settings = lay_out_known(asked, found, variant).plan.settings
    assert settings is not None
    assert settings.ubatch == 256


def test_the_same_model_takes_different_memory_in_each_runtime() -> None:
    asked = question("llama.cpp", gpu(0, 24), context=8192)
    rows = under_runtimes(asked, laid("llama.cpp", gpu(0, 24), context=8192))
    totals = {row.runtime: row.total_bytes for row in rows}
    assert next(iter(totals)) == "llama.cpp"
    assert {"ollama", "lm-studio", "vllm"} <= set(totals)
    assert len(set(totals.values())) == len(totals)
    assert all(row.why for row in rows)


def notes(found: Plan) -> dict[str, str]:
    return {item.rule: item.message for item in found.findings}


def test_what_a_runtime_does_its_own_way_is_said() -> None:
    own = notes(plan("ollama", gpu(0, 16), context=8192))
    assert own["runtime-default-context"] == (
        "Ollama gives 4,096 tokens on this machine unless told, and cuts longer prompts; the command sets 8,192"
    )
    assert own["runtime-own-settings"] == (
        "Ollama reads prompts 1,024 tokens at a time in 1 slot, where llama.cpp would take 512 in 1: other buffers"
    )
    assert "keeps 1.0 GiB of each GPU free" in own["runtime-splits-itself"]
    assert not {"runtime-leaves-gpu-out", "runtime-serves-one", "runtime-sizing-unknown"} & own.keys()
    short = notes(plan("ollama", gpu(0, 16), context=4096))
    assert not {"runtime-default-context", "runtime-own-settings"} & short.keys()
    studio = notes(plan("lm-studio", gpu(0, 16), context=4096))
    assert "in 4 slots, where llama.cpp would take 512 in 1" in studio["runtime-own-settings"]
    assert "does not publish" in studio["runtime-sizing-unknown"]


def test_without_a_gpu_there_is_no_margin_to_keep() -> None:
    own = plan("ollama")
    assert "runtime-splits-itself" not in notes(own)
    assert own.placement.devices == ("cpu",)


def test_a_gpu_that_is_left_out_is_named() -> None:
    own = notes(plan("ollama", gpu(0, 24), gpu(1, 12)))
    assert own["runtime-leaves-gpu-out"] == "Ollama does not use gpu1 for this model by default"


def test_the_card_with_most_free_memory_is_taken() -> None:
    assert plan("ollama", gpu(0, 12), gpu(1, 24)).placement.devices == ("gpu1",)


@pytest.mark.parametrize(("model", "heads", "head"), [("qwen/qwen3-8b", 8, 128), ("google/gemma-3-4b-it", 4, 320)])
def test_its_own_forecast_is_file_and_cache_of_all_layers(model: str, heads: int, head: int) -> None:
    """llm/llama_server.go: heads of the narrowest layer, at the model's width over its heads, two bytes each for K and V."""
    found = laid("llama.cpp", gpu(0, 24), model=model, context=4096)
    shape, layout = found.candidate.shape, found.layout
    assert shape is not None
    assert layout is not None
    assert found.plan.settings is not None
    task = SimpleNamespace(shape=shape, layout=layout)
    file = layout.loaded_bytes + layout.skipped_bytes + layout.overhead_bytes
    assert rough_estimate(task, found.plan.settings) == file + 4 * shape.layers * heads * head * 4096  # type: ignore[arg-type]  # what it looks at


def test_a_context_of_its_own_counts_what_metal_may_wire() -> None:
    """24 GiB installed, of which 16 may be wired: below the 23 GiB from which it gives more."""
    metal = replace(gpu(0, 24, unified=True, backend=Backend.METAL), budget_bytes=16 * GIB)
    sizing = CATALOG.runtimes["ollama"].sizing
    assert own_context(sizing, question("ollama", metal).machine) == 4096
    assert own_context(sizing, question("ollama", replace(metal, budget_bytes=23 * GIB)).machine) == 32768
    assert own_context(None, question("ollama", metal).machine) is None


def test_an_estimate_takes_the_context_that_the_runtime_gives() -> None:
    """Only where it was asked for and no length was; never more than the model was trained for."""
    plain = question("ollama", gpu(0, 24))
    assert as_started(plain, 40960).requirements.context_length == 32768
    assert as_started(plain, 8192).requirements.context_length == 8192
    said = replace(plain, requirements=replace(plain.requirements, asked=("runtime", "context_length")))
    assert as_started(said, 40960) is said
    open_ = replace(plain, requirements=replace(plain.requirements, asked=()))
    assert as_started(open_, 40960) is open_
    other = question("llama.cpp", gpu(0, 24))
    assert as_started(other, 40960) is other


def test_rows_of_runtimes_keep_the_context_and_say_why() -> None:
    asked = question("llama.cpp", gpu(0, 24), context=8192)
    rows = {row.runtime: row for row in under_runtimes(asked, laid("llama.cpp", gpu(0, 24), context=8192))}
    assert {row.context for row in rows.values()} == {8192}
    assert rows["llama.cpp"].why == "started with the flags that are advised"
    assert rows["ollama"].why == "1 slot, micro-batch 1,024, 1,024 MiB of each GPU kept free, layers placed by itself"
    assert rows["lm-studio"].why == "4 slots, micro-batch 512"
    assert rows["vllm"].why.startswith("takes its share of each GPU whatever the model; vLLM's cache holds")
    assert rows["vllm"].variant.format != "gguf"
    assert (rows["llama.cpp"].own_context, rows["ollama"].own_context) == (None, 32768)
    # 4.85 bits a weight in the file: the nearest that vLLM loads is of four.
    bits = CATALOG.quantizations[rows["vllm"].variant.quantization].bits_per_weight
    assert abs(bits - 4.85) < 1
    for row in rows.values():
        assert row.weights_bytes + row.kv_cache_bytes < row.total_bytes
    small = under_runtimes(question("llama.cpp", gpu(0, 2), context=8192), laid("llama.cpp", gpu(0, 2), context=8192))
    assert {row.runtime: row.fits for row in small}["vllm"] is False


def test_an_estimate_has_the_settings_that_were_planned() -> None:
    """All layers are not counted; some are. The engine's own terms add up to the plan's."""
    for size, kind in ((24.0, PlacementKind.GPU), (4.0, PlacementKind.OFFLOAD)):
        asked = question("llama.cpp", gpu(0, size), context=8192)
        found = laid("llama.cpp", gpu(0, size), context=8192)
        result = estimate(asked, found)
        assert result.placement.kind is kind
        assert result.settings.gpu_layers == (None if kind is PlacementKind.GPU else result.placement.gpu_layers)
        assert result.engine is not None
        for own, planned in zip(result.engine.by_device, found.plan.memory, strict=True):
            assert own.model == planned.weights
            assert own.kv + own.recurrent == planned.kv_cache
            assert own.compute + own.output == planned.compute
    other = question("vllm", gpu(0, 24), context=8192)
    assert estimate(other, laid("vllm", gpu(0, 24), scheme="awq-int4", context=8192)).engine is None


def test_on_the_processor_the_engine_counts_the_same() -> None:
    asked, found = question("llama.cpp", context=8192), laid("llama.cpp", context=8192)
    result = estimate(asked, found)
    assert result.engine is not None
    (host,), (planned,) = result.engine.by_device, found.plan.memory
    assert (host.model, host.kv, host.compute + host.output) == (planned.weights, planned.kv_cache, planned.compute)
    assert result.settings.gpu_layers == 0
