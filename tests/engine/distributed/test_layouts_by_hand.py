"""Layouts counted out by hand, and what of them reaches the plan, the commands and the words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.domain.assessment import PlacementKind
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.deployment import ChosenLayout, ParallelLayout
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Hardware, Platform
from llmadvise.domain.model import Variant
from llmadvise.domain.requirements import Requirements
from llmadvise.domain.runtime import Commands
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.computed_variant import computed_variant
from llmadvise.engine.distributed.choose import choose, longest, reach_of
from llmadvise.engine.distributed.commands import across_nodes, first_command, worker_command
from llmadvise.engine.distributed.divisibility import divisibility
from llmadvise.engine.distributed.layouts import Ways, layouts
from llmadvise.engine.distributed.spread import Spread, spread
from llmadvise.engine.distributed.task import cluster_of, task_of, ways_of
from llmadvise.engine.distributed.weigh import Weighed, weigh
from llmadvise.engine.memory.shape import Shape, shape_from_catalog
from llmadvise.engine.question import Question
from llmadvise.probe.offered import with_cards

RTX_3090, H100 = "nvidia-geforce-rtx-3090", "nvidia-h100-sxm5-80-gb"
DENSE, MIXTURE, LARGE = "qwen/qwen3-32b", "qwen/qwen3-235b-a22b", "meta-llama/llama-3.1-405b-instruct"


def layout(tensor: int, pipeline: int = 1, data: int = 1, *, experts: bool = False) -> ParallelLayout:
    return ParallelLayout(tensor=tensor, pipeline=pipeline, data=data, experts=experts)


def test_every_way_of_cutting_a_model_over_two_gpus() -> None:
    assert list(layouts(1, 2, Ways(experts=4))) == [
        layout(1),
        layout(1, data=2),
        layout(1, data=2, experts=True),
        layout(1, pipeline=2),
        layout(2),
        layout(2, experts=True),
    ]
    assert list(layouts(1, 1, Ways(experts=4))) == [layout(1)], "a GPU alone shares nothing out"


def test_two_nodes_of_two_gpus() -> None:
    """Slices of a layer stay on one node: no layout has a tensor of three or four."""
    assert list(layouts(2, 2, Ways())) == [
        layout(1), layout(1, data=4), layout(1, pipeline=2), layout(1, pipeline=2, data=2), layout(1, pipeline=3),
        layout(1, pipeline=4), layout(2), layout(2, data=2), layout(2, pipeline=2),
    ]  # fmt: skip


def test_a_runtime_does_what_it_can() -> None:
    assert list(layouts(2, 2, Ways(pipeline=False, data=False))) == [layout(1), layout(2)]
    assert list(layouts(1, 3, Ways(pipeline=False))) == [layout(1), layout(1, data=3), layout(2), layout(3)]


def test_no_gpu_is_left_without_an_expert() -> None:
    shared = {item.gpus for item in layouts(1, 8, Ways(pipeline=False, experts=5)) if item.experts}
    assert shared == {2, 3, 4, 5}
    assert {
        item.data for item in layouts(1, 8, Ways(pipeline=False, experts=5)) if item.experts and item.tensor == 2
    } == {1, 2}


@pytest.fixture
def put(catalog: Catalog) -> Callable[..., Question]:
    """A question about a machine of so many cards."""

    def question(gpu: str, count: int, *, context: int = 8192, users: int = 1, runtime: str = "vllm") -> Question:
        hardware = with_cards(catalog.gpus[gpu], count, gpus=catalog.gpus, calibration=catalog.calibration.memory)
        wanted = Requirements(runtime=runtime, context_length=context, users=users, asked=("runtime", "context_length"))
        return ask(Request(requirements=wanted, gpus=("described",)), catalog, hardware)

    return question


Lay = Callable[..., Spread]


@pytest.fixture
def lay(catalog: Catalog, put: Callable[..., Question]) -> Lay:
    """A model spread over nodes of these cards."""

    def spread_(
        model: str, scheme: str, gpu: str, count: int, *, nodes: int = 1, runtime: str = "vllm", **asked: int
    ) -> Spread:
        question = put(gpu, count, runtime=runtime, **asked)
        known = catalog.models[model]
        candidate, _ = judge_model(known, question)
        return spread(question, candidate, [variant_of(catalog, model, scheme)], nodes, catalog.runtimes[runtime])

    return spread_


def variant_of(catalog: Catalog, model: str, scheme: str) -> Variant:
    known = catalog.models[model]
    listed = [item for item in known.variants if item.quantization == scheme and item.bytes]
    found = listed[0] if listed else computed_variant(known, catalog.quantizations[scheme])
    assert found is not None
    return found


def chosen_of(found: Spread) -> ChosenLayout:
    assert found.chosen is not None
    return found.chosen


def test_a_plan_has_an_equal_part_of_the_model_on_each_gpu(catalog: Catalog, lay: Lay) -> None:
    found = lay(DENSE, "awq-int4", RTX_3090, 4)
    assert found.case is not None
    plan = found.case[2]
    assert chosen_of(found).layout == layout(4)
    architecture = catalog.models[DENSE].architecture
    assert architecture is not None
    assert plan.placement.kind is PlacementKind.GPU
    assert plan.placement.gpu_layers == architecture.layers + 1 == 65
    assert plan.placement.devices == ("gpu0", "gpu1", "gpu2", "gpu3")
    assert [item.device.id for item in plan.memory] == list(plan.placement.devices)
    assert len({item.total for item in plan.memory}) == 1
    assert [item.layers for item in plan.traffic] == [16] * 4
    options = dict(plan.options)
    assert options["tensor_parallel"] == "4"
    assert options["users"] == "1"
    assert not {"pipeline_parallel", "data_parallel", "expert_parallel", "kv_type"} & options.keys()


def test_a_single_gpu_is_told_nothing_of_others(lay: Lay) -> None:
    found = lay("qwen/qwen3-8b", "awq-int4", RTX_3090, 1)
    assert found.case is not None
    assert not [name for name, _ in found.case[2].options if name.endswith("_parallel")]
    assert chosen_of(found).worker_command is None
    assert (chosen_of(found).nodes, chosen_of(found).nodes_per_copy) == (1, 1)
    assert {item.rule for item in chosen_of(found).findings}.isdisjoint({"gpus-idle", "link-not-modelled"})


def test_gpus_of_several_nodes_are_named_by_node(lay: Lay) -> None:
    found = lay(LARGE, "safetensors-bf16", H100, 8, nodes=2)
    assert found.case is not None
    plan = found.case[2]
    assert plan.placement.kind is PlacementKind.DISTRIBUTED
    assert plan.placement.devices[0] == "node0/gpu0"
    assert plan.placement.devices[7:9] == ("node0/gpu7", "node1/gpu0")
    assert dict(plan.options)["pipeline_parallel"] == "2"
    assert (chosen_of(found).nodes, chosen_of(found).nodes_per_copy) == (2, 2)
    [network] = [item.message for item in chosen_of(found).findings if item.rule == "network-not-modelled"]
    assert plan.decode is not None
    assert network.endswith(
        f"so no speed is given (on one machine with as many GPUs about {plan.decode.value:.2g} tokens/s)"
    )


def test_copies_on_two_nodes_cross_no_network(lay: Lay) -> None:
    """Each node answers its own users, so a speed is known; both nodes have to start."""
    found = chosen_of(lay("qwen/qwen3-8b", "awq-int4", RTX_3090, 1, nodes=2, users=8))
    assert found.layout == layout(1, data=2)
    assert (found.nodes, found.nodes_per_copy) == (2, 1)
    assert found.speed.decode is not None
    assert found.worker_command is not None
    assert found.command is not None
    assert found.command.startswith("ray start --head")
    assert "network-not-modelled" not in {item.rule for item in found.findings}


def test_copies_together_give_as_many_times_as_much(lay: Lay) -> None:
    """Eight users of two copies are four of each; one more copy than users would add nothing."""
    one = chosen_of(lay("qwen/qwen3-8b", "awq-int4", RTX_3090, 1, users=4)).speed.serving
    two = chosen_of(lay("qwen/qwen3-8b", "awq-int4", RTX_3090, 2, users=8))
    assert two.layout == layout(1, data=2)
    assert one is not None
    assert two.speed.serving is not None
    assert two.speed.serving.users == 8
    for end in ("value", "low", "high"):
        assert getattr(two.speed.serving.together, end) == pytest.approx(2 * getattr(one.together, end))
        assert getattr(two.speed.serving.each, end) == pytest.approx(getattr(one.each, end))


def test_gpus_without_work_are_counted(lay: Lay) -> None:
    # 64 heads on three GPUs: two of them share each layer, and one has nothing to do.
    found = chosen_of(lay(DENSE, "awq-int4", RTX_3090, 3))
    assert found.layout == layout(2)
    assert [item.message for item in found.findings if item.rule == "gpus-idle"] == ["1 GPU is left without work"]
    small = chosen_of(lay("qwen/qwen2-7b-instruct", "awq-int4", RTX_3090, 6))
    idle = 6 - small.layout.gpus
    assert idle > 1
    assert [item.message for item in small.findings if item.rule == "gpus-idle"] == [
        f"{idle} GPUs are left without work"
    ]


def test_what_is_told_of_layouts_is_round_and_not_endless(lay: Lay) -> None:
    found = lay(DENSE, "awq-int4", H100, 8, nodes=4)
    assert len(found.considered) == 60
    for item in found.considered:
        assert item.requests is not None
        assert round(item.requests, 2) == item.requests
    assert found.considered[0].layout == chosen_of(found).layout
    fitting = [item.fits for item in found.considered]
    assert fitting == sorted(fitting, reverse=True)


def weighed(
    catalog: Catalog, put: Callable[..., Question], model: str, cut: ParallelLayout, *, nodes: int = 1, **asked: int
) -> tuple[Weighed, int]:
    question = put(RTX_3090, 4, **asked)
    candidate, _ = judge_model(catalog.models[model], question)
    task, _ = task_of(question, candidate, variant_of(catalog, model, "awq-int4"), catalog.runtimes["vllm"])
    assert task is not None
    cluster = cluster_of(question, task, nodes)
    item = weigh(task, cluster, cut)
    return item, reach_of(item, cluster)


def test_users_are_dealt_out_to_copies(catalog: Catalog, put: Callable[..., Question]) -> None:
    found, _ = weighed(catalog, put, DENSE, layout(2, data=2), users=7, context=2048)
    assert (found.users, found.settings.sequences, found.settings.context_length) == (4, 4, 2048)
    alone, _ = weighed(catalog, put, DENSE, layout(2), users=4, context=2048)
    assert found.requests == pytest.approx(2 * alone.requests)
    assert found.total.low <= found.total.value == found.total.high


def test_a_runtime_takes_no_more_of_a_gpu_than_is_free(catalog: Catalog, put: Callable[..., Question]) -> None:
    """VLLM stops where less than its part is free: half of the fullest card here, in whole hundredths."""
    question = put(RTX_3090, 2)
    total = question.machine.gpus[0].memory_bytes
    assert total is not None
    gpus = (question.machine.gpus[0], replace(question.machine.gpus[1], budget_bytes=total // 2 + total // 200))
    question = replace(question, machine=replace(question.machine, gpus=gpus))
    candidate, _ = judge_model(catalog.models["qwen/qwen3-8b"], question)
    variant = variant_of(catalog, "qwen/qwen3-8b", "awq-int4")
    found = spread(question, candidate, [variant], 1, catalog.runtimes["vllm"])
    assert found.case is not None
    assert dict(found.case[2].options)["memory_fraction"] == "0.50"
    assert found.considered[0].budget_bytes == -(-total // 2)


def test_a_gpu_holds_what_it_would_have_to(catalog: Catalog, put: Callable[..., Question]) -> None:
    """What fits takes the budget whole, as vLLM fills it; what does not shows how much would be needed."""
    fits, _ = weighed(catalog, put, DENSE, layout(4))
    assert fits.fits
    assert fits.total.high == fits.memory.budget_bytes
    more, _ = weighed(catalog, put, DENSE, layout(1), users=64)
    assert not more.fits
    needed = (
        more.memory.weights_bytes + more.memory.activations.high + more.memory.overhead.high + more.memory.cache_needed
    )
    assert more.total.high == pytest.approx(needed)
    assert more.total.low == more.memory.budget_bytes


def test_how_many_nodes_the_work_for_a_token_reaches_over(catalog: Catalog, put: Callable[..., Question]) -> None:
    for cut, nodes in (
        (layout(4), 1), (layout(4, pipeline=2), 2), (layout(2, pipeline=2), 1), (layout(4, data=2), 1), (layout(1, pipeline=5), 2),
    ):  # fmt: skip
        assert weighed(catalog, put, DENSE, cut, nodes=2)[1] == nodes
    # Experts that lie with all copies are asked by every token.
    assert weighed(catalog, put, MIXTURE, layout(4, data=2, experts=True), nodes=2)[1] == 2
    assert weighed(catalog, put, MIXTURE, layout(4, experts=True), nodes=2)[1] == 1


def test_the_longest_request_is_one_that_a_layout_with_whole_shapes_holds(
    catalog: Catalog, put: Callable[..., Question]
) -> None:
    two, three = (weighed(catalog, put, DENSE, layout(tensor))[0] for tensor in (2, 3))
    assert not three.divides
    assert two.divides
    assert longest([two, three]) == two.memory.largest_context > 0
    assert longest([three]) == 0
    assert longest([]) == 0


def test_whole_experts_are_taken_only_where_nothing_else_will_do(
    catalog: Catalog, put: Callable[..., Question]
) -> None:
    question = put(H100, 8)
    candidate, _ = judge_model(catalog.models[MIXTURE], question)
    task, _ = task_of(question, candidate, variant_of(catalog, MIXTURE, "fp8"), catalog.runtimes["vllm"])
    assert task is not None
    assert ways_of(task) == Ways(pipeline=True, data=True, experts=128)
    considered = choose(task, cluster_of(question, task, 1), ways_of(task)).considered
    certain = [item.layout.experts for item in considered if item.fits and not item.doubtful]
    assert certain == sorted(certain)
    bare = replace(task, usable=replace(task.usable, runtime=replace(task.usable.runtime, flags={})))
    assert ways_of(bare) == Ways(pipeline=False, data=False, experts=0)


def test_dense_models_have_no_experts_to_share(catalog: Catalog, put: Callable[..., Question]) -> None:
    question = put(RTX_3090, 2)
    candidate, _ = judge_model(catalog.models[DENSE], question)
    task, _ = task_of(question, candidate, variant_of(catalog, DENSE, "awq-int4"), catalog.runtimes["vllm"])
    assert task is not None
    assert ways_of(task).experts == 0


def test_why_a_variant_cannot_be_laid_out(catalog: Catalog, put: Callable[..., Question]) -> None:
    question = put(RTX_3090, 2)
    candidate, _ = judge_model(catalog.models[DENSE], question)
    variant, vllm = variant_of(catalog, DENSE, "awq-int4"), catalog.runtimes["vllm"]

    def why(asked: Question, given: Variant, **changes: object) -> list[str]:
        task, reasons = task_of(asked, replace(candidate, **changes), given, vllm)  # type: ignore[arg-type]
        assert task is None
        assert all(item.verdict is Verdict.BLOCK for item in reasons)
        return [item.message for item in reasons]

    assert why(question, replace(variant, quantization="of-tomorrow")) == [
        "the scheme of-tomorrow is not in the catalog"
    ]
    unknown = "its layers or its bytes are unknown, so its memory cannot be computed"
    assert why(question, variant, shape=None) == [unknown]
    nowhere = ask(
        Request(requirements=Requirements(runtime="vllm"), gpus=("described",)),
        catalog,
        Hardware(platform=Platform.LINUX),
    )
    assert len(why(nowhere, variant)) == 1
    assert why(question, replace(variant, format="gguf-of-tomorrow"))[0] != unknown


def test_commands_of_several_nodes(catalog: Catalog, lay: Lay) -> None:
    found = lay(LARGE, "safetensors-bf16", H100, 8, nodes=2)
    assert found.case is not None
    variant, quantization, plan = found.case
    alone = first_command(plan, variant, quantization, several=False)
    both = first_command(plan, variant, quantization, several=True)
    assert alone is not None
    assert both is not None
    assert "--distributed-executor-backend" not in alone
    assert both.startswith(f"{plan.runtime.commands.head} && ")
    headless = replace(plan, runtime=replace(plan.runtime, commands=replace(plan.runtime.commands, head=None)))
    assert "&&" not in (first_command(headless, variant, quantization, several=True) or "&&")
    mute = replace(plan, runtime=replace(plan.runtime, commands=Commands()))
    assert first_command(mute, variant, quantization, several=True) is None
    assert worker_command(mute.runtime) is None
    assert worker_command(catalog.runtimes["vllm"]) is not None


def test_what_a_runtime_is_told_to_reach_other_nodes(lay: Lay) -> None:
    found = lay("qwen/qwen3-8b", "awq-int4", RTX_3090, 1, nodes=2, users=8)
    assert found.case is not None
    plan = found.case[2]
    assert across_nodes(plan).options[len(plan.options) :] == (("node_backend", "ray"), ("data_backend", "ray"))
    whole = replace(plan, options=())
    assert across_nodes(whole).options == (("node_backend", "ray"),)
    single = replace(plan, runtime=replace(plan.runtime, nodes=()))
    assert across_nodes(single) is single


def shape(catalog: Catalog, model: str) -> Shape:
    architecture = catalog.models[model].architecture
    assert architecture is not None
    found = shape_from_catalog(architecture)
    assert found is not None
    return found


def test_what_slices_leave_is_told_in_numbers(catalog: Catalog) -> None:
    bf16 = catalog.quantizations["safetensors-bf16"]
    seven, small = shape(catalog, "qwen/qwen2-7b-instruct"), shape(catalog, "qwen/qwen2.5-1.5b-instruct")

    def messages(of: Shape, tensor: int, scheme: str = "safetensors-bf16") -> list[str]:
        quantization = catalog.quantizations[scheme]
        return [item.message for item in divisibility(of, quantization, layout(tensor))]

    assert messages(seven, 1) == []
    assert messages(seven, 3) == [
        "4 key-value heads can neither be shared out over 3 GPUs nor copied evenly to them",
        "the attention's output of 3,584 cannot be cut into 3 equal slices",
        "a feed-forward width of 18,944 cannot be cut into 3 equal slices",
    ]
    assert messages(small, 2) == []
    assert messages(small, 4) == ["2 key-value heads over 4 GPUs: each is cached 2 times"]
    assert messages(shape(catalog, "deepseek-ai/deepseek-r1"), 2)[0] == (
        "compressed keys are not cut by heads: each of 2 GPUs caches all of them"
    )
    # 18,944 over eight leaves 2,368: 18 groups of 128 and a half.
    assert "leaves 2,368, which is not a multiple of the 128 weights" in messages(seven, 8, "awq-int4")[-1]
    assert list(divisibility(seven, bf16, layout(2))) == []
