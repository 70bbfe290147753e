"""Many hardware documents as a stream: where they are, what of each matters to the advice, and what is wrong with some.

A line is cut down to the facts that the advice depends on, and sizes that vary by chance (free memory) are rounded down,
so that equal machines give equal text. What else stands in a document is not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from llmadvise.domain.calibration import MemoryCalibration
from llmadvise.domain.finding import Finding, Verdict
from llmadvise.domain.fleet import Place
from llmadvise.domain.hardware import CpuFacts, GpuFacts, Hardware
from llmadvise.errors import InvalidFileError
from llmadvise.probe.described import complete_described
from llmadvise.probe.document import parse_hardware
from llmadvise.probe.fields import Fields, parse_json
from llmadvise.probe.standard_input import STANDARD_INPUT, standard_input

HINT = "Give one machine a line, as `llmadvise hardware --json | jq -c .` prints it, or a folder of such files."
BATCH_BYTES: Final = 1 << 20
"""Bytes that are handed on at a time: enough to be worth a message to another process, little enough to hold several."""
_ENDINGS: Final = (".json", ".jsonl", ".ndjson")
_LARGEST_DOCUMENT: Final = 8 << 20
GPU_BITS: Final = 6
"""Leading binary digits that are kept of a GPU's free memory: half a GiB between 16 and 32 GiB, a 32nd at most."""
RAM_BITS: Final = 5
"""The same of the RAM, which varies more and matters less: a GiB between 16 and 32 GiB, a 16th at most."""

CPU_FIELDS: Final = ("id", "name", "architecture", "cores", "features", "memory_bandwidth", "bandwidth_basis")
MEMORY_FIELDS: Final = ("total_bytes", "available_bytes", "limit_bytes")
GPU_FIELDS: Final = (
    "index", "vendor", "name", "id", "memory_bytes", "free_bytes", "budget_bytes", "unified", "memory_bandwidth",
    "bandwidth_basis", "compute_capability", "backends", "partition_of", "gfx_target",
)  # fmt: skip
ROUNDED_GPU_FIELDS: Final = ("free_bytes", "budget_bytes")
_MOST_GPUS: Final = 64


class Piece(NamedTuple):
    """One document as it was read."""

    file: str
    line: int
    raw: bytes


def batches(source: str) -> Iterator[list[Piece]]:
    """The documents of a folder, a file or standard input, some at a time. Raises InvalidFileError for no such place."""
    held: list[Piece] = []
    size = 0
    for piece in _pieces(source):
        held.append(piece)
        size += len(piece.raw)
        if size >= BATCH_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def _pieces(source: str) -> Iterator[Piece]:
    if source == STANDARD_INPUT:
        stream = standard_input(HINT)
        yield from split(STANDARD_INPUT, iter(lambda: stream.readline(_LARGEST_DOCUMENT), b""))
        return
    if not os.path.isdir(source):  # noqa: PTH112
        yield from _file(source)
        return
    try:
        with os.scandir(source) as entries:
            for entry in entries:
                if entry.name.endswith(_ENDINGS) and entry.is_file():
                    yield from _file(entry.path)
    except OSError as error:
        raise InvalidFileError(f"{source}: cannot be read: {error.strerror}", HINT) from error


def _file(path: str) -> Iterator[Piece]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            yield from split(path, iter(lambda: file.readline(_LARGEST_DOCUMENT), b""))
    except OSError as error:
        raise InvalidFileError(f"{path}: cannot be read: {error.strerror}", HINT) from error


def split(file: str, lines: Iterable[bytes]) -> Iterator[Piece]:
    """Documents among lines: one a line, or one from a line `{` to the next line `}`, as `hardware --json` indents it."""
    open_line = 0
    held: list[bytes] = []
    size = 0
    for number, line in enumerate(lines, start=1):
        bare = line.strip().removeprefix(b"\xef\xbb\xbf") if number == 1 else line.rstrip()
        if bare == b"{":
            if held:
                # The one before was cut off; this one need not share its fate.
                yield Piece(file, open_line, b"".join(held))
            held, open_line, size = [bare], number, 0
        elif held:
            held.append(line)
            size += len(line)
            if bare == b"}" or size > _LARGEST_DOCUMENT:
                yield Piece(file, open_line, b"".join(held))
                held = []
        elif bare:
            yield Piece(file, number, bare)
    if held:
        yield Piece(file, open_line, b"".join(held))


class Tally:
    """Documents counted by what of them matters; the order in which they come makes no difference."""

    MOST_TOLD: Final = 20
    """Documents that cannot be read are all counted, and so many of them told."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, Place]] = {}
        self.invalid = 0
        self.told: list[tuple[Place, str]] = []

    def add(self, text: str, count: int, place: Place) -> None:
        """Count machines of one kind."""
        known = self.counts.get(text)
        if known is None:
            self.counts[text] = (count, place)
        else:
            self.counts[text] = (known[0] + count, min(known[1], place, key=in_order))

    def refuse(self, place: Place, problem: str, count: int = 1) -> None:
        """Count documents that cannot be read."""
        self.invalid += count
        self.told.append((place, problem))
        if len(self.told) > 2 * self.MOST_TOLD:
            self.told = self.first_told()

    def first_told(self) -> list[tuple[Place, str]]:
        """The problems that are told, in the order of their places."""
        return sorted(self.told, key=lambda item: in_order(item[0]))[: self.MOST_TOLD]

    def findings(self) -> tuple[Finding, ...]:
        """The problems that are told, as findings."""
        return tuple(
            Finding(
                rule="fleet-document-invalid",
                verdict=Verdict.WARN,
                message=problem,
                evidence=f"{place.file}:{place.line}",
            )
            for place, problem in self.first_told()
        )

    def refusals(self) -> Tally:
        """What could not be read alone."""
        other = Tally()
        other.invalid, other.told = self.invalid, self.told
        return other

    def merge(self, other: Tally) -> None:
        """Take in what was counted elsewhere."""
        for text, (count, place) in other.counts.items():
            self.add(text, count, place)
        for place, problem in other.told:
            self.refuse(place, problem, 0)
        self.invalid += other.invalid


def in_order(place: Place) -> tuple[str, int]:
    """Sort key of places: by file, then line."""
    return place.file, place.line


def tally(pieces: Iterable[Piece]) -> Tally:
    """Count documents by what of them matters."""
    counted = Tally()
    for file, line, raw in pieces:
        try:
            text = reduced(raw)
        except ValueError as error:
            counted.refuse(Place(file=file, line=line), str(error))
            continue
        counted.add(text, 1, Place(file=file, line=line))
    return counted


def reduced(raw: bytes) -> str:
    """The facts of one document that the advice depends on, as text that is equal for equal machines.

    Raises ValueError for what is no JSON object. Whether the facts make sense is seen when they are read.
    """
    import json  # noqa: PLC0415 - only for fleets

    if len(raw) >= _LARGEST_DOCUMENT:
        raise ValueError("is larger than 8 MiB; this is no hardware document")
    try:
        value = parse_json(raw.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg}") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("is not an object in braces")  # noqa: TRY004 - a problem of the document, not of a caller
    return reduced_document(value)


def reduced_document(document: Mapping[str, object]) -> str:
    """The facts of one hardware document that the advice depends on, as text that is equal for equal machines."""
    import json  # noqa: PLC0415 - only for fleets

    return json.dumps(_cut(document), separators=(",", ":"), sort_keys=True)


def _cut(value: Mapping[str, object]) -> dict[str, object]:
    cut: dict[str, object] = {"platform": value.get("platform")}
    if value.get("schema") is not None:
        cut["schema"] = value["schema"]
    if value.get("cpu") is not None:
        cut["cpu"] = _kept(value["cpu"], CPU_FIELDS)
    if value.get("memory") is not None:
        cut["memory"] = _kept(value["memory"], MEMORY_FIELDS, MEMORY_FIELDS, RAM_BITS)
    gpus = value.get("gpus")
    if isinstance(gpus, list):
        cut["gpus"] = [_gpu(gpu) for gpu in gpus[: _MOST_GPUS + 1]]
    elif gpus is not None:
        cut["gpus"] = 0
    return cut


def _gpu(gpu: object) -> object:
    unified = isinstance(gpu, dict) and gpu.get("unified") is True
    return _kept(gpu, GPU_FIELDS, (*ROUNDED_GPU_FIELDS, "memory_bytes") if unified else ROUNDED_GPU_FIELDS, GPU_BITS)


def _kept(value: object, names: tuple[str, ...], rounded: tuple[str, ...] = (), bits: int = 0) -> object:
    """These fields of an object, without those that are null; what is no object becomes a number, which is refused."""
    if not isinstance(value, dict):
        return 0
    kept = {name: field for name in names if (field := value.get(name)) is not None}
    for name in rounded:
        size = kept.get(name)
        if type(size) is int:
            kept[name] = rounded_down(size, bits)
    return kept


def rounded_down(size: int, bits: int) -> int:
    """The size with so many of its leading binary digits, and zeros after them."""
    spare = size.bit_length() - bits
    return size >> spare << spare if spare > 0 else size


def machine_from(
    text: str, *, gpus: Mapping[str, GpuFacts], cpus: Mapping[str, CpuFacts], calibration: MemoryCalibration
) -> Hardware:
    """The machine of a reduced document, checked and completed. Raises ValueError that names the field."""
    import json  # noqa: PLC0415 - only for fleets

    try:
        hardware, open_backends = parse_hardware(Fields.of(json.loads(text), file="machine", hint=HINT))
    except InvalidFileError as error:
        raise ValueError(error.message.removeprefix("machine: ")) from None
    return complete_described(hardware, gpus=gpus, cpus=cpus, calibration=calibration, open_backends=open_backends)
