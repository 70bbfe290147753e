"""Python in the docs: it compiles, and runs where all that it imports is there."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from llmadvise.catalog import load

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from documented import pages  # noqa: E402 - from the folder put on the path above

ELSEWHERE = {"library.md"}
"""Pages whose examples have a test of their own, with the model and the engine that they run."""
_FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(page, match[1], id=f"{page.name}:{text.count(chr(10), 0, match.start()) + 1}")
    for page in pages()
    if page.name not in ELSEWHERE
    for text in [page.read_text(encoding="utf-8")]
    for match in _FENCE.finditer(text)
]


@pytest.mark.parametrize(("page", "code"), SNIPPETS)
def test_it_runs(page: Path, code: str, tmp_path: Path, compiled: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    program = compile(code, str(page), "exec")
    modules = re.findall(r"^(?:from|import) (\w+)", code, re.MULTILINE)
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    if absent or "# needs" in code:
        pytest.skip(f"needs {', '.join(absent) or 'what no test has'}")
    if "advise_table" in code and importlib.util.find_spec("duckdb") is None:
        pytest.skip("needs the extra llmadvise[fleet]")
    monkeypatch.setattr(load, "built_in", lambda: compiled)
    monkeypatch.chdir(tmp_path)
    machine = {"platform": "linux", "memory": {"total_bytes": 64 << 30}, "gpus": [{"name": "RTX 4090"}]}
    (tmp_path / "machine.json").write_text(json.dumps(machine), encoding="utf-8")
    (tmp_path / "fleet.jsonl").write_text(f"{json.dumps(machine)}\n" * 2, encoding="utf-8")
    if importlib.util.find_spec("duckdb") is not None:
        import duckdb  # noqa: PLC0415 - an extra

        (tmp_path / "inventory").mkdir()
        duckdb.read_json(str(tmp_path / "fleet.jsonl")).write_parquet(str(tmp_path / "inventory" / "one.parquet"))
    exec(program, {"__name__": "documented"})  # noqa: S102 - the repository's own pages
