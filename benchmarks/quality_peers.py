"""What llmfit says of each model's quality, kept for the ranking benchmark.

    python benchmarks/quality_peers.py PATH_TO_LLMFIT

It is asked for a machine with room for everything, so that no model loses points for its size; the quality component of
its score is written for the models that the catalog has too. whichllm is left out: its evidence is fetched from
leaderboards at each run, and holds the very results that the comparison leaves out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from quality_facts import read_facts

FILE = Path(__file__).parent / "data" / "llmfit_quality.json"


def main() -> None:
    """Ask and write."""
    program = sys.argv[1]
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    command = [program, "--json", "--memory", "2000G", "--ram", "4000G", "fit"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    scores = {item["name"].lower(): item["score_components"]["quality"] for item in answer["models"]}
    ours = {model.repo.lower() for model in read_facts().models}
    kept = {name: scores[name] for name in sorted(ours & scores.keys())}
    document = {"source": f"llmfit {version} (PyPI), `llmfit {' '.join(command[1:])}`", "quality": kept}
    FILE.write_text(json.dumps(document, indent=0) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(kept)} of {len(scores)} models\n")


def peer_quality() -> dict[str, float]:
    """By repository in small letters."""
    known: dict[str, float] = json.loads(FILE.read_text(encoding="utf-8"))["quality"]
    return known


if __name__ == "__main__":
    main()
