"""What to know of files that are fetched, beside that they are those files."""

from __future__ import annotations

from typing import Final

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.pull import Wanted
from llmadvise.hub.places import HubCache, Place
from llmadvise.shown import shown

_SHOWN: Final = 5
_LONGEST: Final = 100


def what_to_know(wanted: Wanted, place: Place, *, missing: int, free: int) -> tuple[Finding, ...]:
    """What is too large, was left out or cannot be proved, and engines that will not find the commit."""
    found = []
    if missing > free:
        message = f"{missing:,} bytes are to come, and {free:,} are free at {place.root}"
        found.append(Finding(rule="no-room", verdict=Verdict.BLOCK, message=message))
    if wanted.left_out:
        # Their names were not checked: nothing is written under them.
        names = ", ".join(shown(name, _LONGEST) for name in wanted.left_out[:_SHOWN])
        names += " …" if len(wanted.left_out) > _SHOWN else ""
        message = f"{len(wanted.left_out)} files were left out because they can run code: {names}"
        found.append(Finding(rule="code-left-out", verdict=Verdict.NOTE, message=message))
    unproved = [file.name for file in wanted.files if not file.key]
    if unproved:
        message = f"{len(unproved)} files could not be proved: no hash of them is known without the network"
        found.append(Finding(rule="file-not-proved", verdict=Verdict.WARN, message=message))
    if isinstance(place, HubCache) and not wanted.is_main and not (place.folder / "refs" / "main").exists():
        message = "engines that go by the main branch (such as llama-server -hf) will not find this commit offline"
        found.append(Finding(rule="commit-not-main", verdict=Verdict.NOTE, message=message))
    return tuple(found)
