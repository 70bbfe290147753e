"""A small catalog of invented models, as a directory that a test may change."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import pytest
import yaml

from llmadvise.catalog.build import compile_catalog
from llmadvise.catalog.layout import CALIBRATION

FIXTURE = Path(__file__).parent / "fixture"


def least(kind: object) -> object:
    """Make the least value of a type: coefficients are other people's business, only their shape matters here."""
    if get_origin(kind) in (dict, Mapping):
        return {}
    if get_origin(kind) is tuple:
        return () if Ellipsis in get_args(kind) else tuple(least(argument) for argument in get_args(kind))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        required = [item for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING]
        return kind(**{item.name: least(hints[item.name]) for item in required})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    scalars: dict[object, object] = {str: "text", int: 1, float: 0.5, bool: True}
    return scalars[kind]


def plain(value: object) -> object:
    """Turn what `asdict` returns into what YAML writes."""
    match value:
        case Enum():
            return value.value
        case tuple() | list():
            return [plain(inner) for inner in value]
        case dict():
            return {plain(key): plain(inner) for key, inner in value.items()}
        case _:
            return value


def coefficients(kind: type) -> object:
    """Return the least content of a calibration file."""
    value = least(kind)
    assert is_dataclass(value)
    assert not isinstance(value, type)
    return plain(asdict(value))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a complete catalog directory of the test's own."""
    copy = tmp_path / "catalog"
    shutil.copytree(FIXTURE, copy)
    (copy / "calibration").mkdir()
    for name, kind in CALIBRATION.kinds:
        (copy / "calibration" / f"{name}.yaml").write_text(yaml.safe_dump(coefficients(kind)), encoding="utf-8")
    return copy


@pytest.fixture
def compiled(directory: Path) -> bytes:
    """Return that catalog, compiled."""
    return compile_catalog(directory, "catalog")


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """Return an empty directory for a user's own catalog."""
    own = tmp_path / "own"
    own.mkdir()
    return own
