"""Hostile names in everything that is read: what faults.py runs to see that no output is taken over by one.

A name steers a terminal, writes from right to left, piles up combining marks, or means something in HTML, Markdown, a
spreadsheet or a build's log. It stands as the name of a model in a catalog, of a GPU in a hardware file, of files and
models in a checkout; every command that shows one is run in every format.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

CATALOG = Path(__file__).parents[1] / "catalog"
ENTRY = "models/qwen/qwen3-0.6b.yaml"
NAMES: Mapping[str, str] = {
    "terminal escapes in names": "\x1b[2J\x1b]0;owned\x07\x9b31mred",
    "right-to-left overrides in names": "model\u202egpj.exe\u2066\u200f",
    "Hebrew, Arabic and combining marks in names": "מודל نموذج e\u0301\u0323" + "\u0334" * 40,
    "HTML in names": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "Markdown in names": "](javascript:alert(1)) | **bold** `x` ![i](http://example.org/i.png)\n# heading",
    "formulas of a spreadsheet in names": '=HYPERLINK("http://example.org"&A1)',
    "commands of a build's log in names": "a\n::error file=a.py,line=1::owned\r::add-mask::x%0A::stop-commands::",
    "quotes, JSON and YAML in names": '"}], "schema": "x", - &a [*a] !!python/object: \\u0000\\',
}  # fmt: skip
ADVICE = ("text", "json", "markdown", "csv", "html")
CHECKS = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab", "cyclonedx", "spdx", "notice")
JSON = frozenset({"json", "sarif", "gitlab", "cyclonedx", "spdx"})
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal or a page obeys; a line's end and a tab are not among them."""
MARKUP = re.compile(r"<script>alert|<img src=x", re.IGNORECASE)
CODE = re.compile(r"(`+).+?\1")
OBEYED = ("::add-mask", "::stop-commands", "::error file=a.py,line=1::owned")
"""What a build's log would act on, from the name that has such commands."""
MARKED = re.compile(r"(?<!\\)\]\((?:javascript:|http://example\.org)")
FORMULA = re.compile(r'(?:^|,)"?=HYPERLINK', re.MULTILINE)


def commands(name: str, scratch: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every command line with its format, for one hostile name."""
    catalog, checkout, machine = scratch / "catalog", scratch / "checkout", scratch / "machine.json"
    entry = yaml.safe_load((CATALOG / ENTRY).read_text(encoding="utf-8"))
    place = catalog / ENTRY
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(entry | {"name": name, "org": name, "family": name}), encoding="utf-8")
    gpu = {"name": name, "vendor": "nvidia", "memory_bytes": 8 << 30}
    described = {"platform": "linux", "cpu": {"name": name}, "memory": {"total_bytes": 32 << 30}, "gpus": [gpu]}
    machine.write_text(json.dumps(described), encoding="utf-8")
    checkout.mkdir(exist_ok=True)
    # What a file system takes of the name is a file's name too.
    (checkout / f"{name.replace('/', '-').replace(chr(0), '')[:60]}.py").write_text(
        f"AutoModel.from_pretrained({name!r})\nAutoModel.from_pretrained('acme/{name}')\n", encoding="utf-8"
    )
    (checkout / "b.yaml").write_text(json.dumps({"model": f"Qwen/{name}"}), encoding="utf-8")
    own = ("--catalog", str(catalog))
    for kind in ADVICE:
        yield kind, ("recommend", "--hardware", str(machine), "--format", kind)
        yield kind, ("recommend", *own, "--gpu", "RTX 3060", "--format", kind)
        yield kind, ("recommend", "--gpu", name, "--format", kind)
    for kind in ("text", "json"):
        yield kind, ("explain", "qwen/qwen3-0.6b", *own, "--gpu", "RTX 3060", "--format", kind)
        yield kind, ("models", "show", "qwen/qwen3-0.6b", *own, "--format", kind)
        yield kind, ("explain", name, "--format", kind)
        yield kind, ("hardware", "--hardware", str(machine), "--format", kind)
    for kind in CHECKS:
        yield kind, ("check", str(checkout), "--format", kind)


def wrong(kind: str, done: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """What of an output was taken over by a name."""
    both = done.stdout + done.stderr
    if "Traceback" in both:
        yield "a traceback"
    if kind not in JSON and (found := STEERING.search(both)):
        yield f"{found[0]!r} as it is"
    if kind in JSON and done.stdout and not is_json(done.stdout):
        yield "no JSON"
    # In a span of code of Markdown nothing is markup.
    shown = CODE.sub("", done.stdout) if kind == "markdown" else done.stdout
    if kind in {"html", "markdown", "junit"} and MARKUP.search(shown):
        yield "markup of the name"
    if kind in {"html", "markdown"} and MARKED.search(shown):
        yield "a link of the name"
    if kind == "csv" and FORMULA.search(done.stdout):
        yield "a formula of the name"
    if any(line.startswith(OBEYED) for line in both.splitlines()):
        yield "a command of the name"


def is_json(text: str) -> bool:
    """Whether it parses."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def results(program: str, scratch: Path, only: str = "") -> Iterator[tuple[str, int, set[int], list[str]]]:
    """Each kind of name: how often something was run, the exit codes, and what did not hold."""
    for number, (title, name) in enumerate(NAMES.items()):
        if only not in title:
            continue
        folder = scratch / f"names-{number}"
        folder.mkdir()
        codes, found, runs = set(), [], 0
        for kind, words in commands(name, folder):
            done = subprocess.run(
                [program, *words], capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=120
            )
            runs += 1
            codes.add(done.returncode)
            found += [f"{words[0]} as {kind}: {said}" for said in wrong(kind, done)]
        yield title, runs, codes, found
