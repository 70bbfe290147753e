"""Which models to run on many machines: read as a stream, grouped where equal, each group advised once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from llmadvise import __version__
from llmadvise.api.fleet_workers import Workers, question_of
from llmadvise.api.request import Request
from llmadvise.domain.catalog import Catalog
from llmadvise.domain.fleet import Fleet, Place
from llmadvise.domain.requirements import Requirements
from llmadvise.engine.fleet import Counted, comparable, fleet_of
from llmadvise.engine.machine import Machine, machine_of
from llmadvise.engine.question import Question
from llmadvise.errors import InvalidFileError, NothingFitsError, UsageError
from llmadvise.probe.fleet import HINT, Tally, batches, in_order, machine_from, reduced_document
from llmadvise.record import dataclass
from llmadvise.render.documents.fleet import FleetDocument, fleet_document

_MOST_HELD: Final = 50_000
"""Kinds of documents that are counted before they are put into groups, which are fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAdvised:
    """The advice for a fleet, and what it rests on."""

    catalog: Catalog
    requirements: Requirements
    fleet: Fleet


def advise_fleet(request: Request, source: str, *, workers: int | None = None) -> FleetAdvised:
    """Advise on a folder or a file of hardware documents, or on standard input (`-`).

    `workers`: processes to use; None: as many as there are processors. Raises InvalidFileError where no machine can be
    read, UsageError for options that describe a machine.
    """
    if request.hardware is not None or request.gpus or request.ram_bytes is not None:
        raise UsageError("--fleet brings its own machines", "Leave out --hardware, --gpu and --ram.")
    request = replace(request, hardware=source)
    with Workers(request, workers) as processes:
        return _advise(request, processes.tallies(batches(source)), processes)


def advise_counted(
    request: Request, machines: Iterable[tuple[Mapping[str, object], int]], *, source: str, workers: int | None = None
) -> FleetAdvised:
    """Advise on machines that something else has counted already: hardware documents, each with how many there are.

    `source` is the name by which places are told, and a document's number takes the place of its line. Raises as
    `advise_fleet`.
    """
    request = replace(request, hardware=source)
    with Workers(request, workers) as processes:
        return _advise(request, _counted(machines, source), processes)


def _counted(machines: Iterable[tuple[Mapping[str, object], int]], source: str) -> Iterator[Tally]:
    for number, (document, count) in enumerate(machines, start=1):
        counted = Tally()
        counted.add(reduced_document(document), count, Place(file=source, line=number))
        yield counted


def _advise(request: Request, tallies: Iterator[Tally], workers: Workers) -> FleetAdvised:
    question = question_of(request)
    groups, refused = _grouped(tallies, question)
    if not groups:
        raise _unreadable(refused, request.hardware or "")
    ordered = sorted(groups, key=lambda machine: in_order(groups[machine].first))
    answers = dict(workers.answers(question, ordered))
    fleet = fleet_of(
        groups,
        answers,
        users=question.requirements.users,
        invalid=refused.invalid,
        findings=refused.findings(),
    )
    return FleetAdvised(catalog=question.catalog, requirements=question.requirements, fleet=fleet)


def _grouped(tallies: Iterator[Tally], question: Question) -> tuple[dict[Machine, Counted], Tally]:
    """The groups of equal machines, and what could not be read."""
    groups: dict[Machine, Counted] = {}
    held, refused = Tally(), Tally()
    for counted in tallies:
        held.merge(counted)
        if len(held.counts) > _MOST_HELD:
            _settle(held, question, groups, refused)
            held = Tally()
    _settle(held, question, groups, refused)
    return groups, refused


def _settle(held: Tally, question: Question, groups: dict[Machine, Counted], refused: Tally) -> None:
    """Put counted documents into their groups."""
    catalog = question.catalog
    memory = catalog.calibration.memory
    refused.merge(held.refusals())
    for text, (count, place) in held.counts.items():
        try:
            hardware = machine_from(text, gpus=catalog.gpus, cpus=catalog.cpus, calibration=memory)
        except ValueError as error:
            more = f" (and {count - 1} more like it)" if count > 1 else ""
            refused.refuse(place, f"{error}{more}", count)
            continue
        machine = comparable(machine_of(hardware, catalog.gpus, memory, cpu_only=question.requirements.cpu_only))
        known = groups.get(machine)
        if known is None:
            groups[machine] = Counted(count, place)
        else:
            groups[machine] = Counted(known.machines + count, min(known.first, place, key=in_order))


def _unreadable(refused: Tally, source: str) -> InvalidFileError:
    told = refused.first_told()
    if not told:
        named = "standard input" if source == "-" else source
        return InvalidFileError(f"{named}: holds no hardware document", HINT)
    place, problem = told[0]
    more = f"; none of {refused.invalid} documents could be read" if refused.invalid > 1 else ""
    return InvalidFileError(f"{place.file}:{place.line}: {problem}{more}", HINT)


def fleet_advised(answer: FleetAdvised, *, age_days: int | None = None) -> FleetDocument:
    """`llmadvise.fleet/1`."""
    return fleet_document(
        answer.fleet,
        version=__version__,
        catalog=answer.catalog.identity,
        requirements=answer.requirements,
        age_days=age_days,
    )


def fleet_error(answer: FleetAdvised, *, strict: bool) -> InvalidFileError | NothingFitsError | None:
    """What is to be said after the answer: documents that count as an error, or that no machine runs anything."""
    totals = answer.fleet.totals
    if strict and totals.invalid:
        first = answer.fleet.findings[0]
        return InvalidFileError(
            f"{first.evidence}: {first.message}; {totals.invalid} documents could not be read", HINT
        )
    if totals.advised:
        return None
    told = ", ".join(f"{reason.rule} ({reason.machines:,} machines)" for reason in answer.fleet.reasons)
    helps = answer.fleet.groups[0].relaxation
    hint = (
        f"For the largest group this would do: {helps}." if helps else "No single change would help the largest group."
    )
    return NothingFitsError(f"no machine of the fleet meets these requirements: {told}", hint)
