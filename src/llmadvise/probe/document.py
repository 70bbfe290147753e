"""Hardware files: the JSON that `hardware --json` prints, checked field by field."""

from __future__ import annotations

import os
from collections.abc import Mapping

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.estimate import Basis
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import (
    Backend,
    Cpu,
    CpuFacts,
    Download,
    Gpu,
    GpuFacts,
    Hardware,
    InstalledRuntime,
    Memory,
    MemoryKind,
    Platform,
    ProbeSource,
)  # fmt: skip
from llmadvise.errors import InvalidFileError
from llmadvise.probe.described import complete_described
from llmadvise.probe.fields import Fields, read_json

_SCHEMA = "llmadvise.hardware/1"
_MOST_DEVICES = 64
_MOST_DOWNLOADS = 20_000
_HINT = "`llmadvise hardware --json` prints a file of this kind; every field but platform may be left out."


def read_hardware_file(
    path: str, *, gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> Hardware:
    """The machine that a file describes; what it leaves out is filled in from the catalog where names are known.

    Raises InvalidFileError that names the file, the field and what is wrong with it.
    """
    if os.path.isdir(path):  # noqa: PTH112
        raise InvalidFileError(f"{path}: is a folder; a hardware file is expected", _HINT)
    root = Fields.of(read_json(path, _HINT), file=path, hint=_HINT)
    hardware, open_backends = parse_hardware(root)
    filled = complete_described(hardware, gpus=gpus, cpus=cpus, calibration=calibration, open_backends=open_backends)
    source = ProbeSource(source=path, status="read")
    return Hardware(
        platform=filled.platform, cpu=filled.cpu, memory=filled.memory, gpus=filled.gpus, runtimes=filled.runtimes,
        downloads=filled.downloads, sources=(*filled.sources, source), findings=filled.findings, name=filled.name or os.path.basename(path),  # noqa: PTH119
    )  # fmt: skip


def parse_hardware(root: Fields) -> tuple[Hardware, frozenset[int]]:
    """The machine as written, and the places of the GPUs whose backends were left out."""
    schema = root.text("schema")
    if schema is not None and schema != _SCHEMA:
        root.fail("schema", f"is {schema!r}, not {_SCHEMA!r}")
    root.text("version")
    platform = root.choice("platform", Platform)
    if platform is None:
        root.fail("platform", "is missing; give linux, macos or windows")
    gpus = root.items("gpus", most=_MOST_DEVICES)
    hardware = Hardware(
        platform=platform,
        cpu=_parse_cpu(root.fields("cpu")),
        memory=_parse_memory(root.fields("memory")),
        gpus=tuple(_parse_gpu(fields, place) for place, fields in enumerate(gpus)),
        runtimes=tuple(_parse_runtime(fields) for fields in root.items("runtimes")),
        sources=tuple(_parse_source(fields) for fields in root.items("sources")),
        findings=tuple(_parse_finding(fields) for fields in root.items("findings")),
        downloads=tuple(_parse_download(fields) for fields in root.items("downloads", most=_MOST_DOWNLOADS)),
        name=root.text("name"),
    )
    root.end()
    return hardware, frozenset(place for place, fields in enumerate(gpus) if not fields.has("backends"))


def _parse_cpu(fields: Fields) -> Cpu:
    bandwidth, basis, source = _bandwidth(fields)
    cpu = Cpu(
        name=fields.text("name"), architecture=fields.text("architecture"), cores=fields.whole("cores"),
        features=fields.texts("features"), memory_bandwidth=bandwidth, bandwidth_basis=basis, bandwidth_source=source,
        id=fields.text("id"),
    )  # fmt: skip
    fields.end()
    return cpu


def _parse_memory(fields: Fields) -> Memory:
    memory = Memory(
        total_bytes=fields.whole("total_bytes"), available_bytes=fields.whole("available_bytes"),
        limit_bytes=fields.whole("limit_bytes"), limited_by=fields.text("limited_by"),
    )  # fmt: skip
    total, available = memory.total_bytes, memory.available_bytes
    if total is not None and available is not None and available > total:
        fields.fail("available_bytes", "is more than total_bytes")
    fields.end()
    return memory


def _parse_gpu(fields: Fields, place: int) -> Gpu:
    bandwidth, basis, source = _bandwidth(fields)
    index, unified = fields.whole("index"), fields.flag("unified")
    gpu = Gpu(
        index=place if index is None else index, vendor=fields.text("vendor") or "", name=fields.text("name") or "",
        id=fields.text("id"), memory_bytes=fields.whole("memory_bytes"), free_bytes=fields.whole("free_bytes"),
        budget_bytes=fields.whole("budget_bytes"), unified=bool(unified), memory_bandwidth=bandwidth,
        bandwidth_basis=basis, bandwidth_source=source, compute_capability=fields.text("compute_capability"),
        driver=fields.text("driver"), backends=fields.choices("backends", Backend), partition_of=fields.text("partition_of"),
        memory_kind=fields.choice("memory_kind", MemoryKind), carve_out_bytes=fields.whole("carve_out_bytes"),
        shared_bytes=fields.whole("shared_bytes"), pci_id=fields.text("pci_id"), pci_address=fields.text("pci_address"),
        gfx_target=fields.text("gfx_target"), gpu_cores=fields.whole("gpu_cores"), architecture=fields.text("architecture"),
        cuda_version=fields.text("cuda_version"), driver_model=fields.text("driver_model"), ecc=fields.flag("ecc"),
        utilization=fields.whole("utilization"), power_limit_watts=fields.whole("power_limit_watts"),
    )  # fmt: skip
    if not gpu.name and gpu.id is None:
        fields.fail("name", "is missing; give the name or the id of the GPU")
    for name in ("free_bytes", "budget_bytes"):
        size = gpu.free_bytes if name == "free_bytes" else gpu.budget_bytes
        if gpu.memory_bytes is not None and size is not None and size > gpu.memory_bytes:
            fields.fail(name, "is more than memory_bytes")
    fields.end()
    return gpu


def _bandwidth(fields: Fields) -> tuple[int | None, Basis | None, str | None]:
    """A bandwidth as a bare number, or as the estimate that `hardware --json` prints."""
    basis, source = fields.choice("bandwidth_basis", Basis), fields.text("bandwidth_source")
    if not fields.holds_object("memory_bandwidth"):
        value = fields.whole("memory_bandwidth")
        return value, (basis or Basis.DECLARED) if value else basis, source or ("hardware file" if value else None)
    estimate = fields.fields("memory_bandwidth")
    value = estimate.whole("value")
    basis = estimate.choice("basis", Basis) or basis or Basis.DECLARED
    sources = estimate.texts("sources")
    for name in ("low", "high"):
        estimate.whole(name)
    estimate.end()
    return value, basis, source or ", ".join(sources) or "hardware file"


def _parse_runtime(fields: Fields) -> InstalledRuntime:
    runtime = InstalledRuntime(
        id=fields.needed("id"), version=fields.text("version"), path=fields.text("path"),
        backends=fields.choices("backends", Backend), address=fields.text("address"),
    )  # fmt: skip
    fields.end()
    return runtime


def _parse_download(fields: Fields) -> Download:
    download = Download(
        store=fields.needed("store"), name=fields.needed("name"), bytes=fields.whole("bytes") or 0,
        repo=fields.text("repo"), sha256=fields.text("sha256"), path=fields.text("path"),
    )  # fmt: skip
    fields.end()
    return download


def _parse_source(fields: Fields) -> ProbeSource:
    source = ProbeSource(
        source=fields.needed("source"), status=fields.needed("status"), detail=fields.text("detail")
    )  # fmt: skip
    fields.end()
    return source


def _parse_finding(fields: Fields) -> Finding:
    finding = Finding(
        rule=fields.needed("rule"), verdict=fields.choice("verdict", Verdict) or Verdict.NOTE,
        message=fields.needed("message"), evidence=fields.text("evidence"),
    )  # fmt: skip
    fields.end()
    return finding
