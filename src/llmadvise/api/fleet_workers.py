"""Processes that count documents and advise groups side by side; the results do not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, Self, TypeVar

from llmadvise.api.request import Request
from llmadvise.engine.fleet import GroupAnswer, answer_group
from llmadvise.engine.machine import Machine
from llmadvise.engine.question import Question
from llmadvise.probe.fleet import Piece, Tally, tally
from llmadvise.processes import pool_of, processors

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
            self._pool = pool_of(self._count)
        return self._pool
