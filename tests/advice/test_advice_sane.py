"""Every model that is shown, on every machine: one that can serve, load, fit and answer there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from advice_answers import Answer

from llmadvise.domain.assessment import Assessment
from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Backend, Platform
from llmadvise.domain.model import AttentionGroup, Role

Answered = Callable[[str, str], Answer]

NEVER = frozenset({Role.BASE, Role.EMBEDDING, Role.RERANKER, Role.JUDGE, Role.DRAFT, Role.DIFFUSION})
SERVED: dict[str, frozenset[Role]] = {
    "chat": frozenset({Role.INSTRUCT, Role.REASONING, Role.VISION}),
    "coding": frozenset({Role.CODER, Role.INSTRUCT, Role.REASONING, Role.VISION}),
    "reasoning": frozenset({Role.REASONING, Role.INSTRUCT, Role.VISION}),
    "agents": frozenset({Role.CODER, Role.INSTRUCT, Role.REASONING, Role.VISION}),
    "extraction": frozenset({Role.CODER, Role.INSTRUCT, Role.REASONING, Role.VISION}),
    "rag": frozenset({Role.INSTRUCT, Role.REASONING, Role.VISION}),
    "writing": frozenset({Role.INSTRUCT, Role.REASONING, Role.VISION}),
}
GPU_ONLY = frozenset({"awq", "gptq", "exl2", "exl3", "nvfp4", "fp8"})
"""Formats whose kernels exist for GPUs alone."""
LEAST_SPEED = 1.0


def _backends(answer: Answer, assessment: Assessment) -> set[Backend]:
    """What the advised placement computes with."""
    machine = answer.question.machine
    by_id = {f"gpu{gpu.index}": set(gpu.backends) for gpu in machine.gpus} | {"cpu": {Backend.CPU}}
    return set().union(*(by_id[device] for device in assessment.placement.devices))


@pytest.fixture
def answered(answer: Answered, machine: str, use_case: str) -> Answer:
    return answer(machine, use_case)


def test_there_is_advice(answered: Answer, machine: str, use_case: str) -> None:
    # A board decodes few models with tools at eight tokens a second.
    enough = 1 if (machine, use_case) == ("Raspberry Pi 5", "agents") else answered.question.requirements.top
    assert len(answered.advice.recommendations) >= enough
    models = [item.model.id for item in answered.shown]
    assert len(models) == len(set(models))
    scores = [item.score for item in answered.advice.recommendations]
    assert scores == sorted(scores, reverse=True)


def test_nothing_blocked_is_shown(answered: Answer) -> None:
    for item in answered.shown:
        assert not [finding for finding in item.findings if finding.verdict is Verdict.BLOCK], item.variant.id


def test_roles_serve_the_use(answered: Answer, use_case: str) -> None:
    for item in answered.shown:
        assert item.model.role not in NEVER
        assert item.model.role in SERVED[use_case], item.model.id


def test_the_runtime_loads_the_file_there(answered: Answer) -> None:
    catalog, platform = answered.question.catalog, answered.question.machine.platform
    for item in answered.shown:
        runtime = catalog.runtimes[item.runtime]
        assert item.variant.format in runtime.formats, item.variant.id
        computes = {entry.backend for entry in runtime.backends if platform in entry.platforms}
        working = _backends(answered, item)
        assert working & computes, item.variant.id
        if working == {Backend.CPU}:
            assert item.variant.format not in GPU_ONLY, item.variant.id
        if platform is Platform.MACOS:
            assert runtime.id not in {"vllm", "sglang", "tensorrt-llm"}, item.variant.id
        else:
            assert item.variant.format != "mlx", item.variant.id


def test_files_are_a_complete_known_set(answered: Answer) -> None:
    for item in answered.shown:
        files = item.variant.files
        assert files, item.variant.id
        assert item.variant.names_verified, item.variant.id
        assert item.variant.bytes_basis is not Basis.ASSUMED, item.variant.id
        assert item.variant.bytes is not None
        named = [file for file in files if not file.name.startswith("*")]
        assert len(named) == len(files), f"{item.variant.id}: a pattern is not a file"
        shards = [match for file in files if (match := re.search(r"-(\d{5})-of-(\d{5})\.", file.name))]
        if shards:
            assert len(shards) == len(files), item.variant.id
            assert {int(match[2]) for match in shards} == {len(files)}, item.variant.id
            assert {int(match[1]) for match in shards} == set(range(1, len(files) + 1)), item.variant.id
        elif item.variant.format == "gguf":
            assert len(files) == 1, item.variant.id
        sizes = [file.bytes for file in files]
        if None not in sizes:
            assert sum(size for size in sizes if size is not None) == item.variant.bytes, item.variant.id


def test_memory_counts_the_whole_file(answered: Answer) -> None:
    """Experts that a token skips lie in memory all the same; only draft layers are left in the file."""
    for item in answered.shown:
        architecture = item.model.architecture
        assert architecture is not None
        assert item.variant.bytes is not None
        first = architecture.experts.dense_layers if architecture.experts else 0
        draft = architecture.draft_layers
        skipped = item.variant.bytes * draft / (architecture.layers - first + draft)
        assert item.memory.weights.value >= item.variant.bytes - skipped - 1, item.variant.id
        assert item.memory.total.value > item.memory.weights.value


def test_it_fits_even_at_the_high_end(answered: Answer) -> None:
    pool = answered.question.machine.pool_bytes
    for item in answered.shown:
        for device in item.memory.by_device:
            assert device.used.high <= device.budget_bytes, item.variant.id
        if pool is not None:
            assert item.memory.total.high <= pool, item.variant.id


def test_it_holds_the_context(answered: Answer) -> None:
    wanted = answered.question.profile.context_length
    for item in answered.shown:
        assert item.context_used >= wanted, item.variant.id
        length = item.model.context_length
        assert max(length.native, length.extended or 0) >= wanted, item.model.id
        if any(group.kind not in ("recurrent", "none") for group in _groups(item)):
            assert item.memory.kv_cache.value > 0, item.variant.id


def _groups(item: Assessment) -> Iterator[AttentionGroup]:
    assert item.model.architecture is not None
    yield from item.model.architecture.attention


def test_nobody_waits(answered: Answer) -> None:
    usable = answered.question.profile.speed.usable
    for item in answered.shown:
        if item.speed.decode is None:
            assert "speed-unknown" in {finding.rule for finding in item.findings}
            continue
        assert item.speed.decode.value >= max(usable, LEAST_SPEED), item.variant.id
        assert item.speed.decode.low <= item.speed.decode.value <= item.speed.decode.high


def test_commands_name_this_file(answered: Answer) -> None:
    for item in answered.shown:
        commands = [text for text in (item.commands.pull, item.commands.run, item.commands.serve) if text]
        assert commands, f"{item.variant.id} with {item.runtime}"
        for text in commands:
            assert "{" not in text, text
            assert "[" not in text, text
