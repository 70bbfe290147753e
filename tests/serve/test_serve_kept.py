"""What was measured is kept for later estimates on this machine: the engine's own times of answers long enough."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llmadvise.api.request import Request
from llmadvise.api.run_choice import choose
from llmadvise.api.run_hooks import keep_measurement
from llmadvise.api.run_request import RunRequest
from llmadvise.domain.measurement import Phase, SpeedMeasurement
from llmadvise.domain.requirements import Requirements
from llmadvise.measure import store
from llmadvise.measure.place import store_path
from llmadvise.render.documents.run import Measured

MEASURED = Measured(
    load_seconds=1.0, prompt_tokens=220, tokens=64, time_to_first_token=0.3, decode=33.1, prefill=870.0, by="server",
    memory=None, kept=False,
)  # fmt: skip


def test_both_phases_are_kept_with_their_work(model: Path) -> None:
    wanted = Requirements(context_length=1024, asked=("context_length",))
    chosen = choose(RunRequest(request=Request(requirements=wanted), target=str(model)))
    assert keep_measurement(chosen, MEASURED)
    kept, findings = store.read(store_path())
    speeds = {item.phase: item for item in kept if isinstance(item, SpeedMeasurement)}
    assert findings == ()
    assert (speeds[Phase.DECODE].rate, speeds[Phase.DECODE].depth, speeds[Phase.PREFILL].tokens) == (33.1, 220, 220)
    assert all(item.parts and item.runtime == "llama.cpp" for item in speeds.values())
    promised = choose(RunRequest(request=Request(requirements=wanted), target=str(model))).estimated.speed.decode
    assert promised is not None
    assert promised.low < 40


@pytest.mark.parametrize(
    "measured",
    [
        replace(MEASURED, by="clock"),
        replace(MEASURED, tokens=5, prompt_tokens=20),
        replace(MEASURED, decode=None, prefill=None),
    ],
)
def test_what_says_too_little_is_not_kept(model: Path, measured: Measured) -> None:
    chosen = choose(RunRequest(request=Request(), target=str(model)))
    assert not keep_measurement(chosen, measured)
    assert not Path(store_path()).exists()
