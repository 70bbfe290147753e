"""Installs the wheel into fresh environments, of every Python here and with the oldest and newest dependencies, and runs it.

    python benchmarks/versions.py [--python PATH …] [--all] [--write]

Needs pip's index, and uv (`pip install uv`) for the oldest dependencies. Interpreters are those that pyenv or the
system has, and those named by `--python`. `--all` fails where one of the versions is not here. `--write` puts the table
into docs/robustness.md. POSIX only.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from page_part import write_part

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
BEGIN, END = "<!-- version table -->", "<!-- /version table -->"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
RESOLUTIONS = {"highest": "newest", "lowest-direct": "oldest"}
"""How uv calls it, and how the page does."""
PACKAGES = ("typer", "pydantic", "pyyaml", "rich", "psutil", "huggingface_hub")
"""Those whose versions the page shows."""
DESCRIBED = ("--hardware", "desktop-rtx-3060-32gb")
COMMANDS = (
    ("recommend", "--json"),
    ("recommend", "--gpu", "RTX 4090", "--format", "html"),
    ("recommend", *DESCRIBED, "--json"),
    ("explain", "qwen/qwen3-8b", *DESCRIBED, "--json"),
    ("check", "{checkout}"),
    ("estimate", "qwen/qwen3-8b:Q4_K_M"),
    ("licenses", "list"),
    ("--help",),
)


@dataclass(frozen=True)
class Tried:
    """What one environment came to."""

    good: int
    """Commands that ended with code 0 and without a traceback."""
    answers: str
    """Digest of what the program said about described machines: the same everywhere."""
    versions: tuple[str, ...]
    """Of PACKAGES, in their order."""


def main() -> None:
    """Try every pair and print the table; exit code 1 where a command failed or an answer differed."""
    given = arguments()
    named = {version_of(path): path for path in given.python}
    tried: dict[tuple[str, str], Tried] = {}
    missing = []
    with tempfile.TemporaryDirectory(prefix="llmadvise-versions-") as scratch:
        wheel = built(Path(scratch))
        for version in sorted({*VERSIONS, *named}, key=lambda text: int(text.partition(".")[2])):
            python = named.get(version) or interpreter(version)
            if python is None:
                missing.append(version)
                continue
            for which in RESOLUTIONS:
                tried[version, which] = once(python, which, wheel, Path(scratch, f"{version}-{which}"))
                sys.stderr.write(f"{version} {which}: {tried[version, which]}\n")
    table = described(tried, missing)
    sys.stdout.write(table)
    if given.write:
        write_part(PAGE, BEGIN, END, table)
    sys.exit(not held(tried) or bool(given.all and missing))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="an interpreter; may be repeated")
    parser.add_argument("--all", action="store_true", help="fail where a version is not here")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def held(tried: Mapping[tuple[str, str], Tried]) -> bool:
    """Whether every command ran everywhere, and said the same everywhere."""
    return all(item.good == len(COMMANDS) for item in tried.values()) and len({i.answers for i in tried.values()}) == 1


def version_of(python: str) -> str:
    """Ask an interpreter which version it is."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


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


def once(python: str, which: str, wheel: Path, place: Path) -> Tried:
    """Install into a fresh environment, and run every command there."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(place)], check=True)
    bin_ = place / "bin"
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(bin_ / "python")]
    # Only what is named here counts as direct, so the wheel's own requirements are named beside it. A dependency that
    # has no wheel for this Python would have to be compiled by whoever installs; that counts as not installable.
    wheels = ["--only-binary", ":all:", "--resolution", which]
    subprocess.run([*uv, *wheels, str(wheel), *required()], check=True)
    checkout = place / "checkout"
    checkout.mkdir()
    (checkout / "a.sh").write_text("llama-server -hf Qwen/Qwen3-8B-GGUF\n", encoding="utf-8")
    good, answers = 0, hashlib.sha256()
    for command in COMMANDS:
        words = [word.replace("{checkout}", str(checkout)) for word in command]
        done = subprocess.run([bin_ / "llmadvise", *words], capture_output=True, text=True, check=False)
        good += done.returncode == 0 and "Traceback" not in done.stderr
        if done.returncode:
            sys.stderr.write(done.stderr[-500:])
        if set(DESCRIBED) <= set(command):
            answers.update(done.stdout.encode())
    code = f"from importlib.metadata import version; print(*map(version, {PACKAGES!r}))"
    versions = subprocess.run([bin_ / "python", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return Tried(good, answers.hexdigest()[:12], tuple(versions))


def described(tried: Mapping[tuple[str, str], Tried], missing: Sequence[str]) -> str:
    """The table: one line an environment, and one for each version that is not here."""
    head = ("Python", "dependencies", "commands that ran", "answers", *PACKAGES)
    lines = [f"| {' | '.join(head)} |\n", f"| --- | --- | ---: |{' --- |' * (len(PACKAGES) + 1)}\n"]
    first = next((item.answers for item in tried.values()), None)
    for (version, which), item in tried.items():
        ran = f"{item.good} of {len(COMMANDS)}"
        cells = (version, RESOLUTIONS[which], ran, "equal" if item.answers == first else "other", *item.versions)
        lines.append(f"| {' | '.join(cells)} |\n")
    lines += [f"| {version} | | not here |{' |' * (len(PACKAGES) + 1)}\n" for version in missing]
    return "".join(lines)


if __name__ == "__main__":
    main()
