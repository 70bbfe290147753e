"""What macOS and Windows tell by their own interfaces, as JSON: psutil, DXGI and the registry of display drivers."""

from __future__ import annotations

import json

from llmadvise.probe.sources import Answer


def ask_system(name: str) -> Answer:
    """JSON of one interface; whatever goes wrong there is a status, never an error."""
    try:
        values = _ASKED[name]()
    except Exception as error:  # noqa: BLE001 - foreign interfaces fail in ways of their own
        absent = isinstance(error, ImportError | NotImplementedError)
        return Answer(text=None, status="absent" if absent else "failed", detail=f"{type(error).__name__}: {error}")
    return Answer(text=json.dumps(values), status="read")


def read_values(text: str | None) -> object:
    """The values in such JSON; None where there are none, or it is something else."""
    try:
        value: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return value


def _psutil() -> object:
    import platform  # noqa: PLC0415 - Linux does without

    import psutil  # noqa: PLC0415

    memory = psutil.virtual_memory()
    return {
        "virtual_memory": {"total": int(memory.total), "available": int(memory.available)},
        "cpu_count": {"logical": psutil.cpu_count(), "physical": psutil.cpu_count(logical=False)},
        "machine": platform.machine(),
        "processor": platform.processor(),
    }


def _dxgi() -> object:
    from llmadvise.probe.windows_dxgi import read_adapters  # noqa: PLC0415 - Windows alone

    return read_adapters()


def _registry() -> object:
    from llmadvise.probe.windows_registry import read_keys  # noqa: PLC0415 - Windows alone

    return read_keys()


_ASKED = {"psutil": _psutil, "dxgi": _dxgi, "registry": _registry}
