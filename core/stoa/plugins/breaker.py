"""A breaker: who failed five times within a minute is not asked for a while, ever longer.

closed   every question is asked
open     none is: 60 s, then twice as long after each trial that fails, up to an hour
trying   one question is asked; its answer closes the breaker, its failure opens it again
"""

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

from stoa.plugins.failing import NoAnswerError

__all__ = ["Breaker"]

_FAILURES = 5
_WITHIN_S = 60.0
_FIRST_S, _LONGEST_S = 60.0, 3600.0


class Breaker:
    """The breaker of one plugin with one partner's settings; safe to share between threads.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: deque[float] = deque(maxlen=_FAILURES)
        self._pause_s = _FIRST_S
        self._until: float | None = None
        self._trying = False

    @property
    def state(self) -> str:
        """``closed``, ``open``, or ``trying`` once one question may be asked again."""
        if self._until is None:
            return "closed"
        return "open" if self.left_s else "trying"

    @property
    def left_s(self) -> float:
        """For how many seconds it stays open; 0 where it does not."""
        until = self._until
        return 0.0 if until is None else max(0.0, until - self._clock())

    def enter(self) -> None:
        """Begin a question.

        Raises:
            NoAnswerError: ``open``: it must not be asked.
        """
        if self._until is None:
            return
        with self._lock:
            if self._until is None:
                return
            left = self._until - self._clock()
            if left > 0 or self._trying:
                raise NoAnswerError(
                    "open", f"It failed often; tried again in {max(left, 0):.0f} s."
                )
            self._trying = True

    def answered(self) -> None:
        """Be told of an answer that could be used."""
        if self._until is None and not self._failed:
            return
        with self._lock:
            if self._trying:
                self._close()

    def failed(self, kind: str) -> bool:
        """Be told of a failure; return whether that opened the breaker.

        A question that found everybody busy, or met the open breaker, says nothing of the plugin.
        """
        with self._lock:
            if kind == "open":
                return False
            if kind == "busy":
                self._trying = False
                return False
            now = self._clock()
            if self._trying:
                self._pause_s = min(self._pause_s * 2, _LONGEST_S)
                return self._open(now)
            self._failed.append(now)
            often = len(self._failed) == _FAILURES and now - self._failed[0] <= _WITHIN_S
            return self._open(now) if often and self._until is None else False

    def close(self) -> None:
        """Ask again, from now on; for an operator who mended something."""
        with self._lock:
            self._close()

    def _open(self, now: float) -> bool:
        self._trying = False
        self._until = now + self._pause_s
        return True

    def _close(self) -> None:
        self._failed.clear()
        self._pause_s = _FIRST_S
        self._until = None
        self._trying = False
