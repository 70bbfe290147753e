"""Times `llmadvise check` of a small checkout against the start of pip-audit, in turns, by processor and wall clock.

Run: python benchmarks/check_startup.py  (POSIX; makes two environments in a temporary directory with pip, hence a network)
With `--ours PYTHON --theirs PROGRAM` it uses what is installed there instead.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from startup import ROOT, Program, Run, install, once

PEER = "pip-audit"
ROUNDS = 15
POLICY = "use:\n  commercial: true\nunknown: fail\n"


def checkout(folder: Path, *, policy: bool) -> Path:
    """A clean checkout of two files, with a policy or none."""
    folder.mkdir()
    (folder / "a.py").write_text('model_id = "Qwen/Qwen3-8B"\n', encoding="utf-8")
    if policy:
        (folder / "b.yaml").write_text("model: Qwen/Qwen3-8B\n", encoding="utf-8")
        (folder / "llmadvise-policy.yaml").write_text(POLICY, encoding="utf-8")
    return folder


def programs(python: str, peer: str, scratch: Path) -> tuple[Program, ...]:
    """What is run in turns."""
    full, bare = checkout(scratch / "full", policy=True), checkout(scratch / "bare", policy=False)
    return (
        Program("`check`, a policy, Python and YAML", (python, "-m", "llmadvise", "check", str(full), "--json")),
        Program("`check`, no policy, Python", (python, "-m", "llmadvise", "check", str(bare), "--json")),
        Program(f"`{PEER} --version`", (peer, "--version")),
        Program("`python -c pass`", (python, "-c", "pass")),
    )


def described(runs: dict[str, list[Run]]) -> list[str]:
    """One line a program: medians, and the ratio to the peer."""
    peer = statistics.median(run.processor for run in runs[f"`{PEER} --version`"])
    rows = [
        "| program | processor, s | of the peer's | wall, s | peak memory, MiB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, own in runs.items():
        processor, wall = (statistics.median(getattr(run, part) for run in own) for part in ("processor", "wall"))
        memory = statistics.median(run.peak_bytes for run in own) / (1 << 20)
        rows.append(f"| {name} | {processor:.3f} | {processor / peer:.2f} | {wall:.3f} | {memory:.0f} |")
    return rows


def main() -> None:
    """Install where nothing is given, run in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours")
    parser.add_argument("--theirs")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="llmadvise-check-") as scratch:
        ours, theirs = options.ours, options.theirs
        if ours is None or theirs is None:
            for folder, what in (("ours", str(ROOT)), ("theirs", PEER)):
                install(Path(scratch, folder), what)
            ours, theirs = f"{scratch}/ours/bin/python", f"{scratch}/theirs/bin/{PEER}"
        chosen = programs(ours, theirs, Path(scratch))
        runs: dict[str, list[Run]] = {program.name: [] for program in chosen}
        for _ in range(options.rounds + 1):
            for program in chosen:
                runs[program.name].append(once(program.command))
        print("\n".join(described({name: own[1:] for name, own in runs.items()})))


if __name__ == "__main__":
    main()
