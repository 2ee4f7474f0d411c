"""A crew: processes that do the parts of a large piece of work side by side, or this one alone."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from types import TracebackType
from typing import Any, Self, TypeVar

from stoa.work import Desk

__all__ = ["Crew", "OpenDesk"]

Part = TypeVar("Part")
Done = TypeVar("Done")

OpenDesk = Callable[[], Desk]
"""Opens a desk in another process: a picklable function of a module, or a `functools.partial`."""

_desks: list[Desk] = []


class Crew:
    """Does parts; a context manager, for its processes end with it.

    The processes start at once, while the work is still being read, and end with this process even
    where it is killed: what they were at is rolled back.

    Args:
        desk: for working alone.
        hands: how many processes; alone with one.
        open_desk: opens the desk of each process; without it the crew works alone.
    """

    def __init__(self, desk: Desk, *, hands: int = 1, open_desk: OpenDesk | None = None) -> None:
        self._desk = desk
        self._pool: ProcessPoolExecutor | None = None
        if hands > 1 and open_desk is not None:
            self._pool = ProcessPoolExecutor(
                hands,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_sit_down,
                initargs=(open_desk,),
            )
            for _ in range(hands):
                self._pool.submit(os.getpid)  # a first task starts the process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def do(
        self, deed: Callable[[Desk, Part], Done], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Done]]:
        """Do the parts and give each with what came of it when it is done, in any order.

        Args:
            deed: a picklable function of a module, or a `functools.partial` of one.
        """
        if self._pool is None:
            for part in parts:
                yield part, deed(self._desk, part)
            return
        futures = {self._pool.submit(_do, deed, part): part for part in parts}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _sit_down(open_desk: OpenDesk) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process says when to stop
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _desks.append(open_desk())


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(deed: Callable[[Desk, Any], Any], part: Any) -> Any:  # noqa: ANN401 - as the deed
    return deed(_desks[0], part)
