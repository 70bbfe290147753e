"""MLX, encoders, intervals, mixers of recurrent layers: small formulas worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_shapes import DEEPSEEK_V3, GEMMA_3_4B, LLAMA_31_8B, QWEN_35_35B

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.finding import Verdict
from llmadvise.domain.hardware import Backend
from llmadvise.domain.model import Architecture, AttentionGroup, AttentionKind
from llmadvise.engine.memory.encoder import encoder_buffer
from llmadvise.engine.memory.layout import WeightLayout
from llmadvise.engine.memory.mlx import MlxMemory, mlx_findings, mlx_memory
from llmadvise.engine.memory.overhead import DRAWN, SPLIT, STATED, WHOLE, driver_context, spread_of, total_range
from llmadvise.engine.memory.tensors.states import Mixer, inner_size, mixer_of, mixers
from llmadvise.units import GIB, KIB, MIB

WEIGHTS = WeightLayout(token_embedding_bytes=100, output_bytes=50, tied=False, layer_bytes=(25, 25))


def test_a_prompt_is_read_in_steps_of_2048_tokens() -> None:
    """Tokens × 3 values of 16 bits as wide as stream and network, the growing layer, and logits in 32 bits."""
    long = mlx_memory(LLAMA_31_8B, WEIGHTS, context_length=8192)
    assert long.weights == 200
    assert long.compute == 2048 * 6 * (4096 + 14336) + 8192 * 4 * KIB + 4 * 128_256
    assert long.total == long.weights + long.kv_cache + long.compute
    short = mlx_memory(LLAMA_31_8B, WEIGHTS, context_length=100)
    assert (short.kv_cache, short.compute) == (
        256 * 128 * KIB, 100 * 6 * (4096 + 14336) + 256 * 4 * KIB + 4 * 128_256,
    )  # fmt: skip


def test_every_conversation_has_a_cache_and_logits_of_its_own() -> None:
    one, three = (mlx_memory(LLAMA_31_8B, WEIGHTS, context_length=4096, sequences=count) for count in (1, 3))
    assert three.kv_cache == 3 * one.kv_cache
    assert three.compute - one.compute == 2 * 4 * 128_256


def test_mlx_keeps_recurrent_states_and_chosen_experts() -> None:
    """Qwen3.5 35B-A3B: 62.81 MiB of state, 10 layers of 2 heads of 256; 8 experts of 512 in the widest step."""
    memory = mlx_memory(QWEN_35_35B, WEIGHTS, context_length=2048)
    assert memory.kv_cache == round(62.8125 * MIB) + 10 * 2048 * 2 * 2 * 256 * 2
    assert memory.compute == 2048 * 6 * (2048 + 8 * 512) + 2048 * 2 * 2 * 256 * 2 + 4 * 248_320
    dense = replace(QWEN_35_35B, feed_forward_size=5000)
    assert mlx_memory(dense, WEIGHTS, context_length=2048).compute - memory.compute == 2048 * 6 * (5000 - 4096)


def test_a_rotating_cache_never_holds_more_than_the_context() -> None:
    cell = 2 * 4 * 256 * 2
    assert mlx_memory(GEMMA_3_4B, WEIGHTS, context_length=1024).kv_cache == 34 * 1024 * cell
    assert mlx_memory(GEMMA_3_4B, WEIGHTS, context_length=3072).kv_cache == (29 * 3071 + 5 * 3072) * cell


def test_a_compressed_cache_is_quantized_in_groups_as_well() -> None:
    """576 elements: 288 bytes of four bits, and 9 groups with a scale and a bias of two bytes."""
    memory = mlx_memory(DEEPSEEK_V3, WEIGHTS, context_length=256, cache_type="q4_0")
    assert memory.kv_cache == 61 * 256 * (288 + 9 * 4)


def noted(weights: int, budget: int, installed: int | None, high: float) -> list[tuple[str, Verdict, str]]:
    memory = MlxMemory(weights=weights, kv_cache=0, compute=0)
    findings = mlx_findings(memory, budget=budget, installed=installed, high=high)
    assert (findings[0].rule, findings[0].verdict) == ("mlx-keeps-caches", Verdict.NOTE)
    return [(finding.rule, finding.verdict, finding.message) for finding in findings[1:]]


def test_the_wired_limit_is_proposed_in_whole_mebibytes() -> None:
    ((rule, verdict, message),) = noted(1, 20 * GIB, 32 * GIB, 23.5 * GIB + 1)
    assert (rule, verdict) == ("wired-limit-can-rise", Verdict.NOTE)
    assert "wire 20.0 GiB" in message
    assert f"iogpu.wired_limit_mb={int(23.5 * 1024) + 1}`" in message
    assert "leaves 8.5 GiB" in message


@pytest.mark.parametrize(
    ("budget", "installed", "high", "rules"),
    [
        (20 * GIB, 32 * GIB, 20.0 * GIB, []),
        (20 * GIB, 32 * GIB, 20.0 * GIB + 1, ["wired-limit-can-rise"]),
        (20 * GIB, 32 * GIB, 24.0 * GIB, ["wired-limit-can-rise"]),
        (20 * GIB, 32 * GIB, 24.0 * GIB + 1, []),
        (20 * GIB, None, 24.0 * GIB, []),
    ],
)
def test_the_system_keeps_eight_gibibytes(budget: int, installed: int | None, high: float, rules: list[str]) -> None:
    assert [rule for rule, _, _ in noted(1, budget, installed, high)] == rules


def test_weights_near_the_wired_limit_are_warned_of() -> None:
    assert noted(900, 1000, None, 950.0) == []
    ((rule, verdict, _),) = noted(901, 1000, None, 950.0)
    assert (rule, verdict) == ("wired-limit-near", Verdict.WARN)


def test_an_encoder_holds_the_wider_of_attention_and_network() -> None:
    """In 32 bits: five times the stream (stream, query, key, value, result), or twice beside the widened matrices."""
    assert encoder_buffer(100, hidden_size=768, feed_forward_size=1024, gated=False) == 100 * 5 * 768 * 4
    assert encoder_buffer(100, hidden_size=768, feed_forward_size=3072, gated=False) == 100 * (2 * 768 + 3072) * 4
    assert encoder_buffer(100, hidden_size=768, feed_forward_size=3072, gated=True) == 100 * (2 * 768 + 2 * 3072) * 4


def test_intervals_widen_compute_buffers_and_the_driver_alone() -> None:
    found = total_range(1000, 500, 200, Range(30, 20, 60), (0.5, 2.0))
    assert found == (1730, 1500 + 100 + 20, 1500 + 400 + 60)
    assert total_range(0, 0, 1000, Range(0, 0, 0)) == (1000, 1000 * WHOLE[0], 1000 * WHOLE[1])


def test_spreads_by_how_the_buffers_were_found() -> None:
    assert [spread_of(drawn=drawn, split=split) for drawn in (True, False) for split in (True, False)] == [
        DRAWN, DRAWN, SPLIT, WHOLE,
    ]  # fmt: skip
    for low, high in (DRAWN, WHOLE, SPLIT, STATED):
        assert 0 < low < 1 < high


def test_a_driver_that_nobody_measured_takes_nothing() -> None:
    calibration = MemoryCalibration(
        driver_context_bytes={"cuda": (100, 200, 400)}, ram_reserve_bytes=0, gpu_reserve_bytes=0
    )
    assert driver_context(Backend.METAL, calibration) == (0, 0, 0)


def recurrent(name: str | None, state_bytes: int, inner: int | None = None, hidden: int = 2048) -> Architecture:
    group = AttentionGroup(kind=AttentionKind.RECURRENT, layers=(0, 2), state_bytes=state_bytes, inner_size=inner)
    full = AttentionGroup(kind=AttentionKind.FULL, layers=(1,), kv_heads=2, key_size=128, value_size=128)
    return Architecture(
        id=name, layers=3, hidden_size=hidden, heads=16, kv_heads=2, key_size=128, value_size=128,
        feed_forward_size=4096, vocabulary_size=1000, tied_embeddings=False, attention=(group, full),
    )  # fmt: skip


def state_bytes(inner: int, state: int, groups: int) -> int:
    """llama_hparams::n_embd_r and n_embd_s with a convolution over four tokens, in 32 bits."""
    return 4 * (3 * (inner + 2 * groups * state) + state * inner)


@pytest.mark.parametrize(
    ("mixer", "hidden", "known"),
    [
        (Mixer(kind="qwen3next", inner=4096, state=128, groups=16, kernel=4), 2048, True),  # Qwen3-Next 80B-A3B
        (Mixer(kind="qwen35moe", inner=4096, state=128, groups=16, kernel=4), 2048, False),  # Qwen3.5 35B-A3B
        (Mixer(kind="nemotron_h", inner=10240, state=128, groups=8, kernel=4), 4480, True),  # Nemotron Nano 9B v2
        (Mixer(kind="granitehybrid", inner=3072, state=128, groups=1, kernel=4), 1536, True),  # Granite 4.0 H Tiny
        (Mixer(kind="mamba2", inner=5120, state=128, groups=1, kernel=4), 2560, False),  # twice as wide, unsaid
        (Mixer(kind="falcon-h1", inner=1536, state=256, groups=1, kernel=4), 1024, True),  # Falcon-H1 0.5B
    ],
)
def test_groups_and_state_follow_from_the_bytes(mixer: Mixer, hidden: int, known: bool) -> None:
    """Dimensions of the models' config.json."""
    size = state_bytes(mixer.inner, mixer.state, mixer.groups)
    given = recurrent(mixer.kind, size, mixer.inner if known else None, hidden)
    assert mixer_of(given, given.attention[0]) == mixer
    assert mixer.extra == 2 * mixer.groups * mixer.state
    assert mixer.convolution_bytes == 4 * 3 * (mixer.inner + 2 * mixer.groups * mixer.state)
    assert mixers(given) == (mixer, None, mixer)


def test_mamba_of_the_first_kind_convolves_its_inside_alone() -> None:
    """Mamba 2.8B: an inside of 5,120, a state of 16, no groups (config.json: d_model 2,560)."""
    given = recurrent("mamba", state_bytes(5120, 16, 0), hidden=2560)
    assert mixer_of(given, given.attention[0]) == Mixer(kind="mamba", inner=5120, state=16, groups=0, kernel=4)
    assert inner_size(given) == 5120
    assert inner_size(recurrent("mamba", 64, 640, hidden=2560)) == 640


def test_a_short_convolution_keeps_the_tokens_before() -> None:
    """LFM2 1.2B: kernels of three tokens over 2,048 channels."""
    given = recurrent("lfm2", 2 * 2048 * 4)
    assert mixer_of(given, given.attention[0]) == Mixer(kind="lfm2", inner=2048, state=0, groups=0, kernel=3)
    for size in (0, 4, 2 * 2048 * 4 + 4):
        odd = recurrent("lfm2", size)
        assert mixer_of(odd, odd.attention[0]) is None


@pytest.mark.parametrize(
    ("name", "size", "inner"),
    [
        ("rwkv7", state_bytes(4096, 128, 1), 4096),
        (None, state_bytes(4096, 128, 1), 4096),
        ("mamba2", state_bytes(4096, 128, 1) + 4, 4096),
        ("mamba2", state_bytes(4096, 128, 3), 4096),
        ("mamba2", state_bytes(256, 128, 4), 256),
        ("mamba2", 0, 4096),
    ],
)
def test_bytes_that_no_such_layer_keeps_make_no_mixer(name: str | None, size: int, inner: int) -> None:
    """Groups are powers of two, and together no wider than the inside."""
    given = recurrent(name, size, inner)
    assert mixer_of(given, given.attention[0]) is None


def elements(mixer: Mixer, hidden: int) -> dict[str, tuple[int, ...]]:
    return dict(mixer.tensors(hidden))


def test_tensors_of_each_mixer() -> None:
    """Extents as in the headers of Qwen3-Next 80B-A3B, Qwen3.5, Nemotron Nano 9B v2, Mamba 2.8B and LFM2 1.2B."""
    delta = elements(Mixer(kind="qwen3next", inner=4096, state=128, groups=16, kernel=4), 2048)
    assert delta["attn_qkv.weight"] == (2048, 8192)
    assert (delta["ssm_conv1d.weight"], delta["ssm_ba.weight"]) == ((4, 8192), (2048, 64))
    assert (delta["ssm_a"], delta["ssm_norm.weight"], delta["ssm_out.weight"]) == ((32,), (128,), (4096, 2048))
    newer = elements(Mixer(kind="qwen35", inner=4096, state=128, groups=16, kernel=4), 2048)
    assert newer["ssm_beta.weight"] == newer["ssm_alpha.weight"] == (2048, 32)
    assert "ssm_ba.weight" not in newer
    second = elements(Mixer(kind="nemotron_h", inner=10240, state=128, groups=8, kernel=4), 4480)
    assert second["ssm_in.weight"] == (4480, 10240 + 12288 + 160)
    assert (second["ssm_a"], second["ssm_norm.weight"]) == ((1, 160), (1280, 8))
    single = elements(Mixer(kind="mamba2", inner=5120, state=128, groups=1, kernel=4), 2560)
    assert single["ssm_norm.weight"] == (5120,)
    double = elements(Mixer(kind="mamba2", inner=5120, state=128, groups=2, kernel=4), 2560)
    assert double["ssm_norm.weight"] == (2560, 2)
    assert "ssm_norm.weight" not in elements(Mixer(kind="falcon-h1", inner=1536, state=256, groups=1, kernel=4), 1024)
    first = elements(Mixer(kind="mamba", inner=5120, state=16, groups=0, kernel=4), 2560)
    assert (first["ssm_in.weight"], first["ssm_x.weight"]) == ((2560, 10240), (5120, 160 + 32))
    assert (first["ssm_dt.weight"], first["ssm_a"]) == ((160, 5120), (16, 5120))
    assert elements(Mixer(kind="mamba", inner=64, state=16, groups=0, kernel=4), 33)["ssm_dt.weight"] == (3, 64)
    short = elements(Mixer(kind="lfm2", inner=2048, state=0, groups=0, kernel=3), 2048)
    assert (short["shortconv.conv.weight"], short["shortconv.in_proj.weight"]) == ((3, 2048), (2048, 6144))
