"""The registry of readers: each takes from a text what has its form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llmadvise.probe.outputs import (
    advisor_json,
    amd_smi,
    driver_errors,
    fetch_text,
    json_forms,
    linux_files,
    llama_devices,
    lspci,
    macos,
    nvidia_query,
    nvidia_rows,
    nvidia_table,
    python_prints,
    rocm,
    rocminfo,
    size_table,
    vulkaninfo,
    windows_records,
    xpu_smi,
)
from llmadvise.probe.outputs.sighting import Observed, Piece
from llmadvise.probe.outputs.split import tidy

_MOST_PIECES = 2000
_BY_FORM: tuple[Callable[[str], Observed | None], ...] = (
    nvidia_table.read_table, nvidia_query.read_query, nvidia_rows.read_list, rocm.read_rocm, amd_smi.read_amd_smi,
    rocminfo.read_rocminfo, llama_devices.read_llama, lspci.read_lspci, xpu_smi.read_discovery, vulkaninfo.read_vulkan,
    macos.read_profiler, macos.read_ioreg, macos.read_version, macos.read_apple_gpu_info, linux_files.read_meminfo,
    linux_files.read_cpuinfo, linux_files.read_lscpu, windows_records.read_dxdiag, size_table.read_size_table,
    python_prints.read_psutil, python_prints.read_torch, python_prints.read_labels, advisor_json.read_debug,
    advisor_json.read_summary, fetch_text.read_fetch, json_forms.read_json_forms, python_prints.read_apu_name,
)  # fmt: skip
_BY_COMMAND: tuple[Callable[[str, str | None], Observed | None], ...] = (
    nvidia_rows.read_rows, macos.read_sysctl, linux_files.read_free, linux_files.read_cgroup, linux_files.read_amdgpu,
    windows_records.read_windows,
)  # fmt: skip


def read_pieces(pieces: Sequence[Piece]) -> list[Observed]:
    """What the answers say, in their order. Never raises: an answer that a reader stumbles over says nothing."""
    found: list[Observed] = []
    for piece in pieces[:_MOST_PIECES]:
        for part in tidy(piece):
            found.extend(_read(part))
    return found


def _read(piece: Piece) -> list[Observed]:
    readers: list[Callable[[], Observed | None]] = [
        *(lambda read=read: read(piece.text) for read in _BY_FORM),
        *(lambda read=read: read(piece.text, piece.command) for read in _BY_COMMAND),
        lambda: driver_errors.read_errors(piece.text, piece.command, piece.exit),
    ]
    parts = [part for part in (_guarded(read) for read in readers) if part is not None and part.says_anything()]
    named = [part for part in parts if part.cpu is not None]
    # The name of an APU in running text only helps where no output names the processor.
    return [part for part in parts if part.form != "name of a processor" or len(named) == 1]


def _guarded(read: Callable[[], Observed | None]) -> Observed | None:
    try:
        return read()
    except (ValueError, ArithmeticError, LookupError, RecursionError):
        return None
