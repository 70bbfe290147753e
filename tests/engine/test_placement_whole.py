"""Engines that hold a model whole: vLLM's share of each GPU, and MLX in one memory."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from engine_plans import base

from llmadvise.api.request import Request
from llmadvise.api.setting import ask
from llmadvise.domain.hardware import Backend, Cpu, Gpu, Hardware, Memory, Platform
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.assess import Assessor
from llmadvise.engine.candidates import judge_model
from llmadvise.engine.case import Plan
from llmadvise.engine.question import Question
from llmadvise.units import GIB

MODEL, SCHEME = "qwen/qwen3-8b", "awq-int4"
"""32 heads, 40,960 tokens."""


def card(index: int, total: int, free: float | None = None) -> Gpu:
    size = total * GIB
    return Gpu(
        index=index, vendor="nvidia", name="card", memory_bytes=size, compute_capability="8.9",
        free_bytes=size, budget_bytes=int((total if free is None else free) * GIB), memory_bandwidth=900 * 10**9,
        backends=(Backend.CUDA,),
    )  # fmt: skip


@cache
def question(*gpus: Gpu, runtime: str = "vllm", users: int = 1, context: int = 8192, kv_type: str = "f16") -> Question:
    wanted = Requirements(
        runtime=runtime, users=users, context_length=context, kv_type=kv_type, minimum_speed=0.0, asked=("runtime",)
    )
    apple = runtime == "mlx-lm"
    hardware = Hardware(
        platform=Platform.MACOS if apple else Platform.LINUX,
        cpu=Cpu(cores=8, memory_bandwidth=70 * 10**9),
        memory=Memory(total_bytes=64 * GIB),
        gpus=gpus,
    )
    return ask(Request(hardware="x", requirements=wanted), base().catalog, hardware)


def plan(*gpus: Gpu, model: str = MODEL, scheme: str = SCHEME, **asked: object) -> Plan:
    put = question(*gpus, **asked)  # type: ignore[arg-type]  # what is asked has names
    entry = put.catalog.models[model]
    variant = next(item for item in entry.variants if item.quantization == scheme and item.bytes)
    found, _ = Assessor(put).judge(judge_model(entry, put)[0], variant, anyway=True)
    assert found is not None
    return found.plan


def rules(found: Plan) -> set[str]:
    return {finding.rule for finding in found.findings}


def test_vllm_takes_its_share_whatever_the_model() -> None:
    """gpu_memory_utilization is 0.92 of the whole card (vLLM 0.33.0); what weights and buffers leave is cache."""
    found = plan(card(0, 24))
    (part,) = found.memory
    assert found.fits
    assert part.total == (pytest.approx(0.92 * 24 * GIB, rel=1e-6),) * 3
    assert part.kv_cache == pytest.approx(part.total.value - part.weights - part.compute - part.overhead.value, abs=2)
    assert dict(found.options) == {"users": "1"}
    assert "vllm-cache-holds" in rules(found)
    assert not rules(found) & {"vllm-utilization-lowered", "memory-by-analogy"}


def test_a_card_that_is_partly_used_lowers_the_share() -> None:
    found = plan(card(0, 24, free=20.0))
    assert dict(found.options)["memory_fraction"] == "0.83"
    assert found.memory[0].total.value == pytest.approx(0.83 * 24 * GIB, rel=1e-6)
    assert "vllm-utilization-lowered" in rules(found)


def test_a_cache_that_does_not_hold_the_trained_length_needs_the_option() -> None:
    """36 layers of 8 heads of 128, keys and values in 16 bits: 144 KiB a token, 5.6 GiB for 40,960."""
    assert "vllm-needs-max-model-len" not in rules(plan(card(0, 24)))
    tight = plan(card(0, 12))
    assert tight.fits
    assert "vllm-needs-max-model-len" in rules(tight)
    message = next(item.message for item in tight.findings if item.rule == "vllm-cache-holds")
    tokens = int(message.rpartition("one of ")[2].replace(",", ""))
    assert 8192 <= tokens < 40960
    assert "one of 40,960" in next(
        item.message for item in plan(card(0, 24)).findings if item.rule == "vllm-cache-holds"
    )


def test_what_vllm_would_refuse_is_not_timed() -> None:
    small = plan(card(0, 6))
    assert not small.fits
    assert (small.decode, small.prefill, small.traffic) == (None, None, ())
    assert small.findings
    part = small.memory[0]
    assert part.total.value > part.device.budget_bytes
    assert part.total.low == pytest.approx(0.92 * 6 * GIB, rel=1e-6)


def test_no_more_cards_than_hold_it() -> None:
    pair = [card(index, 24) for index in range(4)]
    assert plan(*pair).placement.devices == ("gpu0",)
    small = [card(index, 8) for index in range(4)]
    found = plan(*small)
    assert found.placement.devices == ("gpu0", "gpu1")
    assert dict(found.options)["tensor_parallel"] == "2"
    assert len({part.weights for part in found.memory}) == 1
    assert found.memory[0].weights < plan(card(0, 24)).memory[0].weights


def test_heads_that_do_not_divide_are_shared_out_by_layers() -> None:
    """32 heads: two cards take heads, three take layers."""
    found = plan(*[card(index, 5) for index in range(3)])
    assert found.fits
    assert dict(found.options) == {"users": "1", "pipeline_parallel": "3"}
    assert [item.layers for item in found.traffic] == [12, 12, 12]
    assert dict(plan(*[card(index, 6) for index in range(3)]).options) == {"users": "1", "tensor_parallel": "2"}


def test_every_card_reads_its_layers() -> None:
    found = plan(*[card(index, 8) for index in range(2)])
    assert [item.layers for item in found.traffic] == [18, 18]
    assert found.placement.gpu_layers == 37
    one = plan(card(0, 24))
    for part in ("weight_bytes", "active_parameters"):
        whole = sum(getattr(item, part) for item in one.traffic)
        assert sum(getattr(item, part) for item in found.traffic) == pytest.approx(whole, abs=2)


def test_users_and_types_are_said() -> None:
    found = plan(card(0, 48), users=3, kv_type="fp8")
    assert dict(found.options) == {"users": "3", "kv_type": "fp8"}
    assert found.context_length == 8192


def apple(total: int, budget: int) -> Gpu:
    return Gpu(
        index=0, vendor="apple", name="M", memory_bytes=total * GIB, budget_bytes=budget * GIB, unified=True,
        memory_bandwidth=400 * 10**9, backends=(Backend.METAL,),
    )  # fmt: skip


def mlx_scheme() -> str:
    variants = base().catalog.models[MODEL].variants
    return next(item.quantization for item in variants if item.format == "mlx" and item.bytes)


def test_mlx_lies_in_the_one_memory() -> None:
    found = plan(apple(64, 48), runtime="mlx-lm", scheme=mlx_scheme())
    (part,) = found.memory
    assert found.fits
    assert found.placement.devices == ("gpu0",)
    assert part.kv_cache == 36 * 2 * 8 * 128 * 2 * 8192
    assert found.pool_bytes is not None
    assert found.options == ()
    # Its buffers follow from a formula that was never measured: a factor of two either way.
    spread = part.total.high - part.total.value
    assert spread == pytest.approx(part.compute + part.overhead.high - part.overhead.value)


def test_mlx_says_what_would_help_where_it_does_not_fit() -> None:
    tight = plan(apple(16, 4), runtime="mlx-lm", scheme=mlx_scheme())
    assert not tight.fits
    assert rules(tight) == {"mlx-keeps-caches", "wired-limit-can-rise"}
    other = plan(replace(apple(16, 4), index=1), runtime="mlx-lm", scheme=mlx_scheme())
    assert other.placement.devices == ("gpu1",)
    assert rules(other) == rules(tight)
