"""What quantization takes, worked out by hand from a calibration of round numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import exp, sqrt

import pytest
from made_calibration import LOSS, MADE

from llmadvise.domain.calibration import LossModel
from llmadvise.domain.estimate import Range
from llmadvise.domain.model import Model, Parameters
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.engine.quality import damage, damage_word, retention, variant_quality

FULL = Quantization(id="BF16", format="gguf", bits_per_weight=16.0, method="float")


def scheme(bits: float = 4.0, method: str = "k_quant", *, trained: bool = False) -> Quantization:
    return Quantization(id="made", format="gguf", bits_per_weight=bits, method=method, trained=trained)


@pytest.fixture
def model(make_model: Callable[..., Model]) -> Model:
    """Eight billion parameters, of the reference year but for two weeks."""
    return make_model(8.0, date="2024-07-01")


def hurt(
    model: Model, given: Quantization, *, calibrated: bool | None = False, kv_type: str = "f16", loss: LossModel = LOSS
) -> Range:
    return damage(model, given, calibrated, kv_type, replace(MADE, loss=loss))


def kept(model: Model, given: Quantization, profile: Profile, *, kv_type: str = "f16", loss: LossModel = LOSS) -> Range:
    calibration = replace(MADE, loss=loss)
    return retention(model, given, calibrated=False, kv_type=kv_type, profile=profile, calibration=calibration)


def test_each_bit_more_is_a_factor_of_e_less(model: Model) -> None:
    assert [hurt(model, scheme(bits)).value for bits in (3.0, 4.0, 6.0)] == pytest.approx(
        [0.04 * exp(1), 0.04, 0.04 * exp(-2)]
    )
    curved = replace(LOSS, bits_squared=0.1)
    assert hurt(model, scheme(2.0), loss=curved).value == pytest.approx(0.04 * exp(2 + 0.4))
    assert hurt(model, scheme(6.0), loss=curved).value == pytest.approx(0.04 * exp(-2 + 0.4))


def test_a_method_with_one_width_does_as_much_at_any(model: Model) -> None:
    assert hurt(model, scheme(8.0, "fixed")).value == hurt(model, scheme(3.0, "fixed")).value == 0.02


def test_calibration_data_and_not_knowing(model: Model) -> None:
    """Not knowing lies in the middle of the logarithms."""
    values = [hurt(model, scheme(), calibrated=made).value for made in (False, None, True)]
    assert values == pytest.approx([0.04, sqrt(0.04 * 0.01), 0.01])
    assert hurt(model, scheme(method="fixed"), calibrated=True).value == 0.02


def test_trained_formats_have_a_row_of_their_own_and_unknown_methods_share_one(model: Model) -> None:
    assert hurt(model, scheme(trained=True)).value == 0.001
    assert hurt(model, scheme(method="never-heard-of")).value == 0.5


@pytest.mark.parametrize(
    ("kv_type", "more"),
    [
        ("f16", 0.0), ("bf16", 0.0), ("f32", 0.0), ("q8_0", 0.01), ("q4_0", 0.04), ("q5_1", 0.09),
        ("f16,q4_0", 0.04), ("q4_0, q8_0", 0.04), ("q8_0 ,f16", 0.01),
    ],
)  # fmt: skip
def test_of_a_pair_of_cache_types_the_worse_counts(model: Model, kv_type: str, more: float) -> None:
    assert hurt(model, scheme(), kv_type=kv_type).value == pytest.approx(0.04 + more)
    assert hurt(model, FULL, kv_type=kv_type).value == pytest.approx(more)


@pytest.mark.parametrize(
    ("date", "years"),
    [("2024-07-01", 0.0), ("2025-07-01", 1.0), ("2030", 1.0), ("2023-01-01", -1.5), ("2019", -1.5), (None, 0.0)],
)
def test_newer_models_are_more_fragile_as_far_as_was_seen(
    make_model: Callable[..., Model], date: str | None, years: float
) -> None:
    frail = replace(LOSS, fragility_year=0.5)
    assert hurt(make_model(date=date), scheme(), loss=frail).value == pytest.approx(0.04 * exp(0.5 * years))


def test_deviations_of_logarithms_add_as_squares(model: Model) -> None:
    wide = replace(LOSS, fragility_spread=0.4)
    found = hurt(model, scheme(method="never-heard-of"), loss=wide)
    assert (found.low, found.high) == pytest.approx((0.5 * exp(-1.2816 * 0.5), 0.5 * exp(1.2816 * 0.5)))


def test_the_part_kept_falls_as_the_damage_grows(model: Model, chat: Profile) -> None:
    assert kept(model, scheme(), chat).value == pytest.approx(exp(-0.04))
    assert kept(model, FULL, chat) == Range(1.0, 1.0, 1.0)
    rooted = replace(LOSS, damage_power=0.5)
    assert kept(model, scheme(), chat, loss=rooted).value == pytest.approx(exp(-0.2))


def test_larger_models_keep_more(make_model: Callable[..., Model], chat: Profile) -> None:
    """By a power of what absorbs damage: of a mixture the geometric mean of total and active parameters."""
    sized = replace(LOSS, size_power=-0.5)
    assert kept(make_model(32.0), scheme(), chat, loss=sized).value == pytest.approx(exp(-0.04 / 2))
    assert kept(make_model(32.0, active=2.0), scheme(), chat, loss=sized).value == pytest.approx(exp(-0.04))
    seeing = replace(make_model(), parameters=Parameters(total=10**10, active=10**10, language=8 * 10**9))
    assert kept(seeing, scheme(), chat, loss=sized).value == pytest.approx(exp(-0.04))


def test_uses_mind_by_what_tells_of_them(model: Model, chat: Profile) -> None:
    """Three parts code, which minds twice as much, and one part of a group without a number: 7/4 of the damage."""
    mindful = replace(LOSS, sensitivity={"general": 1.0, "code": 2.0})
    use = replace(chat, evidence={"code": 3.0, "chat": 1.0})
    assert kept(model, scheme(), use, loss=mindful).value == pytest.approx(exp(-0.04 * 7 / 4))
    assert kept(model, scheme(), replace(chat, evidence={}), loss=mindful).value == pytest.approx(exp(-0.04))


def test_the_interval_is_that_of_the_logarithm_of_the_loss(model: Model, chat: Profile) -> None:
    unsure = replace(LOSS, damage_power=0.5, fragility_spread=0.6, loss_spread=0.4)
    found = kept(model, scheme(), chat, loss=unsure)
    reach = 1.2816 * 0.5
    assert (found.low, found.high) == pytest.approx((exp(-0.2 * exp(reach)), exp(-0.2 * exp(-reach))))


def test_a_variants_quality_stays_on_the_scale() -> None:
    """The errors are 60 and 0.5 down, 60 and 0.5 up."""
    assert variant_quality(Range(50.0, 0.0, 100.0), Range(0.5, 0.0, 1.0)) == Range(25.0, 0.0, pytest.approx(60.355339))
    assert variant_quality(Range(98.0, 97.0, 100.0), Range(0.99, 0.5, 1.0)).high <= 100.0
    assert variant_quality(Range(99.0, 98.0, 100.0), Range(1.0, 1.0, 1.5)).high == 100.0


@pytest.mark.parametrize(
    ("least", "word", "below"),
    [
        (0.999, "lossless", "transparent"),
        (0.995, "transparent", "good"),
        (0.985, "good", "noticeable"),
        (0.93, "noticeable", "poor"),
        (0.7, "poor", "broken"),
    ],
)
def test_a_word_begins_where_the_manual_says(least: float, word: str, below: str) -> None:
    """docs/quality.md, damage words."""
    assert damage_word(Range(least, least, least)) == word
    under = least - 1e-9
    assert damage_word(Range(under, under, under)) == below
