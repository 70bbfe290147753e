"""Runs a vendor's tool for two seconds at most."""

from __future__ import annotations

from llmadvise.probe.record import Record
from llmadvise.record import dataclass

_SECONDS = 2.0
_MOST_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a tool printed, and its exit status."""

    text: str
    status: int


def run(record: Record, command: tuple[str, ...]) -> Output | None:
    """The output of a fixed command line, or None when it is missing, hangs or cannot start."""
    import subprocess  # noqa: PLC0415 - not needed where files say everything

    line = " ".join(command)
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        record.look(line, "timed out", f"no answer in {_SECONDS:g} s")
        return None
    except OSError as error:
        record.look(line, "absent" if isinstance(error, FileNotFoundError) else "failed", error.strerror)
        return None
    text = (done.stdout + b"\n" + done.stderr if done.returncode else done.stdout).decode("utf-8", "replace")
    first = text.strip().partition("\n")[0]
    record.look(
        line, "failed" if done.returncode else "read", f"exit {done.returncode}: {first}" if done.returncode else None
    )
    return Output(text=text[:_MOST_CHARACTERS], status=done.returncode)
