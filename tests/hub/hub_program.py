"""What tests of the Hub share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple, Protocol

HEADERS = Path(__file__).parents[1] / "data" / "gguf_headers"
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

    @property
    def said(self) -> str:
        """The error on one line."""
        return " ".join(self.err.split())


class Ask(Protocol):
    """The program with these arguments."""

    def __call__(self, *arguments: str) -> Answer: ...
