"""Makes up fleets: hardware documents as an inventory of many machines would hold them, one a line.

    python benchmarks/fleet_machines.py COUNT > fleet.jsonl

The kinds are the machines and devices of the catalog, drawn so that a few are common and many are rare. As in real
inventories no two machines are quite alike: other programs hold memory, some cards are busy, drivers and serials differ.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from itertools import accumulate

from llmadvise.catalog.load import load_catalog
from llmadvise.domain.hardware import GpuFacts, Hardware
from llmadvise.probe.named import named_machine
from llmadvise.render.documents.hardware import hardware_document
from llmadvise.render.encode import encode

GIB = 1 << 30
SEED = 20261120
RAM_SIZES = (4, 8, 8, 16, 16, 16, 32, 32, 64, 64, 128, 256)
ADDED_CARDS = 40
"""Kinds of desktop that are put together from a card of the catalog and some RAM."""
BUSY = 0.01
"""Part of the machines on which a model or a game holds much of a card."""
HELD_GIB = (2, 4, 6, 9, 14, 20, 40, 70)
"""What is held there; less on smaller cards."""
BROKEN = 0.0005
"""Part of the lines that are cut off, as a log that was rotated leaves them."""

Document = dict[str, object]


def kinds(chance: random.Random) -> list[Document]:
    """Whole machines of the catalog, and desktops around its cards."""
    catalog = load_catalog()
    memory = catalog.calibration.memory
    found = [
        named_machine(row, gpus=catalog.gpus, cpus=catalog.cpus, calibration=memory)
        for row in catalog.machines.values()
    ]
    documents = [_document(machine) for machine in found]
    cards = [row for row in catalog.gpus.values() if not row.unified and row.memory_bytes and row.backends]
    processors = [row for row in catalog.cpus.values() if row.typical_bandwidth and row.architecture == "x86_64"]
    for _ in range(ADDED_CARDS):
        row, cpu = chance.choice(cards), chance.choice(processors)
        documents.append(
            {
                "schema": "llmadvise.hardware/1",
                "platform": chance.choice(("linux", "linux", "windows")),
                "cpu": {"name": cpu.name, "architecture": cpu.architecture, "cores": cpu.cores},
                "memory": {"total_bytes": chance.choice(RAM_SIZES) * GIB},
                "gpus": [_gpu(row, place) for place in range(chance.choice((1, 1, 1, 1, 2)))],
            }
        )
    return documents


def _document(machine: Hardware) -> Document:
    plain = encode(hardware_document(machine, version="0"))
    assert isinstance(plain, dict)
    return plain


def _gpu(row: GpuFacts, index: int) -> Document:
    return {"index": index, "vendor": row.vendor, "name": row.name, "memory_bytes": row.memory_bytes}


def machines(count: int, seed: int = SEED) -> Iterator[bytes]:
    """The lines of a fleet; the same for the same count and seed, and each longer one begins with each shorter one."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    known = kinds(chance)
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(known))))
    chance.shuffle(known)
    for number in range(count):
        [kind] = chance.choices(known, cum_weights=weights)
        line = json.dumps(_one(kind, number, chance), separators=(",", ":")).encode()
        yield (line[: len(line) // 2] if chance.random() < BROKEN else line) + b"\n"


def _one(kind: Document, number: int, chance: random.Random) -> Document:
    """One machine of a kind: its own serials, and what happens to be free on it."""
    machine = dict(kind)
    memory = dict(machine["memory"])  # type: ignore[call-overload]  # an object by construction
    total = memory["total_bytes"] - chance.randrange(1 << 26)
    memory["total_bytes"] = total
    memory["available_bytes"] = int(total * min(0.97, max(0.3, chance.gauss(0.9, 0.03))))
    machine["memory"] = memory
    gpus = []
    for gpu in machine["gpus"]:  # type: ignore[attr-defined]  # a list by construction
        one = dict(gpu)
        one["pci_address"] = f"0000:{number % 251:02x}:00.0"
        one["driver"] = f"58{number % 10}.{number % 97}"
        size = one.get("memory_bytes")
        if size and not one.get("unified"):
            held = chance.choice(HELD_GIB) * GIB if chance.random() < BUSY else 0
            one["free_bytes"] = int((size - held if held < size else size // 8) * chance.uniform(0.97, 1.0))
            one.pop("budget_bytes", None)
        gpus.append(one)
    machine["gpus"] = gpus
    machine["sources"] = [{"source": f"/sys/class/dmi/id/{number:032x}", "status": "read"}]
    return machine


if __name__ == "__main__":
    for made in machines(int(sys.argv[1])):
        sys.stdout.buffer.write(made)
