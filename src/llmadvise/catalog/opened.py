"""A catalog as the engine reads it, opened over a compiled file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmadvise.catalog.codec import decoder
from llmadvise.catalog.compiled import WRONG, CompiledCatalog
from llmadvise.domain.calibration import Calibration, MemoryCalibration, QualityCalibration, SpeedCalibration
from llmadvise.domain.catalog import Benchmark, Catalog, Template
from llmadvise.domain.hardware import CpuFacts, GpuFacts, MachineFacts
from llmadvise.domain.license import License, PlatformTerms, ServiceTerms
from llmadvise.domain.lineage import Pedigree
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime

if TYPE_CHECKING:
    from mmap import mmap


def open_compiled(content: bytes | mmap, label: str, origins: Mapping[str, str] | None = None) -> Catalog:
    """Open a compiled catalog; `label` is how it is called in messages."""
    file = CompiledCatalog(content, label)
    return Catalog(
        identity=file.identity,
        models=file.models(),
        quantizations=file.section("quantizations", Quantization),
        runtimes=file.section("runtimes", Runtime),
        licenses=file.section("licenses", License),
        profiles=file.section("profiles", Profile),
        benchmarks=file.section("benchmarks", Benchmark),
        templates=file.section("templates", Template),
        gpus=file.section("gpus", GpuFacts),
        cpus=file.section("cpus", CpuFacts),
        machines=file.section("machines", MachineFacts),
        lineage=file.section("lineage", Pedigree),
        services=file.section("services", ServiceTerms),
        platforms=file.section("platforms", PlatformTerms),
        license_tags=file.section("license_tags", str),
        calibration=_calibration(file),
        origins=origins or {},
    )


def _calibration(file: CompiledCatalog) -> Calibration:
    rows = file.rows("calibration")
    try:
        return Calibration(
            speed=decoder(SpeedCalibration)(rows["speed"]),
            quality=decoder(QualityCalibration)(rows["quality"]),
            memory=decoder(MemoryCalibration)(rows["memory"]),
        )
    except WRONG as error:
        raise file.damaged() from error
