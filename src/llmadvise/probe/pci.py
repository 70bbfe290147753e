"""Display devices on the PCI bus, from sysfs; free of charge and without any driver's library."""

from __future__ import annotations

from llmadvise.probe.record import Record
from llmadvise.record import dataclass

_BUS = "/sys/bus/pci/devices"
_DRM = "/sys/class/drm"
_NVIDIA, _AMD, _INTEL = "0x10de", "0x1002", "0x8086"
_DISPLAY_CLASSES = ("0x03", "0x1200")
"""Display controllers and processing accelerators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PciDevice:
    """One device that may be a GPU. Virtual adapters and the ASPEED or Matrox of a server board have other vendors."""

    address: str
    """Such as `0000:03:00.0`; the DRM name where only that is known."""
    folder: str
    vendor: str
    """nvidia, amd or intel."""
    pci_id: str
    revision: str | None
    driver: str | None
    """The kernel module that is bound to it."""


def read_display_devices(record: Record) -> tuple[PciDevice, ...]:
    """NVIDIA, AMD and Intel display devices in the order of the bus; by DRM where the bus cannot be listed."""
    addresses = record.names(_BUS)
    if addresses:
        found = [_read_device(record, address, f"{_BUS}/{address}") for address in addresses]
        record.look(_BUS, "read")
    else:
        cards = [name for name in record.names(_DRM) if name.startswith("card") and name[4:].isdigit()]
        found = [_read_device(record, card, f"{_DRM}/{card}/device") for card in cards]
        record.look(_DRM, "read" if cards else "absent")
    return tuple(device for device in found if device is not None)


def _read_device(record: Record, address: str, folder: str) -> PciDevice | None:
    kind = (record.read(f"{folder}/class") or ("0x03" if folder.startswith(_DRM) else "")).strip()
    if not kind.startswith(_DISPLAY_CLASSES):
        return None
    number = (record.read(f"{folder}/vendor") or "").strip()
    vendor = {_NVIDIA: "nvidia", _AMD: "amd", _INTEL: "intel"}.get(number)
    device = (record.read(f"{folder}/device") or "").strip()
    if vendor is None or not device.startswith("0x"):
        return None
    return PciDevice(
        address=address,
        folder=folder,
        vendor=vendor,
        pci_id=f"{number[2:]}:{device[2:]}".lower(),
        revision=(record.read(f"{folder}/revision") or "").strip() or None,
        driver=record.link_name(f"{folder}/driver"),
    )
