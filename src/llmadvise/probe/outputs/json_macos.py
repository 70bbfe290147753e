"""Objects of `system_profiler -json`."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Platform
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.json_node import Fields, Node, text_of
from llmadvise.probe.outputs.macos import mac_gpu
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust
from llmadvise.probe.outputs.values import number, pci_id, size, vendor_of


def read_profiler(node: Node) -> Observed | None:
    """Objects of `system_profiler -json`; keys differ between versions, the names of old ones are untranslated."""
    fields = node.fields
    title = text_of(fields, "sppci_model") or text_of(fields, "_name")
    if (
        any(key.startswith(("spdisplays_", "sppci_")) for key in fields)
        and not any(key.startswith("_spdisplays_") for key in fields)
        and title
    ):
        return Observed(
            form="system_profiler JSON", platform=Platform.MACOS, gpus=(_profiler_gpu(title, fields, node.place),)
        )
    chip = text_of(fields, "chip_type", "cpu_type")
    if chip is not None:
        total, cores = (
            size(text_of(fields, "physical_memory") or ""),
            re.search(r"proc (\d{1,3}):(\d{1,3})", str(fields.get("number_processors"))),
        )
        count = int(cores.group(2)) if cores else number(fields.get("number_processors"))
        cpu = CpuReading(names=(chip,), cores=count, architecture="aarch64" if chip.startswith("Apple") else "x86_64")
        return Observed(
            form="system_profiler JSON",
            platform=Platform.MACOS,
            cpu=cpu,
            room=Room(total_bytes=total) if total else None,
        )
    whole = size(text_of(fields, "SPMemoryDataType") or "")
    if whole:
        return Observed(
            form="system_profiler JSON", platform=Platform.MACOS, room=Room(total_bytes=whole, trust=Trust.DRIVER)
        )
    module = size(text_of(fields, "dimm_size") or "")
    if module:
        return Observed(form="memory module", platform=Platform.MACOS, room=Room(total_bytes=module))
    version = re.match(r"macOS (\d{1,2}(?:\.\d{1,3}){0,2})", text_of(fields, "os_version") or "")
    return (
        Observed(form="system_profiler JSON", platform=Platform.MACOS, system_version=version.group(1))
        if version
        else None
    )


def _profiler_gpu(title: str, fields: Fields, place: int) -> Sighting:
    key = re.fullmatch(r"kHW_Apple(M\d{1,2})(Pro|Max|Ultra)?Item", title)
    label = " ".join(part for part in ("Apple", key.group(1), key.group(2)) if part) if key else title
    maker = text_of(fields, "spdisplays_vendor", "sppci_vendor") or ""
    numbers = re.search(r"0x[0-9a-fA-F]{4}", maker)
    memory = size(text_of(fields, "spdisplays_vram", "_spdisplays_vram") or "")
    shared = size(text_of(fields, "spdisplays_vram_shared") or "")
    vendor = vendor_of(label) or vendor_of(re.sub(r"sppci_vendor_", "", maker))
    return mac_gpu(
        label, vendor, place, cores=number(fields.get("sppci_cores")), memory=memory, shared=shared,
        pci=pci_id(numbers.group(0), fields.get("spdisplays_device-id")) if numbers else None,
        built_in="builtin" in str(fields.get("sppci_bus", "")),
    )  # fmt: skip
