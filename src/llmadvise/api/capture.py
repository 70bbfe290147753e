"""Writes down everything that the probe reads of this machine, so that others see it as the probe does."""

from __future__ import annotations

from llmadvise.api.machine import replayed
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.hardware import Hardware
from llmadvise.probe.capture import CapturingSources, Written, write_capture
from llmadvise.probe.machine import probe_machine
from llmadvise.probe.scrub import Scrubber, names_of_this_host
from llmadvise.record import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A capture, and the machine as it replays."""

    hardware: Hardware
    written: Written
    differs: tuple[str, ...]
    """Parts that the replay reads otherwise than the probe did, stand-ins aside: a bug to report."""


def capture_machine(folder: str, catalog: Catalog) -> Captured:
    """Probe this machine and write what was read to the folder, then read it back.

    Raises LLMAdviseError where the folder holds something else, OSError where it cannot be written.
    """
    door = CapturingSources()
    live = probe_machine(
        gpus=catalog.gpus, cpus=catalog.cpus, runtimes=catalog.runtimes, calibration=catalog.calibration.memory,
        door=door, own_files=False, thorough=True,
    )  # fmt: skip
    scrubber = Scrubber(names_of_this_host())
    written = write_capture(folder, door, scrubber=scrubber)
    again = replayed(folder, catalog)
    parts = ("platform", "cpu", "memory", "gpus", "runtimes", "sources", "findings")
    differs = tuple(part for part in parts if scrubber.clean(repr(getattr(live, part))) != repr(getattr(again, part)))
    return Captured(hardware=again, written=written, differs=differs)
