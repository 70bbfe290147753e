"""Documents as tables of plain values, for formats that spreadsheets and databases read; None is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from llmadvise.render.documents.fleet import FleetDocument
from llmadvise.render.documents.models import LineageDocument, ModelDocument, ModelsDocument

Value = str | int | float | None

_MODELS: Final = (
    "id", "repo", "name", "org", "family", "role", "parameters", "active_parameters", "context_length", "license",
    "release_date", "formats", "variant_count",
)  # fmt: skip
_VARIANTS: Final = (
    "model", "format", "quantization", "repo", "revision", "bytes", "bytes_basis", "bits_per_weight", "files", "sha256",
)  # fmt: skip
_LINEAGE: Final = ("model", "depth", "relation", "license", "in_catalog")
_FLEET: Final = (
    "machines", "platform", "gpus", "gpu_budget_bytes", "ram_budget_bytes", "cores", "model", "format", "quantization",
    "repo", "bytes", "runtime", "placement", "memory_bytes", "decode", "together", "together_low", "together_high",
    "quality", "license", "reason", "relaxation", "example",
)  # fmt: skip


def rows_of(document: object) -> Iterator[Sequence[Value]]:
    """The names of the columns, then a row each, for a document that `Format.CSV` names."""
    return _ROWS[type(document)](document)


def _models(document: ModelsDocument) -> Iterator[Sequence[Value]]:
    yield _MODELS
    for model in document.models:
        texts = (model.id, model.repo, model.name, model.org, model.family, model.role.value)
        numbers = (model.parameters.total, model.parameters.active, model.context_length)
        yield (*texts, *numbers, model.license, model.release_date, " ".join(model.formats), model.variant_count)


def _variants(document: ModelDocument) -> Iterator[Sequence[Value]]:
    yield _VARIANTS
    for variant in document.variants:
        yield (
            document.id,
            variant.format,
            variant.quantization,
            variant.repo,
            variant.revision,
            variant.bytes,
            variant.bytes_basis.value if variant.bytes_basis else None,
            variant.bits_per_weight,
            " ".join(file.name for file in variant.files),
            " ".join(file.sha256 or "" for file in variant.files).strip(),
        )


def _lineage(document: LineageDocument) -> Iterator[Sequence[Value]]:
    """One row an ancestor, the model itself first."""
    yield _LINEAGE
    for node in document.ancestors:
        yield (node.model, node.depth, node.relation, node.license, "yes" if node.known else "no")


def _fleet(document: FleetDocument) -> Iterator[Sequence[Value]]:
    """One row a group."""
    yield _FLEET
    for group in document.groups:
        machine, pick = group.machine, group.pick
        gpus = " + ".join(f"{gpu.count}x {gpu.name}" for gpu in machine.gpus)
        budget = sum(gpu.count * gpu.budget_bytes for gpu in machine.gpus)
        head = (group.machines, machine.platform.value, gpus, budget, machine.ram_budget_bytes, machine.cores)
        tail = (group.reason, group.relaxation, f"{group.example.file}:{group.example.line}")
        if pick is None:
            yield (*head, *(None,) * (len(_FLEET) - len(head) - len(tail)), *tail)
            continue
        decode, together = pick.decode, pick.together
        yield (
            *head, pick.model, pick.format, pick.quantization, pick.repo, pick.bytes, pick.runtime, pick.placement.value,
            round(pick.memory.value), None if decode is None else decode.value,
            *((None,) * 3 if together is None else (together.value, together.low, together.high)),
            pick.quality, " + ".join(pick.license), *tail,
        )  # fmt: skip


_ROWS: Final[Mapping[type, Callable[[Any], Iterator[Sequence[Value]]]]] = {
    FleetDocument: _fleet,
    LineageDocument: _lineage,
    ModelDocument: _variants,
    ModelsDocument: _models,
}
