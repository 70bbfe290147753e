"""What hides devices from a program: CUDA_VISIBLE_DEVICES, read as CUDA reads it, and containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmadvise.probe.reading import GpuReading
from llmadvise.probe.record import Record
from llmadvise.probe.text import clean, whole_number

_VARIABLE = "CUDA_VISIBLE_DEVICES"
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container", "/var/run/secrets/kubernetes.io")


def in_container(record: Record) -> bool:
    """Whether Docker, Podman, systemd-nspawn, LXC or Kubernetes runs this process in a container."""
    return any(record.exists(mark) for mark in _CONTAINER_MARKS)


def chosen_positions(value: str, uuids: Sequence[str | None]) -> list[int]:
    """Positions that the value names, in its order; the first invalid or repeated entry ends the list, as in CUDA.

    An entry is an index or the beginning of one UUID (`GPU-8932f937`, `MIG-…`). An empty value hides every device.
    """
    chosen: list[int] = []
    for entry in (part.strip() for part in value.split(",")):
        number = whole_number(entry)
        if number is not None:
            matches = [number] if number < len(uuids) else []
        else:
            known = entry.startswith(("GPU-", "MIG-"))
            matches = [place for place, uuid in enumerate(uuids) if known and uuid and uuid.startswith(entry)]
        if len(matches) != 1 or matches[0] in chosen:
            break
        chosen.append(matches[0])
    return chosen


def visible_devices(found: list[GpuReading], environment: Mapping[str, str], record: Record) -> list[GpuReading]:
    """The devices that CUDA programs started from here would see, in their order."""
    value = environment.get(_VARIABLE)
    if value is None:
        return found
    _warn_of_order(found, environment, value, record)
    chosen = [found[place] for place in chosen_positions(value, [gpu.uuid for gpu in found])]
    record.look(_VARIABLE, "read", value or "(empty)")
    if len(chosen) < len(found):
        hidden = len(found) - len(chosen)
        record.note(
            "gpu-hidden", f"{hidden} of {len(found)} NVIDIA GPUs are hidden by {_VARIABLE}={clean(value)!r}.", _VARIABLE
        )
    return chosen


def _warn_of_order(found: list[GpuReading], environment: Mapping[str, str], value: str, record: Record) -> None:
    """CUDA counts from the fastest device unless told otherwise, the driver's tools count along the bus."""
    differ = len({gpu.name for gpu in found}) > 1
    by_index = any(character.isdigit() for character in value) and not value.startswith(("GPU-", "MIG-"))
    if differ and by_index and environment.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
        record.note(
            "gpu-order-assumed",
            f"{_VARIABLE} is read in bus order; CUDA counts from the fastest GPU unless CUDA_DEVICE_ORDER=PCI_BUS_ID.",
            _VARIABLE,
        )
