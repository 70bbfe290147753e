"""Numbers, sizes, addresses and ids as tools write them."""

from __future__ import annotations

import re

from llmadvise.units import GIB, KIB, MIB

_LARGEST = 1 << 60
_UNITS = {
    "": 1, "b": 1, "bytes": 1, "byte": 1,
    "k": KIB, "kb": KIB, "kib": KIB, "ki": KIB,
    "m": MIB, "mb": MIB, "mib": MIB, "mi": MIB,
    "g": GIB, "gb": GIB, "gib": GIB, "gi": GIB,
    "t": 1024 * GIB, "tb": 1024 * GIB, "tib": 1024 * GIB, "ti": 1024 * GIB,
}  # fmt: skip
"""Tools write GB and mean GiB: memory is sold so."""
_VENDOR_NUMBERS = {"10de": "nvidia", "1002": "amd", "1022": "amd", "8086": "intel", "106b": "apple", "5143": "qualcomm"}
_VENDOR_WORDS = (
    ("nvidia|geforce|quadro|tesla|titan|nvgpu|[rg]tx|grid|tegra|orin|thor|gb10", "nvidia"),
    ("radeon|advanced micro devices|firepro|instinct|amd|ati|ryzen", "amd"), ("intel|hl-[23]\\d\\d", "intel"), ("apple", "apple"),
    ("adreno|qualcomm|snapdragon", "qualcomm"), ("mali|immortalis", "arm"), ("videocore|v3d|broadcom", "broadcom"),
    ("powervr|imagination", "imagination"), ("moore threads|mtt", "moore-threads"),
)  # fmt: skip


def number(value: object) -> int | None:
    """A whole number in decimal or, after `0x`, in hex; digits may be grouped with commas."""
    found: int | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = int(value) if 0 <= value <= _LARGEST else None
    elif isinstance(value, str):
        digits = value.strip()
        if re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", digits):
            found = int(digits, 16)
        elif re.fullmatch(r"\d{1,3}(?:,\d{3}){1,6}|\d{1,19}", digits, re.ASCII):
            found = int(digits.replace(",", ""))
    return found if found is not None and found <= _LARGEST else None


def decimal(text: object) -> float | None:
    """A number with or without a fraction, by point or comma."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text) if 0 <= text <= _LARGEST else None
    if not isinstance(text, str) or not re.fullmatch(r"\s*\d{1,15}(?:[.,]\d{1,12})?\s*", text, re.ASCII):
        return None
    return float(text.strip().replace(",", "."))


def size(text: object, unit: str = "") -> int | None:
    """Bytes of `24564 MiB`, `16 GB`, `1.5GiB`, `3,48 GB` or a bare number in the given unit; None for `[N/A]`."""
    plain = number(text)
    if plain is not None:
        return number(plain * _UNITS.get(unit.lower(), 1))
    if not isinstance(text, str):
        value = decimal(text)
        return number(value * _UNITS.get(unit.lower(), 1)) if value is not None else None
    match = re.fullmatch(r"\s*(\d{1,15}(?:[.,]\d{1,12})?)\s*([kKmMgGtT]?(?:i?[bB]|i)?|[bB]ytes?)\s*", text, re.ASCII)
    if match is None:
        return None
    value = decimal(match.group(1))
    scale = _UNITS.get((match.group(2) or unit).lower())
    return number(round(value * scale)) if value is not None and scale else None


def left_of(total: int | None, used: int | None) -> int | None:
    """What is free where total and used are told; never less than nothing."""
    return max(0, total - used) if total is not None and used is not None else None


def first_size(text: str) -> int | None:
    """The first size with a unit in a text."""
    match = re.search(r"(?<![\w.])(\d{1,15}(?:[.,]\d{1,12})?)\s?([kKMGT]i?B|[MGT])(?![\w/])", text, re.ASCII)
    return size("".join(match.groups())) if match else None


def percent(text: object) -> int | None:
    """A share of hundred: `97 %`, `97%`."""
    match = re.match(r"\s*(\d{1,3})(?:\.\d{1,6})?\s*%", text, re.ASCII) if isinstance(text, str) else None
    value = int(match.group(1)) if match else None
    return value if value is not None and value <= 100 else None  # noqa: PLR2004 - per cent


def watts(text: object) -> int | None:
    """`220.0W`, `350 W` or `350.00 W`; zero is no limit."""
    match = re.match(r"\s*(\d{1,5})(?:\.\d{1,6})?\s*W?\s*$", text, re.ASCII) if isinstance(text, str) else None
    return (int(match.group(1)) or None) if match else None


def address(text: object) -> str | None:
    """A PCI address with a domain of four digits, in lower case: nvidia-smi writes eight, lspci often none."""
    pattern = r"(?:([0-9a-fA-F]{4,8}):)?([0-9a-fA-F]{2}):([0-9a-fA-F]{2})[.:]([0-9a-fA-F]{1,2})(?![\w:.])"
    match = re.search(rf"(?<![\w:.]){pattern}", text, re.ASCII) if isinstance(text, str) else None
    if match is None:
        return None
    domain, bus, device, function = match.groups()
    return f"{int(domain or '0', 16):04x}:{bus}:{device}.{int(function, 16):x}".lower()


def pci_id(vendor: object, device: object) -> str | None:
    """`vendor:device` of two hex numbers with or without `0x`."""
    parts = [_four_digits(vendor), _four_digits(device)]
    return ":".join(part for part in parts if part) if all(parts) else None


def _four_digits(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:04x}" if 0 < value <= 0xFFFF else None  # noqa: PLR2004 - sixteen bits
    match = (
        re.search(r"(?<![0-9a-fA-F])(?:0x)?([0-9a-fA-F]{3,4})(?![0-9a-fA-FxX])", value)
        if isinstance(value, str)
        else None
    )
    return match.group(1).lower().rjust(4, "0") if match else None


def joined_pci_id(text: object) -> str | None:
    """The `10de:2208` of NVIDIA's `0x220810DE`: device in the upper half, vendor in the lower."""
    match = re.fullmatch(r"\s*(?:0x)?([0-9a-fA-F]{4})([0-9a-fA-F]{4})\s*", text) if isinstance(text, str) else None
    return f"{match.group(2)}:{match.group(1)}".lower() if match else None


def windows_pci_id(text: object) -> str | None:
    r"""The id in `PCI\VEN_10DE&DEV_2782&SUBSYS_…`."""
    match = re.search(r"VEN_([0-9a-fA-F]{4})&DEV_([0-9a-fA-F]{4})", text) if isinstance(text, str) else None
    return f"{match.group(1)}:{match.group(2)}".lower() if match else None


def vendor_of(name: str | None, pci: str | None = None) -> str | None:
    """Who makes a device, by the number of its maker or the words in its name."""
    if pci is not None and pci[:4] in _VENDOR_NUMBERS:
        return _VENDOR_NUMBERS[pci[:4]]
    folded = (name or "").lower()
    return next(
        (vendor for words, vendor in _VENDOR_WORDS if re.search(rf"(?<![a-z])(?:{words})(?![a-z])", folded)), None
    )


def gfx_target(text: object) -> str | None:
    """The instruction set of an AMD GPU anywhere in a text: `gfx1151`."""
    match = re.search(r"\bgfx([0-9]{1,2}[0-9a-f]{2})\b", text.lower()) if isinstance(text, str) else None
    return f"gfx{match.group(1)}" if match else None


def words_for_nothing(text: str | None) -> bool:
    """Whether a field says that there is no value."""
    return (text or "").strip().strip("[]").lower() in {
        "", "n/a", "na", "none", "not supported", "unknown", "unknown error", "not available", "insufficient permissions",
        "requested functionality has been deprecated", "gpu requires reset", "null", "-",
    }  # fmt: skip
