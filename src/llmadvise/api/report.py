"""Writes a bug report: what `doctor` says, and a capture of what the probe read."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from llmadvise.api.capture import Captured, capture_machine
from llmadvise.api.doctor import examine
from llmadvise.api.facts import load_facts
from llmadvise.api.request import Request
from llmadvise.errors import LLMAdviseError
from llmadvise.record import dataclass
from llmadvise.render.documents.doctor import DoctorDocument
from llmadvise.render.encode import to_json
from llmadvise.render.formats import Format, render

CAPTURE = "capture"
_WIDTH = 100
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_FENCE = "~~~~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report that was written."""

    document: DoctorDocument
    captured: Captured


def write_report(target: Path, request: Request) -> Reported:
    """Write the report to a folder, to an archive (`.zip`), or to one Markdown file (`.md`).

    Raises LLMAdviseError where something else is there, OSError where it cannot be written.
    """
    if target.suffix in {".zip", ".md"}:
        with tempfile.TemporaryDirectory(prefix="llmadvise-report-") as scratch:
            done = _fill(Path(scratch), request)
            if target.suffix == ".zip":
                _pack(Path(scratch), target)
            else:
                target.write_text(_markdown(Path(scratch)), encoding="utf-8")
        return done
    if target.exists() and (not target.is_dir() or any(target.iterdir())) and not (target / "report.json").is_file():
        raise LLMAdviseError(
            f"{target}: is there and is no report", "Name a new folder, or a file ending in .zip or .md."
        )
    target.mkdir(parents=True, exist_ok=True)
    return _fill(target, request)


def _fill(folder: Path, request: Request) -> Reported:
    """The capture, and what the program says of the machine as it replays."""
    captured = capture_machine(str(folder / CAPTURE), load_facts(request.catalog))
    document = examine(request, captured.hardware)
    text = render(document, Format.TEXT, width=_WIDTH, colour=False, unicode=False)
    (folder / "report.txt").write_text(text, encoding="utf-8")
    (folder / "report.json").write_text(to_json(document), encoding="utf-8")
    return Reported(document=document, captured=captured)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _pack(folder: Path, target: Path) -> None:
    """The folder as an archive whose bytes depend on its files alone."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), date_time=_FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _markdown(folder: Path) -> str:
    """The report as text, and each raw answer folded away below it."""
    parts = ["## llmadvise doctor", _fenced((folder / "report.txt").read_text(encoding="utf-8"))]
    for path in _files(folder / CAPTURE):
        text = path.read_text(encoding="utf-8")
        parts.append(f"<details><summary>{path.name}</summary>\n\n{_fenced(text)}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _fenced(text: str) -> str:
    """A block that no line of the text can end."""
    fence = _FENCE
    while fence in text:
        fence += "~"
    plain = "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return f"{fence}\n{plain.rstrip()}\n{fence}"
