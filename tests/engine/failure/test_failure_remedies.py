"""Plans after a failure: each fits what the machine turned out to have, and each is what laying it out as told gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Cpu, Hardware, Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.estimate import Laid, lay_out_known
from llmadvise.engine.failure.kinds import Diagnosis, FailureKind
from llmadvise.engine.failure.remedies import MOST, Remedy, remedies
from llmadvise.engine.question import Question
from llmadvise.probe.simulate import simulate
from llmadvise.units import GIB

DENSE, MIXTURE = "qwen/qwen3-14b", "qwen/qwen3-30b-a3b"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(None)


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


def test_without_a_number_the_next_plan_takes_less(catalog: Catalog) -> None:
    asked = question(catalog, "RTX 3060 12 GB", context_length=8192, runtime="llama.cpp")
    failed = laid(asked, DENSE)
    on_gpu = next(item for item in failed.plan.memory if item.device.id == "gpu0")
    found = remedies(asked, failed, diagnosis(FailureKind.OUT_OF_GPU_MEMORY))
    assert found
    again = question(catalog, "RTX 3060 12 GB", context_length=8192, runtime="llama.cpp", kv_type="q8_0")
    assert any("kv-type" in item or "gpu-layers" in item for item in settings(found))
    assert on_gpu.total.high < (again.machine.gpus[0].budget_bytes or 0) + 1


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
