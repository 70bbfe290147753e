"""Processes that count documents and advise groups side by side; the results do not depend on how many there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, Self, TypeVar

from llmadvise.api.request import Request
from llmadvise.engine.fleet import GroupAnswer, answer_group
from llmadvise.engine.machine import Machine
from llmadvise.engine.question import Question
from llmadvise.probe.fleet import Piece, Tally, tally

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

_MOST_WORKERS: Final = 32
_AHEAD: Final = 3
"""Pieces of work a process has in hand or waiting: none idles, and little is held in memory."""
_GROUPS_A_PIECE: Final = 16
_WORTH_A_PROCESS: Final = 96
"""Groups from which on a second process, which has to load the catalog too, saves time."""

Work = TypeVar("Work")
Result = TypeVar("Result")


def question_of(request: Request) -> Question:
    """The question of a request but for its machine, which stands for any."""
    from llmadvise.api.setting import ask  # noqa: PLC0415 - not in processes that only count
    from llmadvise.catalog.load import load_catalog  # noqa: PLC0415 - see above
    from llmadvise.domain.hardware import Hardware, Platform  # noqa: PLC0415 - see above

    return ask(request, load_catalog(request.catalog), Hardware(platform=Platform.LINUX))


def answer(question: Question, machines: Sequence[Machine]) -> list[GroupAnswer]:
    """What each of these machines should run."""
    from dataclasses import replace  # noqa: PLC0415 - not in processes that only count

    return [answer_group(replace(question, machine=machine)) for machine in machines]


_question_here = cache(question_of)
"""In a process of its own, which answers one request and ends."""


def _answer_here(work: tuple[Request, Sequence[Machine]]) -> list[GroupAnswer]:
    request, machines = work
    return answer(_question_here(request), machines)


class Workers:
    """As many processes as there are processors, started when there is enough to do, ended on leaving."""

    def __init__(self, request: Request, count: int | None = None) -> None:
        self._request = request
        self._count = min(_MOST_WORKERS, processors() if count is None else count)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def tallies(self, batches: Iterator[list[Piece]]) -> Iterator[Tally]:
        """Count every batch; in any order."""
        first = list(islice(batches, 2))
        if len(first) < 2 or self._count == 1:  # noqa: PLR2004 - one batch is done before a process has started
            yield from map(tally, chain(first, batches))
            return
        yield from self._in_order(tally, chain(first, batches))

    def answers(self, question: Question, machines: Sequence[Machine]) -> Iterator[tuple[Machine, GroupAnswer]]:
        """What each machine should run, in their order."""
        pieces = [machines[at : at + _GROUPS_A_PIECE] for at in range(0, len(machines), _GROUPS_A_PIECE)]
        if len(machines) < _WORTH_A_PROCESS or self._count == 1:
            done: Iterable[list[GroupAnswer]] = (answer(question, piece) for piece in pieces)
        else:
            done = self._in_order(_answer_here, ((self._request, piece) for piece in pieces))
        yield from zip(machines, chain.from_iterable(done), strict=True)

    def _in_order(self, function: Callable[[Work], Result], works: Iterable[Work]) -> Iterator[Result]:
        """The results in the order of the work, of which only a little is taken ahead."""
        pool = self._started()
        waiting: list[Future[Result]] = []
        for work in works:
            waiting.append(pool.submit(function, work))
            if len(waiting) >= _AHEAD * self._count:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only for large fleets
            from multiprocessing import get_context  # noqa: PLC0415 - see above

            # The same on every platform, and safe beside threads.
            context = get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin)
        return self._pool


def _begin() -> None:
    """What a process does first: it leaves interrupts to the one that started it, and ends when that one does.

    Ctrl-C reaches every process of a terminal; the first one ends the others, and says so once. One that is killed
    cannot, so the others watch it.
    """
    from signal import SIG_IGN, SIGINT, signal  # noqa: PLC0415 - in processes of their own
    from threading import Thread  # noqa: PLC0415 - see above

    signal(SIGINT, SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415 - in processes of their own
    from multiprocessing.connection import wait  # noqa: PLC0415 - see above

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
