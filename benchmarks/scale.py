"""Writes docs/scale.md: how load and recommendation grow with the catalog, from a few thousand variants to 250,000.

    python benchmarks/scale.py [VARIANTS …]

The catalogs are made of the real one, as the Hub grows: fine-tunes of its models, most of small ones, with parameters,
results and bytes moved a little, and every file uploaded by several publishers.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from llmadvise.catalog.codec import encoder
from llmadvise.catalog.compile import write_compiled
from llmadvise.catalog.compiled import CompiledCatalog, Rows
from llmadvise.catalog.layout import KINDS
from llmadvise.catalog.load import built_in, load_catalog
from llmadvise.catalog.tree import Identity
from llmadvise.domain.model import Model, Variant

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
SIZES = (2_500, 6_000, 25_000, 100_000, 250_000)
GIB = 1 << 30
DESKTOP = {
    "platform": "linux",
    "cpu": {"name": "AMD Ryzen 9 7950X", "architecture": "x86_64", "cores": 16, "features": ["avx2", "avx512f"]},
    "memory": {"total_bytes": 64 * GIB},
}
RTX_4090 = {"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 24 * GIB}
RTX_3090 = {"name": "NVIDIA GeForce RTX 3090", "vendor": "nvidia", "memory_bytes": 24 * GIB}
MACHINES: dict[str, tuple[dict[str, object], tuple[str, ...]]] = {
    "RTX 4090, 64 GiB": ({**DESKTOP, "gpus": [RTX_4090]}, ()),
    "16 GiB, no GPU": ({**DESKTOP, "memory": {"total_bytes": 16 * GIB}}, ()),
    "2x RTX 3090, coding, 32k": (
        {**DESKTOP, "gpus": [RTX_3090, RTX_3090]},
        ("--use-case", "coding", "--context", "32k"),
    ),
}
RUNS = 3
UPLOADS = 2
"""Other publishers of each file."""
RESULTS = 0.1
"""Share of the copies with results of their own; of what is on the Hub far less has any."""


class Row(NamedTuple):
    """One catalog, measured. Times in seconds, of whole processes; load is a process that lists one model."""

    variants: int
    models: int
    megabytes: float
    load: float
    recommend: dict[str, float]


def main() -> None:
    """Measure each size, and write the page."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(size, Path(folder) / f"{size}.jsonl") for size in sizes]
    if not sys.argv[1:]:
        PAGE.write_text(page(rows), encoding="utf-8")


def measure(size: int, target: Path) -> Row:
    """Make a catalog of about so many variants, and time the program on it."""
    models, variants = build(size, target)
    load = timed("models", "show", "qwen/qwen3-8b", "--catalog", str(target), "--json")
    times = {}
    for name, (machine, asked) in MACHINES.items():
        described = target.with_suffix(".machine.json")
        described.write_text(json.dumps(machine), encoding="utf-8")
        times[name] = timed("recommend", "--json", "--catalog", str(target), "--hardware", str(described), *asked)
    row = Row(variants, models, target.stat().st_size / 1e6, load, times)
    print(row, flush=True)
    target.unlink()
    return row


def timed(*arguments: str) -> float:
    """Seconds of the whole process, the median of a few runs after one to warm up."""
    command = [sys.executable, "-m", "llmadvise", *arguments]
    seconds = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - begin)
    return median(seconds[1:])


def build(size: int, target: Path) -> tuple[int, int]:
    """Write a compiled catalog of about `size` variants; its counts of models and variants."""
    base = built_in()
    file = CompiledCatalog(base, "built-in")
    rows: dict[str, Rows] = {name: file.rows(name) for name in (*KINDS, "calibration") if name != "models"}
    code = encoder(Model)
    made: Rows = {}
    count = 0
    for model in copies(list(load_catalog().models.values())):
        if count >= size:
            break
        made[model.id] = code(model)
        count += len(model.variants)
    rows["models"] = made
    target.write_bytes(write_compiled(Identity(version=f"synthetic-{size}", as_of=file.identity.as_of), rows))
    return len(made), count


def copies(models: list[Model]) -> Iterator[Model]:
    """The real entries, then fine-tunes without end: as on the Hub most are of small models."""
    order = sorted(models, key=lambda model: model.id != "qwen/qwen3-8b")
    chance = random.Random(20261120)  # noqa: S311 - nothing secret
    yield from (uploaded(model, chance) for model in order)
    weights = [model.parameters.total**-0.5 for model in order]
    number = 0
    while True:
        number += 1
        [model] = chance.choices(order, weights)
        yield uploaded(moved(model, number, chance), chance)


def uploaded(model: Model, chance: random.Random) -> Model:
    """The model with every file uploaded by others too, a few bytes apart."""
    others = [
        _moved_variant(variant, f"-by-{publisher}", chance.uniform(0.999, 1.001))
        for publisher in range(UPLOADS)
        for variant in model.variants
    ]
    return replace(model, variants=(*model.variants, *others))


def moved(model: Model, number: int, chance: random.Random) -> Model:
    """A copy under another name, its numbers moved by a few per cent."""
    size, score, known = chance.uniform(0.97, 1.03), chance.uniform(0.85, 1.02), chance.random() < RESULTS
    counts = model.parameters
    scaled = replace(
        counts,
        total=round(counts.total * size),
        active=round(counts.active * size),
        language=None if counts.language is None else round(counts.language * size),
    )
    tag = f"-tuned-{number}"
    return replace(
        model,
        id=f"{model.id}{tag}",
        repo=f"{model.repo}{tag}",
        name=f"{model.name}{tag}",
        parameters=scaled,
        evidence=tuple(replace(item, score=round(item.score * score, 2)) for item in model.evidence if known),
        variants=tuple(_moved_variant(variant, tag, size) for variant in model.variants),
    )


def _moved_variant(variant: Variant, tag: str, size: float) -> Variant:
    return replace(
        variant,
        id=f"{variant.repo}{tag}:{variant.quantization}",
        repo=f"{variant.repo}{tag}",
        bytes=None if variant.bytes is None else round(variant.bytes * size),
        files=tuple(replace(file, bytes=None) for file in variant.files),
    )


def page(rows: list[Row]) -> str:
    """The table and what it means."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown CPU",
    )
    head = ["Variants", "Models", "File", "One entry", *MACHINES]
    lines = [
        "<!-- Generated by benchmarks/scale.py; do not edit. -->", "", "# Scale", "",
        ("How the program grows with the catalog: seconds of whole processes, interpreter included, the median of"
        f" {RUNS} runs on {cpu} with {os.cpu_count()} threads. The catalogs are synthetic, grown from the real one as the Hub"
        " grows: every file is uploaded by three publishers, and fine-tunes of its models are added, most of small ones,"
        " with parameters, bytes and results moved by a few per cent; one in ten has results of its own."), "",
        f"| {' | '.join(head)} |", f"|{' ---: |' * len(head)}",
        *(
            f"| {row.variants:,} | {row.models:,} | {row.megabytes:.0f} MB | {row.load:.2f} |"
            + "".join(f" {row.recommend[name]:.2f} |" for name in MACHINES)
            for row in rows
        ), "", *NOTES,
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


NOTES = (
    (
        "`One entry` is `models show --json`. An answer reads the index of the file and decodes only the models that may still"
        " win: a bound from above of each model's quality stands in the index, and a model whose bound is below what was"
        " found is never opened."
    ),
    "",
    (
        "What counts is how many models could still win, not how many there are. In a catalog of the same size in which"
        " every entry, the very best too, has forty near-copies without results of their own, the same questions took 1.2"
        " to 5.4 seconds: bounds cannot tell such copies apart, so each is laid out."
    ),
    "",
    "To use a large catalog of your own, compile it once and give the file in place of the directory:",
    "",
    "```sh",
    "llmadvise catalog build --catalog DIR --output mine.jsonl",
    "llmadvise recommend --catalog mine.jsonl",
    "```",
    "",
    (
        "YAML is for people: reading a directory takes about a millisecond an entry, at every start. Beyond some 250,000"
        " variants an answer takes more than a second. Then use the library instead of a process for each"
        " question (`llmadvise.catalog.load.load_catalog` once, `llmadvise.api` as often as you like), or compile one file"
        " for each part that is asked for alone: a family, a license policy, a format."
    ),
)


if __name__ == "__main__":
    print(json.dumps(sys.version))
    main()
