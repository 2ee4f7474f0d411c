"""Limits at the doors: a partner's rate, and its share of what is answered at the same time.

Each process counts by itself what it took as a portion from the partner's bucket in the database
(`services/limits.py`), so that a request costs a lock and a few numbers, and a busy partner is
refused in microseconds. A partner alone may use every thread of a process; as soon as another one
asks, a quarter of the threads is left to the others.

Where the bucket can't be reached, doors that write refuse and doors that read stay open (OPS-08).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from stoa.errors import OverloadedError, RateLimitedError
from stoa.services import limits
from stoa.services.limits import Lease
from stoa.work import Actor, Desk

__all__ = ["Gate", "Share"]

_ACTOR = Actor("limits")
_KEPT_S = 10.0
"""How long a portion may be used; what the operator changes holds after this."""
_ALONE_S = 1.0
"""How long a partner has to be the only one that asks until it may use all threads."""
_BLIND_S = 1.0
"""How long nobody asks again for a portion after the database could not be reached."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one process gives to a partner.

    Attributes:
        usual: what a partner without limits of its own may ask for; a rate of 0 is no limit.
        threads: requests that the process answers at the same time.
        processes: how many share what a partner may have answered at the same time.
        most: requests that it lets in at the same time, of all partners.
    """

    usual: limits.Limits
    threads: int
    processes: int
    most: int


@dataclass(slots=True)
class _Tap:
    """What one partner still has in this process."""

    left: int = 0
    until: float = 0.0
    shut_until: float = 0.0
    inside: int = 0
    most: int = 0


@dataclass(slots=True)
class Gate:
    """Lets a partner's requests in, or refuses them.

    Args:
        ticks: seconds that only ever grow.
    """

    desk: Desk
    share: Share
    ticks: Callable[[], float] = monotonic
    _lock: Lock = field(default_factory=Lock)
    _taps: dict[UUID, _Tap] = field(default_factory=dict)
    _inside: int = 0
    _last: UUID | None = None
    _changed: float = -math.inf
    _blind_until: float = -math.inf

    def enter(self, partner_id: UUID | None, *, writes: bool) -> UUID | None:
        """Let a request in; `leave` has to be called with what this returns.

        Raises:
            RateLimitedError: the partner has asked for more than its share.
            OverloadedError: the process has too much to do, or can't count.
        """
        if partner_id is None or not self.share.usual.rate_per_s:
            return None
        now = self.ticks()
        with self._lock:
            tap = self._taps.get(partner_id)
            if tap is None:
                tap = self._taps[partner_id] = _Tap(most=self.share.usual.most_at_once)
            if partner_id != self._last:
                self._last, self._changed = partner_id, now
            self._refuse(tap, now)
            tap.inside += 1
            self._inside += 1
            if tap.left and now < tap.until:
                tap.left -= 1
                return partner_id
        try:
            self._renew(partner_id, tap, now, writes=writes)
        except BaseException:
            self.leave(partner_id)
            raise
        return partner_id

    def leave(self, partner_id: UUID | None) -> None:
        """Count a request as answered."""
        if partner_id is not None:
            with self._lock:
                self._taps[partner_id].inside -= 1
                self._inside -= 1

    def _refuse(self, tap: _Tap, now: float) -> None:
        if now < tap.shut_until:
            raise RateLimitedError(retry_after_s=math.ceil(tap.shut_until - now))
        if self._inside >= self.share.most:
            raise OverloadedError
        threads = self.share.threads
        if self._changed > now - _ALONE_S:
            threads -= max(1, threads // 4) if threads > 1 else 0
        if tap.inside >= min(threads, math.ceil(tap.most / self.share.processes)):
            raise RateLimitedError("Too many requests at the same time")

    def _renew(self, partner_id: UUID, tap: _Tap, now: float, *, writes: bool) -> None:
        lease = self._leased(partner_id, now)
        if lease is None:
            if writes:
                raise OverloadedError("Requests can't be counted just now")
            return
        with self._lock:
            tap.most = lease.most_at_once
            if not lease.granted:
                wait_s = lease.wait_ms / 1000
                tap.shut_until = now + wait_s
                raise RateLimitedError(retry_after_s=max(1, math.ceil(wait_s)))
            tap.left = max(0, tap.left if now < tap.until else 0) + lease.granted - 1
            tap.until = now + _KEPT_S

    def _leased(self, partner_id: UUID, now: float) -> Lease | None:
        """Return a portion of the partner's bucket; ``None`` where that can't be reached."""
        if now < self._blind_until:
            return None
        try:
            with self.desk.work(_ACTOR) as work:
                return limits.lease(work, partner_id, self.share.usual)
        except SQLAlchemyError:
            self._blind_until = now + _BLIND_S
            return None
