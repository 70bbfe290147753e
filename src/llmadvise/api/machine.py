"""Which machine a request means: this one, one in a file, or one that options describe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmadvise.errors import UsageError

if TYPE_CHECKING:
    from llmadvise.api.request import Request
    from llmadvise.domain.catalog import Catalog
    from llmadvise.domain.hardware import Hardware


def find_hardware(request: Request, catalog: Catalog, *, thorough: bool = False) -> Hardware:
    """The machine; `thorough` asks its runtimes what they are.

    Raises UsageError for an unknown device, InvalidFileError for a broken hardware file.
    """
    if request.hardware is not None and request.gpus:
        raise UsageError("--hardware and --gpu contradict each other", "Give one of them.")
    if request.hardware is not None:
        return _named(request, request.hardware, catalog)
    if request.gpus or request.ram_bytes is not None:
        return _simulated(request.gpus, request, catalog, _this_machine(catalog))
    return _this_machine(catalog, thorough=thorough)


def _named(request: Request, name: str, catalog: Catalog) -> Hardware:
    """A capture or a file if there is one of that name or the name looks like a path; else a machine or a device by name."""
    if os.path.isdir(name):  # noqa: PTH112
        return _folder(request, name, catalog)
    from llmadvise.probe.document import read_hardware_file  # noqa: PLC0415 - only for --hardware

    if name == "-" or os.path.exists(name) or name.endswith(".json") or os.sep in name:  # noqa: PTH110 - pathlib costs the start 5 ms
        from llmadvise.probe.outputs.detect import is_outputs  # noqa: PLC0415 - only for --hardware

        if is_outputs(name):
            return _from_outputs(request, name, catalog)
        found = read_hardware_file(name, gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory)
        return _simulated((), request, catalog, found)
    from llmadvise.probe.named import find_machine, named_machine  # noqa: PLC0415 - only for --hardware

    row = find_machine(name, catalog.machines)
    if row is None:
        return _device(request, name, catalog)
    found = named_machine(row, gpus=catalog.gpus, cpus=catalog.cpus, calibration=catalog.calibration.memory)
    return _simulated((), request, catalog, found)


def _folder(request: Request, folder: str, catalog: Catalog) -> Hardware:
    """A capture where the folder has a manifest; else outputs of tools that were saved in it."""
    from llmadvise.probe.replay import manifest_of  # noqa: PLC0415 - only for folders

    if manifest_of(folder) is None:
        return _from_outputs(request, folder, catalog)
    return _simulated((), request, catalog, replayed(folder, catalog))


def replayed(folder: str, catalog: Catalog) -> Hardware:
    """The machine that was captured in a folder. Raises InvalidFileError where it holds no capture."""
    from llmadvise.probe.machine import probe_machine  # noqa: PLC0415 - not for a described machine
    from llmadvise.probe.replay import open_capture  # noqa: PLC0415 - only for captures

    return probe_machine(
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        runtimes=catalog.runtimes,
        calibration=catalog.calibration.memory,
        door=open_capture(folder),
        thorough=True,
    )


def _from_outputs(request: Request, name: str, catalog: Catalog) -> Hardware:
    """The machine that saved outputs of tools describe; --ram says what they leave out, so it is needed first."""
    from llmadvise.probe.outputs.saved import read_saved  # noqa: PLC0415 - only for --hardware

    found = read_saved(
        name,
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        calibration=catalog.calibration.memory,
        ram_bytes=request.ram_bytes,
    )
    return _simulated((), request, catalog, found)


def _device(request: Request, name: str, catalog: Catalog) -> Hardware:
    """The machine around a device; the error for an unknown one offers machines too."""
    try:
        return _simulated((name,), request, catalog, _this_machine(catalog))
    except UsageError as error:
        from llmadvise.probe.named import near_machines  # noqa: PLC0415 - the error path only
        from llmadvise.probe.simulate import UnknownDeviceError  # noqa: PLC0415 - see above

        if not isinstance(error, UnknownDeviceError):
            raise
        near = near_machines(name, catalog.machines)
        hint = f"{error.hint} Machines of a like name: {', '.join(near)}." if near else error.hint
        message = f"{name[:80]!r} is neither a file or folder here nor a machine or device in the catalog"
        raise UsageError(message, hint) from error


def _simulated(specs: tuple[str, ...], request: Request, catalog: Catalog, machine: Hardware) -> Hardware:
    from llmadvise.probe.simulate import simulate  # noqa: PLC0415 - only for described machines

    return simulate(
        specs,
        ram_bytes=request.ram_bytes,
        cpu_only=request.requirements.cpu_only,
        machine=machine,
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        calibration=catalog.calibration.memory,
        machines=catalog.machines,
    )


def _this_machine(catalog: Catalog, *, thorough: bool = False) -> Hardware:
    from llmadvise.probe.machine import probe_machine  # noqa: PLC0415 - not for a described machine

    return probe_machine(
        gpus=catalog.gpus,
        cpus=catalog.cpus,
        runtimes=catalog.runtimes,
        calibration=catalog.calibration.memory,
        thorough=thorough,
    )
