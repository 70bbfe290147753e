"""Joins what DXGI and the registry of Windows say about the same adapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmadvise.domain.hardware import Backend, GpuFacts, Memory
from llmadvise.probe.amd import AmdMemory, shared_pools
from llmadvise.probe.identify import identify_gpu
from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.windows_dxgi import DxgiAdapter
from llmadvise.probe.windows_registry import RegistryAdapter
from llmadvise.units import GIB

_SMALLEST_CARD = GIB
"""No card of AMD or Intel for computing has less memory of its own, and every integrated one may have."""


def join_adapters(
    live: Sequence[DxgiAdapter],
    installed: Sequence[RegistryAdapter],
    *,
    memory: Memory,
    facts: Mapping[str, GpuFacts],
    reserve: int,
    record: Record,
) -> list[GpuReading]:
    """The adapters that DXGI lists, with the exact size of the registry; the registry alone where DXGI says nothing.

    The two are paired by PCI id, never by position: a key outlives its card, and the orders differ.
    """
    if not live:
        return [_from_key(key, memory, facts, reserve, record) for key in _once(installed)]
    left = list(installed)
    found = []
    for adapter in live:
        key = next((key for key in left if key.pci_id == adapter.pci_id), None)
        if key is not None:
            left.remove(key)
        found.append(_reading(adapter, key, memory, facts, reserve))
    present = {adapter.pci_id for adapter in live}
    stale = sorted({key.name for key in left if key.pci_id not in present})
    if stale:
        record.note("gpu-removed", f"The registry still lists adapters that are not there: {', '.join(stale[:4])}.")
    return found


def _once(installed: Sequence[RegistryAdapter]) -> list[RegistryAdapter]:
    """One of each kind: drivers leave keys behind for one device."""
    return list({(key.name, key.pci_id): key for key in reversed(installed)}.values())[::-1]


def _from_key(
    key: RegistryAdapter, memory: Memory, facts: Mapping[str, GpuFacts], reserve: int, record: Record
) -> GpuReading:
    """An adapter that the registry alone names; how much RAM an integrated one may take is then Windows' usual half."""
    if key.memory_bytes is None:
        record.warn("gpu-memory-unknown", f"The registry does not tell the memory of {key.name}.", key.pci_id)
    shared = (memory.total_bytes or 0) // 2
    adapter = DxgiAdapter(
        vendor=key.vendor, name=key.name, pci_id=key.pci_id, dedicated_bytes=key.memory_bytes or 0, shared_bytes=shared
    )  # fmt: skip
    return _reading(adapter, key, memory, facts, reserve)


def _reading(
    adapter: DxgiAdapter, key: RegistryAdapter | None, memory: Memory, facts: Mapping[str, GpuFacts], reserve: int
) -> GpuReading:
    exact = key.memory_bytes if key is not None else None
    own = exact if exact is not None and exact >= adapter.dedicated_bytes else adapter.dedicated_bytes
    driver = key.driver if key is not None else None
    backends = None if adapter.vendor == "nvidia" else (Backend.VULKAN,)
    if not _is_integrated(adapter, facts):
        free = min(adapter.budget_bytes, own) if adapter.budget_bytes else None
        return GpuReading(
            vendor=adapter.vendor, name=adapter.name, pci_id=adapter.pci_id, memory_bytes=own or None, unified=False,
            free_bytes=free, driver=driver, backends=backends,
        )  # fmt: skip
    pools = AmdMemory(vram_total=own, vram_used=0, gtt_total=adapter.shared_bytes, gtt_used=0)
    addressable, free, budget = shared_pools(pools, memory, reserve=reserve)
    return GpuReading(
        vendor=adapter.vendor, name=adapter.name, pci_id=adapter.pci_id, memory_bytes=addressable or None, unified=True,
        installed_bytes=memory.total_bytes + own if memory.total_bytes is not None else None,
        free_bytes=free, budget_bytes=budget, driver=driver, backends=backends,
    )  # fmt: skip


def _is_integrated(adapter: DxgiAdapter, facts: Mapping[str, GpuFacts]) -> bool:
    """What the catalog knows of this device; for a stranger, whether it has less memory than any card."""
    match = identify_gpu(adapter.name, facts, vendor=adapter.vendor, pci_id=adapter.pci_id)
    if match is not None:
        return match.facts.unified
    return adapter.vendor != "nvidia" and adapter.dedicated_bytes < _SMALLEST_CARD
