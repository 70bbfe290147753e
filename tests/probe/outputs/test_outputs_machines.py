"""Every machine in tests/machines: outputs of tools beside what they mean, each with its source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from llmadvise.api.machine import replayed
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.probe.outputs.readers import read_pieces
from llmadvise.probe.outputs.settle import settle
from llmadvise.probe.outputs.sighting import Piece

_MACHINES = Path(__file__).parents[2] / "machines"
_NAMES = sorted(path.parent.name for path in _MACHINES.glob("*/expected.json"))


def read(name: str, catalog: Catalog) -> Hardware:
    """The outputs alone, with the command that printed them."""
    about = json.loads((_MACHINES / name / "about.json").read_text())
    (path,) = (path for path in (_MACHINES / name).iterdir() if path.name not in {"about.json", "expected.json"})
    observed = read_pieces([Piece(text=path.read_text(), command=about.get("command"), exit=about.get("exit"))])
    return settle(observed, gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory)


def differences(wanted: object, got: object, place: str = "") -> Iterator[str]:
    """What of the wanted values is otherwise; what is not mentioned is free."""
    if isinstance(wanted, dict) and is_dataclass(got):
        known = {field.name for field in fields(got)}
        for name, value in wanted.items():
            assert name in known, f"{place}: no field {name}"
            found = getattr(got, name)
            if name == "findings":
                rules = {finding.rule for finding in found}
                yield from (f"no finding {rule} among {sorted(rules)}" for rule in value if rule not in rules)
            else:
                yield from differences(value, found, f"{place}.{name}")
    elif isinstance(wanted, list) and isinstance(got, tuple):
        if len(wanted) != len(got):
            yield f"{place}: {len(got)}, not {len(wanted)}: {[getattr(each, 'name', each) for each in got]}"
        for number, (value, each) in enumerate(zip(wanted, got, strict=False)):
            yield from differences(value, each, f"{place}[{number}]")
    elif wanted != got:
        yield f"{place}: {got!r}, not {wanted!r}"


@pytest.mark.parametrize("name", _NAMES)
def test_a_machine_reads_as_it_is(name: str, catalog: Catalog) -> None:
    wanted = json.loads((_MACHINES / name / "expected.json").read_text())
    assert list(differences(wanted, read(name, catalog))) == []


@pytest.mark.parametrize("name", _NAMES)
def test_a_machine_replays_as_it_is(name: str, catalog: Catalog) -> None:
    """By the way of captures, which asks the probe of the platform first and the readers of outputs after it."""
    wanted = json.loads((_MACHINES / name / "expected.json").read_text())
    assert list(differences(wanted, replayed(str(_MACHINES / name), catalog))) == []


@pytest.mark.parametrize("name", _NAMES)
def test_a_machine_reads_the_same_behind_a_manifest(name: str, catalog: Catalog, tmp_path: Path) -> None:
    """The same texts as a capture that another hand put together."""
    folder = _MACHINES / name
    about = json.loads((folder / "about.json").read_text())
    texts = sorted(path for path in folder.iterdir() if path.name not in {"about.json", "expected.json"})
    sources = [
        {"source": about.get("command") or path.stem, "file": path.name, "exit": about.get("exit", 0)} for path in texts
    ]
    for path in texts:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    platform = replayed(str(folder), catalog).platform.value
    manifest = {"schema": "llmadvise.capture/1", "platform": platform, "sources": sources}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    wanted = json.loads((folder / "expected.json").read_text())
    assert list(differences(wanted, replayed(str(tmp_path), catalog))) == []


@pytest.mark.parametrize("name", _NAMES)
def test_a_machine_has_a_source(name: str) -> None:
    about = json.loads((_MACHINES / name / "about.json").read_text())
    assert about["source"].startswith("https://")
    assert about["machine"]
    assert about["provenance"]


@pytest.mark.parametrize("name", _NAMES)
def test_what_is_said_can_be_kept_and_read_again(name: str, catalog: Catalog) -> None:
    """Sizes fit each other, names are printable, every gap of a size has its finding."""
    machine = read(name, catalog)
    rules = {finding.rule for finding in machine.findings}
    for gpu in machine.gpus:
        assert gpu.name.isprintable()
        assert gpu.free_bytes is None or gpu.memory_bytes is None or 0 <= gpu.free_bytes <= gpu.memory_bytes
        assert gpu.memory_bytes is not None or "gpu-memory-unknown" in rules
        assert not gpu.unified or gpu.memory_kind is not None
    assert machine.memory.total_bytes is not None or "ram-unknown" in rules
    assert len({gpu.index for gpu in machine.gpus}) == len(machine.gpus)


def test_there_are_enough_machines() -> None:
    assert len(_NAMES) >= 44
