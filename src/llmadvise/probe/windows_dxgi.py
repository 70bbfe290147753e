"""Display adapters as DXGI lists them: every vendor's, with dedicated and shared memory and the live budget."""

from __future__ import annotations

import sys

from llmadvise.probe.system_values import read_values
from llmadvise.probe.text import clean
from llmadvise.record import dataclass

_VENDORS = {0x10DE: "nvidia", 0x1002: "amd", 0x1022: "amd", 0x8086: "intel"}
_SOFTWARE = 2
"""DXGI_ADAPTER_FLAG_SOFTWARE."""
_MOST_ADAPTERS = 32
_LARGEST = 1 << 44


@dataclass(frozen=True, slots=True, kw_only=True)
class DxgiAdapter:
    """One adapter of a GPU vendor."""

    vendor: str
    name: str
    pci_id: str
    dedicated_bytes: int
    """The card's own memory, or what the firmware carves out of the RAM."""
    shared_bytes: int
    """RAM that Windows lends it at most."""
    budget_bytes: int | None = None
    """Of the dedicated memory: what Windows grants a new program now."""


def read_adapters() -> list[dict[str, object]]:
    """Every adapter as DXGI describes it. Raises NotImplementedError elsewhere than on Windows, OSError on failure."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - Windows alone

        from llmadvise.probe.windows_com import list_adapters  # noqa: PLC0415

        # Only from the system's own folder (LOAD_LIBRARY_SEARCH_SYSTEM32).
        return list_adapters(ctypes.WinDLL("dxgi", winmode=0x800).CreateDXGIFactory1)
    raise NotImplementedError


def parse_dxgi(text: str | None) -> list[DxgiAdapter]:
    """The real GPUs in such a list: no software renderer, no virtual display, each once."""
    values = read_values(text)
    found: dict[tuple[object, int], DxgiAdapter] = {}
    for place, item in enumerate((values if isinstance(values, list) else [])[:_MOST_ADAPTERS]):
        adapter = _adapter(item) if isinstance(item, dict) else None
        if adapter is not None:
            luid = item.get("luid")
            found.setdefault((luid, 0) if isinstance(luid, int) else (adapter.pci_id, place), adapter)
    return list(found.values())


def _adapter(item: dict[str, object]) -> DxgiAdapter | None:
    vendor, device = _size(item, "vendor_id"), _size(item, "device_id")
    if vendor not in _VENDORS or device is None or (_size(item, "flags") or 0) & _SOFTWARE:
        return None
    pci_id = f"{vendor:04x}:{device:04x}"
    return DxgiAdapter(
        vendor=_VENDORS[vendor],
        name=clean(str(item.get("description", ""))) or f"GPU {pci_id}",
        pci_id=pci_id,
        dedicated_bytes=_size(item, "dedicated_video_memory") or 0,
        shared_bytes=_size(item, "shared_system_memory") or 0,
        budget_bytes=_size(item, "budget"),
    )


def _size(item: dict[str, object], name: str) -> int | None:
    value = item.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST else None
