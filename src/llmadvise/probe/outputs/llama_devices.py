"""Devices as llama.cpp and Ollama print them, for CUDA, ROCm, Vulkan, Metal and SYCL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmadvise.domain.hardware import Backend, MemoryKind, Platform
from llmadvise.probe.outputs.sighting import Observed, Sighting, Trust
from llmadvise.probe.outputs.values import address, decimal, gfx_target, pci_id, size, vendor_of
from llmadvise.probe.text import clean
from llmadvise.units import MIB

_MOST_DEVICES = 128
_BACKENDS = {
    "cuda": Backend.CUDA, "rocm": Backend.ROCM, "hip": Backend.ROCM, "vulkan": Backend.VULKAN, "metal": Backend.METAL,
    "mtl": Backend.METAL, "sycl": Backend.SYCL, "oneapi": Backend.SYCL,
}  # fmt: skip
_DEVICE = re.compile(
    r"\bDevice (\d{1,3}): ([^,\n]{2,120}), (?:compute capability (\d{1,2}\.\d)|(gfx[0-9a-f]{3,5}))([^\n]{0,300})",
    re.ASCII,
)
_LISTED = re.compile(
    r"\b(CUDA|ROCm|HIP|Vulkan|Metal|MTL|SYCL)(\d{0,3}): ([^\n]{2,120}?) \((\d{1,9}) MiB, (\d{1,9}) MiB free\)", re.ASCII
)
_USED = re.compile(
    r"using device (CUDA|ROCm|HIP|Vulkan|Metal|MTL|SYCL)(\d{0,3}) \(([^\n]{2,120}?)\)(?: \([^()\n]{1,40}\))? - (\d{1,9}) MiB free",
    re.ASCII,
)
_VULKAN = re.compile(
    r"(?:ggml_vulkan: (\d{1,3}) = |\bVulkan(\d{1,3}): )([^|\n]{2,200}?) \| uma: ([01])([^\n]{0,300})", re.ASCII
)
_SYCL = re.compile(r"^\s*\|\s*(\d{1,2})\|\s*\[(level_zero|opencl|cuda|hip|ext_oneapi\w*):(gpu|cpu|acc):?\d{0,2}\]\s*\|([^|\n]{2,120})\|([^\n]{2,400})$", re.ASCII | re.MULTILINE)  # fmt: skip
_SYCL_OLD = re.compile(
    r"\bDevice (\d{1,3}): ([^,\n]{2,120}?),\s*compute capability [\d.]+,\s*max compute_units[^\n]{0,160}?global mem size (\d{2,15})",
    re.ASCII,
)


def read_llama(text: str) -> Observed | None:
    """Every device line of a log."""
    found = [*_devices(text), *_listed(text), *_used(text), *_vulkan(text), *_sycl(text), *_ollama(text), *_dxgi(text)]
    metal = _metal(text)
    if not found and not metal:
        return None
    windows = any(gpu.tool == "dxgi" for gpu in found)
    return Observed(
        form="llama.cpp devices", gpus=(*found[:_MOST_DEVICES], *metal),
        platform=Platform.MACOS if metal else Platform.WINDOWS if windows else None,
    )  # fmt: skip


def _devices(text: str) -> Iterator[Sighting]:
    """`Device 0: NAME, compute capability 8.6, VMM: yes, VRAM: 24109 MiB`."""
    for match in _DEVICE.finditer(text):
        if "max compute_units" in match.group(0) or "max compute_units" in text[match.end() : match.end() + 60]:
            continue
        rest = match.group(5)
        memory = re.search(r"VRAM: (\d{1,9}) MiB", rest)
        amd = match.group(4) is not None or vendor_of(match.group(2)) == "amd"
        yield Sighting(
            tool="ggml_rocm" if amd else "ggml_cuda", position=int(match.group(1)), name=clean(match.group(2)),
            vendor="amd" if amd else "nvidia", gfx_target=gfx_target(match.group(4) or ""),
            compute_capability=None if amd else match.group(3),
            memory_bytes=int(memory.group(1)) * MIB or None if memory else None,
            memory_trust=Trust.ROUNDED, backends=(Backend.ROCM, Backend.VULKAN) if amd else (Backend.CUDA, Backend.VULKAN),
        )  # fmt: skip


def _listed(text: str) -> Iterator[Sighting]:
    """`CUDA0: NAME (24109 MiB, 23800 MiB free)`."""
    for match in _LISTED.finditer(text):
        backend = _BACKENDS[match.group(1).lower()]
        total, free = int(match.group(4)) * MIB, int(match.group(5)) * MIB
        name = clean(match.group(3))
        apple = backend is Backend.METAL and name.startswith("Apple")
        yield Sighting(
            tool=f"ggml_list_{backend.value}", position=int(match.group(2) or "0"), name=name, vendor=vendor_of(name),
            memory_bytes=None if apple else total or None, budget_bytes=total or None if apple else None,
            memory_kind=MemoryKind.UNIFIED if apple else None, free_bytes=None if apple else min(free, total),
            memory_trust=Trust.ROUNDED, backends=_with_vulkan(backend),
        )  # fmt: skip


def _used(text: str) -> Iterator[Sighting]:
    for match in _USED.finditer(text):
        backend = _BACKENDS[match.group(1).lower()]
        name = clean(match.group(3))
        yield Sighting(
            tool=f"ggml_use_{backend.value}", position=int(match.group(2) or "0"), name=name, vendor=vendor_of(name),
            free_bytes=int(match.group(4)) * MIB, backends=_with_vulkan(backend),
        )  # fmt: skip


def _with_vulkan(backend: Backend) -> tuple[Backend, ...]:
    return (backend,) if backend in {Backend.VULKAN, Backend.METAL} else (backend, Backend.VULKAN)


def _vulkan(text: str) -> Iterator[Sighting]:
    """`ggml_vulkan: 0 = NAME (driver) | uma: 1 | …`: no memory, but whether it is shared."""
    for match in _VULKAN.finditer(text):
        name = re.sub(r"\s\((?!TM|R\)|tm)[^()]{2,80}(?:\([^()]*\))?[^()]{0,40}\)$", "", match.group(3).strip())
        kind = MemoryKind.SHARED if match.group(4) == "1" else MemoryKind.DEDICATED
        yield Sighting(
            tool="ggml_vulkan", position=int(match.group(1) or match.group(2)), name=clean(name), vendor=vendor_of(match.group(3)),
            memory_kind=kind, backends=(Backend.VULKAN,),
        )  # fmt: skip


def _sycl(text: str) -> Iterator[Sighting]:
    """The table of SYCL devices: processors, emulators, and the second name of a GPU under OpenCL are left out."""
    zero = "[level_zero:gpu" in text
    for match in _SYCL.finditer(text):
        runtime, kind, name = match.group(2), match.group(3), clean(match.group(4))
        if kind != "gpu" or (zero and runtime == "opencl"):
            continue
        yield _sycl_gpu(int(match.group(1)), name, _largest(match.group(5)))
    seen: set[tuple[str, str]] = set()
    for match in _SYCL_OLD.finditer(text):
        name = clean(match.group(2))
        key = (name, match.group(3))
        if vendor_of(name) == "intel" and re.search(r"Graphics|GPU", name) and key not in seen:
            seen.add(key)
            yield _sycl_gpu(int(match.group(1)), name, int(match.group(3)))


def _largest(cells: str) -> int:
    """The memory among the other columns, whose order differs between builds: the one large number, or the one in `M`."""
    sizes = [
        int(value) * (MIB if unit else 1)
        for value, unit in re.findall(r"(?<![\d.])(\d{3,15})(M?)\s*\|", cells, re.ASCII)
    ]
    return max((size for size in sizes if size >= MIB), default=0)


def _sycl_gpu(position: int, name: str, total: int) -> Sighting:
    code = re.search(r"\[0x([0-9a-f]{4})\]", name)
    return Sighting(
        tool="ggml_sycl", position=position, name=name, vendor=vendor_of(name), memory_bytes=total or None, memory_trust=Trust.ROUNDED,
        pci_id=pci_id("8086", code.group(1)) if code else None, backends=(Backend.SYCL, Backend.VULKAN),
    )  # fmt: skip


def _metal(text: str) -> list[Sighting]:
    """`GPU name: Apple M3 Max` and what the GPU may wire, in units of 10**6 bytes."""
    name = re.search(r"ggml_metal_\w{2,30}:\s*GPU name:\s*(\S[^\n]{1,100})", text)
    if name is None:
        return []
    limit = re.search(r"recommendedMaxWorkingSetSize\s*=\s*(\d{1,9}(?:[.,]\d{1,3})?) MB", text)
    unified = not re.search(r"hasUnifiedMemory\s*=\s*false", text)
    value = decimal(limit.group(1)) if limit else None
    label = re.sub(r"^MTL\d?\s*\((.*)\)$", r"\1", clean(name.group(1)))
    bytes_ = int(value * 10**6) if value else None
    vendor = vendor_of(label)
    return [
        Sighting(
            tool="ggml_metal", position=0, name=label, vendor=vendor, budget_bytes=bytes_ if unified else None,
            memory_bytes=None if unified else bytes_, memory_trust=Trust.ROUNDED,
            memory_kind=MemoryKind.UNIFIED if unified else MemoryKind.DEDICATED,
            backends=(Backend.METAL,) if vendor == "apple" else (),
        )
    ]  # fmt: skip


def _ollama(text: str) -> Iterator[Sighting]:
    """`msg="inference compute" library=rocm compute=gfx1100 name="…" total="24.0 GiB" available="23.9 GiB"`."""
    for line in text.splitlines():
        if 'msg="inference compute"' not in line:
            continue
        pairs = dict(re.findall(r'\b([a-z_]{2,20})=("[^"\n]{0,200}"|\S{1,200})', line))
        values = {key: value.strip('"') for key, value in pairs.items()}
        backend = _BACKENDS.get(values.get("library", "").lower().partition("_")[0])
        if backend is None:
            continue
        name = values.get("description") or values.get("name") or ""
        total, free = size(values.get("total", "")), size(values.get("available", ""))
        integrated = values.get("type") in {"iGPU", "integrated"}
        yield Sighting(
            tool="ollama", uuid=values.get("id") if len(values.get("id", "")) > 8 else None, name=clean(name) or None,  # noqa: PLR2004
            vendor=vendor_of(name) or {Backend.CUDA: "nvidia", Backend.ROCM: "amd", Backend.METAL: "apple"}.get(backend),
            address=address(values.get("pci_id")), gfx_target=gfx_target(values.get("compute", "")),
            memory_bytes=None if backend is Backend.METAL else total, budget_bytes=total if backend is Backend.METAL else None,
            free_bytes=free if total and free and free <= total else None, memory_trust=Trust.ROUNDED,
            memory_kind=MemoryKind.UNIFIED if backend is Backend.METAL else MemoryKind.SHARED if integrated else None,
            driver=values.get("driver") if values.get("driver", "0.0") != "0.0" else None, backends=_with_vulkan(backend),
        )  # fmt: skip


def _dxgi(text: str) -> Iterator[Sighting]:
    """`[DXGI] Adapter Description: NAME, LUID: …, Dedicated: 0.12 GB, Shared: 27.45 GB`."""
    pattern = r"Adapter Description: ([^,\n]{2,120}), LUID: \S{1,40}, Dedicated: (\d{1,6}\.\d{1,3}) GB, Shared: (\d{1,6}\.\d{1,3}) GB"
    for place, match in enumerate(re.finditer(pattern, text)):
        name = clean(match.group(1))
        yield Sighting(
            tool="dxgi", position=place, name=name, vendor=vendor_of(name), memory_bytes=size(match.group(2), "GB") or None,
            shared_bytes=size(match.group(3), "GB"), memory_trust=Trust.ROUNDED,
        )  # fmt: skip
