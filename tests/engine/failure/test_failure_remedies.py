"""Plans after a failure: each fits what the machine turned out to have, and each is what laying it out as told gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Cpu, Hardware, Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.case import Plan
from llmadvise.engine.estimate import Laid, lay_out_known
from llmadvise.engine.failure.kinds import Diagnosis, FailureKind
from llmadvise.engine.failure.remedies import MOST, remedies
from llmadvise.engine.failure.remedy import Remedy
from llmadvise.engine.question import Question
from llmadvise.probe.simulate import simulate
from llmadvise.units import GIB

DENSE, MIXTURE = "qwen/qwen3-14b", "qwen/qwen3-30b-a3b"


def question(catalog: Catalog, gpu: str | None, **asked: object) -> Question:
    machine = simulate(
        [gpu] if gpu else [],
        ram_bytes=64 * GIB,
        cpu_only=gpu is None,
        machine=Hardware(platform=Platform.LINUX, cpu=Cpu(cores=8, memory_bandwidth=70 * 10**9)),
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        calibration=catalog.calibration.memory,
    )
    requirements = replace(Requirements(), asked=tuple(asked), **asked)  # type: ignore[arg-type]  # tests name fields
    return ask(Request(hardware="x", requirements=requirements), catalog, machine)


def laid(asked: Question, model: str, quantization: str = "Q4_K_M") -> Laid:
    entry = asked.catalog.models[model]
    variant = next(item for item in entry.variants if item.quantization == quantization and item.bytes)
    return lay_out_known(asked, entry, variant)


def diagnosis(kind: FailureKind, **details: str) -> Diagnosis:
    return Diagnosis(kind=kind, message="it failed", hint="", details=tuple(details.items()))


def settings(found: tuple[Remedy, ...]) -> list[dict[str, str]]:
    return [dict(item.settings) for item in found]


def as_told(asked: Question, failed: Laid, remedy: Remedy) -> Plan:
    """What `serve` plans that is given the settings of a remedy."""
    told = dict(remedy.settings)
    requirements = replace(
        asked.requirements,
        context_length=int(told.get("context", failed.plan.context_length)),
        kv_type=told.get("kv-type", asked.requirements.kv_type),
    )
    options = replace(
        asked.options,
        gpu_layers=int(told["gpu-layers"]) if "gpu-layers" in told else None,
        cpu_moe_layers=int(told["n-cpu-moe"]) if "n-cpu-moe" in told else None,
    )
    entry = asked.catalog.models[failed.candidate.model.id]
    variant = failed.variant
    if remedy.quantization is not None:
        variant = next(item for item in entry.variants if item.quantization == remedy.quantization and item.bytes)
    return lay_out_known(replace(asked, requirements=requirements, options=options), entry, variant).plan


def used(plan: Plan, device: str) -> float:
    """The high end of what lies on a device."""
    return next((item.total.high for item in plan.memory if item.device.id == device), 0.0)


@pytest.mark.parametrize("model", [DENSE, MIXTURE])
def test_less_gpu_memory_than_believed(catalog: Catalog, model: str) -> None:
    asked = question(catalog, "RTX 4090", context_length=16384, runtime="llama.cpp")
    failed = laid(asked, model)
    assert failed.plan.placement.kind is PlacementKind.GPU
    limit = 9 * GIB
    found = remedies(asked, failed, diagnosis(FailureKind.OUT_OF_GPU_MEMORY), {"gpu0": limit})
    assert 0 < len(found) <= MOST
    for item in found:
        assert dict(item.settings) or item.quantization
        assert item.memory_bytes
        assert item.decode
    moved = [item for item in settings(found) if {"gpu-layers", "n-cpu-moe"} & set(item)]
    assert moved


@pytest.mark.parametrize("model", [DENSE, MIXTURE])
@pytest.mark.parametrize("limit", [5 * GIB, 9 * GIB])
def test_each_plan_is_within_the_limit_where_it_is_laid_out_as_told(catalog: Catalog, model: str, limit: int) -> None:
    asked = question(catalog, "RTX 4090", context_length=16384, runtime="llama.cpp")
    failed = laid(asked, model)
    found = remedies(asked, failed, diagnosis(FailureKind.OUT_OF_GPU_MEMORY), {"gpu0": limit})
    assert found
    for item in found:
        plan = as_told(asked, failed, item)
        assert used(plan, "gpu0") < limit
        assert item.memory_bytes == round(sum(part.total.value for part in plan.memory))
        assert plan.decode is not None
        assert item.decode == round(plan.decode.value, 1)


def test_without_a_number_the_next_plan_takes_less(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 3060 12 GB", context_length=8192, runtime="llama.cpp")
    failed = laid(asked, DENSE)
    for kind in (FailureKind.OUT_OF_GPU_MEMORY, FailureKind.CONTEXT_TOO_LARGE):
        found = remedies(asked, failed, diagnosis(kind))
        assert found
        plans = [as_told(asked, failed, item) for item in found]
        assert all(used(plan, "gpu0") < used(failed.plan, "gpu0") for plan in plans)
        # The host did not fail, and may take what the GPU could not.
        assert any(used(plan, "cpu") > used(failed.plan, "cpu") for plan in plans)


def assert_the_host_takes_less(asked: Question, failed: Laid, *kinds: FailureKind) -> None:
    """For each kind of failure there are remedies, and each of them, planned as it is told, takes less RAM."""
    for kind in kinds:
        found = remedies(asked, failed, diagnosis(kind))
        assert found
        for item in found:
            assert used(as_told(asked, failed, item), "cpu") < used(failed.plan, "cpu")


def test_on_a_processor_alone_it_is_its_memory_that_failed(catalog: Catalog) -> None:
    asked = question(catalog, None, context_length=16384, runtime="llama.cpp")
    failed = laid(asked, DENSE)
    assert_the_host_takes_less(asked, failed, FailureKind.CONTEXT_TOO_LARGE, FailureKind.OUT_OF_MEMORY)


def test_where_the_host_failed_the_host_takes_less(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 3060 12 GB", context_length=16384, runtime="llama.cpp")
    failed = laid(asked, MIXTURE)
    assert failed.plan.placement.kind is PlacementKind.OFFLOAD
    assert_the_host_takes_less(asked, failed, FailureKind.OUT_OF_MEMORY, FailureKind.KILLED_FOR_MEMORY)


def test_plans_that_are_nearly_as_quick_go_first(catalog: Catalog) -> None:
    """Among them and among the others, those that change least: a file of fewer bits changes more than a cache of fewer."""
    asked = question(catalog, "RTX 4090", context_length=32768, runtime="llama.cpp")
    failed = laid(asked, DENSE)
    assert failed.plan.decode is not None
    for limit, first in ((8, "gpu-layers"), (11, "quantization"), (12, "kv-type")):
        found = remedies(asked, failed, diagnosis(FailureKind.OUT_OF_GPU_MEMORY), {"gpu0": limit * GIB})
        slow = [(item.decode or 0.0) < 0.9 * failed.plan.decode.value for item in found]
        assert slow == sorted(slow)
        kind = "quantization" if found[0].quantization else found[0].settings[0][0]
        assert kind == first


def test_the_cache_is_made_smaller_before_the_context(catalog: Catalog) -> None:
    asked = question(catalog, None, context_length=32768, runtime="llama.cpp")
    failed = laid(asked, DENSE)
    total = round(failed.plan.memory[0].total.value)
    found = remedies(asked, failed, diagnosis(FailureKind.CONTEXT_TOO_LARGE), {"cpu": total - GIB})
    assert settings(found)[0] == {"kv-type": "q8_0"}
    assert {"context": "16384"} in settings(found)


def test_a_smaller_file_where_nothing_else_helps(catalog: Catalog) -> None:
    asked = question(catalog, None, context_length=512, runtime="llama.cpp", kv_type="q8_0")
    failed = laid(asked, DENSE, "Q8_0")
    found = remedies(asked, failed, diagnosis(FailureKind.KILLED_FOR_MEMORY), {"cpu": 10 * GIB})
    assert [item.quantization for item in found if item.quantization]
    assert all((item.memory_bytes or 0) < 10 * GIB for item in found)


def test_the_length_that_the_engine_names_goes_first(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    found = remedies(asked, laid(asked, DENSE), diagnosis(FailureKind.CONTEXT_TOO_LARGE, tokens="34736"))
    assert settings(found)[0] == {"context": "34560"}


def test_a_plain_cache_without_flash_attention(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp", kv_type="q8_0")
    found = remedies(asked, laid(asked, DENSE), diagnosis(FailureKind.FLASH_ATTENTION_NEEDED))
    assert settings(found) == [{"kv-type": "f16"}]


def test_the_cpu_where_the_gpu_is_too_old(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    found = remedies(asked, laid(asked, DENSE), diagnosis(FailureKind.GPU_TOO_OLD))
    assert settings(found) == [{"cpu-only": ""}]


def test_other_runtimes_for_an_architecture_only_where_they_are_known_to_load_it(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    failed = laid(asked, DENSE)
    found = remedies(asked, failed, diagnosis(FailureKind.UNKNOWN_ARCHITECTURE))
    architecture = failed.candidate.model.architecture
    assert found
    assert architecture is not None
    for item in settings(found):
        runtime = catalog.runtimes[item["runtime"]]
        assert runtime.id != "llama.cpp"
        assert runtime.engine != "llama.cpp" or architecture.id in runtime.architectures


@pytest.mark.parametrize(("heads", "parts", "count"), [(52, 8, 4), (40, 6, 5), (28, 3, 2), (25, 2, 1)])
def test_parts_that_divide_the_heads(catalog: Catalog, heads: int, parts: int, count: int) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    failure = diagnosis(FailureKind.HEADS_NOT_DIVISIBLE, heads=str(heads), parts=str(parts))
    found = remedies(asked, laid(asked, DENSE), failure)
    assert found[0].words.startswith(f"{count} GPUs")


@pytest.mark.parametrize("kind", [FailureKind.PORT_IN_USE, FailureKind.CRASHED, FailureKind.UNKNOWN])
def test_no_plan_helps_against_these(catalog: Catalog, kind: FailureKind) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    assert remedies(asked, laid(asked, DENSE), diagnosis(kind)) == ()


@pytest.mark.parametrize(
    ("tokens", "context"), [("511", None), ("512", "512"), ("767", "512"), ("768", "768"), (None, None)]
)
def test_the_length_that_an_engine_names_is_rounded_down(
    catalog: Catalog, tokens: str | None, context: str | None
) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    named = {} if tokens is None else {"tokens": tokens}
    found = remedies(asked, laid(asked, DENSE), diagnosis(FailureKind.CONTEXT_TOO_LARGE, **named))
    first = [item for item in found if item.words.endswith("as the engine says")]
    assert [dict(item.settings) for item in first] == ([{"context": context}] if context else [])


def test_the_context_is_halved_until_it_fits_and_no_further(catalog: Catalog) -> None:
    asked = question(catalog, None, context_length=32768, runtime="llama.cpp", kv_type="q8_0")
    failed = laid(asked, DENSE)
    quarter = lay_out_known(replace(asked, requirements=replace(asked.requirements, context_length=8192)),
                            asked.catalog.models[DENSE], failed.variant)  # fmt: skip
    limit = round(used(quarter.plan, "cpu")) + 2
    found = remedies(asked, failed, diagnosis(FailureKind.KILLED_FOR_MEMORY), {"cpu": limit})
    assert [item["context"] for item in settings(found) if "context" in item] == ["8192"]
    tight = remedies(asked, failed, diagnosis(FailureKind.KILLED_FOR_MEMORY), {"cpu": limit - 2})
    assert [item["context"] for item in settings(tight) if "context" in item] == ["4096"]


def test_no_context_shorter_than_512_is_proposed(catalog: Catalog) -> None:
    for length, proposed in ((1024, ["512"]), (1023, [])):
        asked = question(catalog, None, context_length=length, runtime="llama.cpp", kv_type="q8_0")
        failed = laid(asked, DENSE)
        limit = round(used(failed.plan, "cpu"))
        found = remedies(asked, failed, diagnosis(FailureKind.KILLED_FOR_MEMORY), {"cpu": limit})
        assert [item["context"] for item in settings(found) if "context" in item] == proposed


def test_the_largest_file_that_fits_is_proposed(catalog: Catalog) -> None:
    asked = question(catalog, None, context_length=512, runtime="llama.cpp", kv_type="q8_0")
    failed = laid(asked, DENSE, "Q8_0")
    limit = 10 * GIB
    [file] = [
        item for item in remedies(asked, failed, diagnosis(FailureKind.KILLED_FOR_MEMORY), {"cpu": limit})
        if item.quantization
    ]  # fmt: skip
    entry = catalog.models[DENSE]
    sizes = {item.quantization: item.bytes or 0 for item in entry.variants if item.format == "gguf" and item.bytes}
    assert sizes[file.quantization or ""] < sizes["Q8_0"]
    for name, size in sizes.items():
        if sizes[file.quantization or ""] < size < sizes["Q8_0"]:
            assert used(laid(asked, DENSE, name).plan, "cpu") >= limit


def test_a_cache_that_is_small_already_is_made_no_smaller(catalog: Catalog) -> None:
    asked = question(catalog, None, context_length=32768, runtime="llama.cpp", kv_type="q8_0")
    failed = laid(asked, DENSE)
    found = remedies(asked, failed, diagnosis(FailureKind.KILLED_FOR_MEMORY), {"cpu": round(used(failed.plan, "cpu"))})
    assert found
    assert not any("kv-type" in item for item in settings(found))


def flash(catalog: Catalog, ram: int, kv_type: str = "q8_0") -> list[dict[str, str]]:
    """Remedies for a cache that the engine refuses, on a computer with so much RAM to give."""
    asked = question(catalog, None, context_length=32768, runtime="llama.cpp", kv_type=kv_type)
    failed = laid(asked, DENSE)
    machine = replace(asked.machine, cpu=replace(asked.machine.cpu, budget_bytes=ram))
    found = remedies(replace(asked, machine=machine), failed, diagnosis(FailureKind.FLASH_ATTENTION_NEEDED))
    return settings(found)


def test_a_plain_cache_takes_more_so_something_gives_way(catalog: Catalog) -> None:
    """All in 16 bits where that fits, else the values alone, else half of the context."""

    def needs(kv_type: str, context: int = 32768) -> int:
        asked = question(catalog, None, context_length=context, runtime="llama.cpp", kv_type=kv_type)
        return round(used(laid(asked, DENSE).plan, "cpu")) + 1

    assert needs("q8_0,f16") < needs("f16")
    assert flash(catalog, needs("f16")) == [{"kv-type": "f16"}]
    assert flash(catalog, needs("f16") - 2) == [{"kv-type": "q8_0,f16"}]
    assert flash(catalog, needs("q8_0,f16")) == [{"kv-type": "q8_0,f16"}]
    # With keys in 16 bits already, a pair of types saves nothing more.
    half = flash(catalog, needs("f16") - 2, "f16,q8_0")
    assert half == [{"kv-type": "f16", "context": "16384"}]
    assert flash(catalog, needs("f16", 16384) - 2, "f16,q8_0") == [{"kv-type": "f16", "context": "8192"}]
    assert flash(catalog, GIB) == []


def test_other_runtimes_that_may_be_started_and_those_that_are_there_first(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    failed = laid(asked, DENSE)
    kind = diagnosis(FailureKind.LIBRARY_MISSING)
    everywhere = [item["runtime"] for item in settings(remedies(asked, failed, kind))]
    assert len(everywhere) == len(set(everywhere)) <= MOST
    assert remedies(asked, failed, kind, startable=()) == ()
    last = everywhere[-1]
    [only] = remedies(asked, failed, kind, startable=(last,))
    assert dict(only.settings) == {"runtime": last}
    assert only.words.startswith(f"{catalog.runtimes[last].name}, after: ")
    there = remedies(replace(asked, installed=frozenset({last})), failed, kind)
    assert dict(there[0].settings) == {"runtime": last}
    assert there[0].words == f"{catalog.runtimes[last].name}, which is installed"


def test_a_file_without_a_repository_needs_a_runtime_that_takes_one(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    failed = laid(asked, DENSE)
    local = replace(failed, variant=replace(failed.variant, repo=""))
    for item in settings(remedies(asked, local, diagnosis(FailureKind.ENGINE_TOO_OLD))):
        assert catalog.runtimes[item["runtime"]].commands.local_model


def test_the_cpu_is_proposed_only_where_it_has_room(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    small = replace(asked, machine=replace(asked.machine, cpu=replace(asked.machine.cpu, budget_bytes=GIB)))
    assert remedies(small, laid(asked, DENSE), diagnosis(FailureKind.GPU_TOO_OLD)) == ()


def test_where_memory_is_shared_all_of_it_shrinks(catalog: Catalog) -> None:
    """What a GPU could not give, the pool that it shares with the processor cannot give either."""
    asked = question(catalog, "Apple M3 Max 40-core", context_length=32768, runtime="llama.cpp")
    assert asked.machine.pool_bytes is not None
    failed = laid(asked, DENSE)
    limit = 9 * GIB
    for item in remedies(asked, failed, diagnosis(FailureKind.OUT_OF_GPU_MEMORY), {"gpu0": limit}):
        plan = as_told(asked, failed, item)
        assert sum(part.total.high for part in plan.memory) < limit


@pytest.mark.parametrize(("heads", "parts"), [("0", "4"), ("8", "0")])
def test_heads_that_nobody_counted_give_no_number(catalog: Catalog, heads: str, parts: str) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    failure = diagnosis(FailureKind.HEADS_NOT_DIVISIBLE, heads=heads, parts=parts)
    assert remedies(asked, laid(asked, DENSE), failure) == ()


def test_more_parts_than_heads_are_as_many_as_heads(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 4090", runtime="llama.cpp")
    failure = diagnosis(FailureKind.HEADS_NOT_DIVISIBLE, heads="4", parts="6")
    assert remedies(asked, laid(asked, DENSE), failure)[0].words.startswith("4 GPUs")


@pytest.mark.parametrize(("gpu", "device", "limit"), [("Apple M3 Max 40-core", "gpu0", 9), (None, "cpu", 9)])
def test_a_cache_that_the_planner_made_smaller_by_itself_is_told(
    catalog: Catalog, gpu: str | None, device: str, limit: int
) -> None:
    """Else the next start, on a machine that seems to have more than it has, would take 16 bits again."""
    asked = question(catalog, gpu, context_length=32768, runtime="llama.cpp")
    failed = laid(asked, DENSE)
    found = remedies(asked, failed, diagnosis(FailureKind.OUT_OF_GPU_MEMORY), {device: limit * GIB})
    [file] = [item for item in found if item.quantization]
    assert dict(file.settings) == {"kv-type": "q8_0"}
    assert "the KV cache in q8_0, " in file.words
    for item in found:
        plan = as_told(asked, failed, item)
        assert used(plan, device) < limit * GIB
        assert item.memory_bytes == round(sum(part.total.value for part in plan.memory))


def test_a_plain_cache_is_plain_though_the_planner_would_take_less(catalog: Catalog) -> None:
    """Nobody asked for a type, the planner took q8_0, and the engine refused it."""
    asked = question(catalog, "RTX 3060 12 GB", context_length=16384, runtime="llama.cpp")
    failed = laid(asked, DENSE)
    assert failed.plan.settings is not None
    if failed.plan.settings.kv_type_k == "f16":
        failed = laid(
            question(catalog, "RTX 3060 12 GB", context_length=16384, runtime="llama.cpp", kv_type="q8_0"), DENSE
        )
    [plain] = remedies(asked, failed, diagnosis(FailureKind.FLASH_ATTENTION_NEEDED))
    assert dict(plain.settings)["kv-type"] == "f16"
    told = question(catalog, "RTX 3060 12 GB", context_length=16384, runtime="llama.cpp", kv_type="f16")
    assert plain.memory_bytes == round(sum(part.total.value for part in as_told(told, failed, plain).memory))
