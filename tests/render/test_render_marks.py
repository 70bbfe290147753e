"""Verdicts and bars: the symbol and the word stand beside every colour, and a bar never lies about its length."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rendered_advice as made
from hypothesis import given
from hypothesis import strategies as st

from llmadvise.domain.assessment import DeviceMemory, Placement, PlacementKind
from llmadvise.render.page import Page, Tone
from llmadvise.render.placing import where, where_word
from llmadvise.render.text.bars import bar
from llmadvise.render.text.marks import fit, license_verdict
from llmadvise.units import GIB


@pytest.fixture
def page() -> Page:
    return Page(width=80, colour=False, unicode=True)


@pytest.mark.parametrize(
    ("weights", "text", "tone"),
    [
        (8.0, "✓ fits, 2.0 GiB free (>99 %)", Tone.GOOD),
        (9.7, "◐ fits, but 0.3 GiB free is tight (83 %)", Tone.CAUTION),
        (12.0, "✗ too big by 2.0 GiB (<1 %)", Tone.BAD),
    ],
)
def test_fit(page: Page, weights: float, text: str, tone: Tone) -> None:
    assert fit(page, made.device("gpu0", 10.0, weights, 0.0, 0.0)) == (text, tone)


@pytest.mark.parametrize(
    ("verdict", "text"), [("allowed", "✓ allowed"), ("denied", "✗ denied"), ("unknown", "? unknown")]
)
def test_license_verdict(page: Page, verdict: str, text: str) -> None:
    assert license_verdict(page, replace(made.APACHE, verdict=verdict)).text == text


@pytest.mark.parametrize(
    ("kind", "devices", "words", "word"),
    [
        (PlacementKind.GPU, ("gpu0",), "all on the GPU", "GPU"),
        (PlacementKind.GPU, ("gpu0", "gpu1"), "all on 2 GPUs", "2 GPUs"),
        (PlacementKind.OFFLOAD, ("gpu0", "cpu"), "split 25%/75% CPU/GPU", "split"),
        (PlacementKind.CPU, ("cpu",), "on the CPU", "CPU"),
        (PlacementKind.DISTRIBUTED, ("gpu0", "gpu1", "gpu2"), "spread over 3 devices", "spread"),
    ],
)
def test_where(kind: PlacementKind, devices: tuple[str, ...], words: str, word: str) -> None:
    held = made.memory(made.device("gpu0", 10.0, 6.0, 1.0, 0.5), made.device("cpu", 20.0, 2.0, 0.0, 0.5))
    placement = Placement(kind=kind, gpu_layers=0, devices=devices)
    assert (where(placement, held), where_word(placement)) == (words, word)


def test_bar_without_parts_shows_what_is_used(page: Page) -> None:
    used = made.gibibytes(5.0)
    device = DeviceMemory(device="cpu", budget_bytes=10 * GIB, used=used, headroom_bytes=5 * GIB)
    assert bar(page, device) == "▚" * 6 + "░" * 6


def test_bar_of_what_is_too_big_has_nothing_free(page: Page) -> None:
    assert "░" not in bar(page, made.device("gpu0", 10.0, 12.0, 1.0, 0.5))


_PART = st.floats(min_value=0, max_value=200)


@given(_PART, _PART, _PART, st.floats(min_value=0.1, max_value=400))
def test_every_bar_is_as_long_as_the_others_and_shows_what_is_there(
    weights: float, kv_cache: float, other: float, budget: float
) -> None:
    device = made.device("gpu0", budget, weights, kv_cache, other)
    drawn = bar(Page(width=80, colour=False, unicode=True), device)
    assert len(drawn) == 12
    assert drawn == "".join(sorted(drawn, key="▓▒▚░".index))
    assert ("▓" in drawn) == (device.weights_bytes > 0)
    assert ("▒" in drawn) == (device.kv_cache_bytes > 0)
