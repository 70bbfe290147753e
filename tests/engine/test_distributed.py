"""Layouts over several GPUs and nodes: what is known to work and what is known to fail, each with where it was said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.deployment import ParallelLayout
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Hardware, Platform
from llmadvise.domain.model import Model, Variant
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.computed_variant import computed_variant
from llmadvise.engine.distributed.choose import choose
from llmadvise.engine.distributed.divisibility import divisibility
from llmadvise.engine.distributed.layouts import Ways, layouts
from llmadvise.engine.distributed.spread import Spread, spread
from llmadvise.engine.distributed.task import cluster_of, task_of, ways_of
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.shape import shape_from_catalog
from llmadvise.engine.memory.vllm import stage_weights
from llmadvise.engine.question import Question
from llmadvise.probe.offered import with_cards

CATALOG = load_catalog()
H100 = "nvidia-h100-sxm5-80-gb"
H200 = "nvidia-h200-sxm-141-gb"
RTX_3090 = "nvidia-geforce-rtx-3090"
ANY = Hardware(platform=Platform.LINUX)


def question(gpu: str, count: int, *, context: int = 8192, users: int = 1, runtime: str = "vllm") -> Question:
    """A machine of so many cards."""
    hardware = with_cards(CATALOG.gpus[gpu], count, gpus=CATALOG.gpus, calibration=CATALOG.calibration.memory)
    wanted = Requirements(runtime=runtime, context_length=context, users=users, asked=("runtime", "context_length"))
    return ask(Request(requirements=wanted, gpus=("described",)), CATALOG, hardware)


def found(model: str, scheme: str, gpu: str, *, count: int = 8, nodes: int = 1, **asked: int) -> Spread:
    put = question(gpu, count, **asked)
    known = CATALOG.models[model]
    candidate, _ = judge_model(known, put)
    return spread(put, candidate, [variant_of(known, scheme)], nodes, CATALOG.runtimes["vllm"])


def variant_of(model: Model, scheme: str) -> Variant:
    """The listed variant, else a computed one."""
    listed = [item for item in model.variants if item.quantization == scheme and item.bytes]
    found = listed[0] if listed else computed_variant(model, CATALOG.quantizations[scheme])
    assert found is not None
    return found


def layout(model: str, scheme: str, gpu: str, **asked: int) -> ParallelLayout | None:
    chosen = found(model, scheme, gpu, **asked).chosen
    return None if chosen is None else chosen.layout


LLAMA = "meta-llama/llama-3.1-405b-instruct"
R1 = "deepseek-ai/deepseek-r1"


def test_405b_in_fp8_fits_on_one_node_of_eight_h100() -> None:
    """Meta, Llama 3.1 model card and blog of 2024-07-23: quantized to FP8 so that it runs within a single node."""
    assert layout(LLAMA, "fp8", H100) == ParallelLayout(tensor=8)


def test_405b_in_bf16_needs_two_nodes_of_eight_h100() -> None:
    """As in the vLLM blog of 2024-07-23: tensor parallel 8, pipeline parallel 2; 810 GB of weights are more than 640."""
    one = found(LLAMA, "safetensors-bf16", H100)
    assert one.chosen is None
    assert one.enough_nodes == 2
    assert [item.rule for item in one.refused[0].reasons] == ["weights-above-budget"]
    two = found(LLAMA, "safetensors-bf16", H100, nodes=2).chosen
    assert two is not None
    assert (two.layout, two.nodes) == (ParallelLayout(tensor=8, pipeline=2), 2)
    assert two.placement.kind is PlacementKind.DISTRIBUTED
    assert two.command is not None
    assert "--pipeline-parallel-size 2 --distributed-executor-backend ray" in two.command
    assert two.worker_command == 'ray start --address="$HEAD_ADDRESS:6379" --block'


def test_speed_over_a_network_is_not_made_up() -> None:
    two = found(LLAMA, "safetensors-bf16", H100, nodes=2).chosen
    assert two is not None
    assert two.speed.decode is None
    assert "network-not-modelled" in {item.rule for item in two.findings}


def test_speed_within_a_node_says_which_link_it_knows() -> None:
    eight = found(LLAMA, "fp8", H100).chosen
    assert eight is not None
    assert eight.speed.decode is not None
    assert "link-not-modelled" in {item.rule for item in eight.findings}
    one = found("qwen/qwen2-7b-instruct", "safetensors-bf16", H100, nodes=1).chosen
    assert one is not None
    assert ("link-not-modelled" in {item.rule for item in one.findings}) is (one.layout.tensor > 1)


def test_deepseek_r1_in_fp8_fits_on_eight_h200_and_not_on_eight_h100() -> None:
    """DeepSeek-V3 README and vLLM recipes: 8 H200, or 16 H100 in two nodes."""
    assert layout(R1, "fp8", H200) == ParallelLayout(tensor=8)
    assert layout(R1, "fp8", H100) is None
    assert layout(R1, "fp8", H100, nodes=2) == ParallelLayout(tensor=8, pipeline=2)


REFUSED = [
    # "Total number of attention heads (40) must be divisible by tensor parallel size (6)": vllm-project/vllm 4232
    ("qwen/qwen1.5-32b-chat", "safetensors-bf16", 6, "heads-not-divisible-by-gpus"),
    # 28 heads on eight GPUs: vllm-project/vllm 11797
    ("qwen/qwen2-7b-instruct", "safetensors-bf16", 8, "heads-not-divisible-by-gpus"),
    # 40 heads, but ten key-value heads on four GPUs: vllm-project/vllm 16021 (Phi-4), 5951 (Phi-3 medium)
    ("microsoft/phi-4", "safetensors-bf16", 4, "kv-heads-not-divisible"),
    # 29,568 over two leaves 14,784, not a multiple of 128; Qwen padded later ones to 29,696
    # (Qwen/Qwen2-VL-72B-Instruct-GPTQ-Int4, commit 288c348: "pad intermediate_size to 29696")
    ("qwen/qwen2.5-72b-instruct", "gptq-int4", 2, "quantization-group-not-divisible"),
    ("qwen/qwen2.5-72b-instruct", "awq-int4", 8, "quantization-group-not-divisible"),
]


def weighed_rules(model: str, scheme: str, tensor: int, *, experts: bool = False) -> dict[str, Verdict]:
    architecture = CATALOG.models[model].architecture
    assert architecture is not None
    shape = shape_from_catalog(architecture)
    assert shape is not None
    rules = divisibility(shape, CATALOG.quantizations[scheme], ParallelLayout(tensor=tensor, experts=experts))
    return {item.rule: item.verdict for item in rules}


@pytest.mark.parametrize(("model", "scheme", "gpus", "rule"), REFUSED)
def test_what_cannot_work_is_refused_with_the_reason(model: str, scheme: str, gpus: int, rule: str) -> None:
    put = question(H100, gpus)
    candidate, _ = judge_model(CATALOG.models[model], put)
    variant = variant_of(CATALOG.models[model], scheme)
    task, _ = task_of(put, candidate, variant, CATALOG.runtimes["vllm"])
    assert task is not None
    choice = choose(task, cluster_of(put, task, 1), ways_of(task))
    tried = next(item for item in choice.considered if item.layout == ParallelLayout(tensor=gpus))
    assert rule in {item.rule for item in tried.findings if item.verdict is Verdict.BLOCK}
    assert not tried.fits
    assert choice.best is not None, "another layout works"


FP8 = [
    ("qwen/qwen3-235b-a22b", 8, True),  # 1,536 over 8 leaves 192
    ("qwen/qwen3-235b-a22b", 4, False),
    ("qwen/qwen3-30b-a3b", 4, True),  # 768 over 4 leaves 192: vllm-project/vllm 25292
    (R1, 32, True),  # 18,432 over 32 leaves 576: vllm-project/vllm 12256, sgl-project/sglang 3345
    (R1, 16, False),
]


@pytest.mark.parametrize(("model", "tensor", "doubtful"), FP8)
def test_fp8_blocks_that_a_slice_cuts_are_warned_of(model: str, tensor: int, doubtful: bool) -> None:
    rules = weighed_rules(model, "fp8", tensor)
    assert (rules.get("fp8-blocks-may-not-divide") is Verdict.WARN) is doubtful


def test_a_layout_without_doubt_is_preferred() -> None:
    """Qwen3-235B-A22B-FP8 over four GPUs, or eight with whole experts; its card says four."""
    assert layout("qwen/qwen3-235b-a22b", "fp8", H100) == ParallelLayout(tensor=4)


def test_whole_experts_are_not_cut() -> None:
    assert "fp8-blocks-may-not-divide" not in weighed_rules("qwen/qwen3-235b-a22b", "fp8", 8, experts=True)


def test_fewer_key_value_heads_than_gpus_are_copied() -> None:
    assert weighed_rules("qwen/qwen2.5-7b-instruct", "safetensors-bf16", 4) == {}
    rules = weighed_rules("qwen/qwen2.5-1.5b-instruct", "safetensors-bf16", 4)
    assert rules == {"kv-cache-replicated": Verdict.NOTE}
    assert weighed_rules(R1, "fp8", 8)["kv-cache-replicated"] is Verdict.NOTE


def test_a_user_alone_gets_all_gpus_of_a_node_and_many_get_copies() -> None:
    alone = layout("qwen/qwen3-32b", "awq-int4", RTX_3090, count=4)
    assert alone == ParallelLayout(tensor=4)
    many = layout("qwen/qwen3-32b", "awq-int4", RTX_3090, count=4, users=16, context=4096)
    assert many is not None
    assert many.data > 1


def test_one_request_that_does_not_fit_is_said_with_what_would() -> None:
    none = found("qwen/qwen3-32b", "awq-int4", RTX_3090, count=1, context=131072)
    assert none.chosen is None
    assert 0 < none.longest_context < 131072
    assert {item.rule for item in none.refused[0].reasons} == {"cache-below-one-request"}
    fits = found("qwen/qwen3-32b", "awq-int4", RTX_3090, count=1, context=none.longest_context)
    assert fits.chosen is not None


@pytest.mark.parametrize(("scheme", "users"), [("awq-int4", 500), ("safetensors-bf16", 64)])
def test_too_many_users_are_told_as_such_where_one_would_fit(scheme: str, users: int) -> None:
    """Not as weights or a request that are too large, which they are in other layouts of the same GPUs."""
    assert found("qwen/qwen3-32b", scheme, RTX_3090, count=4).chosen is not None
    none = found("qwen/qwen3-32b", scheme, RTX_3090, count=4, users=users)
    assert none.chosen is None
    assert [item.rule for item in none.refused[0].reasons] == ["cache-below-all-users"]


def test_a_scheme_that_nobody_published_has_no_command() -> None:
    chosen = found(LLAMA, "fp8", H100).chosen
    assert chosen is not None
    assert chosen.command is None
    assert "variant-computed" in {item.rule for item in chosen.findings}


WEIGHTS = WeightLayout(
    token_embedding_bytes=1000, output_bytes=1000, tied=False, layer_bytes=(5000,) * 4, expert_bytes=(4000,) * 4
)


def test_whole_experts_are_shared_out_over_all_copies() -> None:
    """Each GPU has its slice of everything else, and its share of the experts."""
    assert stage_weights(WEIGHTS, 2, 1) == 11000
    assert stage_weights(WEIGHTS, 2, 1, expert_ranks=8) == (22000 - 16000) // 2 + 16000 // 8
    assert stage_weights(WEIGHTS, 1, 2, expert_ranks=4) == (10000 - 8000) + 1000 + 16000 // 8


@given(st.integers(1, 4), st.integers(1, 8), st.integers(0, 64))
def test_layouts_stay_within_the_gpus(nodes: int, gpus: int, experts: int) -> None:
    every = list(layouts(nodes, gpus, Ways(experts=experts)))
    assert len(set(every)) == len(every)
    for item in every:
        assert item.tensor <= gpus
        assert item.gpus <= nodes * gpus
        assert not item.experts or item.tensor * item.data <= experts


MODELS = ("qwen/qwen3-32b", "openai/gpt-oss-120b", "qwen/qwen3-235b-a22b", R1, "microsoft/phi-4")


@given(
    model=st.sampled_from(MODELS),
    gpu=st.sampled_from((RTX_3090, H100)),
    nodes=st.integers(1, 3),
    count=st.integers(1, 8),
    context=st.sampled_from((4096, 32768)),
    users=st.sampled_from((1, 3, 16)),
)
def test_more_gpus_never_unfit_and_more_context_never_fits_better(
    *, model: str, gpu: str, nodes: int, count: int, context: int, users: int
) -> None:
    here = {"model": model, "gpu": gpu, "nodes": nodes, "count": count, "context": context, "users": users}
    if fits(**here):
        assert fits(**here | {"nodes": nodes + 1})
        assert fits(**here | {"count": count + 1})
    elif nodes == 1:
        assert not fits(**here | {"context": context * 2})
        assert not fits(**here | {"users": users * 2})


def fits(*, model: str, gpu: str, nodes: int, count: int, context: int, users: int) -> bool:
    put = question(gpu, count, context=context, users=users)
    known = CATALOG.models[model]
    candidate, _ = judge_model(known, put)
    variant = computed_variant(known, CATALOG.quantizations["awq-int4"])
    assert variant is not None
    task, _ = task_of(put, candidate, variant, CATALOG.runtimes["vllm"])
    assert task is not None
    return choose(task, cluster_of(put, task, nodes), replace(ways_of(task))).best is not None
