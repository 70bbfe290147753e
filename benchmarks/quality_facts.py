"""The catalog's models, benchmarks, profiles and quantizations as the quality fit and its test read them.

Read from the YAML files and not by `load_catalog`, which needs the very file that the fit writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter

from llmadvise.domain.catalog import Benchmark
from llmadvise.domain.model import Model
from llmadvise.domain.profile import Profile
from llmadvise.domain.quantization import Quantization

ROOT = Path(__file__).resolve().parents[1]
CATALOG = ROOT / "catalog"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the fit needs of the catalog."""

    models: list[Model]
    benchmarks: dict[str, Benchmark]
    profiles: dict[str, Profile]
    quantizations: dict[str, Quantization]


def read_facts(catalog: Path = CATALOG) -> Facts:
    """Read all files, models in ascending order of id."""
    model_files = sorted((catalog / "models").glob("*/*.yaml"))
    return Facts(
        models=[_model(path, catalog / "models") for path in model_files],
        benchmarks=_rows(catalog / "benchmarks.yaml", "benchmarks", Benchmark),
        profiles={
            path.stem: _make(Profile, {**_read(path), "id": path.stem})
            for path in sorted((catalog / "profiles").glob("*.yaml"))
        },
        quantizations=_rows(catalog / "quantizations.yaml", "quantizations", Quantization),
    )


def _model(path: Path, root: Path) -> Model:
    values = {**_read(path), "id": path.relative_to(root).with_suffix("").as_posix()}
    for unused in ("variants", "architecture"):
        values.pop(unused, None)
    return _make(Model, values)


def _rows(path: Path, section: str, kind: type[T]) -> dict[str, T]:
    return {name: _make(kind, {**row, "id": name}) for name, row in _read(path)[section].items()}


def _make(kind: type[T], values: dict[str, Any]) -> T:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    made: T = _ADAPTERS[kind].validate_python(values)
    return made


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        values: dict[str, Any] = yaml.load(stream, Loader=yaml.CSafeLoader)
    return values
