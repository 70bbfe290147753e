"""Plans of files of the catalog that ships, on machines described in a few numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.catalog.load import load_catalog
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.engine_options import EngineOptions
from llmadvise.domain.hardware import Backend, Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Plan
from llmadvise.engine.machine import machine_of
from llmadvise.engine.question import Question
from llmadvise.units import GIB

FILES_OF_PLANS = (
    ("qwen/qwen3-8b", "Q4_K_M"),
    ("qwen/qwen3-14b", "Q8_0"),
    ("qwen/qwen3-30b-a3b", "Q4_K_M"),
    ("openai/gpt-oss-20b", "Q4_K_M"),
    ("google/gemma-3-27b-it", "Q4_K_M"),
    ("meta-llama/llama-3.3-70b-instruct", "Q4_K_M"),
)
_CARD = Gpu(
    index=0, vendor="nvidia", name="card", memory_bandwidth=900 * 10**9, compute_capability="8.9", backends=(Backend.CUDA,)
)  # fmt: skip


class Box(NamedTuple):
    """A machine: GiB of RAM, and of each card."""

    ram: int
    cards: tuple[int, ...]

    def hardware(self) -> Hardware:
        cards = tuple(
            replace(
                _CARD, index=place, memory_bytes=size * GIB, free_bytes=size * GIB, budget_bytes=size * GIB - GIB // 2
            )
            for place, size in enumerate(self.cards)
        )
        return Hardware(
            platform=Platform.LINUX,
            cpu=Cpu(cores=8, memory_bandwidth=70 * 10**9),
            memory=Memory(total_bytes=self.ram * GIB),
            gpus=cards,
        )


@cache
def base() -> Question:
    """One question to vary; no fixture, whose text would be a whole catalog."""
    catalog = load_catalog(None)
    return ask(Request(hardware="x", requirements=Requirements()), catalog, Box(8, ()).hardware())


def plan(box: Box, file: tuple[str, str], context: int, options: EngineOptions | None = None) -> Plan:
    """The layout of one file, as `recommend` makes it; as told where options are given."""
    return of_hardware(box.hardware(), file, context, options)


def of_hardware(
    hardware: Hardware, file: tuple[str, str], context: int = 8192, options: EngineOptions | None = None
) -> Plan:
    """The same on hardware that is described in full."""
    catalog: Catalog = base().catalog
    question = replace(
        base(),
        machine=machine_of(hardware, catalog.gpus, catalog.calibration.memory, cpu_only=False),
        requirements=replace(base().requirements, context_length=context),
        options=options or EngineOptions(),
    )
    model = catalog.models[file[0]]
    candidate, _ = judge_model(model, question)
    variant = next(item for item in model.variants if item.quantization == file[1] and item.bytes)
    found, _ = Assessor(question).judge(candidate, variant, anyway=True)
    assert found is not None
    return found.plan
