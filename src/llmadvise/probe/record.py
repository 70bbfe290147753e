"""What a probe run has looked at so far, and what it has to say about it."""

from __future__ import annotations

import os

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import ProbeSource
from llmadvise.probe.text import clean

_READ_LIMIT = 1 << 20


class Record:
    """Reads files below a root and keeps the sources and findings of one run.

    The root is empty on a real machine; a folder that holds a copy of /proc and /sys serves as well.
    """

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.sources: list[ProbeSource] = []
        self.findings: list[Finding] = []

    def read(self, path: str, *, listed: bool = False) -> str | None:
        """The text of a file, or None; `listed` files are named among the sources."""
        try:
            with open(self.root + path, "rb") as file:  # noqa: PTH123 - pathlib costs more than the whole read
                text = file.read(_READ_LIMIT).decode("utf-8", "replace")
        except OSError as error:
            if listed:
                self.look(path, _status(error))
            return None
        if listed:
            self.look(path, "read")
        return text

    def names(self, path: str) -> list[str]:
        """The sorted names in a folder; empty where there is none."""
        try:
            return sorted(os.listdir(self.root + path))  # noqa: PTH208
        except OSError:
            return []

    def exists(self, path: str) -> bool:
        return os.path.exists(self.root + path)  # noqa: PTH110

    def may_use(self, path: str) -> bool:
        """Whether this user may open a device node for reading and writing."""
        return os.access(self.root + path, os.R_OK | os.W_OK)

    def link_name(self, path: str) -> str | None:
        """The last part of what a symbolic link points to, such as the name of a device's driver."""
        try:
            return os.path.basename(os.readlink(self.root + path))  # noqa: PTH115, PTH119
        except OSError:
            return None

    def look(self, source: str, status: str, detail: str | None = None) -> None:
        """Keep that a source was looked at, and how it went."""
        self.sources.append(ProbeSource(source=source, status=status, detail=clean(detail) if detail else None))

    def note(self, rule: str, message: str, evidence: str | None = None) -> None:
        self.findings.append(Finding(rule=rule, verdict=Verdict.NOTE, message=message, evidence=evidence))

    def warn(self, rule: str, message: str, evidence: str | None = None) -> None:
        self.findings.append(Finding(rule=rule, verdict=Verdict.WARN, message=message, evidence=evidence))


def _status(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "absent"
    return "denied" if isinstance(error, PermissionError) else "failed"
