"""What tests of `estimate` share: the machine, and the sizes of published files."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

ROOT = Path(__file__).parents[2]
HEADERS = ROOT / "tests" / "data" / "gguf_headers"
MACHINE = {
    "platform": "linux",
    "cpu": {"name": "AMD Ryzen 9 7950X", "architecture": "x86_64", "cores": 16, "features": ["avx2", "avx512f"]},
    "memory": {"total_bytes": 64 << 30},
    "gpus": [{"name": "NVIDIA GeForce RTX 4090", "vendor": "nvidia", "memory_bytes": 24 << 30}],
}


class Answer(NamedTuple):
    """What one run left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON of any shape
        """The output as JSON, where it is a result."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


class Ask(Protocol):
    """The program with these arguments."""

    def __call__(self, *arguments: str | Path) -> Answer: ...


class Whole(Protocol):
    """The file of a published model by its name in tests/data/gguf_headers."""

    def __call__(self, name: str) -> Path: ...


@cache
def truth() -> dict[str, dict[str, Any]]:
    """What llama.cpp itself counted of each file (benchmarks/data/memory_truth.jsonl.gz, docs/accuracy.md)."""
    with gzip.open(ROOT / "benchmarks" / "data" / "memory_truth.jsonl.gz", "rt") as lines:
        return {f"{row['model']}.{row['quant']}": row for row in map(json.loads, lines)}


def whole_bytes(name: str) -> int:
    """Bytes of a published file."""
    size = truth()[name]["file_bytes"]
    assert isinstance(size, int)
    return size
