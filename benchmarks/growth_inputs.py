"""Makes what growth.py measures on: catalogs of many entries and checkouts of many files.

    python benchmarks/growth_inputs.py catalog FACTOR FILE
    python benchmarks/growth_inputs.py checkout COUNT FOLDER

A process of its own, because a program starts with the peak memory of the one that started it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from llmadvise.catalog.codec import encoder
from llmadvise.catalog.compile import write_compiled
from llmadvise.catalog.compiled import CompiledCatalog, Rows
from llmadvise.catalog.layout import KINDS
from llmadvise.catalog.load import built_in, load_catalog
from llmadvise.catalog.tree import Identity
from llmadvise.domain.model import Model

ROOT = Path(__file__).parents[1]
NAMING = 10
"""One file in so many names a model; the others are code like any other."""
IN_A_FOLDER = 100


def catalog(factor: int, target: Path) -> None:
    """Write a compiled catalog in which every entry stands `factor` times, each under a name of its own."""
    file = CompiledCatalog(built_in(), "built-in")
    rows: dict[str, Rows] = {name: file.rows(name) for name in (*KINDS, "calibration") if name != "models"}
    code = encoder(Model)
    models = list(load_catalog().models.values())
    rows["models"] = {item.id: code(item) for number in range(factor) for item in copies(models, number)}
    target.write_bytes(write_compiled(Identity(version=f"times-{factor}", as_of=file.identity.as_of), rows))


def copies(models: list[Model], number: int) -> Iterator[Model]:
    """Every entry under another name; number 0 leaves the names as they are."""
    tag = f"-copy-{number}" if number else ""
    for model in models:
        variants = tuple(
            replace(item, id=f"{item.repo}{tag}:{item.quantization}", repo=f"{item.repo}{tag}")
            for item in model.variants
        )
        names = {"id": f"{model.id}{tag}", "repo": f"{model.repo}{tag}", "name": f"{model.name}{tag}"}
        yield replace(model, **names, variants=variants if number else model.variants)


def checkout(count: int, folder: Path) -> None:
    """Write files of code, and among them snippets of public repositories that name models."""
    rows = [json.loads(line) for line in (ROOT / "tests/data/references/known.jsonl").open(encoding="utf-8")]
    naming = cycle((Path(row["file"]).name, row["content"]) for row in rows)
    sources = sorted((ROOT / "src").rglob("*.py"))
    plain = cycle((file.name, file.read_text(encoding="utf-8")) for file in islice(sources, 0, None, 5))
    for number in range(count):
        name, text = next(naming if number % NAMING == 0 else plain)
        place = folder / f"part{number // IN_A_FOLDER}" / f"{number}" / name
        place.parent.mkdir(parents=True)
        place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    {"catalog": catalog, "checkout": checkout}[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]))
