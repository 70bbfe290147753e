"""Installs the wheel into fresh environments, of every Python here and with the oldest and newest dependencies, and runs it.

    python benchmarks/versions.py [--write]

Needs pip's index, and uv (`pip install uv`) for the oldest dependencies. Interpreters are those that pyenv or the
system has. `--write` puts the table into docs/robustness.md.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from page_part import write_part

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
BEGIN, END = "<!-- version table -->", "<!-- /version table -->"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
COMMANDS = (
    ("recommend", "--json"),
    ("recommend", "--gpu", "RTX 4090", "--format", "html"),
    ("explain", "qwen/qwen3-8b", "--gpu", "RTX 4090"),
    ("check", "{checkout}"),
    ("estimate", "qwen/qwen3-8b:Q4_K_M"),
    ("licenses", "list"),
    ("--help",),
)


def main() -> None:
    """Try every pair and print the table; exit code 1 where a command failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    lines = ["| Python | dependencies | commands that ran | Typer | pydantic | rich | huggingface_hub |\n"]
    lines.append("| --- | --- | ---: | --- | --- | --- | --- |\n")
    failed = False
    with tempfile.TemporaryDirectory(prefix="llmadvise-versions-") as scratch:
        wheel = built(Path(scratch))
        for version in VERSIONS:
            python = interpreter(version)
            if python is None:
                lines.append(f"| {version} | | not here | | | | |\n")
                continue
            for which in ("highest", "lowest-direct"):
                ran = tried(python, which, wheel, Path(scratch, f"{version}-{which}"))
                failed = failed or ran.count("|") != 8 or f"{len(COMMANDS)} of {len(COMMANDS)}" not in ran
                lines.append(f"| {version} | {which.partition('-')[0]} | {ran}\n")
                sys.stderr.write(lines[-1])
    table = "".join(lines)
    sys.stdout.write(table)
    if given.write:
        write_part(PAGE, BEGIN, END, table)
    sys.exit(failed)


def built(scratch: Path) -> Path:
    """Build the wheel."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(scratch), str(ROOT)]
    subprocess.run(command, check=True)
    return next(scratch.glob("*.whl"))


def interpreter(version: str) -> str | None:
    """Find an interpreter of this version."""
    found = shutil.which(f"python{version}")
    return next(candidates(version), None) if found is None or "shims" in found else found


def candidates(version: str) -> Iterator[str]:
    """Interpreters that pyenv keeps."""
    for folder in sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*"), reverse=True):
        yield str(folder / "bin" / "python")


def required() -> list[str]:
    """Read the dependencies that pyproject.toml declares."""
    declared: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "dependencies"
    ]
    return declared


def tried(python: str, which: str, wheel: Path, place: Path) -> str:
    """Install and run; the rest of the table's line."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(place)], check=True)
    bin_ = place / "bin"
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(bin_ / "python")]
    # Only what is named here counts as direct, so the wheel's own requirements are named beside it.
    subprocess.run([*uv, "--resolution", which, str(wheel), *required()], check=True)
    checkout = place / "checkout"
    checkout.mkdir()
    (checkout / "a.sh").write_text("llama-server -hf Qwen/Qwen3-8B-GGUF\n", encoding="utf-8")
    good = 0
    for command in COMMANDS:
        words = [word.replace("{checkout}", str(checkout)) for word in command]
        done = subprocess.run([bin_ / "llmadvise", *words], capture_output=True, text=True, check=False)
        good += done.returncode == 0 and "Traceback" not in done.stderr
        if done.returncode:
            sys.stderr.write(done.stderr[-500:])
    packages = ("typer", "pydantic", "rich", "huggingface_hub")
    code = f"from importlib.metadata import version; print(*map(version, {packages!r}))"
    versions = subprocess.run([bin_ / "python", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return f"{good} of {len(COMMANDS)} | {' | '.join(versions)} |"


if __name__ == "__main__":
    main()
