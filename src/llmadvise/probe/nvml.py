"""NVIDIA's management library behind typed functions: what it answers, or why it does not."""

from __future__ import annotations

from collections.abc import Callable

from llmadvise.probe.text import LARGEST_MEMORY, clean
from llmadvise.record import dataclass

_MOST_SLICES = 16


class Nvml:
    """One opened management library; questions that it cannot answer give None.

    `library` is the module `pynvml` or a stand-in with some of its functions.
    """

    def __init__(self, library: object) -> None:
        self._library = library

    def open(self) -> str | None:
        """Start the library; the name of the error (`NVMLError_LibraryNotFound`) or None."""
        try:
            self._function("nvmlInit")()
        except Exception as error:  # noqa: BLE001 - the binding raises classes that it makes at run time
            return _kind(error)
        return None

    def close(self) -> None:
        self.ask("nvmlShutdown")

    def ask(self, name: str, *arguments: object) -> object:
        """The answer of one function, or None when this driver or device does not support it."""
        return self.ask_why(name, *arguments)[0]

    def ask_why(self, name: str, *arguments: object) -> tuple[object, str | None]:
        """The answer, or None and the name of the error."""
        try:
            return self._function(name)(*arguments), None
        except Exception as error:  # noqa: BLE001 - see open
            return None, _kind(error)

    def text(self, name: str, *arguments: object) -> str | None:
        answer = self.ask(name, *arguments)
        if isinstance(answer, bytes):  # very old bindings
            answer = answer.decode("utf-8", "replace")
        return clean(answer) or None if isinstance(answer, str) else None

    def number(self, name: str, *arguments: object) -> int | None:
        answer = self.ask(name, *arguments)
        return answer if isinstance(answer, int) else None

    def pair(self, name: str, *arguments: object) -> tuple[int, int] | None:
        match self.ask(name, *arguments):
            case [int(first), int(second)]:
                return first, second
            case _:
                return None

    def memory(self, handle: object) -> tuple[int, int] | str | None:
        """Total and free bytes; the name of the error where there is no answer.

        The second version of the structure does not count as used what the driver reserves.
        """
        version = getattr(self._library, "nvmlMemory_v2", None)
        arguments = (handle, version) if version is not None else (handle,)
        answer, problem = self.ask_why("nvmlDeviceGetMemoryInfo", *arguments)
        if answer is None and version is not None:
            answer, problem = self.ask_why("nvmlDeviceGetMemoryInfo", handle)
        match getattr(answer, "total", None), getattr(answer, "free", None):
            case int(total), int(free) if 0 < total < LARGEST_MEMORY:
                return total, min(max(0, free), total)
            case int(total), int(_):
                return None if problem is None and total <= 0 else "a size that cannot be"
            case _:
                return problem

    def pci_id(self, handle: object) -> str | None:
        """`10de:2684` of a device."""
        combined = getattr(self.ask("nvmlDeviceGetPciInfo", handle), "pciDeviceId", None)
        # The low half is the vendor, the high half the device.
        return f"{combined & 0xFFFF:04x}:{combined >> 16:04x}" if isinstance(combined, int) else None

    def _function(self, name: str) -> Callable[..., object]:
        function: Callable[..., object] = getattr(self._library, name)
        return function


def _kind(error: Exception) -> str:
    return type(error).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One MIG slice."""

    handle: object
    name: str | None
    uuid: str | None


def slices(nvml: Nvml, handle: object) -> list[Slice] | None:
    """The MIG slices of a card, or None when it is not divided."""
    mode = nvml.pair("nvmlDeviceGetMigMode", handle)
    if mode is None or mode[0] != 1:
        return None
    found = []
    for number in range(min(nvml.number("nvmlDeviceGetMaxMigDeviceCount", handle) or 0, _MOST_SLICES)):
        part = nvml.ask("nvmlDeviceGetMigDeviceHandleByIndex", handle, number)
        if part is not None:
            name = nvml.text("nvmlDeviceGetName", part)
            found.append(Slice(handle=part, name=name, uuid=nvml.text("nvmlDeviceGetUUID", part)))
    return found
