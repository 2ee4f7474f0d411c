"""Connections that lie idle, kept for the next request to the same checked address.

A handshake of TLS costs more than most requests. So a connection whose answer was read to its end
is kept, under the address that it goes to; whoever wants it looks the name up anew, checks every
address anew, and gets it only when its address is still among them.
What is kept is bounded in number, in idleness and in age, and nobody else has it meanwhile.
"""

import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from stoa.egress.sending import Connection

__all__ = ["Pool", "Route"]

_IDLE_S: Final = 30.0
_MOST_AGE_S: Final = 300.0
_MOST: Final = 128


class Route(NamedTuple):
    """What a connection leads to: the host that it was proven for, at an address."""

    secure: bool
    host: str
    port: int
    address: str


@dataclass(frozen=True, slots=True)
class _Kept:
    route: Route
    connection: Connection
    made_at: float
    idle_since: float


class Pool:
    """Keeps idle connections; safe to share between threads.

    Args:
        idle_s: for how many seconds one may lie idle.
        age_s: after how many seconds one is not used again: names and certificates change.
        most: so many at most; the one that has lain longest goes first.
        clock: seconds that only grow; by it, connections say when they were made.
    """

    def __init__(
        self,
        *,
        idle_s: float = _IDLE_S,
        age_s: float = _MOST_AGE_S,
        most: int = _MOST,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._idle_s = idle_s
        self._age_s = age_s
        self._most = most
        self.clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._owner = os.getpid()

    def __len__(self) -> int:
        """Return how many lie idle."""
        return len(self._kept)

    def take(self, route: Route) -> Connection | None:
        """Return a connection of a route that is good as far as can be seen, the latest first."""
        while True:
            with self._lock:
                self._clear()
                found = next(
                    (each for each in reversed(self._kept.values()) if each.route == route), None
                )
                if found is None:
                    return None
                del self._kept[id(found.connection)]
            if found.connection.quiet():
                return found.connection
            found.connection.close()

    def give(self, route: Route, connection: Connection) -> None:
        """Keep a connection, or close it where it can't be used again."""
        now = self.clock()
        if not connection.idle or now - connection.made_at >= self._age_s:
            connection.close()
            return
        with self._lock:
            self._clear()
            self._kept[id(connection)] = _Kept(route, connection, connection.made_at, now)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)[1].connection.close()

    def close(self) -> None:
        """Close all that lie idle."""
        with self._lock:
            for each in self._kept.values():
                each.connection.close()
            self._kept.clear()

    def _clear(self) -> None:
        """Close what has lain too long; leave to its parent what a fork has brought along."""
        if self._owner != os.getpid():
            self._kept.clear()
            self._owner = os.getpid()
        now = self.clock()
        for key, each in list(self._kept.items()):
            if now - each.idle_since >= self._idle_s or now - each.made_at >= self._age_s:
                del self._kept[key]
                each.connection.close()
