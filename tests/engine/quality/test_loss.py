"""What quantization takes: monotone in bits and size, and true to what was measured."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.calibration import QualityCalibration
from llmadvise.domain.estimate import Range
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.quality import damage, damage_word, retention, variant_quality

METHODS = ["legacy", "k_quant", "i_quant", "gptq", "awq", "exl2", "exl3", "mlx_affine", "never_heard_of"]


def scheme(bits: float, method: str = "k_quant", *, trained: bool = False) -> Quantization:
    return Quantization(id=f"{method}-{bits}", format="gguf", bits_per_weight=bits, method=method, trained=trained)


def kept(
    model: Model,
    quantization: Quantization,
    profile: Profile,
    calibration: QualityCalibration,
    *,
    calibrated: bool | None = True,
    kv_type: str = "f16",
) -> Range:
    return retention(
        model, quantization, calibrated=calibrated, kv_type=kv_type, profile=profile, calibration=calibration
    )


@given(bits=st.floats(1.1, 8.5), step=st.floats(0, 4), method=st.sampled_from(METHODS), billions=st.floats(0.3, 400))
def test_fewer_bits_never_keep_more(
    *,
    calibration: QualityCalibration,
    profile: Profile,
    bits: float,
    step: float,
    method: str,
    billions: float,
    make_model: Callable[..., Model],
) -> None:
    model = make_model(billions)
    fewer = kept(model, scheme(bits, method), profile, calibration)
    more = kept(model, scheme(bits + step, method), profile, calibration)
    assert fewer.value <= more.value + 1e-12
    assert 0.0 <= fewer.low <= fewer.value <= fewer.high <= 1.0


@given(bits=st.floats(1.1, 8.5), billions=st.floats(0.3, 200), factor=st.floats(1, 10), method=st.sampled_from(METHODS))
def test_a_larger_model_never_loses_more(
    *,
    calibration: QualityCalibration,
    profile: Profile,
    bits: float,
    billions: float,
    factor: float,
    method: str,
    make_model: Callable[..., Model],
) -> None:
    small, large = (
        kept(make_model(size), scheme(bits, method), profile, calibration) for size in (billions, billions * factor)
    )
    assert small.value <= large.value + 1e-12


def test_known_answers_for_an_8b(
    calibration: QualityCalibration, chat: Profile, make_model: Callable[..., Model]
) -> None:
    # Llama-3-8B, llama.cpp 0c1e57098 tools/perplexity/README.md: Q8_0 KLD 0.00136 (lossless), IQ1_S KLD 2.2 (babble).
    model = make_model(8.0, date="2024-04-18")
    assert kept(model, scheme(8.5, "legacy"), chat, calibration, calibrated=False).value > 0.995
    assert kept(model, scheme(4.798), chat, calibration).value > 0.98
    assert kept(model, scheme(1.667, "i_quant"), chat, calibration).value < 0.4


@pytest.mark.parametrize(
    ("bits", "method", "calibrated", "measured"),
    [
        (6.562, "k_quant", False, 0.005452),
        (4.798, "k_quant", True, 0.028152),
        (4.517, "legacy", False, 0.07194),
        (3.85, "k_quant", True, 0.084358),
        (3.072, "i_quant", True, 0.183625),
        (2.106, "i_quant", True, 0.812022),
    ],
)
def test_damage_is_within_its_interval_of_llama_3_8b(
    *,
    calibration: QualityCalibration,
    bits: float,
    method: str,
    calibrated: bool,
    measured: float,
    make_model: Callable[..., Model],
) -> None:
    # Mean KL divergence, llama.cpp 0c1e57098 tools/perplexity/README.md (CUDA f364eb6f, wikitext-2, 512 tokens).
    guess = damage(make_model(8.03, date="2024-04-18"), scheme(bits, method), calibrated, "f16", calibration)
    assert abs(log(measured / guess.value)) < 2 * log(guess.high / guess.value)


def test_full_precision_and_trained_formats_lose_nothing_to_speak_of(
    calibration: QualityCalibration, profile: Profile, make_model: Callable[..., Model]
) -> None:
    model = make_model()
    assert kept(model, scheme(16.0, "float"), profile, calibration) == Range(1.0, 1.0, 1.0)
    assert kept(model, scheme(4.5, "legacy", trained=True), profile, calibration).value > 0.999


def test_calibration_data_help_and_not_knowing_lies_between(
    calibration: QualityCalibration, chat: Profile, make_model: Callable[..., Model]
) -> None:
    without, unknown, with_data = (
        kept(make_model(), scheme(3.0), chat, calibration, calibrated=made).value for made in (False, None, True)
    )
    assert without < unknown < with_data


def test_a_quantized_cache_costs_and_four_bits_cost_more(
    calibration: QualityCalibration, chat: Profile, make_model: Callable[..., Model]
) -> None:
    full, eight, four = (
        kept(make_model(), scheme(4.798), chat, calibration, kv_type=kind).value for kind in ("f16", "q8_0", "q4_0")
    )
    assert four < eight < full
    assert full - eight < 0.002


def test_code_loses_more_than_conversation(
    calibration: QualityCalibration, chat: Profile, coding: Profile, make_model: Callable[..., Model]
) -> None:
    mix = scheme(3.0)
    assert kept(make_model(), mix, coding, calibration).value < kept(make_model(), mix, chat, calibration).value


def test_an_unknown_method_is_less_certain(
    calibration: QualityCalibration, chat: Profile, make_model: Callable[..., Model]
) -> None:
    known, unknown = (
        kept(make_model(), scheme(3.0, method), chat, calibration) for method in ("k_quant", "never_heard_of")
    )
    assert unknown.high - unknown.low > known.high - known.low


def test_a_variants_quality_is_the_product_with_both_errors() -> None:
    full, part = Range(80.0, 70.0, 88.0), Range(0.9, 0.8, 0.95)
    got = variant_quality(full, part)
    assert got.value == pytest.approx(72.0)
    assert got.low == pytest.approx(72.0 - (9.0**2 + 8.0**2) ** 0.5)
    assert got.high == pytest.approx(72.0 + (7.2**2 + 4.0**2) ** 0.5)
    assert list(variant_quality(full, Range(1.0, 1.0, 1.0))) == pytest.approx(list(full))


@pytest.mark.parametrize(
    ("value", "word"),
    [(1.0, "lossless"), (0.997, "transparent"), (0.99, "good"), (0.95, "noticeable"), (0.8, "poor"), (0.3, "broken")],
)
def test_damage_has_a_word(value: float, word: str) -> None:
    assert damage_word(Range(value, value, value)) == word
