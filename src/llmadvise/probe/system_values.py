"""What macOS and Windows tell by their own interfaces, as JSON: psutil, DXGI and the registry of display drivers."""

from __future__ import annotations

import json
import os
import sys

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
    import psutil  # noqa: PLC0415

    memory = psutil.virtual_memory()
    return {
        "virtual_memory": {"total": int(memory.total), "available": int(memory.available)},
        "cpu_count": {"logical": psutil.cpu_count(), "physical": psutil.cpu_count(logical=False)},
        "machine": _machine(),
        "processor": _processor(),
    }


def _machine() -> str:
    """The instruction set; the module `platform` would start a program or ask WMI for it."""
    if hasattr(os, "uname"):
        return os.uname().machine
    return os.environ.get("PROCESSOR_ARCHITEW6432") or os.environ.get("PROCESSOR_ARCHITECTURE", "")


def _processor() -> str | None:
    """The processor's name on Windows."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - exists on Windows alone

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
        except OSError:
            return None
    return None


def _dxgi() -> object:
    from llmadvise.probe.windows_dxgi import read_adapters  # noqa: PLC0415 - Windows alone

    return read_adapters()


def _registry() -> object:
    from llmadvise.probe.windows_registry import read_keys  # noqa: PLC0415 - Windows alone

    return read_keys()


def _sysctl() -> object:
    from llmadvise.probe.apple import NAMES  # noqa: PLC0415 - macOS alone
    from llmadvise.probe.mac_sysctl import read_all  # noqa: PLC0415

    return read_all(NAMES)


_ASKED = {"psutil": _psutil, "libc.sysctlbyname": _sysctl, "dxgi": _dxgi, "registry": _registry}
