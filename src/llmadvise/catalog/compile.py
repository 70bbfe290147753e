"""Writes facts as one compiled file; the same facts give the same bytes, whatever order they came in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from math import ceil
from typing import Any, Final

from llmadvise.catalog.codec import decoder, encoder
from llmadvise.catalog.compiled import FORMAT, Rows
from llmadvise.catalog.layout import CALIBRATION, KINDS
from llmadvise.catalog.opened import open_compiled
from llmadvise.catalog.tree import Identity, Tree
from llmadvise.domain.calibration import QualityCalibration
from llmadvise.domain.catalog import Benchmark, Catalog, ModelSummary, summarize
from llmadvise.domain.estimate import Range
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile
from llmadvise.engine.criteria import quality_grade
from llmadvise.engine.quality import model_quality
from llmadvise.errors import InvalidFileError

_PRECISION: Final = 1e6
_CALIBRATION_KINDS: Final = dict(CALIBRATION.kinds)


def as_catalog(identity: Identity, tree: Tree) -> Catalog:
    """Open a tree as a catalog, without cross checks."""
    return open_compiled(write_compiled(identity, encode(tree)), tree.label)


def complete(tree: Tree) -> Identity:
    """Return the identity of a tree that holds all that a catalog of its own needs; raises InvalidFileError if not."""
    missing = [f"{CALIBRATION.folder}/{name}.yaml" for name in _CALIBRATION_KINDS if name not in tree.calibration]
    if tree.identity is None:
        missing.insert(0, "catalog.yaml")
    if missing or tree.identity is None:
        raise InvalidFileError(f"{tree.label}/{missing[0]} is missing", "A complete catalog needs it.")
    return tree.identity


def encode(tree: Tree) -> dict[str, Rows]:
    """Encode everything in a tree, by section and id."""
    rows: dict[str, Rows] = {}
    for name, entries in tree.sections.items():
        code = encoder(KINDS[name])
        rows[name] = {id_: code(entry) for id_, entry in entries.items()}
    rows["calibration"] = {name: encoder(_CALIBRATION_KINDS[name])(entry) for name, entry in tree.calibration.items()}
    return rows


def write_compiled(identity: Identity, rows: dict[str, Rows]) -> bytes:
    """Write encoded facts as a compiled catalog."""
    body = bytearray()
    sections = {
        name: _append(body, {name: dict(sorted(rows[name].items()))}) for name in sorted(rows) if name != "models"
    }
    decode, code = decoder(Model), encoder(ModelSummary)
    best_quality = _qualities(rows)
    models = {}
    for id_, row in sorted(rows.get("models", {}).items()):
        model = decode(row)
        best = best_quality(model)
        summary = summarize(model)._replace(
            quality={id_: _rounded_up(quality.value) for id_, quality in best.items()},
            quality_grades={id_: _rounded_up(quality_grade(quality)) for id_, quality in best.items()},
        )
        models[id_] = [*_append(body, row), *code(summary)[1:]]
    header = {
        "format": FORMAT,
        "version": identity.version,
        "as_of": identity.as_of,
        "digest": hashlib.sha256(body).hexdigest(),
        "sections": sections,
        "models": models,
    }
    return _line(header) + bytes(body)


def _rounded_up(value: float) -> float:
    return ceil(value * _PRECISION) / _PRECISION


def _qualities(rows: dict[str, Rows]) -> Callable[[Model], dict[str, Range]]:
    """Give, for a model, its unquantized quality by use case: what an answer can skip it by, undecoded."""
    profiles = {id_: decoder(Profile)(row) for id_, row in sorted(rows.get("profiles", {}).items())}
    benchmarks = {id_: decoder(Benchmark)(row) for id_, row in rows.get("benchmarks", {}).items()}
    fitted = rows.get("calibration", {}).get("quality")
    if fitted is None:
        return lambda _: {}
    calibration = decoder(QualityCalibration)(fitted)

    def qualities(model: Model) -> dict[str, Range]:
        return {
            id_: model_quality(model, profile, benchmarks, calibration)[0]
            for id_, profile in profiles.items()
            if model.role in profile.roles and min(model.parameters.active, model.parameters.total) > 0
        }

    return qualities


def _append(body: bytearray, value: Any) -> list[int]:  # noqa: ANN401 - JSON of any shape
    line = _line(value)
    place = [len(body), len(line) - 1]
    body += line
    return place


def _line(value: Any) -> bytes:  # noqa: ANN401 - JSON of any shape
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
