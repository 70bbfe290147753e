"""Steps that free memory, and a cache that the planner makes smaller: each held against laying it out as told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.assessment import PlacementKind, Saving
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Cpu, Hardware, Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.estimate import lay_out_known
from llmadvise.engine.plan_context import kv_text
from llmadvise.engine.plan_parts import is_tight, tightest
from llmadvise.engine.question import Question
from llmadvise.engine.savings import savings_of, savings_of_estimate
from llmadvise.probe.simulate import simulate
from llmadvise.units import GIB

DENSE, MIXTURE = "qwen/qwen3-14b", "qwen/qwen3-30b-a3b"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(None)


def question(catalog: Catalog, gpu: str | None, *, ram: int = 64, **asked: object) -> Question:
    machine = simulate(
        [gpu] if gpu else [],
        ram_bytes=ram * GIB,
        cpu_only=gpu is None,
        machine=Hardware(platform=Platform.LINUX, cpu=Cpu(cores=8, memory_bandwidth=70 * 10**9)),
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        calibration=catalog.calibration.memory,
    )
    requirements = replace(Requirements(), asked=tuple(asked), **asked)  # type: ignore[arg-type]  # tests name fields
    return ask(Request(hardware="x", requirements=requirements), catalog, machine)


def case(asked: Question, model: str, quantization: str = "Q4_K_M") -> Case:
    """The case of one file, whether it fits or not."""
    entry = asked.catalog.models[model]
    candidate, _ = judge_model(entry, asked)
    variant = next(item for item in entry.variants if item.quantization == quantization and item.bytes)
    found, _ = Assessor(asked).judge(candidate, variant, anyway=True)
    assert found is not None
    return found


def steps(asked: Question, model: str) -> dict[str, Saving]:
    found = case(asked, model)
    return {item.step: item for item in savings_of(asked, found, Assessor(asked).usable(found))}


def used(found: Case) -> float:
    return tightest(found.plan).total.value


def test_a_smaller_cache_frees_what_asking_for_it_frees(catalog: Catalog) -> None:
    plain = question(catalog, "RTX 4090", context_length=32768)
    step = steps(plain, DENSE)["kv-cache"]
    asked = question(catalog, "RTX 4090", context_length=32768, kv_type="q8_0")
    assert step.saved_bytes == round(used(case(plain, DENSE)) - used(case(asked, DENSE)))
    # 40 layers of 2 x 1,024 elements at f16, of which q8_0 keeps 34 bytes of 64.
    assert step.saved_bytes == pytest.approx(40 * 2 * 1024 * 2 * 32768 * 30 / 64, rel=0.02)
    assert step.quality_change is not None
    assert -0.2 < step.quality_change <= 0
    assert step.flags == "-ctk q8_0 -ctv q8_0 -fa on"


def test_half_the_context_frees_half_the_cache(catalog: Catalog) -> None:
    step = steps(question(catalog, "RTX 4090", context_length=32768), DENSE)["context"]
    assert step.setting == "--context 16384"
    assert step.saved_bytes == pytest.approx(40 * 2 * 1024 * 2 * 16384, rel=0.02)


def test_experts_move_to_the_host_at_a_price(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", context_length=8192)
    step = steps(asked, MIXTURE)["host"]
    assert step.flags == "--n-cpu-moe 6"
    assert step.speed_change is not None
    assert step.speed_change < 0
    assert step.saved_bytes > GIB


def test_layers_of_a_dense_model_move_to_the_host(catalog: Catalog) -> None:
    step = steps(question(catalog, "RTX 4090", context_length=8192), DENSE)["host"]
    assert step.flags is not None
    assert step.flags.startswith("-ngl ")


def test_on_the_cpu_nothing_moves_to_the_host(catalog: Catalog) -> None:
    found = steps(question(catalog, None, context_length=32768), DENSE)
    assert set(found) <= {"kv-cache", "micro-batch", "context"}
    assert all(item.device == "cpu" for item in found.values())


@pytest.mark.parametrize("model", [DENSE, MIXTURE])
@pytest.mark.parametrize("gpu", ["RTX 3060", "RTX 4090", "2x RTX 3090", None])
def test_every_step_frees_something_and_there_are_three_at_most(catalog: Catalog, model: str, gpu: str | None) -> None:
    found = steps(question(catalog, gpu, context_length=16384), model)
    assert 1 <= len(found) <= 3
    assert all(item.saved_bytes > 0 and item.message for item in found.values())


def test_a_cache_that_was_asked_for_is_not_offered_again(catalog: Catalog) -> None:
    assert "kv-cache" not in steps(question(catalog, "RTX 4090", context_length=32768, kv_type="q8_0"), DENSE)


def test_other_engines_have_no_such_steps(catalog: Catalog) -> None:
    asked = question(catalog, "H100", runtime="vllm", context_length=8192)
    found = case(asked, "qwen/qwen3-14b", "gptq-int8")
    assert savings_of(asked, found, Assessor(asked).usable(found)) == ()


def test_tight_is_less_than_a_tenth_to_spare(catalog: Catalog) -> None:
    roomy = case(question(catalog, "RTX 4090", context_length=8192), DENSE)
    assert not is_tight(roomy.plan)
    full = case(question(catalog, "RTX 3060", context_length=8192), DENSE)
    assert is_tight(full.plan) is (tightest(full.plan).total.high > 0.9 * tightest(full.plan).device.budget_bytes)


def test_the_planner_takes_a_smaller_cache_where_all_then_stays_on_the_gpu(catalog: Catalog) -> None:
    """Qwen3-14B Q4_K_M takes 8.4 GiB; 20k of cache 3.1 in f16 and 1.7 in q8_0; 11.5 GiB may be used."""
    free = question(catalog, "RTX 3060", context_length=20480)
    fixed = replace(free, chooses_cache=False)
    chosen, plain = case(free, DENSE), case(fixed, DENSE)
    assert plain.plan.placement.kind is PlacementKind.OFFLOAD
    assert chosen.plan.placement.kind is PlacementKind.GPU
    assert chosen.plan.settings is not None
    assert kv_text(chosen.plan.settings) == "q8_0"
    assert chosen.plan.decode is not None
    assert plain.plan.decode is not None
    assert chosen.plan.decode.value > plain.plan.decode.value
    assert ("kv_type", "q8_0") in chosen.plan.options
    assert ("flash_attention", "on") in chosen.plan.options
    assert chosen.kept.value < plain.kept.value
    assert "smaller-cache" in {finding.rule for finding in chosen.findings}


def test_a_cache_that_was_asked_for_is_kept(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 3060", context_length=20480, kv_type="f16")
    found = case(asked, DENSE)
    assert found.plan.settings is not None
    assert kv_text(found.plan.settings) == "f16"
    assert found.plan.placement.kind is PlacementKind.OFFLOAD


def test_where_all_fits_the_cache_stays_as_it_is(catalog: Catalog) -> None:
    found = case(question(catalog, "RTX 4090", context_length=16384), DENSE)
    assert found.plan.settings is not None
    assert kv_text(found.plan.settings) == "f16"


def test_a_step_is_told_with_what_it_frees_and_costs(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", context_length=32768)
    found = steps(asked, DENSE)
    cache, host = found["kv-cache"], found["host"]
    gib = f"{cache.saved_bytes / GIB:.1f} GiB less on gpu0"
    assert cache.message == f"KV cache in q8_0: {gib}, quality loss within noise"
    assert cache.setting == "--kv-type q8_0"
    assert (cache.device, cache.speed_change) == ("gpu0", None)
    assert cache.quality_change == round(cache.quality_change or 0.0, 3)
    assert host.speed_change is not None
    assert host.speed_change == round(host.speed_change, 3)
    assert host.message.endswith(f"decodes about {-host.speed_change:.0%} slower")
    # An eighth of 40 blocks.
    assert host.message.startswith("5 more layers in RAM: ")
    assert host.setting == "--gpu-layers 36"
    assert host.quality_change is None


def test_a_smaller_batch_is_offered_where_the_cache_cannot_shrink(catalog: Catalog) -> None:
    found = steps(question(catalog, "RTX 4090", context_length=8192, kv_type="q8_0"), "google/gemma-3-4b-it")
    batch = found["micro-batch"]
    assert (batch.setting, batch.flags) == ("--ubatch 256", "-ub 256")
    assert batch.message.startswith("micro-batch of 256: ")
    assert (batch.quality_change, batch.speed_change) == (None, None)


@pytest.mark.parametrize(("context", "offered"), [(4096, True), (4095, False), (2048, False)])
def test_a_context_that_helps_nobody_is_not_offered(catalog: Catalog, context: int, offered: bool) -> None:
    """Half of it has to be 2,048 tokens."""
    asked = question(catalog, None, ram=64, context_length=context, kv_type="q4_0")
    options = replace(asked.options, ubatch=256)
    found = steps(replace(asked, options=options), DENSE)
    assert ("context" in found) is offered
    assert "micro-batch" not in found, "it is as small already"


def test_an_estimate_has_the_steps_of_the_case(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", context_length=32768)
    entry = asked.catalog.models[DENSE]
    variant = next(item for item in entry.variants if item.quantization == "Q4_K_M" and item.bytes)
    laid = lay_out_known(asked, entry, variant)
    found = savings_of_estimate(asked, laid)
    assert [item.step for item in found] == list(steps(asked, DENSE))
    ollama = question(catalog, "RTX 4090", context_length=32768, runtime="ollama")
    assert savings_of_estimate(ollama, lay_out_known(ollama, entry, variant)) == ()
    elsewhere = replace(asked, requirements=replace(asked.requirements, runtime="koboldcpp"))
    assert savings_of_estimate(elsewhere, laid) == (), "the plan is of another runtime"


def test_vectors_have_no_such_steps(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", use_case="embedding")
    found = case(asked, "qwen/qwen3-embedding-0.6b", "Q8_0")
    assert savings_of(asked, found, Assessor(asked).usable(found)) == ()


def test_one_unit_at_least_stays_on_the_gpu(catalog: Catalog) -> None:
    """An eighth of 40 blocks is more than there lie on it."""
    asked = question(catalog, "RTX 4090", ram=512, context_length=32768, kv_type="q4_0")
    told = replace(asked, options=replace(asked.options, gpu_layers=3, ubatch=256))
    host = steps(told, DENSE)["host"]
    assert host.setting == "--gpu-layers 1"
    assert host.message.startswith("2 more layers in RAM: ")
