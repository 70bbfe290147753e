"""What a probe run has looked at so far, and what it has to say about it."""

from __future__ import annotations

from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import ProbeSource
from llmadvise.probe.sources import Answer, Sources
from llmadvise.probe.text import clean


class Record:
    """Asks the sources and keeps what was looked at, and the findings of one run.

    The root is empty on a real machine; a folder that holds a copy of /proc and /sys serves as well.
    """

    def __init__(self, root: str = "", *, door: Sources | None = None) -> None:
        self.door = Sources(root) if door is None else door
        self.sources: list[ProbeSource] = []
        self.findings: list[Finding] = []

    def branch(self) -> Record:
        """A record of its own for a part of the run that goes on at the same time."""
        return Record(door=self.door)

    def join(self, part: Record) -> None:
        """Take over what a part has found."""
        self.sources += part.sources
        self.findings += part.findings

    def read(self, path: str, *, listed: bool = False) -> str | None:
        """The text of a file, or None; `listed` files are named among the sources."""
        answer = self.door.read(path)
        if listed:
            self.look(path, answer.status)
        return answer.text

    def run(self, command: tuple[str, ...]) -> Answer:
        """What a command printed; always named among the sources."""
        answer = self.door.run(command)
        self.look(" ".join(command), answer.status, answer.detail)
        return answer

    def names(self, path: str) -> list[str]:
        """The sorted names in a folder; empty where there is none."""
        return self.door.names(path)

    def exists(self, path: str) -> bool:
        return self.door.exists(path)

    def may_use(self, path: str) -> bool:
        """Whether this user may open a device node for reading and writing."""
        return self.door.may_use(path)

    def link_name(self, path: str) -> str | None:
        """The last part of what a symbolic link points to, such as the name of a device's driver."""
        target = self.door.link(path)
        return target.rstrip("/").rpartition("/")[2] if target else None

    def look(self, source: str, status: str, detail: str | None = None) -> None:
        """Keep that a source was looked at, and how it went."""
        source = source if source.isprintable() else clean(source)
        self.sources.append(ProbeSource(source=source, status=status, detail=clean(detail) if detail else None))

    def note(self, rule: str, message: str, evidence: str | None = None) -> None:
        self.findings.append(Finding(rule=rule, verdict=Verdict.NOTE, message=message, evidence=evidence))

    def warn(self, rule: str, message: str, evidence: str | None = None) -> None:
        self.findings.append(Finding(rule=rule, verdict=Verdict.WARN, message=message, evidence=evidence))
