"""From a request to a setting: load the facts, find the machine, fill the requirements."""

from __future__ import annotations

from dataclasses import replace

from llmadvise.api.machine import find_hardware
from llmadvise.api.request import Request, Setting
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.profile import Profile
from llmadvise.engine.machine import machine_of
from llmadvise.engine.question import Question, ordered_runtimes
from llmadvise.engine.requirements import fill
from llmadvise.errors import UsageError


def prepare(request: Request) -> Setting:
    """Load the catalog, find the hardware, and put the question.

    Raises UsageError for an unknown use case, runtime or device, InvalidFileError for a broken file.
    """
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - not needed to print help

    catalog = load_catalog(request.catalog)
    hardware = find_hardware(request, catalog)
    return Setting(catalog=catalog, hardware=hardware, question=ask(request, catalog, hardware))


def ask(request: Request, catalog: Catalog, hardware: Hardware) -> Question:
    """The question for this machine, with every requirement filled in."""
    asked = request.requirements
    profile = find_profile(catalog, asked.use_case)
    requirements = fill(replace(asked, runtime=find_runtime(catalog, asked.runtime)), profile)
    real = not (request.hardware or request.gpus or request.ram_bytes)
    installed = frozenset(item.id for item in hardware.runtimes) if real else None
    return Question(
        catalog=catalog,
        profile=profile,
        requirements=requirements,
        machine=machine_of(hardware, catalog.gpus, catalog.calibration.memory, cpu_only=requirements.cpu_only),
        runtimes=ordered_runtimes(catalog, installed, requirements.users),
        installed=installed,
    )


def find_profile(catalog: Catalog, use_case: str) -> Profile:
    """The profile of a use case. Raises UsageError with the known ones."""
    profile = catalog.profiles.get(use_case.lower())
    if profile is None:
        raise UsageError(f"unknown use case {use_case[:40]!r}", f"Known ones: {', '.join(catalog.profiles)}.")
    return profile


def find_runtime(catalog: Catalog, name: str | None) -> str | None:
    """The id of a runtime given by id or by name, in any letter case. Raises UsageError with the known ones."""
    if name is None:
        return None
    wanted = name.lower()
    for runtime in catalog.runtimes.values():
        if wanted in {runtime.id, runtime.name.lower()}:
            return runtime.id
    raise UsageError(f"unknown runtime {name[:40]!r}", f"Known ones: {', '.join(catalog.runtimes)}.")
