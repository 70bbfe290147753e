"""Two plans for the tests of the renderer: hardware from the smallest upward, and a layout over two nodes."""

from __future__ import annotations

import rendered_advice as made

from llmadvise.domain.assessment import Placement, PlacementKind, ServingEstimate, SpeedEstimate
from llmadvise.domain.deployment import (
    ChosenLayout,
    ConsideredLayout,
    HardwareClass,
    ParallelLayout,
    RefusedVariant,
    SpeedLevel,
)
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.model import Parameters
from llmadvise.domain.recipe import Form, RecipeFile
from llmadvise.render.documents.hardware import hardware_document
from llmadvise.render.documents.plan import (
    PlanDocument,
    PlannedHardware,
    PlannedLayout,
    PlannedModel,
    PlannedVariant,
    plan_document,
)
from llmadvise.render.documents.recipe import RecipeDocument
from llmadvise.units import GIB

MODEL = PlannedModel(
    asked="qwen3-14b",
    model="qwen/qwen3-14b",
    name="Qwen3 14B",
    repo="Qwen/Qwen3-14B",
    parameters=Parameters(total=14_768_307_200, active=14_768_307_200),
    context_native=40960,
)
NOTE = Finding(rule="gated", verdict=Verdict.NOTE, message="accept its terms first")
HEADS = Finding(
    rule="heads-not-divisible-by-gpus",
    verdict=Verdict.BLOCK,
    message="40 attention heads cannot be shared out over 3 GPUs",
    evidence="vLLM 0.33.0 source",
)


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, basis=Basis.COMPUTED, sources=("docs/speed.md",))


def hardware_plan() -> PlanDocument:
    judged = made.first()
    return plan_document(
        version=made.VERSION,
        catalog=made.IDENTITY,
        age_days=None,
        requirements=made.request(),
        model=MODEL,
        variants=(
            planned_variant("Q8_0", 15_700_000_000, 0.9995, None),
            planned_variant("Q4_K_M", 9_001_752_960, 0.993, "GeForce RTX 3060 12 GB"),
        ),
        hardware=(
            PlannedHardware(
                kind=HardwareClass.GPU,
                group="1",
                name="GeForce RTX 3060 12 GB",
                id="nvidia-geforce-rtx-3060-12-gb",
                levels=(SpeedLevel.RUNS, SpeedLevel.USABLE),
                memory_bytes=12 * GIB,
                quantization="Q4_K_M",
                runtime="llama.cpp",
                placement=judged.placement,
                context=16384,
                memory=judged.memory,
                speed=judged.speed,
                others=("GeForce RTX 4070",),
                findings=(),
            ),
            PlannedHardware(
                kind=HardwareClass.COMPUTER,
                group="board",
                name="A board with a name that is much too long for any table of this width",
                id="board",
                levels=(SpeedLevel.RUNS,),
                memory_bytes=16 * GIB,
                quantization="Q4_K_M",
                runtime="llama.cpp",
                placement=Placement(kind=PlacementKind.CPU, gpu_layers=0, devices=("cpu",)),
                context=16384,
                memory=judged.memory,
                speed=SpeedEstimate(prefill=None, decode=None, time_to_first_token=None),
                others=(),
                findings=(NOTE,),
            ),
        ),
        findings=(NOTE,),
    )


def planned_variant(name: str, size: int, kept: float, gpu: str | None) -> PlannedVariant:
    return PlannedVariant(
        format="gguf",
        quantization=name,
        repo="Qwen/Qwen3-14B-GGUF",
        revision=None,
        bytes=size,
        bytes_basis=Basis.DECLARED,
        bits_per_weight=round(size * 8 / 14_768_307_200, 2),
        kept=estimate(kept, kept - 0.002, 1.0),
        memory=None if gpu is None else estimate(11 * GIB, 11 * GIB, 11 * GIB),
        smallest_gpu=gpu,
        smallest_gpu_bytes=None if gpu is None else 12 * GIB,
    )


def layout_plan() -> PlanDocument:
    judged = made.first()
    chosen = ParallelLayout(tensor=2, pipeline=2)
    return plan_document(
        version=made.VERSION,
        catalog=made.IDENTITY,
        age_days=2,
        requirements=made.request(),
        model=MODEL,
        layout=PlannedLayout(
            node=hardware_document(made.machine(), version=made.VERSION),
            nodes=2,
            runtime="vllm",
            chosen=ChosenLayout(
                variant=judged.variant,
                runtime="vllm",
                layout=chosen,
                nodes=2,
                nodes_per_copy=2,
                placement=Placement(
                    kind=PlacementKind.DISTRIBUTED, gpu_layers=41, devices=("node0/gpu0", "node1/gpu0")
                ),
                context=16384,
                gpu=made.device("gpu0", 11.2, 8.4, 0.4, 0.9),
                largest_context=123_456,
                requests=7.5,
                speed=SpeedEstimate(
                    prefill=None,
                    decode=estimate(31.0, 20.0, 42.0),
                    time_to_first_token=None,
                    serving=ServingEstimate(
                        users=8,
                        each=estimate(12.0, 8.0, 16.0),
                        together=estimate(96.0, 64.0, 128.0),
                        time_to_first_token=None,
                    ),
                ),
                command="ray start --head --port=6379 && vllm serve Qwen/Qwen3-14B",
                worker_command='ray start --address="$HEAD_ADDRESS:6379" --block',
                findings=(NOTE,),
            ),
            considered=(
                considered(chosen, fits=True),
                considered(ParallelLayout(tensor=1, pipeline=4, experts=True), fits=True),
                considered(ParallelLayout(tensor=3, data=2), fits=False),
            ),
            refused=(RefusedVariant(variant="safetensors-bf16", reasons=(HEADS,)),),
            enough_nodes=None,
            longest_context=None,
        ),
    )


def considered(layout: ParallelLayout, *, fits: bool) -> ConsideredLayout:
    return ConsideredLayout(
        layout=layout,
        fits=fits,
        gpu_bytes=11 * GIB,
        budget_bytes=11 * GIB,
        largest_context=123_456 if fits else 0,
        requests=7.5,
        findings=() if fits else (HEADS,),
    )


def recipe() -> RecipeDocument:
    return RecipeDocument(
        schema="llmadvise.recipe/1",
        version=made.VERSION,
        form=Form.COMPOSE,
        file_name="compose.yaml",
        model="qwen/qwen3-14b",
        quantization="Q4_K_M",
        runtime="llama.cpp",
        repo="Qwen/Qwen3-14B-GGUF",
        revision="530227a7d994db8eca5ab5ced2fb692b614357fd",
        files=(RecipeFile(name="Qwen3-14B-Q4_K_M.gguf", sha256="ab" * 32, bytes=9_001_752_960),),
        image="ghcr.io/ggml-org/llama.cpp:server-b1",
        endpoint="http://127.0.0.1:8080/v1",
        nodes=1,
        text='# a file\nname: "x"\n',
        findings=(NOTE,),
    )
