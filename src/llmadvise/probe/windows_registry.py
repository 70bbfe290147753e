"""Display adapters in the registry of Windows, which knows sizes above 4 GiB where WMI does not."""

from __future__ import annotations

import sys

from llmadvise.probe.system_values import read_values
from llmadvise.probe.text import clean
from llmadvise.record import dataclass

CLASS_KEY = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
_SIZE = "HardwareInformation.qwMemorySize"
_NAMES = ("DriverDesc", "MatchingDeviceId", "DriverVersion", _SIZE)
"""`HardwareInformation.MemorySize` is left out: it has 32 bits and shows 2 GiB of a 16 GiB card."""
_VENDORS = {"10de": "nvidia", "1002": "amd", "8086": "intel"}
_MOST_ADAPTERS = 32
_MOST_BYTES = 8
_LARGEST = 1 << 44


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAdapter:
    """One key of the class: what a driver wrote when it was installed, whether or not its card is still there."""

    vendor: str
    name: str
    pci_id: str
    memory_bytes: int | None
    driver: str | None


def read_keys() -> list[dict[str, object]]:
    """The values of every adapter's key; bytes as hex digits. Raises NotImplementedError elsewhere than on Windows."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - exists on Windows alone

        keys: list[dict[str, object]] = []
        for number in range(_MOST_ADAPTERS):
            try:
                with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{CLASS_KEY}\{number:04d}") as key:
                    values = [winreg.EnumValue(key, place) for place in range(winreg.QueryInfoKey(key)[1])]
            except OSError:
                continue
            keys.append({name: _plain(value) for name, value, _ in values if name in _NAMES})
        return keys
    raise NotImplementedError


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, int | str) else None


def parse_registry(text: str | None) -> list[RegistryAdapter]:
    """The adapters of such keys that have a PCI id of a GPU vendor; virtual displays have none."""
    keys = read_values(text)
    found = (
        parse_key(key) for key in (keys if isinstance(keys, list) else [])[:_MOST_ADAPTERS] if isinstance(key, dict)
    )
    return [adapter for adapter in found if adapter is not None]


def parse_key(values: dict[str, object]) -> RegistryAdapter | None:
    """One adapter; None for one that is no GPU."""
    identity = str(values.get("MatchingDeviceId", "")).lower()
    vendor, device = _part(identity, "ven_"), _part(identity, "dev_")
    if vendor not in _VENDORS or not device:
        return None
    return RegistryAdapter(
        vendor=_VENDORS[vendor],
        name=clean(str(values.get("DriverDesc", ""))) or f"GPU {vendor}:{device}",
        pci_id=f"{vendor}:{device}",
        memory_bytes=_size(values.get(_SIZE)),
        driver=clean(str(values.get("DriverVersion", ""))) or None,
    )


def _size(value: object) -> int | None:
    """A number, or with some drivers bytes in little-endian order."""
    if isinstance(value, str) and len(value) == 2 * _MOST_BYTES:
        try:
            value = int.from_bytes(bytes.fromhex(value), "little")
        except ValueError:
            return None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST else None


def _part(identity: str, label: str) -> str:
    _, found, rest = identity.partition(label)
    digits = rest[:4]
    return digits if found and len(digits) == 4 and all(digit in "0123456789abcdef" for digit in digits) else ""  # noqa: PLR2004
