"""Writes facts as one compiled file; the same facts give the same bytes, whatever order they came in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any, Final

from llmadvise.catalog.codec import decoder, encoder
from llmadvise.catalog.compiled import FORMAT, Place, Rows
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
_LONG_BYTES: Final = 1024
"""Mean length of an entry from which on a section has a line for each."""

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


def encode(tree: Tree) -> dict[str, dict[str, Any]]:
    """Encode everything in a tree, by section and id."""
    rows: dict[str, dict[str, Any]] = {}
    for name, entries in tree.sections.items():
        code = encoder(KINDS[name])
        rows[name] = {id_: code(entry) for id_, entry in entries.items()}
    rows["calibration"] = {name: encoder(_CALIBRATION_KINDS[name])(entry) for name, entry in tree.calibration.items()}
    return rows


def write_compiled(identity: Identity, rows: Mapping[str, Rows]) -> bytes:
    """Write encoded facts as a compiled catalog."""
    body = bytearray()
    sections = {name: _section(body, name, rows[name]) for name in sorted(rows) if name != "models"}
    entries = dict(sorted(rows.get("models", {}).items()))
    start, lengths = len(body), [_append(body, _line(row))[1] for row in entries.values()]
    # What follows is worked out from the facts, and no part of what they are known by.
    digest = hashlib.sha256(body).hexdigest()
    models = [decoder(Model)(row) for row in entries.values()]
    bounds = {id_: _append(body, _line(line)) for id_, line in sorted(_bounds(models, rows).items())}
    header = {
        "format": FORMAT,
        "version": identity.version,
        "as_of": identity.as_of,
        "digest": digest,
        "sections": sections,
        "models": {"columns": _columns(models), "start": start, "lengths": lengths, "bounds": bounds},
    }
    return _line(header) + bytes(body)


def _section(body: bytearray, name: str, rows: Rows) -> Place | dict[str, Place]:
    """Append a section, a line an entry where entries are long: most of them are not asked for. Where it stands."""
    lines = {id_: _line(row) for id_, row in sorted(rows.items())}
    if name != "calibration" and sum(map(len, lines.values())) > _LONG_BYTES * len(lines):
        return {id_: _append(body, line) for id_, line in lines.items()}
    return _append(body, _line({name: dict(sorted(rows.items()))}))


def _columns(models: Sequence[Model]) -> dict[str, list[object]]:
    """What the header says of all models, by the name of the column."""
    code = encoder(ModelSummary)
    rows = [code(summarize(model)) for model in models]
    return {name: [row[place] for row in rows] for place, name in enumerate(ModelSummary._fields)}


def _bounds(models: Sequence[Model], rows: Mapping[str, Rows]) -> dict[str, dict[str, list[float | None]]]:
    """By use case, two columns of the most that each model could reach; None: it does not serve this use."""
    best_quality = _qualities(rows)
    found = [best_quality(model) for model in models]
    return {
        profile: {
            "quality": [_rounded_up(best[profile].value) if profile in best else None for best in found],
            "grade": [_rounded_up(quality_grade(best[profile])) if profile in best else None for best in found],
        }
        for profile in rows.get("profiles", {})
    }


def _rounded_up(value: float) -> float:
    return ceil(value * _PRECISION) / _PRECISION


def _qualities(rows: Mapping[str, Rows]) -> Callable[[Model], dict[str, Range]]:
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
            if model.role in profile.roles and _has_size(model)
        }

    return qualities


def _has_size(model: Model) -> bool:
    """Whether quality can be reckoned from the size; counts that cannot be are found by the checks, later."""
    count = model.parameters
    return min(count.active, count.total, 1 if count.language is None else count.language) > 0


def _append(body: bytearray, line: bytes) -> Place:
    place = [len(body), len(line) - 1]
    body += line
    return place


def _line(value: Any) -> bytes:  # noqa: ANN401 - JSON of any shape
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
