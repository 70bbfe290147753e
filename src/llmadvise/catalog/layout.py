"""Where each kind of fact stands in a catalog directory; the same for the built-in catalog and a user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from llmadvise.domain.calibration import MemoryCalibration, QualityCalibration, SpeedCalibration
from llmadvise.domain.catalog import Benchmark, Template
from llmadvise.domain.hardware import CpuFacts, GpuFacts, MachineFacts
from llmadvise.domain.license import License, PlatformTerms, ServiceTerms
from llmadvise.domain.lineage import Pedigree
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization
from llmadvise.domain.runtime import Runtime

IDENTITY_FILE: Final = "catalog.yaml"


@dataclass(frozen=True, slots=True)
class EntryFiles:
    """One entry a file below this folder; its path there, without `.yaml`, is its id."""

    folder: str
    depth: int = 1
    """Parts of the id: 2 for `org/name`."""


@dataclass(frozen=True, slots=True)
class RowFile:
    """One file with all entries, by id, under one key."""

    file: str
    key: str


@dataclass(frozen=True, slots=True)
class RowFiles:
    """Every file of this folder holds entries, by id, under one key."""

    folder: str
    key: str


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """A fixed set of files, each of its own type."""

    folder: str
    kinds: tuple[tuple[str, type], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of fact: its name in `Catalog`, its type and its place."""

    name: str
    kind: type
    place: EntryFiles | RowFile | RowFiles


SECTIONS: Final = (
    Section("models", Model, EntryFiles("models", depth=2)),
    # These three before the licenses, which claim the other files of the folder.
    Section("license_tags", str, RowFile("licenses/tags.yaml", "tags")),
    Section("services", ServiceTerms, RowFile("licenses/services.yaml", "services")),
    Section("platforms", PlatformTerms, RowFile("licenses/platforms.yaml", "platforms")),
    Section("licenses", License, EntryFiles("licenses")),
    Section("lineage", Pedigree, RowFiles("lineage", "models")),
    Section("runtimes", Runtime, EntryFiles("runtimes")),
    Section("profiles", Profile, EntryFiles("profiles")),
    Section("quantizations", Quantization, RowFile("quantizations.yaml", "quantizations")),
    Section("benchmarks", Benchmark, RowFile("benchmarks.yaml", "benchmarks")),
    Section("templates", Template, RowFile("templates.yaml", "templates")),
    Section("gpus", GpuFacts, RowFiles("hardware/gpus", "gpus")),
    Section("cpus", CpuFacts, RowFiles("hardware/cpus", "cpus")),
    Section("machines", MachineFacts, RowFiles("hardware/machines", "machines")),
)
CALIBRATION: Final = NamedFiles(
    "calibration",
    (("speed", SpeedCalibration), ("quality", QualityCalibration), ("memory", MemoryCalibration)),
)
KINDS: Final[dict[str, type]] = {section.name: section.kind for section in SECTIONS}
"""The type of each section whose entries share one."""
