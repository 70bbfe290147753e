"""The one door to the machine: every file, folder, command and library that the probe asks goes through here."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from llmadvise.domain.hardware import Platform
from llmadvise.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

READ_LIMIT = 1 << 20
"""More than any honest answer; what is longer is cut off, so that a lying file costs a megabyte and no more."""
_SECONDS = 1.5
"""All answers together; the interpreter and the rest of a run have the remainder of two seconds."""
_LONGEST_SECONDS = 120.0
_MOMENT = 0.2
SECONDS_VARIABLE = "LLMADVISE_PROBE_SECONDS"
"""Lets slow drivers take longer: eight cards without persistence mode take several seconds to wake."""
_MOST_NAMES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one source gave: its text or none, and how it went."""

    text: str | None
    status: str
    """`read`, `absent`, `denied`, `failed` or `timed out`."""
    exit: int | None = None
    """Of a command that ran."""
    detail: str | None = None


class Sources:
    """The machine this runs on, or the files below a folder that holds a copy of /proc and /sys.

    Nothing raises, nothing blocks on a pipe, and no answer is longer than a megabyte.
    """

    def __init__(self, root: str = "", *, seconds: float | None = None) -> None:
        self.root = root
        self._ends = time.monotonic() + (_asked_seconds() if seconds is None else seconds)
        self.platform = _this_platform()
        self._packages: dict[str, tuple[str, str]] | None = None
        self._program_folders: list[str] | None = None

    def seconds_left(self) -> float:
        """How long commands and libraries may still take."""
        return max(0.01, self._ends - time.monotonic())

    def read(self, path: str) -> Answer:
        """The text of a file; one that is no regular file (a pipe would wait for a writer) counts as failed."""
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self.root + path, flags)
        except (OSError, ValueError) as error:
            return Answer(text=None, status=_status(error))
        try:
            return Answer(text=_take(descriptor).decode("utf-8", "replace"), status="read")
        except OSError as error:
            return Answer(text=None, status=_status(error))
        finally:
            os.close(descriptor)

    def names(self, path: str) -> list[str]:
        """The sorted names in a folder; empty where there is none."""
        try:
            return sorted(os.listdir(self.root + path))[:_MOST_NAMES]  # noqa: PTH208
        except (OSError, ValueError):
            return []

    def exists(self, path: str) -> bool:
        return os.path.exists(self.root + path)  # noqa: PTH110

    def may_use(self, path: str) -> bool:
        """Whether this user may open a device node for reading and writing."""
        return os.access(self.root + path, os.R_OK | os.W_OK)

    def link(self, path: str) -> str | None:
        """What a symbolic link points to."""
        try:
            return os.readlink(self.root + path)  # noqa: PTH115
        except (OSError, ValueError):
            return None

    def run(self, command: tuple[str, ...]) -> Answer:
        """What a fixed command line printed, both streams together."""
        if self.root:
            return Answer(text=None, status="absent", detail="only files are here")
        from llmadvise.probe.command import run_command  # noqa: PLC0415 - not needed where files say everything

        # A part that waits for a command needs a moment to say that it hangs.
        return run_command(command, seconds=max(0.01, self.seconds_left() - _MOMENT))

    def library(self, name: str) -> object:
        """A driver's library as a Python module. Raises ImportError where there is none."""
        if name == "nvml":
            import pynvml  # noqa: PLC0415 - only where there is an NVIDIA driver

            return pynvml
        raise ImportError(name)

    def system_values(self, name: str) -> Answer:
        """JSON of what the operating system tells by its own interface: `psutil`, `dxgi`, `registry`."""
        from llmadvise.probe.system_values import ask_system  # noqa: PLC0415 - Linux does without

        return ask_system(name)

    def environment(self) -> Mapping[str, str]:
        """The variables of this process."""
        return os.environ

    def find_program(self, name: str) -> str | None:
        """The first executable file of that name on PATH."""
        if self.root or os.path.basename(name) != name:  # noqa: PTH119 - a name, never a path
            return None
        if self._program_folders is None:
            named = dict.fromkeys(self.environment().get("PATH", "").split(os.pathsep))
            # Twenty programs are looked for: folders that are named twice, or are not there, are left out once.
            self._program_folders = [item for item in named if os.path.isabs(item) and os.path.isdir(item)]  # noqa: PTH112, PTH117
        endings = (".exe", ".cmd", ".bat") if self.platform is Platform.WINDOWS else ("",)
        for folder in self._program_folders:
            for ending in endings:
                path = os.path.join(folder, name + ending)  # noqa: PTH118
                if os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
                    return path
        return None

    def find_package(self, name: str) -> tuple[str, str] | None:
        """Version and folder of a Python package beside this program, by its metadata; nothing is imported."""
        if self._packages is None:
            self._packages = package_versions(sys.path)
        return self._packages.get(normalized_name(name))

    def listen(self, port: int) -> Answer:
        """What the server at a port of this host says of itself, within a tenth of a second."""
        if self.root:
            return Answer(text=None, status="absent")
        from llmadvise.probe.ports import greet  # noqa: PLC0415 - never on the fast path

        return greet(port)

    def allowed_processors(self) -> frozenset[int]:
        """The logical processors that the scheduler gives this process; empty where it does not say."""
        if self.root or not hasattr(os, "sched_getaffinity"):
            return frozenset()
        return frozenset(os.sched_getaffinity(0))

    def answered(self, beginning: str) -> list[str]:
        """Command lines that begin so and have an answer; a machine is asked, so nothing is known before."""
        del beginning
        return []

    def lose(self, part: str) -> None:
        """A part of the probe gave no answer in time."""

    def lost(self, part: str) -> bool:
        """Whether that part is known to give no answer."""
        del part
        return False

    def architecture(self) -> str | None:
        """The instruction set of the kernel; None for a copy of files."""
        return os.uname().machine if not self.root and hasattr(os, "uname") else None

    def close(self) -> None:
        """Nothing more will be asked."""

    def others(self) -> list[tuple[str, Answer]]:
        """Sources that nobody asked for by name: a capture has some, a machine has none."""
        return []

    def answers(self) -> list[tuple[str, Answer]]:
        """Every source with its answer, where they were written down before."""
        return []

    def is_composed(self) -> bool:
        """Whether somebody else put the answers together, so that what is not among them may be there all the same."""
        return False

    def is_capture(self) -> bool:
        return False


def package_versions(folders: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Version and folder by normalized name of the packages whose metadata lies in these folders."""
    found: dict[str, tuple[str, str]] = {}
    for folder in folders:
        try:
            names = os.listdir(folder)  # noqa: PTH208
        except OSError:
            continue
        for entry in names:
            if entry.endswith(".dist-info"):
                name, _, version = entry.removesuffix(".dist-info").partition("-")
                found.setdefault(normalized_name(name), (version, folder))
    return found


def normalized_name(name: str) -> str:
    """A package's name as its metadata's folder spells it."""
    return name.lower().replace("-", "_").replace(".", "_")


def _asked_seconds() -> float:
    """The usual limit, or what the user asks for; what is no number of seconds changes nothing."""
    try:
        seconds = float(os.environ.get(SECONDS_VARIABLE, _SECONDS))
    except ValueError:
        return _SECONDS
    return seconds if 0 < seconds <= _LONGEST_SECONDS else _SECONDS


def _take(descriptor: int) -> bytes:
    """At most a megabyte; files of /proc and /sys come in pieces."""
    pieces: list[bytes] = []
    size = 0
    while size < READ_LIMIT:
        piece = os.read(descriptor, min(1 << 16, READ_LIMIT - size))
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _status(error: Exception) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "absent"
    return "denied" if isinstance(error, PermissionError) else "failed"


def _this_platform() -> Platform:
    """The system this program runs on; other Unix systems are read like Linux, as far as that goes."""
    if sys.platform == "darwin":
        return Platform.MACOS
    return Platform.WINDOWS if sys.platform == "win32" else Platform.LINUX
