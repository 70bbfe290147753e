"""Which runtimes of the catalog that ships take which kind of file, on which machine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine_parts import ARCHITECTURE

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Backend, Gpu, Platform
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.newer_runtime import needed_version, older
from llmadvise.engine.question import ordered_runtimes
from llmadvise.engine.runtimes import RuntimeChoice, choose_runtimes, usable_runtimes, with_kernels

NOT_ON_A_MAC = frozenset({"vllm", "sglang", "tensorrt-llm", "tabbyapi"})
CUDA = (Backend.CUDA, Backend.VULKAN)


def nvidia(capability: str | None) -> Gpu:
    return Gpu(index=0, vendor="nvidia", name="card", compute_capability=capability, backends=CUDA)


APPLE = Gpu(index=0, vendor="apple", name="M3", unified=True, backends=(Backend.METAL,))


def chosen(
    catalog: Catalog,
    quantization: str,
    *gpus: Gpu,
    platform: Platform = Platform.LINUX,
    asked: str | None = None,
    architecture: str | None = "llama",
    split: bool = False,
    kv_type: str = "f16",
) -> RuntimeChoice:
    """The runtimes for this scheme on this machine."""
    scheme = catalog.quantizations[quantization]
    runtimes = ordered_runtimes(catalog, None, 1)
    choice = choose_runtimes(
        format_=scheme.format,
        architecture=replace(ARCHITECTURE, id=architecture),
        runtimes=runtimes,
        here=usable_runtimes(runtimes, platform, gpus),
        asked=asked,
        split=split,
        kv_types=(kv_type, kv_type),
    )
    return with_kernels(choice, scheme, gpus)


def refused(choice: RuntimeChoice) -> str | None:
    """The rule that refuses."""
    assert (choice.refusal is None) == bool(choice.usable)
    return choice.refusal.rule if choice.refusal else None


def of_format(catalog: Catalog, *formats: str) -> list[Quantization]:
    found = [scheme for scheme in catalog.quantizations.values() if scheme.format in formats]
    assert found
    return found


def test_a_cpu_runs_no_gpu_format(catalog: Catalog) -> None:
    for scheme in of_format(catalog, "awq", "gptq", "nvfp4", "exl3"):
        for platform in Platform:
            assert refused(chosen(catalog, scheme.id, platform=platform)), f"{scheme.id} on {platform}"


def test_mlx_is_for_apple_alone(catalog: Catalog) -> None:
    for scheme in of_format(catalog, "mlx"):
        assert chosen(catalog, scheme.id, APPLE, platform=Platform.MACOS).usable, scheme.id
        for platform in (Platform.LINUX, Platform.WINDOWS):
            assert refused(chosen(catalog, scheme.id, nvidia("9.0"), platform=platform)), scheme.id


def test_no_server_for_cuda_runs_on_a_mac(catalog: Catalog) -> None:
    for scheme in catalog.quantizations.values():
        for item in chosen(catalog, scheme.id, APPLE, platform=Platform.MACOS).usable:
            assert item.runtime.id not in NOT_ON_A_MAC, scheme.id


@pytest.mark.parametrize(("capability", "loads"), [("6.1", False), ("7.5", True), ("8.9", True), ("12.0", True)])
def test_awq_needs_turing(catalog: Catalog, capability: str, loads: bool) -> None:
    """VLLM 0.33.0 docs/features/quantization: AWQ from compute capability 7.5 on."""
    assert bool(chosen(catalog, "awq-int4", nvidia(capability), asked="vllm").usable) is loads


def test_an_unknown_capability_is_not_held_against_a_card(catalog: Catalog) -> None:
    assert chosen(catalog, "awq-int4", nvidia(None), asked="vllm").usable


@pytest.mark.parametrize("gpus", [(), (nvidia("8.9"),), (nvidia("6.1"),)])
def test_gguf_runs_everywhere(catalog: Catalog, gpus: tuple[Gpu, ...]) -> None:
    for platform in Platform:
        assert chosen(catalog, "Q4_K_M", *gpus, platform=platform).usable[0].runtime.engine == "llama.cpp"


def test_only_what_was_asked_for(catalog: Catalog) -> None:
    assert [item.runtime.id for item in chosen(catalog, "Q4_K_M", asked="ollama").usable] == ["ollama"]
    assert refused(chosen(catalog, "awq-int4", nvidia("8.9"), asked="ollama")) == "runtime-not-asked"


def test_an_unknown_architecture_is_refused_by_those_that_list_theirs(catalog: Catalog) -> None:
    assert refused(chosen(catalog, "Q4_K_M", asked="llama.cpp", architecture="never-heard-of")) == (
        "runtime-cannot-load-architecture"
    )
    assert refused(chosen(catalog, "Q4_K_M", asked="llama.cpp", architecture=None)) == (
        "runtime-cannot-load-architecture"
    )
    # Qwen's first models: vLLM dropped QWenLMHeadModel, llama.cpp still has it.
    assert refused(chosen(catalog, "gptq-int4", nvidia("8.9"), asked="vllm", architecture="qwen")) == (
        "runtime-cannot-load-architecture"
    )
    assert chosen(catalog, "Q4_K_M", asked="llama.cpp", architecture="qwen").usable
    # GPT4All ended in February 2025, Qwen3 came in April.
    assert chosen(catalog, "Q4_K_M", asked="gpt4all", architecture="qwen2").usable
    assert refused(chosen(catalog, "Q4_K_M", asked="gpt4all", architecture="qwen3")) == (
        "runtime-cannot-load-architecture"
    )


def test_a_model_without_a_name_in_llama_cpp_is_refused_in_gguf_alone(catalog: Catalog) -> None:
    assert chosen(catalog, "safetensors-bf16", nvidia("8.9"), asked="vllm", architecture=None).usable


def test_a_runtime_for_programs_is_taken_only_when_asked_for(catalog: Catalog) -> None:
    assert catalog.runtimes["transformers"].asked_only
    windows = {"platform": Platform.WINDOWS}
    assert refused(chosen(catalog, "gptq-int4", nvidia("8.9"), **windows)) == "no-runtime-here"
    assert chosen(catalog, "gptq-int4", nvidia("8.9"), asked="transformers", **windows).usable


@pytest.mark.parametrize(
    ("runtime", "scheme", "capability", "loads"),
    [
        ("tensorrt-llm", "fp8", "8.6", False),
        ("tensorrt-llm", "fp8", "8.9", True),
        ("tensorrt-llm", "nvfp4", "9.0", False),
        ("tensorrt-llm", "nvfp4", "10.0", True),
        ("vllm", "nvfp4", "7.5", True),
        ("vllm", "safetensors-mxfp4", "7.5", False),
        ("tabbyapi", "exl3", "7.0", False),
    ],
)
def test_kernels_are_the_runtimes_own(
    catalog: Catalog, runtime: str, scheme: str, capability: str, loads: bool
) -> None:
    """Bounds of the catalog's entries, with their sources there: one scheme, other kernels."""
    assert bool(chosen(catalog, scheme, nvidia(capability), asked=runtime).usable) is loads


def test_a_missing_kernel_names_the_device_and_what_it_lacks(catalog: Catalog) -> None:
    refusal = chosen(catalog, "fp8", nvidia("8.6"), asked="tensorrt-llm").refusal
    assert refusal is not None
    assert refusal.rule == "kernel-needs-compute-capability"
    assert refusal.message == "TensorRT-LLM's kernel for fp8 needs compute capability 8.9; card has 8.6"


def test_memory_by_analogy_is_said(catalog: Catalog) -> None:
    """Of those that load other formats, or by other code, than the engine whose memory model is used."""
    assert {runtime.id for runtime in catalog.runtimes.values() if runtime.by_analogy} == {
        "tabbyapi",
        "transformers",
        "openvino",
    }


def test_versions_compare_by_numbers() -> None:
    assert older("6095", "b6096")
    assert older("0.9.2", "0.10.0")
    assert not older("0.10", "0.10.0")
    assert not older("v0.33.0-rc2", "0.33.0")
    assert not older("unknown", "1.0")
    assert not older("1.0", "")


@pytest.mark.parametrize(
    ("runtime", "architecture", "version"),
    [("llama.cpp", "gpt-oss", "6096"), ("llama.cpp", "qwen3", "5092"), ("vllm", "gpt-oss", "0.10.2")],
)
def test_versions_that_added_an_architecture(catalog: Catalog, runtime: str, architecture: str, version: str) -> None:
    """Llama.cpp fd1234cb4 (gpt-oss) is b6096, d3bd7193b (Qwen3) b5092; vLLM's registry has GptOssForCausalLM in 0.10.2."""
    need = needed_version(catalog.runtimes[runtime], architecture, None)
    assert need is not None
    assert need.version == version


def test_every_architecture_is_one_of_llama_cpps(catalog: Catalog) -> None:
    known = catalog.runtimes["llama.cpp"].architectures.keys()
    for runtime in catalog.runtimes.values():
        assert runtime.architectures.keys() <= known, runtime.id


def test_parts_and_cache_types_are_asked_of_the_runtime(catalog: Catalog) -> None:
    whole_only = [runtime.id for runtime in catalog.runtimes.values() if not runtime.split_files]
    assert whole_only
    for id_ in whole_only:
        assert refused(chosen(catalog, "Q4_K_M", asked=id_, split=True)) == "runtime-not-asked"
    assert chosen(catalog, "Q4_K_M", asked="llama.cpp", split=True, kv_type="q8_0").usable
    assert refused(chosen(catalog, "awq-int4", nvidia("8.9"), asked="vllm", kv_type="q4_0")) == "runtime-lacks-kv-type"
