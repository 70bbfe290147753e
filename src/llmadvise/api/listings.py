"""Documents about what is known: the machine, models, devices and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmadvise import __version__
from llmadvise.api.facts import RuleFacts
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware, MachineFacts
from llmadvise.domain.model import Model
from llmadvise.engine.licensing.effective import assess_license
from llmadvise.engine.licensing.lineage import ancestors
from llmadvise.engine.naming import find_model
from llmadvise.render.documents.hardware import HardwareDocument, hardware_document
from llmadvise.render.documents.hardware_profiles import (
    HardwareProfile,
    HardwareProfilesDocument,
    hardware_profiles_document,
)
from llmadvise.render.documents.models import (
    Ancestor,
    LineageDocument,
    ModelDocument,
    ModelsDocument,
    lineage_document,
    model_document,
    models_document,
)
from llmadvise.render.documents.rules import RuleEntry, RulesDocument, rules_document

_RULES_PAGE = "docs/rules.md"


def probed(hardware: Hardware) -> HardwareDocument:
    """`llmadvise.hardware/1`."""
    return hardware_document(hardware, version=__version__)


def devices(catalog: Catalog, words: tuple[str, ...]) -> HardwareProfilesDocument:
    """The machines, GPUs and CPUs that can be named; each word must occur in the kind, the id or the name."""
    found = tuple(
        item
        for item in (*_machines(catalog), *_gpus(catalog), *_cpus(catalog))
        if all(word.lower() in f"{item.kind} {item.vendor} {item.id} {item.name}".lower() for word in words)
    )
    return hardware_profiles_document(found, version=__version__)


def _machines(catalog: Catalog) -> Iterator[HardwareProfile]:
    for row in catalog.machines.values():
        yield HardwareProfile(
            id=row.id,
            kind="machine",
            vendor=row.kind.value,
            name=row.name,
            memory_bytes=_graphics_memory(row, catalog),
            memory_bandwidth=_bandwidth(row, catalog),
            ram_bytes=row.ram_bytes,
        )


def _gpus(catalog: Catalog) -> Iterator[HardwareProfile]:
    for row in catalog.gpus.values():
        yield HardwareProfile(
            id=row.id,
            kind="gpu",
            vendor=row.vendor,
            name=row.name,
            memory_bytes=row.memory_bytes,
            memory_bandwidth=row.memory_bandwidth,
            release_date=row.release_date,
        )


def _cpus(catalog: Catalog) -> Iterator[HardwareProfile]:
    for row in catalog.cpus.values():
        yield HardwareProfile(
            id=row.id,
            kind="cpu",
            vendor=row.vendor,
            name=row.name,
            memory_bytes=None,
            memory_bandwidth=row.typical_bandwidth,
        )


def _graphics_memory(row: MachineFacts, catalog: Catalog) -> int | None:
    """The memory of all its GPUs together, or the RAM where they share it; None without one."""
    fitted = [(catalog.gpus[item.gpu], item.count) for item in row.gpus]
    if any(gpu.unified for gpu, _ in fitted):
        return row.ram_bytes
    sizes = [(gpu.memory_bytes or 0) * count for gpu, count in fitted]
    return sum(sizes) or None


def _bandwidth(row: MachineFacts, catalog: Catalog) -> int | None:
    """Of one GPU where there is one, else of the RAM."""
    if row.gpus:
        return catalog.gpus[row.gpus[0].gpu].memory_bandwidth
    processor = catalog.cpus.get(row.cpu) if row.cpu else None
    return processor.typical_bandwidth if processor else None


def listed(models: Iterable[Model]) -> ModelsDocument:
    """`llmadvise.models/1`."""
    return models_document(models, version=__version__)


def shown(catalog: Catalog, name: str) -> ModelDocument:
    """`llmadvise.model/1`: one entry whole, with what its license and descent make of it."""
    model, _ = find_model(name, catalog)
    judged = assess_license(
        model, ancestors(model, catalog.models, catalog.lineage), catalog.licenses, commercial=False
    )
    return model_document(
        model, version=__version__, findings=judged.findings, origin=catalog.origins.get(f"models/{model.id}")
    )


def descended(catalog: Catalog, name: str) -> LineageDocument:
    """`llmadvise.lineage/1`: the line of descent, with the license of each ancestor."""
    row = catalog.lineage.get(name.strip().lower().removeprefix("hf:"))
    model = row or find_model(name, catalog)[0]
    line = ancestors(model, catalog.models, catalog.lineage)
    judged = assess_license(model, line, catalog.licenses, commercial=False)
    own = Ancestor(model=model.id, relation=None, depth=0, license=model.license.declared, known=True)
    return lineage_document(
        model.id,
        (
            own,
            *(
                Ancestor(
                    model=item.id,
                    relation=item.relation,
                    depth=len(item.path) - 1,
                    license=item.model.license.declared if item.model else None,
                    known=item.model is not None,
                )
                for item in line
            ),
        ),
        version=__version__,
        effective=judged.effective,
        findings=judged.findings,
    )


def ruled(chosen: Iterable[RuleFacts]) -> RulesDocument:
    """`llmadvise.rules/1`."""
    entries = tuple(
        RuleEntry(
            id=item.id,
            kind="rule" if item.kind == "rule" else "criterion",
            summary=item.summary,
            why=item.why,
            page=f"{_RULES_PAGE}#{item.id}",
        )
        for item in chosen
    )
    return rules_document(entries, version=__version__)
