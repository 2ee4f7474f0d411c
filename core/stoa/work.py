"""One unit of work: a transaction with its session, plugins, clock and actor.

A work that never opens its session sends each statement as a transaction of its own: that is how
the hot paths read once and write once. A work that opened its session does everything in that one
transaction, which commits when the work ends well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from stoa.egress import Egress
from stoa.models import NOBODY
from stoa.models.outbox import OutboxEvent
from stoa.plugins import Plugins
from stoa.statements import Line
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
        member_id: the member for whom alone the actor may act: one who signed in at the partner.
    """

    name: str
    partner_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key with the fingerprint of its request (the first 16 bytes of a SHA-256)."""

    value: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Programme:
    """What holds for the whole alliance: its points, its money, the zone in which points expire.

    A member gives away at most `transfer_daily_points` a day.
    One person may adjust `adjustment_limit` points alone for a member on a day, and let a rule hold
    alone whose budget is at most `budget_limit` points; a rule holds `rule_delay_s` after that.
    `log_origin` is the name under which the transparency log signs.
    """

    currency: str
    money_currency: str
    zone: str
    hold_ttl_s: int
    transfer_daily_points: int = 100_000
    log_origin: str = "localhost/log"
    adjustment_limit: int = 5_000
    rule_delay_s: int = 0
    budget_limit: int = 100_000


@dataclass(slots=True)
class Work:
    """What a deed needs; every function of `stoa.services` takes one first.

    `egress` checks where a request may go; none is sent while a transaction is open.
    `memo` outlives the work: deeds keep there what seldom changes, with the version they read.
    """

    actor: Actor
    plugins: Plugins
    programme: Programme
    clock: Clock
    memo: dict[Any, Any]
    egress: Egress
    _hot: Engine
    _cold: Engine
    _session: Session | None = field(default=None)
    _lent: PoolProxiedConnection | None = field(default=None)

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
        On its own it goes from the pool's connection straight to libpq: what SQLAlchemy and a
        cursor put around it costs more than the statement's round trip (``make bench``).

        Raises:
            sqlalchemy.exc.DBAPIError: whatever the driver raised, as ``orig``.
        """
        if self._session is not None:
            return self._session.connection().exec_driver_sql(statement, values or None).all()
        try:
            if self._lent is None:
                self._lent = self._hot.raw_connection()
            return _line_of(self._lent).rows(statement, values)
        except psycopg.Error as wrong:
            if self._lent is not None and _line_of(self._lent).closed:
                self._lent.invalidate(wrong)
                self.hang_up()
                self._hot.dispose()  # what ended this one has ended its idle neighbours too
            raise DBAPIError.instance(
                statement, values, wrong, psycopg.Error, dialect=self._hot.dialect
            ) from wrong

    @contextmanager
    def on_behalf(self, actor: Actor) -> Iterator[None]:
        """Act for somebody who asked earlier: what is done meanwhile is theirs."""
        mine, self.actor = self.actor, actor
        try:
            yield
        finally:
            self.actor = mine

    def apart(self) -> AbstractContextManager[object]:
        """Return a savepoint for a statement that may be refused, where there is a transaction.

        What is refused then leaves the transaction as it was, and it may go on.
        """
        return self._session.begin_nested() if self._session is not None else nullcontext()

    def hang_up(self) -> None:
        """Give the connection of single statements back; the next one takes another."""
        if self._lent is not None:
            self._lent.close()
            self._lent = None

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
    """Where works are opened: one a process, with its engines, plugins, clock and programme.

    Requests to partners leave by `egress`, by default one that is open to public hosts only.
    """

    def __init__(
        self,
        *,
        hot: Engine,
        cold: Engine,
        plugins: Plugins,
        programme: Programme,
        clock: Clock = system_clock,
        egress: Egress | None = None,
    ) -> None:
        self.plugins = plugins
        self.programme = programme
        self.clock = clock
        self.egress = egress or Egress()
        self._memo: dict[Any, Any] = {}
        self._hot = hot
        self._cold = cold

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """Open a work; commit at its end, or roll back when a refusal or a fault leaves it."""
        work = Work(
            actor,
            self.plugins,
            self.programme,
            self.clock,
            self._memo,
            self.egress,
            self._hot,
            self._cold,
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
        """Let go of every connection, and of every process of a plugin."""
        self.plugins.close()
        self._hot.dispose()
        self._cold.dispose()


def _line_of(lent: PoolProxiedConnection) -> Line:
    """Return the line of a connection; it stays with the connection as long as that lives."""
    line: Line | None = lent.info.get("stoa.line")
    if line is None:
        line = lent.info["stoa.line"] = Line(
            cast("psycopg.Connection[Any]", lent.driver_connection)
        )
    return line
