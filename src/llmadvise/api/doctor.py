"""A report on the program, what it runs on and what it found, with nothing in it that names the user or the host."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from llmadvise import __version__
from llmadvise.api.facts import load_facts
from llmadvise.api.machine import find_hardware
from llmadvise.api.request import Request
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.errors import LLMAdviseError
from llmadvise.render.documents.assessment import catalog_stamp
from llmadvise.render.documents.doctor import DoctorDocument, NamedValue, doctor_document
from llmadvise.render.documents.hardware import HardwareDocument, hardware_document

_PACKAGES = ("typer", "rich", "pydantic", "pyyaml", "psutil", "nvidia-ml-py")
_VARIABLES = (
    "COLUMNS", "CUDA_VISIBLE_DEVICES", "FORCE_COLOR", "HF_ENDPOINT", "HF_HOME", "HF_HUB_OFFLINE",
    "HIP_VISIBLE_DEVICES", "LANG", "LC_ALL", "NO_COLOR", "NVIDIA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "TERM",
)  # fmt: skip


def examine(request: Request) -> DoctorDocument:
    """Look at everything once; what fails becomes a finding, never an error."""
    findings: list[Finding] = []
    catalog = _catalog(request, findings)
    return doctor_document(
        version=__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        packages=tuple(NamedValue(name=name, value=_version(name)) for name in _PACKAGES),
        environment=tuple(
            NamedValue(name=name, value=_anonymous(os.environ[name])) for name in _VARIABLES if name in os.environ
        ),
        paths=(
            NamedValue(name="program", value=_anonymous(str(Path(__file__).parents[1]))),
            NamedValue(name="interpreter", value=_anonymous(sys.executable)),
        ),
        catalog=catalog_stamp(catalog.identity) if catalog else None,
        hardware=_hardware(request, catalog, findings) if catalog else None,
        findings=tuple(findings),
    )


def _catalog(request: Request, findings: list[Finding]) -> Catalog | None:
    try:
        return load_facts(request.catalog)
    except LLMAdviseError as error:
        findings.append(_failed("catalog-unreadable", error))
        return None


def _hardware(request: Request, catalog: Catalog, findings: list[Finding]) -> HardwareDocument | None:
    try:
        return hardware_document(find_hardware(request, catalog), version=__version__)
    except LLMAdviseError as error:
        findings.append(_failed("hardware-unreadable", error))
        return None


def _failed(rule: str, error: LLMAdviseError) -> Finding:
    return Finding(rule=rule, verdict=Verdict.WARN, message=_anonymous(error.message), evidence=error.hint)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _anonymous(text: str) -> str:
    """Replace the home directory by `~`: its name is often the user's."""
    try:
        home = str(Path.home())
    except RuntimeError:  # a container may run as a user that has none
        return text
    return text.replace(home, "~") if home not in {"/", ""} else text
