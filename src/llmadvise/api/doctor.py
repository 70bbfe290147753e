"""A report on the program, what it runs on and what it found, with nothing in it that names the user or the host."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from llmadvise import __version__
from llmadvise.api.facts import load_facts
from llmadvise.api.machine import find_hardware
from llmadvise.api.request import Request
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.hardware import Hardware
from llmadvise.errors import LLMAdviseError
from llmadvise.render.documents.assessment import catalog_stamp
from llmadvise.render.documents.doctor import DoctorDocument, NamedValue, doctor_document
from llmadvise.render.documents.hardware import HardwareDocument, hardware_document

_PACKAGES = ("typer", "rich", "pydantic", "pyyaml", "psutil", "nvidia-ml-py")
_VARIABLES = (
    "COLUMNS", "CUDA_VISIBLE_DEVICES", "FORCE_COLOR", "HF_ENDPOINT", "HF_HOME", "HF_HUB_OFFLINE",
    "HIP_VISIBLE_DEVICES", "LANG", "LC_ALL", "NO_COLOR", "NVIDIA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "TERM",
)  # fmt: skip


def examine(request: Request, machine: Hardware | None = None) -> DoctorDocument:
    """Look at everything once; what fails becomes a finding, never an error. `machine` is one already looked at."""
    findings: list[Finding] = []
    catalog = _catalog(request, findings)
    found = _document(machine) if machine is not None else None
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
        hardware=found or (_hardware(request, catalog, findings) if catalog else None),
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
        return _document(find_hardware(request, catalog, thorough=True))
    except LLMAdviseError as error:
        findings.append(_failed("hardware-unreadable", error))
        return None


def _document(machine: Hardware) -> HardwareDocument:
    """The machine; programs and models often lie below the home directory."""
    runtimes = tuple(replace(item, path=_anonymous(item.path) if item.path else None) for item in machine.runtimes)
    downloads = tuple(replace(item, path=_anonymous(item.path) if item.path else None) for item in machine.downloads)
    return hardware_document(replace(machine, runtimes=runtimes, downloads=downloads), version=__version__)


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
