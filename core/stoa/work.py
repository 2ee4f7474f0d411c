"""One unit of work: a transaction with its session, plugins, clock and actor.

A work that never opens its session sends each statement as a transaction of its own: that is how
the hot paths read once and write once. A work that opened its session does everything in that one
transaction, which commits when the work ends well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import Connection
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from stoa.models import NOBODY
from stoa.models.outbox import OutboxEvent
from stoa.plugins import Plugins
from stoa.values.identifiers import new_uuid
from stoa.values.periods import local_day

__all__ = ["Actor", "Clock", "Desk", "Key", "Programme", "Work", "system_clock"]

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant, aware, UTC; the one place that reads the machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a partner's client, a person of the staff, the worker, or the command line.

    Attributes:
        name: stored with every transaction: ``client:cli_…``, ``staff:stf_…``, ``worker``, ``cli``.
        partner_id: the partner whose data the actor may touch; ``None`` for the operator's people.
        scopes: what an OAuth token allows.
    """

    name: str
    partner_id: UUID | None = None
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key with the fingerprint of its request (the first 16 bytes of a SHA-256)."""

    value: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Programme:
    """What holds for the whole alliance: its points, its money, the zone in which points expire.

    Attributes:
        adjustment_limit: points that one person may adjust alone for a member on a day.
    """

    currency: str
    money_currency: str
    zone: str
    hold_ttl_s: int
    adjustment_limit: int = 5_000


@dataclass(slots=True)
class Work:
    """What a deed needs; every function of `stoa.services` takes one first.

    `memo` outlives the work: deeds keep there what seldom changes, with the version they read.
    """

    actor: Actor
    plugins: Plugins
    programme: Programme
    clock: Clock
    memo: dict[Any, Any]
    _hot: Engine
    _cold: Engine
    _session: Session | None = field(default=None)
    _line: SqlConnection | None = field(default=None)

    @property
    def session(self) -> Session:
        """The ORM session of this work's transaction, opened when first asked for."""
        if self._session is None:
            self._session = Session(self._cold, expire_on_commit=False)
        return self._session

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock()

    def today(self) -> date:
        """Return the present day in the programme's zone, by which points expire."""
        return local_day(self.clock(), self.programme.zone)

    def rows(
        self, statement: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> Sequence[Any]:
        """Send one statement to the driver (``%s`` or ``%(name)s``); return its rows.

        It joins the session's transaction where there is one, and is its own otherwise.
        On its own it goes from SQLAlchemy's connection straight to psycopg's: building a result
        that knows its columns costs more than the statement's round trip (``make bench``).

        Raises:
            sqlalchemy.exc.DBAPIError: whatever the driver raised, as ``orig``.
        """
        if self._session is not None:
            return self._session.connection().exec_driver_sql(statement, values or None).all()
        if self._line is None:
            self._line = self._hot.connect()
        driver: Connection[Any] = self._line.connection.driver_connection  # type: ignore[assignment]
        try:
            return driver.execute(statement, values or None).fetchall()
        except psycopg.Error as wrong:
            if driver.closed:
                self._line.invalidate(wrong)
                self.hang_up()
            raise DBAPIError.instance(
                statement, values, wrong, psycopg.Error, dialect=self._hot.dialect
            ) from wrong

    def hang_up(self) -> None:
        """Give the connection of single statements back; the next one takes another."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def record(
        self, topic: str, facts: dict[str, Any], *, member_id: UUID | None, partner_id: UUID | None
    ) -> None:
        """Put an event into the outbox of this work's transaction."""
        self.session.add(
            OutboxEvent(
                member_id=member_id or NOBODY,
                id=new_uuid(),
                topic=topic,
                partner_id=partner_id,
                at=self.now(),
                facts=facts,
                state="new",
                attempts=0,
            )
        )


class Desk:
    """Where works are opened: one a process, with its engines, plugins, clock and programme."""

    def __init__(
        self,
        *,
        hot: Engine,
        cold: Engine,
        plugins: Plugins,
        programme: Programme,
        clock: Clock = system_clock,
    ) -> None:
        self.plugins = plugins
        self.programme = programme
        self.clock = clock
        self._memo: dict[Any, Any] = {}
        self._hot = hot
        self._cold = cold

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """Open a work; commit at its end, or roll back when a refusal or a fault leaves it."""
        work = Work(
            actor, self.plugins, self.programme, self.clock, self._memo, self._hot, self._cold
        )
        try:
            yield work
            if work._session is not None:  # noqa: SLF001 - the desk owns its works
                work._session.commit()  # noqa: SLF001
        finally:
            work.hang_up()
            if work._session is not None:  # noqa: SLF001
                work._session.close()  # noqa: SLF001

    def close(self) -> None:
        """Let go of every connection."""
        self._hot.dispose()
        self._cold.dispose()
