"""Shared facts: the calibration that ships, and models made to order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from llmadvise.domain.calibration import QualityCalibration
from llmadvise.domain.catalog import Benchmark
from llmadvise.domain.model import ContextLength, DeclaredLicense, Evidence, Model, Parameters, Role
from llmadvise.domain.profile import Profile

CATALOG = Path(__file__).parents[3] / "catalog"


@pytest.fixture(scope="session")
def calibration() -> QualityCalibration:
    values = yaml.safe_load((CATALOG / "calibration" / "quality.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(QualityCalibration).validate_python(values)


@pytest.fixture(scope="session")
def benchmarks() -> dict[str, Benchmark]:
    rows = yaml.safe_load((CATALOG / "benchmarks.yaml").read_text(encoding="utf-8"))["benchmarks"]
    return {name: TypeAdapter(Benchmark).validate_python({**row, "id": name}) for name, row in rows.items()}


@pytest.fixture(scope="session", params=["chat", "coding", "reasoning"])
def profile(request: pytest.FixtureRequest) -> Profile:
    return read_profile(request.param)


@pytest.fixture(scope="session")
def chat() -> Profile:
    return read_profile("chat")


@pytest.fixture(scope="session")
def coding() -> Profile:
    return read_profile("coding")


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Model]:
    return build_model


def read_profile(name: str) -> Profile:
    values = yaml.safe_load((CATALOG / "profiles" / f"{name}.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(Profile).validate_python({**values, "id": name})


def build_model(
    billions: float = 8.0,
    *,
    active: float | None = None,
    date: str | None = "2024-07-23",
    role: Role = Role.INSTRUCT,
    capabilities: tuple[str, ...] = (),
    evidence: tuple[Evidence, ...] = (),
    name: str = "model",
) -> Model:
    return Model(
        id=f"example/{name}",
        repo=f"example/{name}",
        name=name,
        org="example",
        family=name,
        role=role,
        parameters=Parameters(total=round(billions * 1e9), active=round((active or billions) * 1e9)),
        context_length=ContextLength(native=8192),
        license=DeclaredLicense(declared=None),
        capabilities=capabilities,
        release_date=date,
        evidence=evidence,
    )
