"""Whose the tokens of a family are in one process, and whether they still are."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from uuid import UUID

from stoa.errors import TokenInvalidError
from stoa.services import authorizations
from stoa.work import Actor, Desk

__all__ = ["Families"]

_RECHECK_S = 30
_MOST_REMEMBERED = 10_000
_OAUTH = Actor("oauth")


class Families:
    """Remembers for 30 seconds that a family is good, so that a withdrawn consent holds soon."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock: Callable[[], datetime] = desk.clock
        self._lock = Lock()
        self._known: dict[UUID, tuple[int, UUID]] = {}

    def member(self, family_id: UUID, client_id: str) -> UUID:
        """Return the member of a client's family.

        Raises:
            TokenInvalidError: it is another client's, or not good any more.
        """
        now = int(self._clock().timestamp())
        read_at, member_id = self._known.get(family_id, (now - _RECHECK_S, None))
        if member_id is not None and 0 <= now - read_at < _RECHECK_S:
            return member_id
        with self._desk.work(_OAUTH) as work:
            found = authorizations.member_of_family(work, family_id)
        if found is None or found[1] != client_id:
            self._known.pop(family_id, None)
            raise TokenInvalidError
        with self._lock:
            while len(self._known) >= _MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[family_id] = (now, found[0])
        return found[0]
