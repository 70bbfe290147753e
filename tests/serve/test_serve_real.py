"""A real llama-server, where one is given: LLMADVISE_LLAMA_SERVER=/path/llama-server pytest tests/serve/test_serve_real.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

PROGRAM = os.environ.get("LLMADVISE_LLAMA_SERVER")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="LLMADVISE_LLAMA_SERVER names no llama-server")
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))


def test_used_killed_starved_and_misled(tmp_path: Path) -> None:
    from real_serve_cases import Bench, asked, failures, killed, used  # noqa: PLC0415 - needs numpy and gguf

    bench = Bench(tmp_path, Path(PROGRAM or "").resolve())
    first, document, _ = used(bench)
    cases = [first, asked(bench), killed(bench), *failures(bench)]
    assert [f"{case.done}: {case.kind}, {case.said}" for case in cases if not case.right] == []
    assert document["measured"]["memory"]["engine"]["host"] > 0
