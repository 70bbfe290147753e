"""Kills `llmadvise pull` at random moments, again and again, and counts what that met and what it cost."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from pull_bench import PATIENCE, TOTAL, Bench


@dataclass
class Kills:
    """What the kills met, and what they cost."""

    done: int = 0
    before: int = 0
    during: int = 0
    after: int = 0
    survived: int = 0
    """Runs that ended before they could be killed."""
    wrong: int = 0
    cycles: int = 0
    unfinished: int = 0
    wasted: list[int] = field(default_factory=list)
    """By cycle, bytes served beyond what the model has."""
    kills: list[int] = field(default_factory=list)
    """By cycle."""


def kill_often(bench: Bench, count: int) -> Kills:
    """Kill runs one after another at random moments; each goes on with what the ones before left."""
    kills = Kills()
    while kills.done < count:
        bench.clear()
        kills.cycles += 1
        in_cycle, most = 0, bench.chance.randrange(1, 12)
        while in_cycle < most and kills.done < count:
            if not _kill_once(bench, kills):
                break
            in_cycle += 1
            kills.wrong += not bench.right(bench.cache)
        code, said = bench.end(bench.start())
        if code or not bench.whole(bench.cache):
            kills.unfinished += 1
            print(f"cycle {kills.cycles}: {code} {said}")
        kills.wasted.append(bench.hub.served - TOTAL)
        kills.kills.append(in_cycle)
        print(
            f"{kills.done} kills, {kills.cycles} cycles, {kills.wrong} wrong, {kills.unfinished} unfinished", flush=True
        )
    return kills


def _kill_once(bench: Bench, kills: Kills) -> bool:
    """Kill one run at a random byte that the server sends, at a random moment after the last, or at a random time."""
    missing = max(0, TOTAL - bench.hub.served)
    reached, first = threading.Event(), bench.hub.served
    target = first + bench.chance.randrange(int(missing * 1.3) + 2)
    beyond = target >= first + missing
    target = min(target, first + max(missing, 1) - 1)
    bench.hub.on_served = lambda served: reached.set() if served > target else None
    program = bench.start()
    if bench.chance.random() < 0.15:
        time.sleep(bench.chance.random())
    else:
        deadline = time.monotonic() + PATIENCE
        while not reached.wait(0.005) and program.poll() is None and time.monotonic() < deadline:
            pass
        if beyond:
            time.sleep(bench.chance.random() * 0.08)
    alive = program.poll() is None
    program.kill()
    program.communicate()
    if not alive:
        kills.survived += 1
        return False
    kills.done += 1
    served = bench.hub.served
    if served - first >= missing:
        kills.after += 1
    elif served > first:
        kills.during += 1
    else:
        kills.before += 1
    return True
