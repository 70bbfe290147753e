"""Servings to write recipes of: models of the catalog on described machines, and files with names made to hurt."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from llmadvise.api.recipe import for_form
from llmadvise.api.recipe_pin import pinned
from llmadvise.api.recipe_serving import serving_of
from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.hardware import Cpu, Hardware, Memory, Platform
from llmadvise.domain.model import Model
from llmadvise.domain.recipe import Form, RecipeFile
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Case
from llmadvise.engine.most_trusted import most_trusted
from llmadvise.engine.question import Question
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.serving import Serving
from llmadvise.probe.offered import with_cards
from llmadvise.units import GIB

CATALOG = load_catalog()
SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
RTX_4090 = "nvidia-geforce-rtx-4090"
MACHINES = {
    "RTX 4090": (RTX_4090, 1),
    "2x RTX 3090": ("nvidia-geforce-rtx-3090", 2),
    "RX 7900 XTX": ("amd-radeon-rx-7900-xtx", 1),
    "Arc B580": ("intel-arc-b580", 1),
    "8x H100": ("nvidia-h100-sxm5-80-gb", 8),
    "M3 Max": ("apple-m3-max-40c-64gb", 1),
    "CPU": (None, 0),
}
MODELS = (
    "qwen/qwen3-8b", "qwen/qwen3-32b", "qwen/qwen3.8-27b", "google/gemma-3-12b-it", "openai/gpt-oss-20b",
    "meta-llama/llama-3.1-8b-instruct", "microsoft/phi-4", "qwen/qwen3-30b-a3b",
)  # fmt: skip


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress((SCHEMAS / f"{name}.json.gz").read_bytes()))
    return loaded


def machine(name: str) -> Hardware:
    row, count = MACHINES[name]
    cpu = Cpu(name="Ryzen 9 7950X", architecture="x86_64", cores=16, features=("avx2",), memory_bandwidth=60 * 10**9)
    if row is None:
        return Hardware(platform=Platform.LINUX, cpu=cpu, memory=Memory(total_bytes=64 * GIB))
    found = with_cards(CATALOG.gpus[row], count, gpus=CATALOG.gpus, calibration=CATALOG.calibration.memory)
    return (
        replace(found, cpu=cpu)
        if found.memory.total_bytes
        else replace(found, cpu=cpu, memory=Memory(total_bytes=128 * GIB))
    )


@cache
def question(name: str, runtime: str | None = None) -> Question:
    asked = ("minimum_speed", *(("runtime",) if runtime else ()))
    wanted = Requirements(minimum_speed=0.0, runtime=runtime, asked=asked)
    return ask(Request(requirements=wanted, gpus=("described",)), CATALOG, machine(name))


def case_of(put: Question, model: Model) -> Case | None:
    """The first pinned variant that fits, else none."""
    candidate, _ = judge_model(model, put)
    assessor = Assessor(put)
    for variant in most_trusted([item for item in model.variants if item.revision and item.bytes]):
        case, blocked = assessor.judge(candidate, variant)
        if case is not None and blocked is None:
            return case
    return None


def servings(form: Form) -> Iterator[tuple[str, Serving]]:
    """Every model on every machine that the form can be written for."""
    for name in MACHINES:
        for runtime in (None, "vllm"):
            try:
                put = for_form(question(name, runtime), form)
            except LLMAdviseError:
                continue
            for id_ in MODELS:
                case = case_of(put, CATALOG.models[id_])
                if case is not None:
                    case, notes = pinned(put, case, offline=True)
                    yield f"{name} {id_} {case.plan.runtime.id}", serving_of(case, form, notes)


@cache
def plain_serving(runtime: str = "llama.cpp", form: Form = Form.COMPOSE) -> Serving:
    """Qwen3 8B on an RTX 4090."""
    put = for_form(question("RTX 4090", runtime), form)
    case = case_of(put, CATALOG.models["qwen/qwen3-8b"])
    assert case is not None
    return serving_of(case, form)


def with_files(serving: Serving, *names: str, sha256: str | None = "a" * 64) -> Serving:
    """The same with other files."""
    return replace(serving, files=tuple(RecipeFile(name=name, sha256=sha256) for name in names))


def gated(serving: Serving) -> Serving:
    """The publisher's own repository, which asks for acceptance of its terms."""
    model = replace(serving.model, gated=True)
    return replace(serving, model=model, variant=replace(serving.variant, repo=model.repo))


def unpinned(serving: Serving) -> Serving:
    return replace(serving, variant=replace(serving.variant, revision=None))
