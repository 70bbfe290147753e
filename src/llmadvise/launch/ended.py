"""How a process ended, and whether the kernel ended it for its memory."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from typing import Final

from llmadvise.engine.failure.ended import Ended

_WINDOWS: Final = {0xC000001D: "SIGILL", 0xC0000005: "SIGSEGV", 0xC0000135: "DLL", 0xC0000017: "SIGKILL"}
"""NTSTATUS: illegal instruction, access violation, DLL not found, no memory (ntstatus.h)."""
_SHELL: Final = 128


def ended_by(code: int | None, *, late: bool = False, oom_kills: int = 0) -> Ended:
    """What an exit code says. `oom_kills`: how many more processes of our control group the kernel has killed."""
    name = None
    if code is not None and sys.platform == "win32":
        name = _WINDOWS.get(code & 0xFFFFFFFF)
    elif code is not None and code < 0:
        name = _signal(-code)
    elif code is not None and code > _SHELL:
        name = _signal(code - _SHELL)  # a wrapper script passes it on like this
    return Ended(exit_code=code, signal=name, late=late, out_of_memory=oom_kills > 0)


def _signal(number: int) -> str | None:
    try:
        return signal.Signals(number).name
    except ValueError:
        return None


def oom_kills(root: Path = Path("/")) -> int:
    """How often the kernel has killed in our control group for want of memory; 0 where it does not say."""
    try:
        own = (root / "proc/self/cgroup").read_text()
    except OSError:
        return 0
    for line in own.splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers == "":
            mount, name = root / "sys/fs/cgroup", "memory.events"
        elif "memory" in controllers.split(","):
            mount, name = root / "sys/fs/cgroup/memory", "memory.oom_control"
        else:
            continue
        # In a container the path is often the host's, and the mount is the group itself.
        for file in (mount / path.lstrip("/") / name, mount / name):
            count = _kills_in(file)
            if count is not None:
                return count
    return 0


def _kills_in(file: Path) -> int | None:
    try:
        match = re.search(r"^oom_kill (\d+)$", file.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match.group(1)) if match else None
