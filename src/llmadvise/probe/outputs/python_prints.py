"""What Python sessions print: psutil, torch on CUDA, ROCm and XPU, and labelled sizes of scripts."""

from __future__ import annotations

import re

from llmadvise.domain.hardware import Backend, MemoryKind
from llmadvise.probe.linux_cpu import CpuReading
from llmadvise.probe.outputs.sighting import Observed, Room, Sighting, Trust, warn
from llmadvise.probe.outputs.values import first_size, gfx_target, number, pci_id, size, vendor_of
from llmadvise.probe.text import clean
from llmadvise.units import MIB

_MOST_DEVICES = 64


def read_psutil(text: str) -> Observed | None:
    """`svmem(total=…, available=…)`, or an expression and the number below it."""
    whole = re.search(r"svmem\(total=(\d{4,18}), available=(\d{1,18})", text)
    if whole is not None:
        return Observed(
            form="psutil", room=Room(total_bytes=number(whole.group(1)), available_bytes=number(whole.group(2)))
        )
    found = {
        name: number(value)
        for name, value in re.findall(
            r"virtual_memory\(\)\.(total|available)\)?\s*\n(?:>>> )?(\d{4,18})\s*$", text, re.MULTILINE
        )
    }
    if not found:
        return None
    return Observed(form="psutil", room=Room(total_bytes=found.get("total"), available_bytes=found.get("available")))


def read_torch(text: str) -> Observed | None:
    """`_CudaDeviceProperties(name='…', total_memory=24250MB, …)` and its kin."""
    found: list[Sighting] = []
    for kind, body in re.findall(r"_(Cuda|Xpu)DeviceProperties\(([^\n]{5,1500})", text)[:_MOST_DEVICES]:
        name = re.search(r"\bname='([^'\n]{2,120})'", body)
        total = re.search(r"\btotal_memory=(\d{1,9})MB", body)
        if name is None:
            continue
        found.append(
            _device(kind, clean(name.group(1)), int(total.group(1)) * MIB if total else None, body, len(found))
        )
    return Observed(form="torch devices", gpus=tuple(found)) if found else None


def _device(kind: str, name: str, total: int | None, body: str, position: int) -> Sighting:
    capability = re.search(r"\bmajor=(\d{1,2}), minor=(\d)", body)
    target = gfx_target((re.search(r"gcnArchName='([^'\n]{3,80})'", body) or [""] * 2)[1])
    device = re.search(r"\bdevice_id=(0x[0-9a-fA-F]{3,4})", body)
    integrated = re.search(r"\bis_integrated(?:_gpu)?=1", body) is not None
    identity = re.search(r"\buuid=([\w-]{8,60})", body)
    xpu = kind == "Xpu"
    vendor = "intel" if xpu else "amd" if target else vendor_of(name) or "nvidia"
    backends = {"intel": (Backend.SYCL, Backend.VULKAN), "amd": (Backend.ROCM, Backend.VULKAN)}
    return Sighting(
        tool="torch", position=position, vendor=vendor, name=name, memory_bytes=None if integrated else total,
        memory_trust=Trust.ROUNDED, shared_bytes=total if integrated else None, gfx_target=target,
        memory_kind=MemoryKind.SHARED if integrated else None, uuid=f"GPU-{identity.group(1)}" if identity and not xpu else None,
        compute_capability=f"{capability.group(1)}.{capability.group(2)}" if capability and vendor == "nvidia" else None,
        pci_id=pci_id("8086", device.group(1)) if device and xpu else None, backends=backends.get(vendor, (Backend.CUDA, Backend.VULKAN)),
    )  # fmt: skip


def read_labels(text: str) -> Observed | None:
    """Lines of a script such as `sysfs VRAM total: 0.50 GiB`, `sysfs GTT total: 128.00 GiB`, `host RAM: 124.92 GiB`."""
    labels = {
        re.sub(r"\s+", " ", key.strip().lower()): value
        for key, value in re.findall(r"^\s*([A-Za-z][\w .()/-]{2,60}):\s+(\S[^\n]{0,60})$", text, re.MULTILINE)
    }
    vram, gtt = (
        next((size(labels[key]) for key in labels if re.fullmatch(rf"(?:sysfs |amdgpu )?{word} total", key)), None)
        for word in ("vram", "gtt")
    )
    if vram is None or gtt is None:
        return None
    ram = next(
        (
            first_size(labels[key])
            for key in ("host ram", "ram", "memtotal", "system ram", "total ram")
            if key in labels
        ),
        None,
    )
    integrated = next((value.strip() for key, value in labels.items() if key.endswith("is_integrated")), None)
    free, total = (
        next((size(value) for key, value in labels.items() if key.endswith(f"mem_get_info {word}")), None)
        for word in ("free", "total")
    )
    gpu = Sighting(
        tool="amdgpu", position=0, vendor="amd", memory_bytes=vram, shared_bytes=gtt, memory_trust=Trust.SYSTEM,
        memory_kind=MemoryKind.CARVE_OUT if integrated in {"1", "True"} else None, backends=(Backend.ROCM, Backend.VULKAN),
    )  # fmt: skip
    contradiction = free is not None and total is not None and free > total
    message = "HIP says that more GPU memory is free than there is; its figures are not used."
    findings = (warn("gpu-reports-differ", message, "mem_get_info"),) if contradiction else ()
    return Observed(
        form="labelled sizes",
        gpus=(gpu,),
        room=Room(total_bytes=ram, trust=Trust.ROUNDED) if ram else None,
        findings=findings,
    )


def read_apu_name(text: str) -> Observed | None:
    """A Ryzen processor written with the name of its graphics: `Ryzen AI MAX+ 395 / Radeon 8060S`."""
    pattern = r"\b((?:AMD )?R(?:yzen|YZEN)[\w +]{2,40}?) ?(?:w/|with|/) ?(Radeon \d{3,4}[A-Z])\b"
    match = re.search(pattern, text[:200_000])
    if match is None:
        return None
    name = clean(match.group(1))
    full = name if name.startswith("AMD") else f"AMD {name}"
    return Observed(form="name of a processor", cpu=CpuReading(names=(f"{full} w/ {match.group(2)}",)))
