"""The answer for a fleet: each group is told what its machines would be told alone, and the totals add up."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fleet_data import DESKTOP, FLEET, GIB, LAPTOP, machine

from llmadvise.api.advise import recommend
from llmadvise.api.fleet import advise_fleet, fleet_advised
from llmadvise.api.request import Request
from llmadvise.domain.fleet import Fleet, FleetGroup, FleetPick
from llmadvise.domain.requirements import Requirements
from llmadvise.errors import InvalidFileError, UsageError
from llmadvise.probe.fleet import rounded_down
from llmadvise.render.encode import to_json

KINDS = (
    DESKTOP,
    LAPTOP,
    machine(32, "RTX 3060 12GB"),
    machine(64, "RTX 3090", 2),
    machine(32, "RX 7900 XTX"),
    machine(8),
    machine(24, platform="macos", gpus=[{"name": "Apple M4 Pro 20-core GPU 24 GB"}], cpu={"name": "Apple M4 Pro"}),
    machine(
        16,
        gpus=[{"name": "a card that nobody knows", "vendor": "nvidia", "memory_bytes": 8 * GIB, "backends": ["cuda"]}],
    ),
)


def advised(file: Path, **asked: object) -> Fleet:
    return advise_fleet(Request(requirements=Requirements(**asked)), str(file), workers=1).fleet  # type: ignore[arg-type]


def picked(group: FleetGroup) -> FleetPick:
    assert group.pick is not None
    return group.pick


@pytest.mark.parametrize("users", [1, 4])
def test_a_group_is_told_what_its_machine_is_told_alone(tmp_path: Path, users: int) -> None:
    file = tmp_path / "fleet.jsonl"
    file.write_text("".join(f"{json.dumps(kind)}\n" for kind in KINDS), encoding="utf-8")
    groups = {group.example.line: group for group in advised(file, users=users).groups}
    assert sorted(groups) == list(range(1, len(KINDS) + 1))
    for line, kind in enumerate(KINDS, start=1):
        alone = tmp_path / "alone.json"
        alone.write_text(json.dumps(kind), encoding="utf-8")
        # These sizes have few digits, so that nothing is rounded away.
        assert rounded_down(kind["memory"]["total_bytes"], 5) == kind["memory"]["total_bytes"]
        answer = recommend(Request(hardware=str(alone), requirements=Requirements(users=users)))
        first, pick = answer.advice.recommendations[0], picked(groups[line])
        assert (pick.model, pick.variant, pick.runtime) == (first.model.id, first.variant.id, first.runtime)
        assert (pick.memory, pick.decode, pick.commands) == (first.memory.total, first.speed.decode, first.commands)
        if users > 1 and first.speed.serving is not None:
            assert pick.together == first.speed.serving.together


def test_equal_machines_are_counted_and_totals_add_up(fleet: Path) -> None:
    answer = advised(fleet, users=2)
    totals = answer.totals
    assert [group.machines for group in answer.groups] == [3, 1, 1, 1]
    assert (totals.machines, totals.groups, totals.invalid) == (len(FLEET), 4, 0)
    assert totals.machines == totals.advised + totals.without == sum(group.machines for group in answer.groups)
    assert totals.users == 2 * totals.advised == sum(model.users for model in answer.models)
    assert totals.together is not None
    known = [(group.machines, group.pick.together) for group in answer.groups if group.pick and group.pick.together]
    for end in ("value", "low", "high"):
        total = sum(count * getattr(speed, end) for count, speed in known)
        assert getattr(totals.together, end) == pytest.approx(total, abs=0.1)


def test_a_machine_that_runs_nothing_says_why_and_what_would_help(fleet: Path) -> None:
    answer = advised(fleet, minimum_bits=4.0, context_length=32768)
    without = [group for group in answer.groups if group.pick is None]
    assert answer.totals.without == sum(group.machines for group in without) == 1
    assert [(reason.rule, reason.machines) for reason in answer.reasons] == [("does-not-fit", 1)]
    assert without[0].example.line == 5
    assert without[0].relaxation


def test_broken_lines_are_findings_with_their_place(fleet: Path) -> None:
    with fleet.open("a", encoding="utf-8") as file:
        file.write('{"platform": "linux"\n{"platform": "beos"}\n{"platform": "beos", "name": "another"}\n')
        file.write('{"platform": "linux", "memory": {"total_bytes": -1}}\n')
    answer = advised(fleet)
    assert (answer.totals.machines, answer.totals.invalid) == (6, 4)
    told = {item.evidence: item.message for item in answer.findings}
    assert set(told) == {f"{fleet}:{line}" for line in (7, 8, 10)}
    assert told[f"{fleet}:7"].startswith("is not JSON")
    assert told[f"{fleet}:8"].startswith("platform: must be one of")
    assert told[f"{fleet}:8"].endswith("(and 1 more like it)")
    assert "total_bytes" in told[f"{fleet}:10"]


def test_the_order_of_lines_changes_nothing_but_the_examples(fleet: Path) -> None:
    lines = fleet.read_text(encoding="utf-8").splitlines()
    first = advised(fleet)
    random.Random(1).shuffle(lines)  # noqa: S311 - nothing secret
    fleet.write_text("\n".join(lines), encoding="utf-8")
    second = advised(fleet)
    assert first.totals == second.totals
    assert first.models == second.models
    nowhere = first.groups[0].example
    there = [sorted(repr(replace(item, example=nowhere)) for item in answer.groups) for answer in (first, second)]
    assert there[0] == there[1]


@pytest.mark.parametrize("text", ["", "\n\n", "no machine\nat all\n"])
def test_a_fleet_without_machines_is_an_invalid_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError, match=r"f\.jsonl"):
        advised(file)


def test_a_fleet_brings_its_own_machines(fleet: Path) -> None:
    with pytest.raises(UsageError, match="--fleet"):
        advise_fleet(Request(gpus=("RTX 4090",)), str(fleet))


_PROGRAM = """
import sys
from llmadvise.api import fleet_workers
from llmadvise.api.fleet import advise_fleet, fleet_advised
from llmadvise.api.request import Request
from llmadvise.probe import fleet
from llmadvise.render.encode import to_json
if __name__ == "__main__":
    fleet.BATCH_BYTES = 300
    fleet_workers._WORTH_A_PROCESS = 1
    sys.stdout.write(to_json(fleet_advised(advise_fleet(Request(), sys.argv[1], workers=2))))
"""


_ENDLESS = """
import os, time
from llmadvise.processes import pool_of
if __name__ == "__main__":
    pool = pool_of(1)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    program = tmp_path / "endless.py"
    program.write_text(_ENDLESS, encoding="utf-8")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        worker = psutil.Process(int(first.stdout.readline()))
        first.kill()
        first.wait(60)
        _, alive = psutil.wait_procs([worker], timeout=60)
    assert alive == []


def test_several_processes_give_the_same_bytes(fleet: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM, encoding="utf-8")
    done = subprocess.run([sys.executable, program, fleet], capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    here = to_json(fleet_advised(advise_fleet(Request(), str(fleet), workers=1)))
    assert json.loads(done.stdout) == json.loads(here)
    assert done.stdout.decode().replace("\r\n", "\n") == here
