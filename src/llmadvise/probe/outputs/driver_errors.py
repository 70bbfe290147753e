"""Messages of drivers' tools that say why no device is listed."""

from __future__ import annotations

import re

from llmadvise.domain.finding import Finding
from llmadvise.probe.outputs.sighting import Observed, note, warn
from llmadvise.probe.outputs.values import address

_MISMATCH = "NVIDIA: the library and the loaded kernel module are of different versions (exit 18). Reboot, or unload and load the nvidia kernel module."
_NOT_LOADED = "NVIDIA: the kernel driver does not answer. Install it or load it with `modprobe nvidia`; with Secure Boot the module must be signed."
_MESSAGES = (
    (r"Driver/library version mismatch", "gpu-driver-broken", _MISMATCH),
    (r"couldn.{1,3}t communicate with the NVIDIA driver|NVML: Driver Not Loaded", "gpu-driver-missing", _NOT_LOADED),
    (r"GPU access blocked by the operating system|NVML: Insufficient Permissions", "gpu-driver-broken",
     "NVIDIA: the operating system blocks the GPU. On WSL2 update Windows' driver; in a container pass the devices in."),
    (r"Failed to initialize NVML: Unknown Error", "gpu-not-visible",
     "NVIDIA: a container lost its GPU, or was never given one. Start it anew with `docker run --gpus all`."),
    (r"Failed to initialize NVML: (?:GPU is lost|No supported|RM has detected|ERROR_)", "gpu-driver-broken",
     "NVIDIA: the management library does not start. Look into `dmesg` for the driver's reason, then reboot."),
    (r"NVIDIA-SMI couldn.{1,3}t find libnvidia-ml", "gpu-driver-broken",
     "NVIDIA: the driver's libraries are missing. Install libnvidia-ml of the kernel module's version; in a container use --gpus all."),
    (r"(?:No AMD GPUs? (?:specified|found)|Driver not initialized \(amdgpu not found|amdgpu not found in modules|ROCk module is NOT loaded)",
     "gpu-driver-missing", "AMD: the amdgpu driver serves no GPU. Load it with `modprobe amdgpu`; in a container pass /dev/kfd and /dev/dri."),
    (r"Unable to open /dev/kfd", "rocm-not-allowed",
     "ROCm is not usable: this user may not open /dev/kfd. Add them to the groups render and video."),
)  # fmt: skip
_NONE = r"^\s*(?:\[[^\]]{0,60}\]\s*){0,4}No devices were found\s*$"
_EXITS = {
    6: ("gpu-not-found", "nvidia-smi found no such device (exit 6)."),
    9: ("gpu-driver-missing", _NOT_LOADED),
    12: ("gpu-driver-broken", "NVIDIA: the driver's library was not found (exit 12)."),
    15: ("gpu-driver-broken", "NVIDIA: a GPU has fallen off the bus (exit 15). Reboot; check power and seating."),
    18: ("gpu-driver-broken", _MISMATCH),
}


def read_errors(text: str, command: str | None, exit_: int | None) -> Observed | None:
    """Findings of the messages in a text and of the exit status of nvidia-smi."""
    found: dict[str, Finding] = {}
    for pattern, rule, message in _MESSAGES:
        match = re.search(pattern, text)
        if match is not None:
            found.setdefault(rule, warn(rule, message, match.group(0)[:100]))
    lost = re.search(
        r"Unable to determine the device handle for (?:GPU ?\d{0,2}:? ?)?([0-9A-Fa-f:.]{7,16}): ([A-Z][\w ]{2,40})",
        text,
    )
    if lost is not None:
        where = address(lost.group(1)) or "a device"
        message = (
            f"NVIDIA: the GPU at {where} does not answer ({lost.group(2).strip()}). Reboot; check power and seating."
        )
        found.setdefault("gpu-driver-broken", warn("gpu-driver-broken", message, lost.group(0)[:100]))
    if re.search(_NONE, text, re.MULTILINE):
        message = "nvidia-smi found no device: none is fitted, none is passed in, or the driver does not serve it."
        found.setdefault("gpu-not-found", note("gpu-not-found", message, "No devices were found"))
    if not found and exit_ in _EXITS and "nvidia-smi" in (command or ""):
        rule, message = _EXITS[exit_]
        found[rule] = warn(rule, message, f"nvidia-smi: exit {exit_}")
    return Observed(form="message of a driver", findings=tuple(found.values())) if found else None
