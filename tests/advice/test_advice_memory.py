"""Memory as it is: what is free and not what is printed on the box, all experts, and a cache that grows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Backend, Hardware
from llmadvise.domain.model import AttentionKind
from llmadvise.engine.memory.plan import context_cost
from llmadvise.engine.memory.settings import EngineSettings
from llmadvise.engine.memory.shape import shape_from_catalog
from llmadvise.engine.question import Question
from llmadvise.engine.recommend import Ranking, recommend
from llmadvise.probe.budget import note_memory_in_use
from llmadvise.probe.document import read_hardware_file
from llmadvise.probe.record import Record
from llmadvise.units import GIB

Ask = Callable[..., Question]

GROWING = frozenset({AttentionKind.FULL, AttentionKind.LATENT, AttentionKind.CHUNKED})
SHORT, LONG = 1024, 4096
"""Less than the window of any chunked model, and four times that."""


@pytest.fixture
def described(tmp_path: Path, catalog: Catalog) -> Callable[[dict[str, object]], Hardware]:
    """The machine of a hardware file."""

    def read(content: dict[str, object]) -> Hardware:
        path = tmp_path / "machine.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        calibration = catalog.calibration.memory
        return read_hardware_file(str(path), gpus=catalog.gpus, cpus=catalog.cpus, calibration=calibration)

    return read


def test_4_gb_free_of_24_counts_as_4(described: Callable[[dict[str, object]], Hardware], ask: Ask) -> None:
    card = {"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 24 * GIB, "free_bytes": 4 * GIB}
    machine = described({"platform": "linux", "gpus": [card], "memory": {"total_bytes": 16 * GIB}})
    record = Record()
    note_memory_in_use(machine.gpus[0], record)
    assert [finding.rule for finding in record.findings] == ["gpu-memory-in-use"]
    advice = recommend(ask(machine))
    for item in advice.recommendations:
        on_card = sum(device.used.high for device in item.memory.by_device if device.device == "gpu0")
        assert on_card <= 4 * GIB


def test_a_cgroup_limit_counts(described: Callable[[dict[str, object]], Hardware], ask: Ask) -> None:
    memory = {"total_bytes": 256 * GIB, "limit_bytes": 8 * GIB, "limited_by": "/sys/fs/cgroup/memory.max"}
    cpu = {"name": "AMD EPYC 9654", "architecture": "x86_64", "cores": 96}
    advice = recommend(ask(described({"platform": "linux", "cpu": cpu, "memory": memory})))
    assert advice.recommendations
    for item in (*advice.recommendations, *advice.specialists):
        assert item.memory.total.high <= 8 * GIB


def test_the_cache_of_every_model_grows_with_the_context(catalog: Catalog) -> None:
    """Models without a layer that keeps every token keep the same from some length on, never less."""
    growing = 0
    for model in catalog.models.values():
        if model.architecture is None:
            continue
        shape = shape_from_catalog(model.architecture)
        assert shape is not None, model.id
        short, long = (
            context_cost(shape, EngineSettings(context_length=length), Backend.CUDA).from_the_end[-1]
            for length in (SHORT, LONG)
        )
        kinds = {group.kind for group in model.architecture.attention}
        assert long >= short, model.id
        if kinds & GROWING:
            growing += 1
            assert long > short, model.id
    assert growing > len(catalog.models) / 2


def test_a_mixture_is_sized_by_all_and_timed_by_active_parameters(
    machines: Mapping[str, Hardware], ranked: Callable[[str, str], Ranking]
) -> None:
    """On a CPU, where reading weights is all: a mixture decodes faster than a dense model of the same bytes."""
    cases = ranked("laptop 16 GB", "chat").cases
    fast = [
        case for case in cases if case.candidate.model.parameters.active * 4 < case.candidate.model.parameters.total
    ]
    dense = [case for case in cases if case.candidate.model.parameters.active == case.candidate.model.parameters.total]
    compared = 0
    for mixture in fast:
        size = mixture.variant.bytes or 0
        assert sum(item.weights for item in mixture.plan.memory) >= 0.95 * size, mixture.variant.id
        for other in dense:
            if abs((other.variant.bytes or 0) - size) > size / 10 or not other.plan.decode or not mixture.plan.decode:
                continue
            compared += 1
            assert mixture.plan.decode.value > 1.5 * other.plan.decode.value, (mixture.variant.id, other.variant.id)
    assert compared
