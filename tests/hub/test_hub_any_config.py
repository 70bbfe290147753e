"""A config.json with any value in the place of any other: whatever is read of it, nothing but our own error comes out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmadvise.engine.config_architecture.read import read_config
from llmadvise.engine.config_architecture.text_config import ConfigDefaults
from llmadvise.hub.known_configs import known_configs

PUBLISHED = {
    row["model"]: row["config"]
    for row in map(json.loads, (Path(__file__).parents[1] / "data/configs/published.jsonl").read_text().splitlines())
}
ODD = (
    None, [], {}, "", -1, 0, 1, True, 1.5, -1e308, 1e308, float("inf"), float("nan"), 10**30, "x", "\u202e\x1b[2J",
    [None], [[1]], {"a": {"a": 1}}, [1] * 3000,
)  # fmt: skip


def places(value: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands, below the top."""
    if above:
        yield above
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*above, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:3]):
            yield from places(inner, (*above, index))


@pytest.fixture(scope="module")
def known() -> ConfigDefaults:
    return known_configs()


@pytest.mark.parametrize("model", sorted(PUBLISHED)[::4])
def test_any_value_may_stand_anywhere(model: str, known: ConfigDefaults) -> None:
    config = PUBLISHED[model]
    read_config(config, known)
    for place in places(config):
        for odd in ODD:
            changed = copy.deepcopy(config)
            holder = changed
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = odd
            try:
                read_config(changed, known)
            except Exception as error:
                error.add_note(f"{place} is {odd!r}"[:200])
                raise


@pytest.mark.parametrize("kind", [[], {}, None, 3, ["yarn"]])
def test_a_scaling_of_no_kind_stretches_nothing(kind: object, known: ConfigDefaults) -> None:
    scaling = {"rope_type": kind, "factor": 4.0, "original_max_position_embeddings": 32768}
    config = PUBLISHED["qwen/qwen3-8b"] | {"rope_scaling": scaling}
    assert read_config(config, known).context.extended is None
