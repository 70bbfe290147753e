"""Memory modules as the firmware lists them, from the copy that udev keeps readable for everybody."""

from __future__ import annotations

import re

from llmadvise.probe.record import Record
from llmadvise.probe.text import clean, whole_number
from llmadvise.record import dataclass

_DATABASE = "/run/udev/data/+dmi:id"
_MODULE_BITS = 64
_PLAUSIBLE = range(200, 20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules:
    """The populated slots: how many, how wide, how fast."""

    count: int
    bits: int
    """Data width of all modules together."""
    megatransfers: int
    """Of the slowest module, as configured."""
    kind: str
    channels: int | None
    """Where the slots' names tell channels apart."""

    def peak_bandwidth(self, *, channels: int | None) -> int:
        """Bytes a second: data width times transfers, no wider than the channels that are known."""
        widths = [count * _MODULE_BITS for count in (channels, self.channels) if count]
        return min([self.bits, *widths]) // 8 * self.megatransfers * 10**6

    @property
    def described(self) -> str:
        return f"{self.count} memory modules of {self.kind}-{self.megatransfers}"


def parse_modules(text: str) -> Modules | None:
    """The modules in a udev database file (`E:MEMORY_DEVICE_0_CONFIGURED_SPEED_MTS=3200`), or None without any."""
    fields: dict[int, dict[str, str]] = {}
    for number, key, value in re.findall(r"^E:MEMORY_DEVICE_(\d{1,3})_([A-Z_]+)=(.*)$", text, re.MULTILINE):
        fields.setdefault(int(number), {})[key] = value
    speeds, kinds, places, bits = [], [], [], 0
    for slot in fields.values():
        speed = whole_number(slot.get("CONFIGURED_SPEED_MTS")) or whole_number(slot.get("SPEED_MTS"))
        if slot.get("PRESENT") == "0" or speed not in _PLAUSIBLE or speed is None:
            continue
        speeds.append(speed)
        kinds.append(clean(slot.get("TYPE", "RAM")))
        places.append(_channel(slot))
        bits += whole_number(slot.get("DATA_WIDTH")) or _MODULE_BITS
    if not speeds:
        return None
    channels = len(set(places)) if all(places) else None
    return Modules(count=len(speeds), bits=bits, megatransfers=min(speeds), kind=kinds[0], channels=channels)


def _channel(slot: dict[str, str]) -> str | None:
    """What names the channel in `P0 CHANNEL A`, `ChannelB-DIMM0` or `DIMM_A1`; with the socket where it is named."""
    place = f"{slot.get('BANK_LOCATOR', '')} {slot.get('LOCATOR', '')}".upper()
    match = re.search(r"CHANNEL[ _-]?([A-Z0-9])|DIMM[ _-]?([A-Z])\d", place)
    socket = re.search(r"\b(?:P|CPU|NODE)[ _-]?(\d)", place)
    return f"{socket.group(1) if socket else ''}{match.group(1) or match.group(2)}" if match else None


def read_modules(record: Record) -> Modules | None:
    """The modules of this machine; most containers and virtual machines show none."""
    text = record.read(_DATABASE, listed=True)
    return parse_modules(text) if text else None
