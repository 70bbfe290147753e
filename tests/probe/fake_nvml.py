"""A stand-in for pynvml that answers from a table."""

from __future__ import annotations

from types import SimpleNamespace


class NVMLError_NotSupported(Exception): ...  # noqa: N801, N818 - the names of the binding


class NVMLError_NoPermission(Exception): ...  # noqa: N801, N818


class NVMLError_LibRmVersionMismatch(Exception): ...  # noqa: N801, N818


class NVMLError_LibraryNotFound(Exception): ...  # noqa: N801, N818


class NVMLError_NotFound(Exception): ...  # noqa: N801, N818


class Card:
    """One device; `memory` is (total, free) or the error that the driver raises."""

    milliwatts: int | None = None
    """The power limit."""

    def __init__(
        self,
        name: str | bytes,
        memory: tuple[int, int] | type[Exception],
        *,
        uuid: str = "GPU-0",
        capability: tuple[int, int] = (8, 9),
        slices: list[Card] | None = None,
        pci: int = 0x268410DE,
    ) -> None:
        self.name, self.memory, self.uuid, self.capability, self.slices, self.pci = (
            name, memory, uuid, capability, slices, pci,
        )  # fmt: skip


class FakeNvml:
    """Implements the functions that the probe calls."""

    nvmlMemory_v2 = 0x2000028  # noqa: N815

    def __init__(self, *cards: Card, problem: type[Exception] | None = None) -> None:
        self.cards, self.problem, self.closed = cards, problem, False

    def __getattr__(self, name: str) -> object:
        answers = {
            "nvmlInit": self._open,
            "nvmlShutdown": self._close,
            "nvmlSystemGetDriverVersion": lambda: "550.120",
            "nvmlDeviceGetCount": lambda: len(self.cards),
            "nvmlDeviceGetHandleByIndex": lambda index: self.cards[index],
            "nvmlDeviceGetName": lambda card: card.name,
            "nvmlDeviceGetUUID": lambda card: card.uuid,
            "nvmlDeviceGetCudaComputeCapability": lambda card: card.capability,
            "nvmlDeviceGetPciInfo": lambda card: SimpleNamespace(pciDeviceId=card.pci),
            "nvmlDeviceGetMemoryInfo": self._memory,
            "nvmlDeviceGetEnforcedPowerLimit": lambda card: card.milliwatts,
            "nvmlDeviceGetMigMode": self._mig,
            "nvmlDeviceGetMaxMigDeviceCount": lambda _card: 7,
            "nvmlDeviceGetMigDeviceHandleByIndex": self._slice,
        }
        if name not in answers:
            raise AttributeError(name)
        return answers[name]

    def _open(self) -> None:
        if self.problem is not None:
            raise self.problem

    def _close(self) -> None:
        self.closed = True

    @staticmethod
    def _memory(card: Card, version: int | None = None) -> SimpleNamespace:
        if not isinstance(card.memory, tuple):
            raise card.memory
        total, free = card.memory
        # Version 1 counts what the driver reserves as used.
        return SimpleNamespace(total=total, free=free if version else free - 1)

    @staticmethod
    def _mig(card: Card) -> list[int]:
        if card.slices is None:
            raise NVMLError_NotSupported
        return [1, 1]

    @staticmethod
    def _slice(card: Card, number: int) -> Card:
        if card.slices is None or number >= len(card.slices):
            raise NVMLError_NotFound
        return card.slices[number]
