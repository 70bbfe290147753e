"""From a request to a setting: load the facts, find the machine, fill the requirements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from llmadvise.api.machine import find_hardware
from llmadvise.api.measured import kept_here, with_bandwidth, with_measured
from llmadvise.api.request import Request, Setting
from llmadvise.domain.catalog import Catalog, summaries
from llmadvise.domain.hardware import Hardware
from llmadvise.domain.policy import Policy
from llmadvise.domain.profile import Profile
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.downloaded import Downloaded
from llmadvise.engine.machine import machine_of
from llmadvise.engine.plan_context import kv_types
from llmadvise.engine.preference import PREFERENCES, preferring
from llmadvise.engine.question import Question, ordered_runtimes
from llmadvise.engine.requirements import fill
from llmadvise.errors import UsageError
from llmadvise.record import replace

if TYPE_CHECKING:
    from pathlib import Path

    from llmadvise.domain.measurement import Measurements


def prepare(request: Request, *, thorough: bool = False) -> Setting:
    """Load the catalog, find the hardware, and put the question; `thorough` asks runtimes for their versions.

    Raises UsageError for an unknown use case, runtime, family, format, cache type or device, InvalidFileError for a
    broken file.
    """
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - not needed to print help

    catalog = load_catalog(request.catalog)
    hardware = find_hardware(request, catalog, thorough=thorough)
    kept, unreadable = kept_here(request, hardware)
    hardware = with_bandwidth(hardware, kept)
    if unreadable:
        hardware = replace(hardware, findings=(*hardware.findings, *unreadable))
    question = ask(request, catalog, hardware, kept)
    return Setting(catalog=question.catalog, hardware=hardware, question=question)


def ask(request: Request, catalog: Catalog, hardware: Hardware, kept: Measurements | None = None) -> Question:
    """The question for this machine, with every requirement filled in; `kept`: what was measured on it before."""
    asked = request.requirements
    check_names(catalog, asked)
    profile = preferring(find_profile(catalog, asked.use_case), asked.prefer)
    requirements = fill(replace(asked, runtime=find_runtime(catalog, asked.runtime)), profile)
    real = not (request.hardware or request.gpus or request.ram_bytes)
    # A capture tells of another machine, with the runtimes that are there; without any it may just not say.
    captured = request.hardware is not None and bool(hardware.runtimes) and hardware.name is None
    here = hardware.runtimes if real or captured else ()
    # A hardware file may list runtimes or not, so it does not say which are missing; what it lists is there.
    told = hardware.runtimes if request.hardware is not None else here
    installed = frozenset(item.id for item in here) if real or captured else None
    policy, as_of = _policy(request.license_policy, catalog)
    machine = machine_of(hardware, catalog.gpus, catalog.calibration.memory, cpu_only=requirements.cpu_only)
    return Question(
        catalog=with_measured(catalog, kept, machine),
        profile=profile,
        requirements=requirements,
        machine=machine,
        runtimes=ordered_runtimes(catalog, installed, requirements.users),
        installed=installed,
        versions={item.id: item.version for item in told if item.version},
        downloaded=Downloaded(hardware.downloads) if real and hardware.downloads else None,
        policy=policy,
        as_of=as_of,
        measurements=kept,
        cost=request.cost,
    )


def _policy(file: Path | None, catalog: Catalog) -> tuple[Policy | None, str]:
    """The policy, and the day on which its waivers have to hold. Raises InvalidFileError for a broken file."""
    if file is None:
        return None, catalog.identity.as_of
    from llmadvise.api.comply_judge import policy_in  # noqa: PLC0415 - pydantic, only where a policy is given

    return policy_in(file, catalog)


def find_profile(catalog: Catalog, use_case: str) -> Profile:
    """The profile of a use case, by name or from a file of the user's own.

    Raises UsageError with the known names, InvalidFileError for a file that is no profile.
    """
    if use_case.lower().endswith((".yaml", ".yml")):
        from pathlib import Path  # noqa: PLC0415 - only for a file

        from llmadvise.catalog.own_profile import read_profile  # noqa: PLC0415 - pydantic, only for a file

        groups = {row.group for row in catalog.benchmarks.values()}
        groups.update(name for item in catalog.profiles.values() for name in item.evidence)
        return read_profile(Path(use_case), catalog.profiles, frozenset(groups))
    profile = catalog.profiles.get(use_case.lower())
    if profile is None:
        raise UsageError(
            f"unknown use case {use_case[:40]!r}", f"Known ones: {', '.join(catalog.profiles)}; or a YAML file."
        )
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


def check_names(catalog: Catalog, asked: Requirements) -> None:
    """Raise UsageError for a family, a format or a cache type that nothing in the catalog has, or an unknown preference.

    A misspelt one would rule out every model, and the answer would be that nothing fits.
    """
    runtimes = catalog.runtimes.values()
    if asked.prefer is not None:
        _check("preference", (asked.prefer,), PREFERENCES)
    if asked.families:
        _check("family", asked.families, {summary.family.lower() for summary in summaries(catalog.models)})
    if asked.formats:
        _check("model format", asked.formats, {name for runtime in runtimes for name in runtime.formats})
    if asked.kv_type != "f16":
        _check("cache type", kv_types(asked.kv_type), {name for runtime in runtimes for name in runtime.kv_types})


def _check(what: str, asked: Iterable[str], known: Collection[str]) -> None:
    for name in asked:
        if name in known:
            continue
        from llmadvise.api.names import unknown  # noqa: PLC0415 - for a misspelt word only

        raise unknown(what, name, known)
